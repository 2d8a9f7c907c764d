"""Mutations: one transaction each, and the hub's errors as a typed answer.

A mutation's payload is a union of the object and `MutationErrors`. Whatever raises, nothing stays written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from django.db import transaction
from strawberry import ID
from strawberry.extensions import FieldExtension
from strawberry.types import Info, get_object_definition, has_object_definition
from strawberry.utils.str_converters import to_camel_case

from hub.lib.errors import HubError, InvalidMany, NotFound, Unauthenticated


@strawberry.type(description="Why a mutation was refused.")
class MutationError:
    code: str = strawberry.field(
        description="Stable and documented: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT or TOO_MANY."
    )
    message: str = strawberry.field(description="One sentence that says what is wrong and what to do.")
    path: list[str] = strawberry.field(
        description="The input field at fault, outermost name first; empty when it is no field's fault."
    )


@strawberry.type(description="The mutation was refused, and nothing was changed.")
class MutationErrors:
    errors: list[MutationError] = strawberry.field(description="Every reason, the first one first.")


class _RefusalAsPayload(FieldExtension):
    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        try:
            with transaction.atomic():
                return next_(source, info, **kwargs)
        except Unauthenticated:
            raise
        except InvalidMany as many:
            return MutationErrors(errors=[_as_type(error) for error in many.errors])
        except NotFound as error:
            # An id of no shape is found out here and an unknown one in the action: they get the same answer.
            return MutationErrors(errors=[_as_type(error if error.path else error.at(*_subject(kwargs.get("input"))))])
        except HubError as error:
            return MutationErrors(errors=[_as_type(error)])


def refusal(error: HubError) -> MutationErrors:
    """The payload of a mutation that is refused and yet keeps what it wrote: that somebody guessed, for one."""
    return MutationErrors(errors=[_as_type(error)])


def _subject(given: Any) -> list[str]:
    """The name of the input field that says what is acted on: its first id that cannot be left out."""
    if not has_object_definition(given):
        return []
    fields = get_object_definition(given, strict=True).fields
    return [to_camel_case(field.python_name) for field in fields if field.type is ID][:1]


def _as_type(error: HubError) -> MutationError:
    path = ["input", *error.path] if error.path else []
    return MutationError(code=error.code, message=error.message, path=path)


def mutation(*, description: str) -> Callable[[Callable[..., Any]], Any]:
    """A `verbNoun(input:)` mutation: the decorated function calls one action and returns its object."""
    return lambda resolver: strawberry.mutation(
        resolver=resolver, description=description, extensions=[_RefusalAsPayload()]
    )
