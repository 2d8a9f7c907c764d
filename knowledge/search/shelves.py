"""Shelves: where documents with the same readers stand.

The database computes a document's shelf from its scope and a reader's shelves from their rights (`app.shelves()`), and
its policies compare the two. The numbers are kept so that no two kinds of shelf meet: the one shared by the enterprise
is 0, a unit's has the unit's id, a restricted incident's the negative of the incident's.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

SHARED: Final = 0


def name(shelf: int) -> str:
    """The shelf in words, as indices are named after it: `shared`, `unit-7`, `incident-142`."""
    if shelf == SHARED:
        return "shared"
    return f"unit-{shelf}" if shelf > 0 else f"incident-{-shelf}"


def readable() -> list[int]:
    """The shelves of whoever acts in this transaction, in order. Raises for a transaction without a person."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.shelves()")
        return sorted(cursor.fetchone()[0])
