"""Plans: an operation of a shape as one statement with holes for values, kept while it is in use."""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from graphql import (
    SKIP,
    ArgumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_variable_values,
    type_from_ast,
    visit,
)
from graphql.execution.values import VariableValues
from psycopg import sql
from strawberry import Schema

from hub.graphql.compiler.arguments import Reader, Role, bound
from hub.graphql.compiler.compilation import Compilation, declared_field, role_of
from hub.graphql.compiler.data import Data, RowData
from hub.graphql.compiler.executing import Executed
from hub.graphql.compiler.fragments import fragments_below
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.compiler.roots import answer_of, entities_of, node_types
from hub.graphql.compiler.text import UNSOUND, compiled
from hub.graphql.documents import Asked, prepare
from hub.lib import clock
from hub.lib.errors import HubError
from hub.lib.given import Given, Values, left_open

logger = logging.getLogger("hub.graphql")

MOST_PLANS: Final = 1_000
MOST_READINGS: Final = 512

_HOLES: Final = re.compile(r"%(.)")
_UNSOUND: Final = UNSOUND.encode()


@dataclass(frozen=True)
class Plan:
    """A statement that answers an operation of one shape.

    Attributes:
        statement: with holes `$1`, `$2`, ... Its one row has texts that are, one after the other, the answer's `data`
            as JSON: one text, or one more than there is data.
        givens: what fills the holes, in order.
        data: what is worked out in Python, or by the executor, and stands between the texts.
        row_data: what is worked out in Python of the rows that the texts mark.
    """

    statement: str
    givens: tuple[Given, ...]
    data: tuple[Data | Executed, ...] = ()
    row_data: tuple[RowData, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the statement's text is the whole answer."""
        return not self.data and not self.row_data

    @property
    def reason(self) -> str | None:
        """Why a part of the answer is left to the executor; None if none is."""
        reasons = {each.reason: None for each in self.data if isinstance(each, Executed)}
        return f"in part: {'; '.join(reasons)}" if reasons else None

    def bind(self, leaves: Sequence[Any]) -> list[str | None]:
        """The parameters of one run, as PostgreSQL reads them.

        Raises `NotCompiled` for a cursor or an id that is none.
        """
        if not self.givens:
            return []
        values = Values(leaves, clock.now())
        try:
            return [bound(given.take(values)) for given in self.givens]
        except HubError as error:
            raise NotCompiled(error.message, for_good=False) from None


@dataclass(frozen=True)
class Ready:
    """A plan with the values of one request.

    Attributes:
        leaves: what the statement binds.
        variables: what resolvers of data are given, coerced.
        given: the variables as the client gave them.
    """

    plan: Plan
    leaves: Sequence[Any]
    variables: Mapping[str, Any]
    given: Mapping[str, Any]

    @property
    def parameters(self) -> list[str | None]:
        return self.plan.bind(self.leaves)


def is_sound(data: bytes) -> bool:
    """Whether an answer is one, and holds no mark of what the executor would call an error."""
    return _UNSOUND not in data


@dataclass(frozen=True)
class _Reading:
    """What is known of an operation before its variables have values."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: tuple[tuple[str, Any, tuple[Role, ...]], ...]
    node_types: frozenset[str]
    entities: Mapping[str, Sequence[str]]


class Plans:
    """The plans of a schema, and the reasons for there being none; the least recently used are forgotten."""

    def __init__(self, most: int = MOST_PLANS) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Any, ...], Plan | NotCompiled] = OrderedDict()
        self._met: Counter[tuple[Any, ...]] = Counter()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def know(self, schema: Schema, asked: Asked) -> bool:
        """Whether the operation was met before, in whichever shape."""
        return (schema, asked.query, asked.operation_name) in self._met

    def kept(self, schema: Schema, asked: Asked) -> Ready | None:
        """A plan that is there already, without making one."""
        try:
            reading = _reading(schema, asked.query, asked.operation_name)
            reader = _read(schema, reading, asked)
        except NotCompiled:
            return None
        found = self._get((schema, asked.query, asked.operation_name, reader.shape))
        return Ready(found, reader.leaves, reader.coerced, asked.variables or {}) if isinstance(found, Plan) else None

    def ready(self, schema: Schema, asked: Asked) -> Ready:
        """The plan for a request whose document is valid, made unless it is kept. Raises `NotCompiled`."""
        reading = _reading(schema, asked.query, asked.operation_name)
        reader = _read(schema, reading, asked)
        key = (schema, asked.query, asked.operation_name, reader.shape)
        found = self._get(key)
        if found is None:
            try:
                found = _made(schema, reading, reader)
            except NotCompiled as reason:
                if not reason.for_good:
                    raise
                found = reason
            except GraphQLError:
                raise NotCompiled("the executor finds an error in a directive", for_good=False) from None
            except Exception:
                # A fault of the compiler costs speed and not the answer.
                logger.exception("An operation could not be compiled")
                found = NotCompiled("the compiler failed; the log says how")
            self._keep(key, found)
        if isinstance(found, NotCompiled):
            raise NotCompiled(found.reason)
        return Ready(found, reader.leaves, reader.coerced, asked.variables or {})

    def _get(self, key: tuple[Any, ...]) -> Plan | NotCompiled | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: tuple[Any, ...], found: Plan | NotCompiled) -> None:
        with self._lock:
            if key not in self._kept:
                self._met[key[:-1]] += 1
            self._kept[key] = found
            while len(self._kept) > self._most:
                forgotten, _ = self._kept.popitem(last=False)
                self._met[forgotten[:-1]] -= 1
                if not self._met[forgotten[:-1]]:
                    del self._met[forgotten[:-1]]


plans: Final = Plans()


def _made(schema: Schema, reading: _Reading, reader: Reader) -> Plan:
    root = schema._schema.query_type
    if reading.operation.operation is not OperationType.QUERY or root is None:
        raise NotCompiled("only queries are compiled")
    compilation = Compilation(schema, reading.operation, reading.fragments, reader)
    with left_open():
        texts, data = answer_of(compilation, root)
        made = [compiled(text, connection) for text in texts]
    statement, givens = _frozen([sql for sql, _ in made], [value for _, values in made for value in values])
    return Plan(statement, givens, tuple(data), tuple(compilation.row_data))


def _frozen(texts: Sequence[str], values: Sequence[Any]) -> tuple[str, tuple[Given, ...]]:
    """Number the holes. A value that the code itself has put in becomes a constant, which the planner reckons with."""
    following = iter(values)
    numbers: dict[int, int] = {}
    givens: list[Given] = []

    def filled(hole: re.Match[str]) -> str:
        if hole[1] == "%":
            return "%"
        value = next(following)
        if not isinstance(value, Given):
            return sql.Literal(value).as_string(None)
        if id(value) not in numbers:
            givens.append(value)
            numbers[id(value)] = len(givens)
        return f"${numbers[id(value)]}"

    return _HOLES.sub(filled, f"SELECT {', '.join(texts)}"), tuple(givens)


def _read(schema: Schema, reading: _Reading, asked: Asked) -> Reader:
    reader = Reader(reading.node_types, reading.entities)
    if reading.variables:
        values = get_variable_values(
            schema._schema, reading.operation.variable_definitions or (), asked.variables or {}, max_errors=1
        )
        if not isinstance(values, VariableValues):
            raise NotCompiled("the variables do not fit", for_good=False)
        reader.read_variables(reading.variables, values.coerced)
    return reader


@lru_cache(maxsize=MOST_READINGS)
def _reading(schema: Schema, text: str, operation_name: str | None) -> _Reading:
    prepared = prepare(schema, text)
    if prepared.document is None or prepared.errors:
        raise NotCompiled("the document is not valid", for_good=False)
    operation = prepared.operation(operation_name)
    if not isinstance(operation, OperationDefinitionNode):
        raise NotCompiled("the document has no such operation", for_good=False)
    fragments = {
        each.name.value: each for each in prepared.document.definitions if isinstance(each, FragmentDefinitionNode)
    }
    types = TypeInfo(schema._schema)
    roles = _Roles(types)
    # What other operations say of a variable of this name is not about this one's.
    for part in (operation, *fragments_below(operation, fragments)):
        visit(part, TypeInfoVisitor(types, roles))
    variables = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        found = roles.found.get(name, {Role.VALUE})
        type_ = type_from_ast(schema._schema, definition.type)
        variables.append((name, type_, tuple(sorted(found, key=lambda role: role.name))))
    return _Reading(
        operation,
        fragments,
        tuple(variables),
        node_types(schema._schema.type_map),
        entities_of(schema._schema.query_type),
    )


class _Roles(Visitor):
    """Finds out what each variable of a document is used for."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.found: dict[str, set[Role]] = {}
        self._arguments: list[Any] = []

    def enter_variable_definition(self, *_: object) -> Any:
        return SKIP

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        field = None if self.types.get_directive() else self.types.get_field_def()
        role = role_of(declared_field(field), node.name.value) if field else Role.VALUE
        self._arguments.append((node.value, role))

    def leave_argument(self, *_: object) -> None:
        self._arguments.pop()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        argument, role = self._arguments[-1]
        if node is not argument:
            # Inside a list of ids it is one of them, and inside another or an object a value like others.
            role = Role.NODE if role is Role.NODES else Role.VALUE
        self.found.setdefault(node.name.value, set()).add(role)
