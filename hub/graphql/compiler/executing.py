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
    FragmentSpreadNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)
from strawberry import Schema

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
    used = _Used()
    selected = SelectionSetNode(selections=tuple(nodes))
    visit(selected, used)
    # Those that fragments lead to join the list while it is gone through.
    for name in used.fragments:
        visit(fragments[name], used)
    definitions = [each for each in operation.variable_definitions or () if each.variable.name.value in used.variables]
    alone = OperationDefinitionNode(
        operation=OperationType.QUERY, variable_definitions=tuple(definitions), directives=(), selection_set=selected
    )
    document = DocumentNode(definitions=(alone, *(fragments[name] for name in used.fragments)))
    first = nodes[0]
    key = first.alias.value if first.alias else first.name.value
    return Executed(schema, key, print_ast(document), frozenset(used.variables), reason)


class _Used(Visitor):
    """Collects the names of variables and fragments that a part of a document uses, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: set[str] = set()
        self.fragments: list[str] = []

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.variables.add(node.name.value)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        if node.name.value not in self.fragments:
            self.fragments.append(node.name.value)
