"""Manners at locks: one by one where there is no row to lock, and work that takes many rows gives way to work that
takes few.

Actions lock an incident before anything that belongs to it, so that they wait in a queue and never in a circle. Some
work cannot keep to that order: a worker holds a message when it finds out which incident that is about. Work that needs
everything of an incident meets all of them, so it waits for each lock less long than PostgreSQL takes to look for
deadlocks (`deadlock_timeout`, a second), lets go of all it holds, and begins again. Nobody else is sacrificed for it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg import errors

from hub.lib.errors import Conflict

T = TypeVar("T")

PATIENCE: Final = "300ms"
ATTEMPTS: Final = 15
_LONGEST_PAUSE: Final = 0.1  # seconds


def hold(what: str, key: int = 0, *, shared: bool = False) -> None:
    """Hold an advisory lock until the transaction ends: for rows of which there may be none yet to lock.

    Args:
        what: the rows, as a name of its own in the hub.
        key: whose they are; 0 for the enterprise's.
        shared: with others who only keep them from being changed.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext(%s), %s)", [what, key])


def giving_way(work: Callable[[], T], *, busy: str) -> T:
    """The result of `work`, an action that binds its own identity: it is undone and begun again when locks are taken.

    Args:
        busy: the sentence for the person when others never let go.

    Raises `Conflict(busy)` after `ATTEMPTS`, some five seconds.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _impatiently(work)
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
                raise
            if attempt < ATTEMPTS:
                time.sleep(random.uniform(0, _LONGEST_PAUSE))  # two that give way do not meet again
    raise Conflict(busy)


def _impatiently(work: Callable[[], T]) -> T:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)", [PATIENCE])
        former, _ = cursor.fetchone()
    result = work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [former])
    return result
