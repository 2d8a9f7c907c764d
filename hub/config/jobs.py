"""The queue of background jobs: how it is composed, what its upkeep does, and how a worker empties it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.worker import Worker

from hub.config.reactions import REACTIONS
from hub.lib.jobs import ATTEMPTS, LONGEST_PAUSE, Beat, beats, pause_before_retry
from hub.live import outbox

logger = logging.getLogger(__name__)

HEARTBEAT = 10.0
"""Seconds between two signs of life of a worker."""
STALLED = 30.0
"""Seconds after its last sign of life that a worker counts as gone, and its jobs are done again."""
GRACE = 2.5
"""Seconds that jobs under way have to end when the worker is told to stop."""
LOOK_FOR_STALLED = 10.0
"""Seconds between two looks for jobs of workers that are gone."""
KEPT_HOURS = 30 * 24
"""How long a failed job is kept, for whoever looks into it. A successful one goes at once."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""At once, whatever the time is here and in the database."""
AFTER_A_CLOCK_WAS_SET_BACK = (
    # Signs of life from a time to come: their workers have to give new ones.
    "UPDATE procrastinate_workers SET last_heartbeat = now() WHERE last_heartbeat > now()",
    # Further tries that were put off until a time that no pause reaches.
    "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo' AND attempts > 0"
    " AND scheduled_at > now() + make_interval(secs => %(longest)s)",
)
_LONGEST_PAUSE = 15.0
LOOK_FOR_DATABASE = 2.0
"""Seconds at most between two attempts to reach a database that is away: pages wait for it."""


def prepare(queue: App) -> None:
    """Add the upkeep to the queue, and hang the reactions on the events. Called once, when Django is ready."""
    name = f"{remove_old_jobs.__module__}.{remove_old_jobs.__name__}"
    queue.periodic(cron="17 * * * *")(queue.task(name=name, queueing_lock=name, pass_context=True)(remove_old_jobs))
    outbox.react(REACTIONS)


async def retry_stalled_jobs(queue: App) -> None:
    """Queue again what a worker left that was killed; a job that was left so `ATTEMPTS` times has failed."""
    manager = queue.job_manager
    for statement in AFTER_A_CLOCK_WAS_SET_BACK:
        await queue.connector.execute_query_async(statement, longest=LONGEST_PAUSE)
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        if job.attempts + 1 >= ATTEMPTS:
            logger.error("Job %s has failed: its worker ended %s times before it was done", job.call_string, ATTEMPTS)
            await manager.finish_job(job, Status.FAILED, delete_job=False)
        else:
            logger.warning("Job %s is done again: its worker ended before it was done", job.call_string)
            await manager.retry_job(job, retry_at=_LONG_AGO)


async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Forget jobs that have failed long ago."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def work(stop: asyncio.Event, *, concurrency: int) -> None:
    """Do jobs until `stop` is set, through restarts of PostgreSQL; jobs under way then have `GRACE` seconds.

    Args:
        concurrency: how many jobs to do at the same time, each in a thread with a database connection of its own.
    """
    loop = asyncio.get_running_loop()
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(concurrency + 2, "job"))
    loop.set_exception_handler(_ignore_lost_connections)
    beating = [asyncio.create_task(keep_beating(each, stop)) for each in beats()]
    try:
        await _do_jobs(stop, concurrency)
    finally:
        for each in beating:
            each.cancel()


async def _do_jobs(stop: asyncio.Event, concurrency: int) -> None:
    loop = asyncio.get_running_loop()
    pause, away = 0.5, False
    while not stop.is_set():
        started = loop.time()
        try:
            await _reach_database()
            connector = PsycopgConnector(
                kwargs=connector_params(), min_size=1, max_size=4, timeout=3, reconnect_timeout=3, name="queue"
            )
            # An app of its own: jobs that queue jobs do so through Django's connection, in their transaction.
            queue = app.with_connector(connector)
            async with queue.open_async():
                logger.info(
                    "The database answers again; the worker goes on."
                    if away
                    else f"The worker takes jobs, {concurrency} at a time."
                )
                away = False
                await _run(queue, stop, concurrency)
        except (ConnectorException, psycopg.OperationalError) as error:
            if not away:
                logger.warning(
                    "The database does not answer (%s); the worker tries again until it does.",
                    _first_line(error.__cause__ or error),
                )
            away = True
        except Exception:
            logger.exception("The worker's loop has failed; it starts again.")
        await sync_to_async(close_old_connections)()
        pause = 0.5 if loop.time() - started > _LONGEST_PAUSE else min(_LONGEST_PAUSE, pause * 2)
        if not stop.is_set():
            await _wait(stop, min(pause, LOOK_FOR_DATABASE) if away else pause)


