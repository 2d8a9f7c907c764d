"""Which of the operations that are written down somewhere are compiled: in pages, examples, tests and benchmarks."""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    type_from_ast,
)
from strawberry import Schema

from hub.graphql.compiler.plans import plans
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.documents import Asked, prepare

PLACES: Final = ("README.md", "CONTRIBUTING.md", "deploy", "hub", "knowledge", "tenants", "tests")
_INSTALLED: Final = frozenset({"node_modules", "__pycache__"})
_SUFFIXES: Final = frozenset({".py", ".js", ".html", ".md", ".graphql", ".go", ".ts"})

_FILLINGS: Final = ("1", "id", "incidents", "first: 1", "")
"""What may have been put into a query that a test composes: those count that make it valid, the first one alone."""

_OPERATION: Final = re.compile(r"(?:(?:query|fragment)\b[\w\s]*(?:\([^{}]*\))?\s*)?\{")
_SAMPLES: Final[dict[str, Any]] = {
    "String": "text",
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "ID": base64.b64encode(b"Incident:1").decode(),
    "DateTime": "2026-03-01T00:00:00Z",
    "Date": "2026-03-01",
}


@dataclass(frozen=True)
class Found:
    """A query that is written down.

    Attributes:
        place: file and line.
        reason: why it is not compiled; None if it is.
    """

    place: str
    text: str
    reason: str | None


def coverage(schema: Schema, root: Path) -> list[Found]:
    """Every query below `root` that fits the schema, once for each text."""
    found: dict[str, Found] = {}
    places: set[str] = set()
    for place, text in _texts(root):
        if text in found or not _is_query(schema, text) or (place in places and place.split(":")[0].endswith(".py")):
            continue
        places.add(place)
        try:
            reason = plans.ready(schema, Asked(text, _name(schema, text), _variables(schema, text))).plan.reason
        except NotCompiled as error:
            # What the executor would refuse has no data that could be read otherwise.
            if not error.for_good:
                continue
            reason = error.reason
        if reason and ("__schema" in text or "__type(" in text):
            # What asks for the schema has none either.
            continue
        found[text] = Found(place, text, reason)
    return list(found.values())


def _texts(root: Path) -> Iterator[tuple[str, str]]:
    for name in PLACES:
        for path in [root / name] if (root / name).is_file() else _files(root / name):
            if path.suffix in _SUFFIXES and path.name != "schema.graphql":
                where = path.relative_to(root)
                for line, text in _in_python(path) if path.suffix == ".py" else _in_text(path.read_text()):
                    yield f"{where}:{line}", text.strip()


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder, in order, without what a package manager has installed there."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in _INSTALLED:
            yield from _files(path)
        elif path.is_file():
            yield path


def _in_python(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if "{" in node.value:
                yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            for filling in _FILLINGS:
                pieces = [each.value if isinstance(each, ast.Constant) else filling for each in node.values]
                yield node.lineno, "".join(str(piece) for piece in pieces)


def _in_text(text: str) -> Iterator[tuple[int, str]]:
    """Whatever stands from a brace, or the word before it, to the brace that closes it."""
    at = 0
    while begin := _OPERATION.search(text, at):
        depth, end = 0, begin.end() - 1
        while end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
            if not depth:
                break
        yield text.count("\n", 0, begin.start()) + 1, text[begin.start() : end]
        at = begin.end()


def _is_query(schema: Schema, text: str) -> bool:
    if not text.startswith(("{", "query", "fragment")) or len(text) < len("{ id }"):
        return False
    prepared = prepare(schema, text)
    operation = prepared.operation(_name(schema, text)) if prepared.document and not prepared.errors else None
    return isinstance(operation, OperationDefinitionNode) and operation.operation is OperationType.QUERY


def _name(schema: Schema, text: str) -> str | None:
    """The name of a document's first operation, where it has several."""
    document = prepare(schema, text).document
    named = [
        each.name.value
        for each in (document.definitions if document else ())
        if isinstance(each, OperationDefinitionNode) and each.name
    ]
    return named[0] if len(named) > 1 else None


def _variables(schema: Schema, text: str) -> dict[str, Any]:
    """A value for each variable that has to have one."""
    operation = prepare(schema, text).operation(_name(schema, text))
    if isinstance(operation, GraphQLError):
        return {}
    types = {
        each.variable.name.value: type_from_ast(schema._schema, each.type)
        for each in operation.variable_definitions or ()
        if each.default_value is None
    }
    return {name: _sample(type_) for name, type_ in types.items() if isinstance(type_, GraphQLNonNull)}


def _sample(type_: Any) -> Any:
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(bare, GraphQLList):
        return [_sample(bare.of_type)]
    if isinstance(bare, GraphQLEnumType):
        return next(iter(bare.values))
    if isinstance(bare, GraphQLInputObjectType):
        needed = {n: f.type for n, f in bare.fields.items() if f.default_value is Undefined}
        return {name: _sample(each) for name, each in needed.items() if isinstance(each, GraphQLNonNull)}
    return _SAMPLES.get(bare.name)
