"""Statements that PostgreSQL plans once for a connection, for what is asked many times a second.

Their parameters go beside the text: as literals in it, which is how Django sends parameters, each statement is a new
one. With row-level security, planning a small statement takes longer than carrying it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import orjson
import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper

T = TypeVar("T")
U = TypeVar("U")


class _PreparedCursor(psycopg.Cursor[Any]):
    def execute(
        self, query: Any, params: Any = None, *, prepare: bool | None = True, binary: bool | None = None
    ) -> Self:
        return super().execute(query, params, prepare=prepare, binary=binary)


def fetch(statement: str, parameters: Mapping[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement in the current transaction and return its rows."""
    with CursorWrapper(_PreparedCursor(connection.connection), connection) as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


@dataclass(frozen=True)
class Question(Generic[T]):
    """What an area can tell from its tables; to be asked alone, or together with those of other areas.

    Attributes:
        select: whose rows answer it; each parameter is a `%b` with its type, and columns are such as JSON writes.
        read: makes the answer of the rows, each of them its columns by name.
    """

    select: str
    parameters: Sequence[Any]
    read: Callable[[Sequence[dict[str, Any]]], T]

    def then(self, further: Callable[[T], U]) -> Question[U]:
        """The question whose answer `further` makes of this one's."""
        return Question(self.select, self.parameters, lambda rows: further(self.read(rows)))


def answer(question: Question[T]) -> T:
    """The answer, as whoever acts in the current transaction may have it."""
    (answered,) = answers(question)
    found: T = answered
    return found


def answers(*questions: Question[Any]) -> list[Any]:
    """The answers to all of these, in their order, by one statement."""
    selects = ", ".join(f"(SELECT json_agg(found)::text FROM ({each.select}) AS found)" for each in questions)
    (told,) = fetch(f"SELECT {selects}", [each for question in questions for each in question.parameters])
    return [question.read(orjson.loads(rows) if rows else []) for question, rows in zip(questions, told, strict=True)]
