"""Gives events their places: one process leads, another may wait to take over, and nothing is lost when either dies.

The work itself is one SQL function (`app.sequence_events`), so that a batch is moved in one transaction or not at all.
Writers send no notification, which would make their commits queue for one lock: the sequencer looks by itself, and
waits in the database, where an empty outbox costs it one indexed look every few milliseconds and no round trip. While
nothing has happened for a while it looks less often: a hub at rest spent more on looking than on all else.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from asgiref.sync import async_to_sync
from channels.layers import BaseChannelLayer, get_channel_layer
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from redis.exceptions import RedisError

from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.live.models import FeedEvent
from hub.live.wakeups import GROUP, WAKE

logger = logging.getLogger(__name__)

BATCH: Final = 1_000
CALM_AFTER_SECONDS: Final = 2.0
SHORTEST_BACKOFF_SECONDS: Final = 0.1
STANDBY_SECONDS: Final = 0.5
LONGEST_BACKOFF_SECONDS: Final = 10.0
REDIS_SECONDS: Final = 0.5
KEPT: Final = timedelta(days=30)
"""How long events stay readable. A cursor older than this is refused, and its reader starts anew."""
TRIM_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Pace:
    """How the database waits for an event.

    Attributes:
        patience: how long, before it answers that there is none; a stop is heard as late as that.
        rest: how long between two looks; an event waits for half of it on the average.
    """

    patience: timedelta = timedelta()
    rest: timedelta = timedelta(milliseconds=3)


NOT_AT_ALL: Final = Pace()
BUSY: Final = Pace(patience=timedelta(seconds=0.1))
CALM: Final = Pace(patience=timedelta(seconds=0.2), rest=timedelta(milliseconds=20))


def sequence_batch(pace: Pace = NOT_AT_ALL) -> int:
    """Move one batch, and wait for one at that pace; returns how many events got a place, or -1 while another leads."""
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT app.sequence_events(%s, %s, %s)", [BATCH, str(pace.patience), str(pace.rest)])
        row: tuple[int] = cursor.fetchone()
        return row[0]


def trim() -> int:
    """Forget events that are older than `KEPT`; returns how many."""
    with acting_as(SYSTEM):
        return FeedEvent.objects.filter(at__lt=clock.now() - KEPT).delete()[0]


def run(is_stopping: Callable[[], bool]) -> None:
    """Sequence until `is_stopping` says so. A database that goes away is waited for, with one line in the log."""
    backoff = 0.0
    trimmed_at = clock.now()
    moved_at = time.monotonic()
    while not is_stopping():
        try:
            moved = sequence_batch(CALM if time.monotonic() - moved_at > CALM_AFTER_SECONDS else BUSY)
            if backoff:
                logger.info("The database answers again")
                backoff = 0.0
            if moved > 0:
                moved_at = time.monotonic()
                _wake_other_processes()
            elif moved < 0:
                _wait(STANDBY_SECONDS, is_stopping)
            elif clock.now() - trimmed_at > TRIM_EVERY:
                trimmed_at = clock.now()
                trim()
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if not backoff:
                logger.warning("The database does not answer; trying again: %s", str(error).splitlines()[0])
            backoff = min(max(backoff * 2, SHORTEST_BACKOFF_SECONDS), LONGEST_BACKOFF_SECONDS)
            _wait(backoff, is_stopping)


def _wake_other_processes() -> None:
    """Over Redis where it is used; otherwise the notification that the function sent has woken them."""
    layer = get_channel_layer()
    if not settings.REDIS_URL or layer is None:
        return
    try:
        async_to_sync(_send_within)(layer, REDIS_SECONDS)
    except (OSError, TimeoutError, RedisError) as error:
        # A wake-up that is lost only delays: readers look by themselves every second.
        logger.warning("Redis does not answer: %s", error or "nothing came back in time")


async def _send_within(layer: BaseChannelLayer, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await layer.group_send(GROUP, {"type": WAKE})


def _wait(seconds: float, is_stopping: Callable[[], bool]) -> None:
    """Sleep in slices, so that a stop is heard within a tenth of a second."""
    until = time.monotonic() + seconds
    while not is_stopping() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 0.1))
