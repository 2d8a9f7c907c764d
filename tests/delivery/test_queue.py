"""The queue of jobs: what the logins may do with it, and what a worker does with jobs that fail."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError, connection, transaction
from pytest_django import Settings

from hub.config.jobs import AFTER_A_CLOCK_WAS_SET_BACK, keep_beating
from hub.config.reactions import REACTIONS
from hub.delivery import sending
from hub.incidents.events import IncidentDeclared, RoleAssigned
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import ATTEMPTS, LONGEST_PAUSE, Beat, beats, defer, waiting
from hub.live import outbox
from tests.conftest import as_system
from tests.delivery.conftest import StartWorker, message_to
from tests.services.waiting import wait_until

ActorNamed = Callable[[str], Actor]

FAILING: dict[str, Any] = {
    "event_id": "-",
    "unit_id": 0,
    "incident_id": 0,
    "role": "-",
    "assignee_id": 0,
    "entry_id": 0,
}


@pytest.mark.django_db
def test_a_person_adds_to_the_queue_and_reads_nothing_but_ids(actor: ActorNamed) -> None:
    with acting_as(actor("responder.payments")), connection.cursor() as cursor:
        defer("hub.delivery.jobs.deliver", message_id=1)
        cursor.execute("SELECT count(id) FROM procrastinate_jobs")
        assert cursor.fetchone() == (1,)
        for statement in (
            "SELECT args FROM procrastinate_jobs",
            "SELECT * FROM procrastinate_jobs",
            "SELECT task_name FROM procrastinate_jobs",
            "UPDATE procrastinate_jobs SET status = 'failed'",
            "DELETE FROM procrastinate_jobs",
            "SELECT * FROM procrastinate_events",
            "SELECT * FROM procrastinate_workers",
            "SELECT * FROM procrastinate_periodic_defers",
            "INSERT INTO procrastinate_jobs (queue_name, task_name, attempts) VALUES ('default', 'x', 99)",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)


@pytest.mark.django_db
def test_what_a_person_may_do_with_any_table_of_the_queue() -> None:
    """Also with tables that a later version of the queue brings."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.table_privileges"
            " WHERE grantee = 'hub_app' AND table_name LIKE 'procrastinate%'"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT DISTINCT table_name, privilege_type FROM information_schema.column_privileges"
            " WHERE grantee = 'hub_app' AND table_name LIKE 'procrastinate%' ORDER BY 1, 2"
        )
        assert cursor.fetchall() == [
            ("procrastinate_events", "INSERT"),
            ("procrastinate_jobs", "INSERT"),
            ("procrastinate_jobs", "SELECT"),
        ]


def test_a_reaction_that_does_not_take_what_its_event_carries_is_refused_at_the_start() -> None:
    outbox.react(REACTIONS)
    with pytest.raises(TypeError, match="tell_assignee does not take what IncidentDeclared carries"):
        outbox.react({IncidentDeclared: REACTIONS[RoleAssigned]})


def jobs() -> dict[str, tuple[str, int]]:
    """Status and attempts of each job in the queue, by the task's name."""
    with as_system(), connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text, attempts FROM procrastinate_jobs")
        return {name: (status, attempts) for name, status, attempts in cursor.fetchall()}


def test_a_job_that_fails_is_tried_again_and_said_once(start_worker: StartWorker) -> None:
    worker = start_worker()
    with as_system():
        defer("hub.incidents.jobs.tell_assignee", **FAILING)

    wait_until(
        lambda: jobs().get("hub.incidents.jobs.tell_assignee") == ("todo", 2),
        what="the second failure",
        timeout=timedelta(seconds=20),
    )

    lines = [line for line in worker.said.splitlines() if "tell_assignee" in line]
    assert len(lines) == 2
    assert f"failed (attempt 1 of {ATTEMPTS}, again in 2 s): NotFound: There is no such incident" in lines[0]
    assert "Traceback" not in worker.said


