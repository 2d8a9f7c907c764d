"""What a background job is: a thin, idempotent function in an area's `jobs.py` that gets ids and calls an action.

A job is deferred in the transaction of the write that it follows from, so both happen or neither. It may run more
than once, and later than expected; it says itself on whose behalf it acts (`acting_as`). A job that raises is tried
again with growing pauses, `ATTEMPTS` times in all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from django.db import connection
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job
from procrastinate.tasks import Task

P = ParamSpec("P")
R = TypeVar("R")
Work = TypeVar("Work", bound=Callable[[], object])

ATTEMPTS = 6
LONGEST_PAUSE = 600
"""Seconds between two tries, at most."""
_FIRST_PAUSE = 2
_WAITING = """
SELECT ids.id::bigint FROM procrastinate_jobs j, jsonb_array_elements_text(
  CASE jsonb_typeof(j.args -> %(argument)s) WHEN 'array' THEN j.args -> %(argument)s
  ELSE jsonb_build_array(j.args -> %(argument)s) END) AS ids (id)
 WHERE j.status = 'todo' AND j.task_name = %(name)s
"""


class Patience(BaseRetryStrategy):
    """Pauses of 2, 8, 32, 128 and 512 seconds; then the job has failed."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        pause = pause_before_retry(job)
        return None if pause is None else RetryDecision(retry_in={"seconds": int(pause.total_seconds())})


def pause_before_retry(job: Job) -> timedelta | None:
    """How long to wait after a failure of `job`; None when that was its last attempt."""
    if job.attempts + 1 >= ATTEMPTS:
        return None
    return timedelta(seconds=min(LONGEST_PAUSE, _FIRST_PAUSE * 4**job.attempts))


def job(function: Callable[P, R]) -> Task[P, R, P]:
    """Make a function a job, named after its module and itself: `task.defer(**ids)` queues it."""
    return _task(function, priority=0)


def urgent_job(function: Callable[P, R]) -> Task[P, R, P]:
    """Make a function a job for which somebody is waiting at night: it goes before all that are not."""
    return _task(function, priority=1)


def periodic_job(cron: str, *, one_at_a_time: bool = False) -> Callable[[Callable[[int], None]], Any]:
    """Make a function a job that the worker starts by the clock, however many workers run.

    Args:
        cron: five fields. A start that finds the former one still waiting is left out.
        one_at_a_time: for what may take longer than to its next start, which then waits for the end.

    The function gets the time that it was due, in seconds since 1970. It is not tried again: the next one comes. When a
    clock is set back, none comes until it has gone forward again that far: what must go on meanwhile is a `beat`.
    """

    def decorate(function: Callable[[int], None]) -> Any:
        name = _name(function)
        lock = name if one_at_a_time else None
        return app.periodic(cron=cron)(app.task(name=name, queueing_lock=name, lock=lock, pass_context=False)(function))

    return decorate


@dataclass(frozen=True)
class Beat:
    """What every worker calls again and again, `every` so long after it began the last time, or when that ends."""

    name: str
    work: Callable[[], object]
    every: timedelta


_beats: dict[str, Beat] = {}


def beat(every: timedelta) -> Callable[[Work], Work]:
    """Make a function one that every worker calls so often, by the time that passes: for what people wait for.

    It is no job. It does not stand in the queue behind others, and goes on whatever a clock is set to. Several workers
    call it at the same time, so what it takes it takes with a lock, and skips what is locked.
    """

    def decorate(function: Work) -> Work:
        name = _name(function)
        _beats[name] = Beat(name, function, every)
        return function

    return decorate


def beats() -> list[Beat]:
    """All that there are."""
    return list(_beats.values())


def defer(name: str, *, at: datetime | None = None, **ids: Any) -> None:
    """Queue a job by its name, for modules that its own module imports.

    Args:
        at: not before that moment (aware).
    """
    app.configure_task(name, schedule_at=at).defer(**ids)


def defer_all(queued: Iterable[tuple[Task[..., Any, ...], dict[str, Any]]]) -> None:
    """Queue several jobs, of one kind or many, by one statement.

    Args:
        queued: each job, and what it is called with.
    """
    jobs = [task.configure().make_new_job(**ids) for task, ids in queued]
    if jobs:
        app.job_manager.batch_defer_jobs(jobs)


def defer_each(name: str, every: Sequence[dict[str, Any]]) -> None:
    """Queue a job by its name once for each of the sets of ids, by one statement."""
    if every:
        app.configure_task(name).batch_defer(*every)


def waiting(name: str, argument: str) -> set[int]:
    """The ids under this argument of the jobs of a name that wait, for a sweep that queues what none is waiting for.

    A job may have one id there, or a list of them. As `SYSTEM`, in the caller's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"argument": argument, "name": name})
        return {key for (key,) in cursor.fetchall()}


def _task(function: Callable[P, R], *, priority: int) -> Task[P, R, P]:
    return app.task(name=_name(function), priority=priority, retry=Patience(), pass_context=False)(function)


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__name__}"
