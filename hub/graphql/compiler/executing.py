"""What the executor answers in the midst of a compiled operation: root fields that only Python can resolve.

A search beside a list need not make the list slow. Each such field becomes an operation of its own, whose answer stands
between the texts of the statement. Where it has errors, the executor answers the whole operation, and says where they
stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)
from strawberry import Schema

from hub.graphql.compiler.fragments import fragments_below
from hub.graphql.compiler.reasons import NotCompiled

_executed_only: ContextVar[bool] = ContextVar("hub_executed_only", default=False)


def is_executed_only() -> bool:
    """Whether everything is left to the executor here."""
    return _executed_only.get()


@contextmanager
def executed_only() -> Iterator[None]:
    """Inside, everything is left to the executor: for comparing the two."""
    token = _executed_only.set(True)
    try:
        yield
    finally:
        _executed_only.reset(token)


@dataclass(frozen=True)
class Executed:
    """A place of an answer that the executor fills.

    Attributes:
        key: the field's name in the answer.
        text: an operation that asks for this field alone.
        variables: the names of those that it uses.
        reason: why it is not compiled.
    """

    schema: Schema
    key: str
    text: str
    variables: frozenset[str]
    reason: str

    def written(self, context: Any, coerced: Mapping[str, Any], given: Mapping[str, Any]) -> bytes:
        """The JSON of the field.

        Args:
            coerced: the operation's variables as a resolver gets them.
            given: the same as the client gave them.

        Raises `NotCompiled` where there are errors.
        """
        mine = {name: value for name, value in given.items() if name in self.variables}
        with executed_only():
            result = self.schema.execute_sync(self.text, variable_values=mine, context_value=context)
        if result.errors or result.data is None:
            raise NotCompiled("the executor finds an error", for_good=False)
        return orjson.dumps(result.data[self.key])


def executed_in(
    schema: Schema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    nodes: Sequence[FieldNode],
    *,
    reason: str,
) -> Executed:
    """A root field as an operation of its own.

    Args:
        nodes: the fields of the document that show it, under one name.
    """
    selected = SelectionSetNode(selections=tuple(nodes))
    below = fragments_below(selected, fragments)
    used = _Variables()
    for part in (selected, *below):
        visit(part, used)
    definitions = [each for each in operation.variable_definitions or () if each.variable.name.value in used.names]
    alone = OperationDefinitionNode(
        operation=OperationType.QUERY, variable_definitions=tuple(definitions), directives=(), selection_set=selected
    )
    document = DocumentNode(definitions=(alone, *below))
    first = nodes[0]
    key = first.alias.value if first.alias else first.name.value
    return Executed(schema, key, print_ast(document), frozenset(used.names), reason)


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)
