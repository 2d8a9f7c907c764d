"""Readings of restricted incidents, which are recorded: a statement marks what it shows of them.

The executor loads rows, and a row of a restricted incident says itself that it is read (`hub.lib.witnessed`). A
statement loads none. It puts a mark before each object of such a row, and before a cursor that stands for one: the
incident's key between bytes that JSON never holds. Who runs the statement takes the marks out and has them recorded.
Whoever is admitted to nothing sees no such row, and has no marks in their answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Expression, Field, Model

from hub.graphql.compiler.text import SIGHTING, Part, spliced
from hub.lib import sight
from hub.lib.witnessed import Witnessed


def marked(model: type[Model], column: Callable[[Field[Any, Any]], Expression]) -> list[Part]:
    """What stands before something that is shown of a row: a mark, if it is a restricted incident's.

    Args:
        column: the expression of a column of the row.
    """
    if not issubclass(model, Witnessed):
        return []
    fields: Any = [model._meta.get_field(name) for name in ("restricted", model.witnessed_by)]
    restricted, incident = map(column, fields)
    return [spliced(f"CASE WHEN {{}} THEN {SIGHTING.around('{}')} ELSE '' END", restricted, incident)]


def has_marks(text: bytes) -> bool:
    """Whether an answer shows something whose reading has to be recorded."""
    return SIGHTING.is_in(text)


def noted(text: bytes) -> bytes:
    """An answer without its marks, after whoever records what this person reads has been told of them."""

    def note(incident: bytes) -> bytes:
        # A part of no incident, as a phone tree's run may be, is nobody's to be told of.
        if incident:
            sight.note(int(incident))
        return b""

    return SIGHTING.replaced(text, note)