async def _reach_database() -> None:
    """Raises `psycopg.OperationalError` at once where the database is away.

    A pool that is opened meanwhile waits for half a minute, long after it has given up by itself.
    """
    connection = await psycopg.AsyncConnection.connect(**{**connector_params(), "connect_timeout": 3})
    await connection.close()


async def _run(queue: App, stop: asyncio.Event, concurrency: int) -> None:
    """Run one worker until it is told to stop, or ends because its connections were lost."""
    running = asyncio.create_task(
        queue.run_worker_async(
            concurrency=concurrency,
            install_signal_handlers=False,
            delete_jobs="successful",
            shutdown_graceful_timeout=GRACE,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=STALLED,
            fetch_job_polling_interval=5.0,
            worker_middleware=[_report],
        )
    )
    upkeep = asyncio.create_task(_keep_looking(queue, stop))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    upkeep.cancel()
    if not running.done():
        running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        if not stop.is_set():
            raise


async def _keep_looking(queue: App, stop: asyncio.Event) -> None:
    """Look for what workers left that are gone, until told to stop; a database that is away is the queue's concern."""
    while not stop.is_set():
        try:
            await retry_stalled_jobs(queue)
        except (ConnectorException, psycopg.Error) as error:
            logger.debug("The jobs of workers that are gone cannot be looked for: %s", _first_line(error))
        await _wait(stop, LOOK_FOR_STALLED)


async def keep_beating(beat: Beat, stop: asyncio.Event) -> None:
    """Call it again and again until told to stop, in a thread of its own."""
    loop = asyncio.get_running_loop()
    thread = concurrent.futures.ThreadPoolExecutor(1, beat.name)
    is_away = False
    while not stop.is_set():
        began = loop.time()
        try:
            await loop.run_in_executor(thread, _beat_once, beat)
            if is_away:
                logger.info("%s goes on.", beat.name)
            is_away = False
        except (OperationalError, InterfaceError) as error:
            if not is_away:
                logger.warning("%s waits for the database: %s.", beat.name, _first_line(error.__cause__ or error))
            is_away = True
        except Exception:
            logger.exception("%s failed, and comes again in %g s", beat.name, beat.every.total_seconds())
        await _wait(stop, max(0.0, beat.every.total_seconds() - (loop.time() - began)))


def _beat_once(beat: Beat) -> None:
    close_old_connections()
    try:
        beat.work()
    finally:
        close_old_connections()


async def _report(call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """Log each failure once, with the job's name and what happens next."""
    try:
        return await call_next()
    except Exception as error:
        job, why = context.job, f"{type(error).__name__}: {_first_line(error.__cause__ or error)}"
        pause = pause_before_retry(job)
        if context.task.retry_strategy is None and isinstance(error, OperationalError | ConnectorException):
            logger.warning("Job %s failed, and comes again by the clock: %s", job.call_string, why)
        elif context.task.retry_strategy is None or pause is None:
            logger.exception("Job %s has failed for good", job.call_string)
        else:
            again = int(pause.total_seconds())
            logger.warning(
                "Job %s failed (attempt %s of %s, again in %s s): %s",
                job.call_string,
                job.attempts + 1,
                ATTEMPTS,
                again,
                why,
            )
        raise


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _ignore_lost_connections(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The loop in `work` says once that the database is away; each task that notices need not say so too."""
    if not isinstance(context.get("exception"), ConnectorException):
        loop.default_exception_handler(context)


def _first_line(error: BaseException) -> str:
    said = str(error).strip()
    return said.splitlines()[0].rstrip(".") if said else type(error).__name__
