"""How late it is, whatever a machine's clock says: a clock in a row, moved on by the time that has really passed.

Machines count the seconds since they started, and nobody sets that count. Whoever sweeps moves the row on by it, so a
clock that is set by an hour, either way, pages nobody early and nobody late. What people and events wrote down with a
machine's clock is brought to the row's time by the difference that held when they did.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from hub.escalation.models import LogicalClock
from hub.lib import clock

SLEW: Final = timedelta(seconds=2)
"""A difference that is no jump: how clocks are corrected, and how exactly they are read."""
KEPT_JUMPS: Final = 20

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_ROW: Final = 1


@dataclass(frozen=True)
class Time:
    """The logical time, and how a machine's clock differed from it since when: (logical, wall - logical), in order."""

    now: datetime
    offsets: tuple[tuple[datetime, timedelta], ...] = ()

    def of(self, wall: datetime) -> datetime:
        """The logical time of what was written down as `wall`: the latest that can be meant."""
        for since, offset in reversed(self.offsets):
            logical = wall - offset
            if since <= logical <= self.now + SLEW:
                return logical
        return min(wall - self.offsets[0][1], self.now) if self.offsets else wall

    def wall(self, logical: datetime) -> datetime:
        """What a machine's clock will say then, as far as is known now."""
        return logical + self.offsets[-1][1] if self.offsets else logical


def read() -> Time:
    """The time as it was last moved on, and a little more: for those who only look, in the caller's transaction."""
    wall = clock.now()
    row = LogicalClock.objects.filter(pk=_ROW).first()
    if row is None or clock.is_set():
        return Time(wall)
    return _moved(row, wall)


def advance() -> Time:
    """Move the clock on. Locks its row for the caller's transaction, which is to be a short one of its own."""
    wall = clock.now()
    if clock.is_set():
        return Time(wall)
    boot, uptime = _uptime()
    LogicalClock.objects.bulk_create(
        [LogicalClock(pk=_ROW, now=wall, boot=boot, uptime=uptime, wall=wall, offsets=[[wall.timestamp(), 0.0]])],
        ignore_conflicts=True,
    )
    row = LogicalClock.objects.select_for_update().get(pk=_ROW)
    moved = _moved(row, clock.now())
    boot, uptime = _uptime()
    LogicalClock.objects.filter(pk=_ROW).update(
        now=moved.now,
        boot=boot,
        uptime=uptime,
        wall=clock.now(),
        offsets=[[since.timestamp(), offset.total_seconds()] for since, offset in moved.offsets],
    )
    return moved


def _moved(row: LogicalClock, wall: datetime) -> Time:
    boot, uptime = _uptime()
    # Another machine, or one that started anew: there is only the clock to ask.
    passed = timedelta(seconds=uptime - row.uptime) if boot == row.boot else wall - row.wall
    now = row.now + max(passed, timedelta())
    offsets = [(datetime.fromtimestamp(since, UTC), timedelta(seconds=offset)) for since, offset in row.offsets]
    offset = wall - now
    if not offsets or abs(offset - offsets[-1][1]) > SLEW:
        offsets.append((row.now, offset))
    return Time(now, tuple(offsets[-KEPT_JUMPS:]))


def _uptime() -> tuple[str, float]:
    """Which start of which machine, and the seconds since, sleep included."""
    try:
        boot = _BOOT.read_text().strip()
        return boot, time.clock_gettime(time.CLOCK_BOOTTIME)
    except (OSError, AttributeError):
        return "", time.monotonic()
