"""The schema in the words of Apollo Federation: the printed one, with keys, costs and the link to the specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    FieldDefinitionNode,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    get_nullable_type,
    parse,
    print_ast,
)

from hub.graphql.federation import Entity
from hub.lib.api.costs import cost_of

LINK: Final = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",'
    ' import: ["@key", "@shareable", "@cost", "@listSize"])'
)

SHAREABLE: Final = frozenset({"PageInfo"})
"""Types that other subgraphs define in the same words, because Relay does."""


def composable(schema: GraphQLSchema, printed: str, entities: Iterable[Entity]) -> str:
    """The SDL of a subgraph: `printed`, with directives from what the schema's fields declare.

    Args:
        entities: the types that have keys.
    """
    keys = {each.name: each.keys for each in entities}
    document = parse(printed, no_location=True)
    definitions = tuple(_defined(schema, each, keys) for each in document.definitions)
    return f"{LINK}\n\n{print_ast(replace(document, definitions=definitions))}\n"


def _defined(
    schema: GraphQLSchema, definition: DefinitionNode, entities: Mapping[str, Sequence[str]]
) -> DefinitionNode:
    if not isinstance(definition, ObjectTypeDefinitionNode):
        return definition
    name = definition.name.value
    named = schema.get_type(name)
    keys = [f'@key(fields: "{key}")' for key in entities.get(name, ())]
    fields = tuple(
        replace(each, directives=_with(each.directives, _declared(named, each)))
        for each in definition.fields or ()
        if isinstance(named, GraphQLObjectType)
    )
    shared = ["@shareable"] if name in SHAREABLE else []
    return replace(definition, directives=_with(definition.directives, [*keys, *shared]), fields=fields)


def _declared(owner: GraphQLObjectType, node: FieldDefinitionNode) -> Iterator[str]:
    field = owner.fields[node.name.value]
    cost = cost_of(field.extensions.get("strawberry-definition"))
    if cost is None:
        return
    if cost.weight is not None:
        yield f"@cost(weight: {cost.weight})"
    # Apollo's directive takes numbers alone as sizes: where a list says how many, its largest length stands for it.
    slicing = [name for name in cost.sized_by if name in field.args and _is_number(field.args[name].type)]
    assumed = cost.size if cost.size is not None else cost.largest
    if slicing or assumed is not None:
        sizes = [f"assumedSize: {assumed}"] if assumed is not None else []
        sizes += [f"slicingArguments: {_names(slicing)}"] if slicing else []
        sizes += [f"sizedFields: {_names(cost.sized)}"] if cost.sized else []
        yield f"@listSize({', '.join(sizes)}, requireOneSlicingArgument: false)"


def _is_number(graphql_type: Any) -> bool:
    return get_nullable_type(graphql_type) is GraphQLInt


def _names(names: Any) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def _with(present: Sequence[ConstDirectiveNode] | None, written: Iterable[str]) -> tuple[ConstDirectiveNode, ...]:
    """The directives that are there, and more, as they are written."""
    (definition,) = parse(f"type X {' '.join(written)} {{ x: Int }}", no_location=True).definitions
    assert isinstance(definition, ObjectTypeDefinitionNode)
    return (*(present or ()), *(definition.directives or ()))
