"""Documents: parsed, measured and validated once, and kept while they are in use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from graphql import (
    SKIP,
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_variable_values,
    parse,
    specified_rules,
    visit,
)
from graphql.execution.values import VariableValues
from strawberry import Schema
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from hub.graphql import limits, trusted
from hub.graphql.cost import MOST as MOST_COST
from hub.graphql.cost import Price, Pricing, spent, too_costly
from hub.lib.api.errors import coded, coded_all, cut, refused

MOST_DOCUMENTS: Final = 512
IMPERSONAL: Final = frozenset(
    {
        "Subscription",
        "FeedEvent",
        "Incident",
        "IncidentRole",
        "TimelineEntry",
        "TimelineEntryConnection",
        "TimelineEntryEdge",
        "PageInfo",
        "Person",
        "BusinessUnit",
        "Region",
        "Service",
        "Term",
    }
)
"""Types whose rows are seen by right alone, and whose fields say the same to all who have it and read one language.
Others, such as action items, are also seen by whom they belong to."""


@dataclass(frozen=True)
class Prepared:
    """A document, or why it is none. Its errors are coded and may be shown.

    Attributes:
        prices: what each of its operations costs, by name.
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    prices: Mapping[str | None, Price] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode | GraphQLError:
        """The operation called `name`, or the only one; an error where that leaves a doubt."""
        operations = [
            each
            for each in (self.document.definitions if self.document else ())
            if isinstance(each, OperationDefinitionNode)
        ]
        if name is not None:
            operations = [each for each in operations if each.name and each.name.value == name]
        if len(operations) == 1:
            return operations[0]
        if name is not None:
            return refused("BAD_USER_INPUT", f"The document has no operation called “{name[:100]}”.")
        if operations:
            return refused("BAD_USER_INPUT", "The document has several operations: say which by `operationName`.")
        return refused("BAD_USER_INPUT", "The document has no operation.")


@lru_cache(maxsize=MOST_DOCUMENTS)
def prepare(schema: Schema, text: str) -> Prepared:
    """Parse, measure and validate. The cache is bounded in entries, and each entry by the limit on tokens."""
    try:
        unfit = limits.unfit_text(text)
        if unfit is not None:
            return Prepared(None, (unfit,))
        document = parse(text)
        errors = limits.too_large(document)
        if not errors and (nul := limits.nul_in_document(text, document)):
            errors = [nul]
        if not errors:
            errors = [_invalid(error) for error in validate_document(schema._schema, document, tuple(specified_rules))]
    except (GraphQLError, RecursionError) as error:
        found = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
        return Prepared(None, (coded(found),))
    return Prepared(document, tuple(errors), {} if errors else _prices(schema, document))


def _prices(schema: Schema, document: DocumentNode) -> dict[str | None, Price]:
    pricing = Pricing(schema._schema, document)
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return {each.name.value if each.name else None: pricing.price(each) for each in operations}


@lru_cache(maxsize=MOST_DOCUMENTS)
def is_impersonal(schema: Schema, text: str) -> bool:
    """Whether people with equal rights get equal answers: nothing selected is shown to a person as such."""
    document = prepare(schema, text).document
    if document is None:
        return False
    types = TypeInfo(schema._schema)
    seen = _SelectedTypes(types)
    visit(document, TypeInfoVisitor(types, seen))
    return seen.names <= IMPERSONAL


@lru_cache(maxsize=MOST_DOCUMENTS)
def variable_of_cursor(schema: Schema, text: str, name: str | None) -> str | None:
    """The variable that says where a subscription goes on, and nothing else: it makes no difference to its answers."""
    prepared = prepare(schema, text)
    operation = prepared.operation(name)
    if isinstance(operation, GraphQLError) or prepared.document is None:
        return None
    given = {
        argument.value.name.value
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
        for argument in field.arguments or ()
        if argument.name.value == "after" and isinstance(argument.value, VariableNode)
    }
    used = _UsedVariables()
    visit(prepared.document, used)
    return next((each for each in given if used.names.count(each) == 1), None)


