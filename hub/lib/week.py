"""Times of the local week, as minutes from Monday 00:00. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
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


def end_of(pairs: Iterable[Sequence[int]], moment: datetime, zone: str) -> datetime | None:
    """The first minute from `moment` (aware) on that lies in none of the pairs there; None where every minute does."""
    known, minute = list(pairs), timedelta(minutes=1)
    end = moment.replace(second=0, microsecond=0)
    if not is_within(known, end, zone):
        return moment
    latest, before = end + timedelta(minutes=WEEK + DAY), end
    while is_within(known, end, zone):
        if end > latest:
            return None
        before, end = end, end + minute * _left(known, minute_of(end, zone))
    # Where clocks went forward meanwhile, they came there sooner than by as many minutes as were left.
    local = ZoneInfo(zone)
    forward = (end.astimezone(local).utcoffset() or timedelta()) - (before.astimezone(local).utcoffset() or timedelta())
    end -= max(forward, timedelta())
    while is_within(known, end, zone):
        end += minute
    return end


def _left(pairs: Iterable[Sequence[int]], minute: int) -> int:
    """Minutes until the end of the pair that ends last of those that the minute lies in."""
    return max(end - at for start, end in pairs for at in (minute, minute + WEEK) if start <= at < end)
