"""Scalars with a stricter form than the libraries give them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition


def _written(value: datetime) -> str:
    # Six times as fast as `strftime`, which is felt where an answer has thousands of them.
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _read(value: object) -> datetime:
    try:
        if not isinstance(value, str):
            raise ValueError
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise StrawberryInputCoercionError(
            "A DateTime is written as 2026-03-01T09:30:00Z, with its offset from UTC."
        ) from None


DATE_TIME: Final = ScalarDefinition(
    name="DateTime",
    description=(
        "A moment, by ISO 8601. Written in UTC with microseconds (2026-03-01T09:30:00.000000Z); "
        "read with any offset, but never without one."
    ),
    specified_by_url=None,
    serialize=_written,
    parse_value=_read,
    parse_literal=None,
    origin=datetime,
)
