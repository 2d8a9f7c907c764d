"""Numbers in what people and browsers send."""

from __future__ import annotations

LONGEST_KEY = 18
"""Digits of the largest number that is a key for certain: PostgreSQL's bigint holds any of so many."""


def whole_number(text: str, *, digits: int = LONGEST_KEY) -> int | None:
    """The number that `text` writes with 0 to 9 alone; None for anything else.

    Args:
        digits: how many there may be; more than `LONGEST_KEY` may be too large for the database.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
