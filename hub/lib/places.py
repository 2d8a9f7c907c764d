"""Rows in an order, the first that fits decides: one is put among the others, or taken out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db.models import Model

from hub.lib.errors import NotFound

Row = TypeVar("Row", bound=Model)
Written = TypeVar("Written")


def put_among(
    rows: Sequence[Row],
    as_written: Callable[[Row], Written],
    new: Written,
    *,
    position: int,
    former_id: int | None,
    noun: str,
) -> tuple[list[Written], int]:
    """What there is with `new` among it, and the index at which that is.

    Args:
        position: from 1 on; last where there are fewer.
        former_id: the row whose place it takes, if it is not a new one.

    Raises `NotFound` where that row is not there.
    """
    kept = [*map(as_written, rows)] if former_id is None else take_out(rows, as_written, former_id, noun=noun)
    place = min(max(position, 1), len(kept) + 1) - 1
    kept.insert(place, new)
    return kept, place


def take_out(rows: Sequence[Row], as_written: Callable[[Row], Written], row_id: int, *, noun: str) -> list[Written]:
    """What there is without that row. Raises `NotFound` where it is not there."""
    if all(each.pk != row_id for each in rows):
        raise NotFound(noun)
    return [as_written(each) for each in rows if each.pk != row_id]
