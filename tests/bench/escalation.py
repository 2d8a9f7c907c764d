"""Ten thousand escalations that are due in the same minute: how late people are paged, with two workers.

    python -m tests.bench.escalation

Every incident is its own, and its policy pages one of those who may work on it. A page is in somebody's inbox when
its step is taken; it has reached a service when its webhook, a real server on this machine, has answered and that is
written down. Both are told: how late each was, counted from the moment when the page was due. The server has the
same cores as the workers and PostgreSQL.
HUB_BENCH_ESCALATIONS says another number.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import psycopg
from django.db import connection

from hub.catalog.models import Service
from hub.delivery.models import ContactKind, ContactMethod
from hub.escalation import ticking
from hub.escalation.actions.runs import new_run
from hub.escalation.chains import Chain, Course, Step, Target
from hub.escalation.models import Run, TargetKind, Trigger
from hub.incidents.actions import declare_incident
from hub.incidents.models import Incident, Severity
from hub.lib import clock, identity
from hub.lib.identity import SEED, SYSTEM, acting_as
from hub.oncall import ability
from hub.oncall.ability import Able
from tenants.models import Person
from tests.bench.harness import Line, alone, hub_of
from tests.bench.scale import COLUMNS
from tests.database import Server
from tests.services.webhooks import WebhookReceiver

ESCALATIONS: Final = int(os.environ.get("HUB_BENCH_ESCALATIONS", "10000"))
WITHIN: Final = timedelta(minutes=1)
GOAL: Final = 5.0
"""Seconds."""
STARTING: Final = timedelta(seconds=15)
PATIENCE: Final = 300.0
WORKERS: Final = 2
COPY: Final = """
SET session_replication_role = replica;
INSERT INTO incidents_incident (reference, declared_at, {columns})
SELECT 'LATE-' || n, declared_at, {columns} FROM incidents_incident, generate_series(1, {count}) n WHERE id = {id};
RESET session_replication_role;
"""
LATENESS: Final = """
SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY took.inbox),
       percentile_cont(0.99) WITHIN GROUP (ORDER BY took.inbox),
       count(took.service), percentile_cont(0.5) WITHIN GROUP (ORDER BY took.service),
       percentile_cont(0.99) WITHIN GROUP (ORDER BY took.service),
       count(took.service) / greatest(extract(epoch FROM max(m.sent_at) - min(s.due_at)), 1)
  FROM escalation_page p JOIN escalation_runstep s ON s.id = p.taken_id JOIN delivery_message m ON m.id = p.message_id,
       LATERAL (SELECT extract(epoch FROM s.at - s.due_at), extract(epoch FROM m.sent_at - s.due_at))
               AS took (inbox, service)
"""


@dataclass(frozen=True)
class Figures:
    """How far all pages have come: how many, and how many seconds late in the middle and in 99 of 100 cases."""

    paged: float
    paged_median: float
    paged_p99: float
    sent: float
    sent_median: float
    sent_p99: float
    pace: float


def measure(server: Server) -> list[Line]:
    """Seconds from the moment when a page was due until it was in an inbox, and until a service had taken it."""
    with WebhookReceiver() as receiver, hub_of(server, "escalation") as hub:
        load(server.cluster.admin_dsn(hub.database), receiver.url.removeprefix("http://"))
        for _ in range(WORKERS):
            hub.worker()
        found = wait_for_all()
    # The demonstration's people are told of other things, too.
    keys = Counter(post.headers["Idempotency-Key"] for post in receiver.posts if "LATE-" in post.body["title"])
    assert found.paged == ESCALATIONS, f"{found.paged:,} of {ESCALATIONS:,} were paged after {PATIENCE:.0f} s"
    name = f"{ESCALATIONS:,} escalations in a minute"
    pace = ESCALATIONS / WITHIN.total_seconds()
    return [
        Line(f"{name}: median lateness in inboxes, against 5 s", found.paged_median, "s", found.paged_median / GOAL),
        Line(f"{name}: p99 in inboxes, against 5 s", found.paged_p99, "s", found.paged_p99 / GOAL, "at most 1"),
        Line(f"{name}: median until a webhook has it", found.sent_median, "s", found.sent_median / GOAL),
        Line(f"{name}: p99 until a webhook has it", found.sent_p99, "s", found.sent_p99 / GOAL, "at most 1"),
        Line(f"{name}: taken by webhooks, against their pace", found.pace, "a second", found.pace / pace),
        Line(f"{name}: pages that webhooks have", len(keys), "pages", len(keys) / ESCALATIONS, "exactly 1"),
        Line(f"{name}: pages that came twice", sum(keys.values()) - len(keys), "pages"),
    ]


def load(dsn: str, receiver: str) -> None:
    """The incidents, each with a run whose only step comes at a moment of its own within the minute."""
    with acting_as(SEED):
        Run.objects.filter(ended_at=None).delete()
        person = Person.objects.get(username="responder.payments")
        people = list(Person.objects.filter(is_service=False, is_active=True))
        service = Service.objects.get(slug="ledger")
        able = ability.able({(each.pk, service.unit_id) for each in people}, clock.now())
        people = [each for each in people if able[each.pk, service.unit_id] == Able.WORK]
        ContactMethod.objects.all().update(removed_at=clock.now())
        ContactMethod.objects.bulk_create(
            ContactMethod(
                person=each,
                kind=ContactKind.ADDRESS,
                address=f"json://{receiver}/{each.username}",
                verified_at=clock.now(),
            )
            for each in people
        )
    actor = identity.person(person.pk, through="bench")
    first = declare_incident(actor=actor, title="Ledger is late", severity=Severity.SEV3, service_id=service.pk)
    with psycopg.connect(dsn, autocommit=True) as admin:
        columns = admin.execute(COLUMNS).fetchone()
        assert columns is not None
        admin.execute(COPY.format(columns=columns[0], count=ESCALATIONS, id=first.pk).encode())
        admin.execute("DELETE FROM procrastinate_jobs")
    with acting_as(SYSTEM):
        now = ticking.advance().now
    with acting_as(SEED):
        chains = [
            Chain("Bench", {Trigger.NOT_ACKNOWLEDGED: timedelta()}, (Step(timedelta(), (target,)),), 0, WITHIN)
            for target in (Target(TargetKind.PERSON, person=each.pk) for each in people)
        ]
        incidents = list(Incident.objects.filter(reference__startswith="LATE-").order_by("pk"))
        due = [now + STARTING + WITHIN * number / ESCALATIONS for number in range(ESCALATIONS)]
        Run.objects.bulk_create(
            new_run(each, None, chains[number % len(chains)], Course(Trigger.NOT_ACKNOWLEDGED, now, now, due[number]))
            for number, each in enumerate(incidents)
        )
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("ANALYZE")


def wait_for_all() -> Figures:
    """The figures once every page has reached a service, or when nobody waits for that any longer."""
    until = time.monotonic() + STARTING.total_seconds() + WITHIN.total_seconds() + PATIENCE
    while (found := figures()).sent < ESCALATIONS and time.monotonic() < until:
        time.sleep(2)
    return found


def figures() -> Figures:
    """How far the pages have come by now."""
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(LATENESS)
        return Figures(*(float(each or 0) for each in cursor.fetchone()))


if __name__ == "__main__":
    alone(measure)
