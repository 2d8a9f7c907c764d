"""What an operation costs: estimated from its document before it runs, and counted in its answer afterwards.

Objects cost 1, leaves nothing, mutations 10, and a list its items as many times as the arguments ask for, unless a
field declares something else (`hub.lib.api.costs`); what the schema tells of itself costs by how much that is
(`hub.graphql.introspection`). The estimate is an upper bound for what the arguments allow: what
stands in fragments or may be skipped counts, whether it applies or not. It is prepared as a sum once a document, so
that asking it with the variables of a request takes a few multiplications.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from hub.graphql.introspection import ROOT, Told, numbers, price_of_introspection, values_in
from hub.lib.api.costs import MUTATION, OBJECT, USUAL_LIST, Cost, cost_of
from hub.lib.api.errors import refused

MOST: Final = 50_000
LARGEST: Final = 2**53 - 1

_USUAL: Final = Cost()
_DECLARATION: Final = "strawberry-definition"


@dataclass(frozen=True)
class Size:
    """How many items a list may hold: a number, or what a variable says.

    Attributes:
        number: the number, where there is no variable.
        variable: the variable that says it: a number, or a list with a value an item.
        largest: the most that it may say.
        otherwise: what counts where the variable is null or absent.
    """

    number: int
    variable: str | None = None
    largest: int | None = None
    otherwise: Size | None = None

    def of(self, variables: Mapping[str, Any]) -> int:
        """The size with these variables, as the schema's types coerce them."""
        found = self.number
        if self.variable is not None:
            asked = variables.get(self.variable)
            if asked is None and self.otherwise is not None:
                return self.otherwise.of(variables)
            found = len(asked) if isinstance(asked, list) else asked or 0
        return max(0, found if self.largest is None else min(found, self.largest))


@dataclass(frozen=True)
class Price:
    """A cost: a number, and what depends on variables."""

    fixed: int = 0
    parts: tuple[tuple[Size, Price], ...] = ()

    def of(self, variables: Mapping[str, Any] | None) -> int:
        """The cost with these variables, coerced."""
        return self.fixed + sum(size.of(variables or {}) * part.of(variables) for size, part in self.parts)

    def __add__(self, other: Price) -> Price:
        return Price(self.fixed + other.fixed, (*self.parts, *other.parts))

    def times(self, size: Size) -> Price:
        """The cost of as many."""
        if size.variable is not None:
            return Price(0, ((size, self),))
        number = size.of({})
        return Price(self.fixed * number, tuple((each, part.times(Size(number))) for each, part in self.parts))


class Pricing:
    """The prices of a valid document's operations."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.schema = schema
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def price(self, operation: OperationDefinitionNode) -> Price:
        """What the operation costs."""
        return self._selections(operation.selection_set, self.schema.get_root_type(operation.operation), {})

    def _selections(
        self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None, sizes: Mapping[str, Size]
    ) -> Price:
        price = Price()
        for node, owner in self.fields(selections, parent):
            field = field_of(owner, node)
            if field is not None:
                price += self._field(node, field, owner, sizes.get(node.name.value))
            elif node.selection_set:
                price += Price(price_of_introspection(self._told(node)))
        return price

    def fields(
        self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType | None]]:
        """The fields of a selection, those of its fragments among them, each with the type that it is a field of."""
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                yield selection, parent
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self.fragments[selection.name.value]
                named = self.schema.get_type(fragment.type_condition.name.value)
                yield from self.fields(fragment.selection_set, named)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                named = self.schema.get_type(condition.name.value) if condition else parent
                yield from self.fields(selection.selection_set, named)

    def _field(self, node: FieldNode, field: GraphQLField, owner: GraphQLNamedType | None, given: Size | None) -> Price:
        declared = declared_of(field)
        asked = self._asked(node, declared)
        below = dict.fromkeys(declared.sized, asked) if asked else {}
        price = self._selections(node.selection_set, get_named_type(field.type), below)
        price += Price(weight_of(self.schema, owner, field, declared))
        if not is_list_type(get_nullable_type(field.type)):
            return price
        return price.times(given or asked or Size(declared.size or USUAL_LIST))

    def _told(self, node: FieldNode, at: Told = ROOT) -> float:
        """How many values the schema tells of itself at most, for a field of its description."""
        many = numbers(self.schema).of(node.name.value, at)
        below = at.below(node.name.value)
        if below is None:
            return many
        return many * (1 + sum(self._told(each, below) for each, _ in self.fields(node.selection_set, None)))

    def _asked(self, node: FieldNode, declared: Cost) -> Size | None:
        """How many items the arguments ask for, or the declaration assumes.

        Of several arguments the first counts that has a value: what a variable leaves null is as if it were not there.
        """
        values = {each.name.value: each.value for each in node.arguments or ()}
        found = Size(declared.size) if declared.size is not None else None
        for name in reversed(declared.sized_by):
            match values.get(name):
                case IntValueNode(value=number):
                    found = Size(int(number), largest=declared.largest)
                case ListValueNode(values=items):
                    found = Size(len(items), largest=declared.largest)
                case VariableNode(name=variable):
                    found = Size(0, variable.value, declared.largest, found or Size(declared.size or USUAL_LIST))
                case None | NullValueNode():
                    pass
                case _:
                    # One value, where a list is asked for, is a list of one.
                    found = Size(1, largest=declared.largest)
        return found


def field_of(owner: GraphQLNamedType | None, node: FieldNode) -> GraphQLField | None:
    """The schema's field that a document's stands for; none for `__typename` and what the schema says of itself."""
    if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType) and not owner.name.startswith("__"):
        found: GraphQLField | None = owner.fields.get(node.name.value)
        return found
    return None


def declared_of(field: GraphQLField) -> Cost:
    """What a field of the schema declares to cost, or the usual."""
    return cost_of(field.extensions.get(_DECLARATION)) or _USUAL


def weight_of(schema: GraphQLSchema, owner: GraphQLNamedType | None, field: GraphQLField, declared: Cost) -> int:
    """What a field costs itself, each time."""
    if declared.weight is not None:
        return declared.weight
    if owner is schema.mutation_type:
        return MUTATION
    return 0 if is_leaf_type(get_named_type(field.type)) else OBJECT


def too_costly(cost: int, operation: OperationDefinitionNode) -> GraphQLError | None:
    """The error of an operation that costs more than the limit."""
    if cost <= MOST:
        return None
    # What nests lists in one another soon costs more than JSON's numbers are sure to hold.
    cost = min(cost, LARGEST)
    message = f"The operation may cost {cost}; {MOST} is the most. Ask for smaller pages, or for less of each."
    return refused("TOO_COSTLY", message, nodes=operation, limit=MOST, found=cost)


def spent(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, data: Any) -> int:
    """What an operation has cost: the weights of what its answer holds."""
    pricing = Pricing(schema, document)
    root = schema.get_root_type(operation.operation)

    def below(selections: Iterable[tuple[FieldNode, GraphQLNamedType | None]], value: Any) -> int:
        total = 0
        for node, owner in selections:
            field, key = field_of(owner, node), (node.alias or node.name).value
            if key not in value:
                continue
            if field is None:
                total += price_of_introspection(values_in(value[key])) if node.selection_set else 0
                continue
            declared = declared_of(field)
            weight, named = weight_of(schema, owner, field, declared), get_named_type(field.type)
            found = list(pricing.fields(node.selection_set, named))
            for item in _flat(value[key]):
                total += weight + (below(found, item) if isinstance(item, dict) else 0)
        return total

    return below(list(pricing.fields(operation.selection_set, root)), data) if isinstance(data, dict) else 0


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    elif value is not None:
        yield value