def test_the_last_failure_is_final_and_shows_where(start_worker: StartWorker) -> None:
    with as_system(), connection.cursor() as cursor:
        defer("hub.incidents.jobs.tell_assignee", **FAILING)
        cursor.execute("UPDATE procrastinate_jobs SET attempts = %s", [ATTEMPTS - 1])
    worker = start_worker()

    wait_until(lambda: jobs().get("hub.incidents.jobs.tell_assignee") == ("failed", ATTEMPTS), what="the last failure")

    assert worker.said.count("has failed for good") == 1
    assert worker.said.count("Traceback") == 1


def test_a_job_whose_worker_is_gone_is_done_again(start_worker: StartWorker) -> None:
    """As a worker leaves it that was killed a while ago."""
    with as_system(), connection.cursor() as cursor:
        defer("hub.delivery.jobs.deliver", message_id=0)
        defer("hub.delivery.jobs.send_code", method_id=0)
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '10 minutes') RETURNING id"
        )
        [gone] = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [gone])
        cursor.execute(
            "UPDATE procrastinate_jobs SET attempts = %s WHERE task_name LIKE '%%send_code%%'", [ATTEMPTS - 1]
        )
    worker = start_worker()

    wait_until(
        lambda: "hub.delivery.jobs.deliver" not in jobs(), what="the job to be done", timeout=timedelta(seconds=75)
    )

    assert "deliver[1](message_id=0) is done again: its worker ended before it was done" in worker.said
    assert f"has failed: its worker ended {ATTEMPTS} times before it was done" in worker.said


@pytest.mark.django_db
def test_what_was_put_off_before_the_clock_was_set_back_is_done_now() -> None:
    with as_system(), connection.cursor() as cursor:
        defer("hub.delivery.jobs.deliver", message_id=1)
        defer("hub.delivery.jobs.deliver", message_id=2)
        cursor.execute(
            "UPDATE procrastinate_jobs SET attempts = 1, scheduled_at = now() + (args ->> 'message_id')::int * interval"
            " '6 minutes'"
        )
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')")
        for statement in AFTER_A_CLOCK_WAS_SET_BACK:
            cursor.execute(statement, {"longest": LONGEST_PAUSE})

        cursor.execute("SELECT (args ->> 'message_id')::int, scheduled_at IS NULL FROM procrastinate_jobs ORDER BY 1")
        assert cursor.fetchall() == [(1, False), (2, True)], "no pause lasts for twelve minutes"
        cursor.execute("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now()")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_a_message_that_a_job_waits_for_is_not_queued_again() -> None:
    message = message_to("commander.payments")
    with as_system():
        assert waiting("hub.delivery.jobs.deliver", "message_id") == {message.pk}
    assert sending.sweep() == 0
    with as_system(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert (sending.sweep(), sending.sweep()) == (1, 0)


def test_what_people_wait_for_stands_in_no_queue() -> None:
    every = {each.name: each.every for each in beats()}
    assert every["hub.escalation.jobs.sweep_runs"] == timedelta(seconds=2)
    assert {"hub.delivery.jobs.sweep_messages", "hub.escalation.jobs.audit_runs"} <= every.keys()


def test_a_beat_goes_on_whatever_it_raises() -> None:
    came: list[float] = []
    enough = threading.Event()

    def work() -> None:
        came.append(time.monotonic())
        if len(came) == 4:
            enough.set()
        raise OperationalError("gone") if len(came) % 2 else ValueError("strange")

    async def beat() -> None:
        stop = asyncio.Event()
        beating = asyncio.create_task(keep_beating(Beat("test", work, timedelta(seconds=0.05)), stop))
        await asyncio.wait_for(asyncio.to_thread(enough.wait), 5)
        stop.set()
        await beating

    asyncio.run(beat())
    assert came[3] - came[0] >= 0.1


@pytest.mark.parametrize(
    ("process", "concurrency", "sentence"),
    [
        ("web", 4, "A worker logs in as hub_worker: start it with HUB_PROCESS=worker."),
        ("worker", 0, "The concurrency must be between 1 and 64."),
    ],
)
def test_a_worker_that_cannot_start_says_why(settings: Settings, process: str, concurrency: int, sentence: str) -> None:
    settings.PROCESS = process

    with pytest.raises(CommandError, match=sentence):
        call_command("worker", concurrency=concurrency, skip_checks=True)
