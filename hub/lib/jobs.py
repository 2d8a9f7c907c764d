"""What a background job is: a thin, idempotent function in an area's `jobs.py` that gets ids and calls an action.

A job is deferred in the transaction of the write that it follows from, so both happen or neither. It may run more
than once, and later than expected; it says itself on whose behalf it acts (`acting_as`). A job that raises is tried
again with growing pauses, `ATTEMPTS` times in all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar, cast

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job
from procrastinate.tasks import Task

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 6
_FIRST_PAUSE = 2  # seconds
_LONGEST_PAUSE = 600


class Patience(BaseRetryStrategy):
    """Pauses of 2, 8, 32, 128 and 512 seconds; then the job has failed."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        pause = pause_before_retry(job)
        return None if pause is None else RetryDecision(retry_in={"seconds": int(pause.total_seconds())})


def pause_before_retry(job: Job) -> timedelta | None:
    """How long to wait after a failure of `job`; None when that was its last attempt."""
    if job.attempts + 1 >= ATTEMPTS:
        return None
    return timedelta(seconds=min(_LONGEST_PAUSE, _FIRST_PAUSE * 4**job.attempts))


def job(function: Callable[P, R]) -> Task[P, R, P]:
    """Make a function a job, named after its module and itself: `task.defer(**ids)` queues it."""
    return cast("Task[P, R, P]", app.task(name=_name(function), retry=Patience(), pass_context=False)(function))


def periodic_job(cron: str) -> Callable[[Callable[[int], None]], Any]:
    """Make a function a job that the worker starts by the clock, however many workers run.

    Args:
        cron: five fields, or six with the seconds last. A start that finds the former one still waiting is left out.

    The function gets the time that it was due, in seconds since 1970. It is not tried again: the next one comes.
    """

    def decorate(function: Callable[[int], None]) -> Any:
        name = _name(function)
        return app.periodic(cron=cron)(app.task(name=name, queueing_lock=name, pass_context=False)(function))

    return decorate


def defer(name: str, *, once: bool = False, at: datetime | None = None, **ids: Any) -> None:
    """Queue a job by its name, for modules that its own module imports.

    Args:
        once: not while one with the same ids waits already (the caller holds a savepoint: it may be refused).
        at: not before that moment (aware).
    """
    lock = f"{name}:{sorted(ids.items())}" if once else None
    app.configure_task(name, queueing_lock=lock, schedule_at=at).defer(**ids)


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


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__name__}"
