"""Compiled operations as a strawberry extension: parsed and validated as ever, and answered by one statement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError, transaction
from django.db.utils import Error
from graphql import ExecutionResult
from strawberry.extensions import SchemaExtension

from hub.graphql.compiler.executing import is_executed_only
from hub.graphql.compiler.plans import plans
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.compiler.running import run
from hub.graphql.documents import Asked
from hub.lib import identity


class CompiledOperations(SchemaExtension):
    """Answers an operation by its plan, where the caller takes JSON and there is one; leaves the rest to the executor.

    The result's data is then an `orjson.Fragment`, which goes into the response without being parsed.
    """

    def on_execute(self) -> Iterator[None]:
        execution = self.execution_context
        if getattr(execution.context, "takes_json", False) and not is_executed_only():
            asked = Asked(execution.query or "", execution.operation_name, execution.variables)
            try:
                execution.result = ExecutionResult(
                    data=_answered(asked, execution.schema, execution.context), errors=None
                )
            except NotCompiled as reason:
                execution.context.not_compiled = reason.reason
        yield


def _answered(asked: Asked, schema: Any, context: Any) -> Any:
    actor = identity.current()
    if actor is None or actor.person_id is None or actor.role != "hub_app":
        raise NotCompiled("only what a person asks is compiled", for_good=False)
    ready = plans.ready(schema, asked)
    context.not_compiled = ready.plan.reason
    try:
        # A savepoint: after an error the executor goes on in the same transaction.
        with transaction.atomic():
            return orjson.Fragment(run(ready, context))
    except (OperationalError, InterfaceError, NotCompiled):
        raise
    except Error as error:
        raise NotCompiled(f"the database refused the statement: {type(error).__name__}", for_good=False) from error
    except Exception as error:
        # The executor meets it again, and says where it stands in the answer.
        raise NotCompiled(f"a resolver raised {type(error).__name__}", for_good=False) from error
