"""Times of the local week, as minutes from Monday 00:00. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY


def minute_of(moment: datetime, zone: str) -> int:
    """Which minute of the week a clock in the zone shows at `moment` (aware)."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.weekday() * DAY + local.hour * 60 + local.minute


def is_within(pairs: Iterable[Sequence[int]], moment: datetime, zone: str) -> bool:
    """Whether `moment` (aware) lies in one of the pairs of minutes there; a pair may go on into the next week."""
    minute = minute_of(moment, zone)
    return any(start <= at < end for start, end in pairs for at in (minute, minute + WEEK))