class _UsedVariables(Visitor):
    """Collects the names of variables wherever a document uses them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_variable_definition(self, *_: object) -> Any:
        return SKIP

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.append(node.name.value)


class _SelectedTypes(Visitor):
    """Collects the names of the object types whose fields a document selects."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.names: set[str] = set()

    def enter_field(self, *_: object) -> None:
        parent = self.types.get_parent_type()
        self.names.add(parent.name if parent else "")


def _invalid(error: GraphQLError) -> GraphQLError:
    return refused("GRAPHQL_VALIDATION_FAILED", cut(error.message), nodes=error.nodes)


@dataclass(frozen=True)
class Asked:
    """What a client asks for, over whichever transport.

    Attributes:
        counts_cost: whether the answer shall also say what it has cost, beside the estimate.
    """

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    counts_cost: bool = False


@dataclass(frozen=True)
class Approved:
    """An operation that may run: within every limit that can be known before.

    Attributes:
        cost: its estimated cost.
    """

    document: DocumentNode
    operation: OperationDefinitionNode
    cost: int

    @property
    def kind(self) -> OperationType:
        return self.operation.operation


def checked(schema: Schema, asked: Asked, bound_to: Collection[str] | None) -> Approved | list[GraphQLError]:
    """The operation that would run, or the errors for which none will. Every transport asks before it executes.

    Args:
        bound_to: the only documents that whoever asks may name, by their digests; None for any.
    """
    refusal = trusted.refusal(asked.query, bound_to)
    if refusal:
        return [refusal]
    prepared = prepare(schema, asked.query)
    if prepared.errors or prepared.document is None:
        return list(prepared.errors)
    operation = prepared.operation(asked.operation_name)
    if isinstance(operation, GraphQLError):
        return [operation]
    unfit = limits.unfit_variables(asked.variables)
    if unfit:
        return [unfit]
    cost = _cost(schema, operation, prepared.prices[operation.name.value if operation.name else None], asked.variables)
    costly = too_costly(cost, operation)
    return [costly] if costly else Approved(prepared.document, operation, cost)


def _cost(schema: Schema, operation: OperationDefinitionNode, price: Price, given: dict[str, Any] | None) -> int:
    """What the operation costs with its variables as the executor coerces them.

    Of those that do not fit nothing is executed, and the executor says so.
    """
    if not price.parts:
        return price.fixed
    values = get_variable_values(schema._schema, operation.variable_definitions or (), given or {}, max_errors=1)
    return price.of(values.coerced) if isinstance(values, VariableValues) else 0


def extensions(schema: Schema, asked: Asked, approved: Approved, data: Any) -> dict[str, Any]:
    """What the response says beside its data: the estimated cost, and what was spent where the client asks for it."""
    cost = {"estimated": approved.cost, "limit": MOST_COST}
    if asked.counts_cost:
        cost["actual"] = spent(schema._schema, approved.document, approved.operation, data)
    return {"cost": cost}


class PreparedDocuments(SchemaExtension):
    """Takes documents from `prepare`, so that nothing is parsed or validated twice, and nothing escapes the limits."""

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        prepared = prepare(context.schema, context.query or "")
        if prepared.document is None:
            raise prepared.errors[0]
        context.graphql_document = prepared.document
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        prepared = prepare(context.schema, context.query or "")
        unfit = limits.unfit_variables(context.variables)
        context.pre_execution_errors = [*prepared.errors, *([unfit] if unfit and not prepared.errors else [])]
        yield


class CodedErrors(SchemaExtension):
    """Gives every error of an execution its code, and keeps faults inside."""

    def on_operation(self) -> Iterator[None]:
        yield
        result = self.execution_context.result
        if result is not None and result.errors:
            result.errors = coded_all(result.errors)

    def on_stream_result(self, result: object) -> Iterator[None]:
        errors = getattr(result, "errors", None)
        if errors:
            result.errors = coded_all(errors)  # type: ignore[attr-defined]
        yield
