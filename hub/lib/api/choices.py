"""Django's choices as GraphQL enums whose values are described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import strawberry
from django.db.models import TextChoices
from strawberry.types.enum import StrawberryEnumDefinition

E = TypeVar("E", bound=type[TextChoices])


def choices(kind: E, *, name: str, description: str, values: Mapping[str, str] | None = None) -> E:
    """Declare `kind` as the enum `name`.

    Args:
        values: what each member means, by its name; a member without has its label as description.
    """
    declared = strawberry.enum(kind, name=name, description=description)
    definition: StrawberryEnumDefinition = declared.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = (values or {}).get(value.name) or str(kind[value.name].label)
    return declared
