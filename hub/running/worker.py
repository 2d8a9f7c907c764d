"""The worker as a process: signals, and an end in time."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from typing import NoReturn

from hub.config import jobs
from hub.lib import garbage

logger = logging.getLogger(__name__)

END_PATIENCE = jobs.GRACE + 1.0
"""Seconds after a stop signal at which the process ends, whatever its jobs do; a supervisor kills it after 4."""


def run_worker(concurrency: int) -> NoReturn:
    """Do jobs until SIGTERM, SIGINT or SIGHUP, then end the process.

    A job that hangs in a thread cannot be ended; the process ends without it, and the job is done again.
    """
    # The queue's own words are for its authors: `hub.config.jobs` says what an operator needs, once.
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    garbage.settle()
    # No `asyncio.run`, which waits for every thread.
    asyncio.new_event_loop().run_until_complete(_work(concurrency))
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


async def _work(concurrency: int) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    working = asyncio.create_task(jobs.work(stop, concurrency=concurrency))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait({working}, timeout=END_PATIENCE)
    if working.done():
        working.result()
    else:
        logger.warning("A job did not end in time; it will be done again.")
