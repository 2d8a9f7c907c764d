"""Database work off the event loop, on threads that keep their connections."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

_FOR_ONE: Final = ThreadPoolExecutor(6, thread_name_prefix="socket")
_FOR_ALL: Final = ThreadPoolExecutor(3, thread_name_prefix="feed")
"""Apart, so that what single readers ask for delays nothing that many wait for."""


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what one reader asks for; the server is asked first whether the thread's connection still stands."""
    return await _on(_FOR_ONE, _stands, lambda: work(*args, **kwargs))


async def in_feed_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what many readers wait for, on a connection that nothing is known against."""
    return await _on(_FOR_ALL, lambda: not _may_have_ended() or _stands(), lambda: work(*args, **kwargs))


async def _on(pool: ThreadPoolExecutor, is_sound: Callable[[], bool], work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, _with_usable_connection, is_sound, work)


def _stands() -> bool:
    return connection.connection is None or connection.is_usable()


def _with_usable_connection(is_sound: Callable[[], bool], work: Callable[[], T]) -> T:
    if not is_sound():
        connection.close()
    try:
        return work()
    except (OperationalError, InterfaceError):
        # A connection that broke must not be met again on this thread.
        connection.close()
        raise


def _may_have_ended() -> bool:
    """Whether the server may have hung up while nobody used the connection: then something has come in on it unasked.

    To ask the server itself is a round trip, which every event would wait for, and twice.
    """
    kept = connection.connection
    if kept is None:
        return False
    if kept.closed:
        return True
    with selectors.DefaultSelector() as idle:
        idle.register(kept.fileno(), selectors.EVENT_READ)
        return bool(idle.select(timeout=0))
