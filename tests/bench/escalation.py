"""Ten thousand escalations that are due in the same minute: how late people are paged, with two workers.

    python -m tests.bench.escalation

Every incident is its own, and its policy pages one of those who may work on it. A page is in somebody's inbox when
its step is taken; it has reached them when a real server on this machine has it, a webhook's or a mail server. Both are
told: how late each was, counted from the moment when the page was due. The server has the same cores as the workers
and PostgreSQL. They are due one after the other, evenly within the minute; or all at its beginning, when the last is as
late as all of them take, however fast that is.
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
from tests.services.smtp import SmtpServer
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
       percentile_cont(0.99) WITHIN GROUP (ORDER BY took.inbox), count(m.sent_at)
  FROM escalation_page p JOIN escalation_runstep s ON s.id = p.taken_id JOIN delivery_message m ON m.id = p.message_id,
       LATERAL (SELECT extract(epoch FROM s.at - s.due_at)) AS took (inbox)
"""
DUE: Final = """
SELECT m.key::text, extract(epoch FROM s.due_at)::float FROM escalation_page p
  JOIN escalation_runstep s ON s.id = p.taken_id JOIN delivery_message m ON m.id = p.message_id
"""


@dataclass(frozen=True)
class Reading:
    """How they are due, and by what people are reached."""

    words: str
    within: timedelta
    by_mail: bool = False


READINGS: Final = (
    Reading("in a minute, by webhook", WITHIN),
    Reading("in a minute, by e-mail", WITHIN, by_mail=True),
    Reading("at once, by webhook", timedelta()),
)


@dataclass(frozen=True)
class Figures:
    """How far all pages have come: how many, and how many seconds late in the middle and in 99 of 100 cases."""

    paged: float
    paged_median: float
    paged_p99: float
    sent: float


def measure(server: Server) -> list[Line]:
    """Seconds from the moment when a page was due until it was in an inbox, and until a server had it."""
    return [line for reading in READINGS for line in read(server, reading)]


def read(server: Server, reading: Reading) -> list[Line]:
    """One of the readings."""
    with WebhookReceiver() as webhook, SmtpServer() as smtp, hub_of(server, "escalation") as hub:
        receiver = "" if reading.by_mail else webhook.url.removeprefix("http://")
        load(server.cluster.admin_dsn(hub.database), receiver, reading.within)
        for _ in range(WORKERS):
            hub.worker(HUB_SMTP_URL=f"mailto://{smtp.host}:{smtp.port}?from=hub@meridian.example")
        found = wait_for_all(reading.within)
        due = moments()
        # The demonstration's people are told of other things, too.
        mails = ((str(each.message["Message-ID"])[1:].partition("@")[0], each.at) for each in smtp.received)
        posts = ((post.headers["Idempotency-Key"], post.at) for post in webhook.posts)
        came = [(key, at) for key, at in (mails if reading.by_mail else posts) if key in due]
    assert found.paged == ESCALATIONS, f"{found.paged:,} of {ESCALATIONS:,} were paged after {PATIENCE:.0f} s"
    keys = Counter(key for key, _ in came)
    late = sorted(at - due[key] for key, at in came)
    median, p99 = (late[int(share * (len(late) - 1))] for share in (0.5, 0.99))
    seconds = max(max(at for _, at in came) - min(due.values()), 1.0)
    name = f"{ESCALATIONS:,} {reading.words}"
    goal = "at most 1" if reading.within else ""
    return [
        Line(f"{name}: median in inboxes, against 5 s", found.paged_median, "s", found.paged_median / GOAL),
        Line(f"{name}: p99 in inboxes, against 5 s", found.paged_p99, "s", found.paged_p99 / GOAL, goal),
        Line(f"{name}: median until it is there", median, "s", median / GOAL),
        Line(f"{name}: p99 until it is there", p99, "s", p99 / GOAL, goal),
        Line(f"{name}: arriving", len(came) / seconds, "a second"),
        Line(f"{name}: pages that came", len(keys), "pages", len(keys) / ESCALATIONS, "exactly 1"),
        Line(f"{name}: pages that came twice", sum(keys.values()) - len(keys), "pages"),
    ]


def load(dsn: str, receiver: str, within: timedelta) -> None:
    """The incidents, each with a run whose only step comes at a moment of its own within that time.

    Args:
        receiver: the host and port of everybody's webhook; nothing for e-mail.
    """
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
                kind=ContactKind.ADDRESS if receiver else ContactKind.EMAIL,
                address=f"json://{receiver}/{each.username}" if receiver else f"{each.username}@example.org",
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
        due = [now + STARTING + within * number / ESCALATIONS for number in range(ESCALATIONS)]
        Run.objects.bulk_create(
            new_run(each, None, chains[number % len(chains)], Course(Trigger.NOT_ACKNOWLEDGED, now, now, due[number]))
            for number, each in enumerate(incidents)
        )
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("ANALYZE")


def wait_for_all(within: timedelta) -> Figures:
    """The figures once every page has gone out, or when nobody waits for that any longer."""
    until = time.monotonic() + STARTING.total_seconds() + within.total_seconds() + PATIENCE
    while (found := figures()).sent < ESCALATIONS and time.monotonic() < until:
        time.sleep(2)
    return found


def figures() -> Figures:
    """How far the pages have come by now."""
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(LATENESS)
        return Figures(*(float(each or 0) for each in cursor.fetchone()))


def moments() -> dict[str, float]:
    """When each page was due, in seconds since 1970, by its message's key."""
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(DUE)
        return dict(cursor.fetchall())


if __name__ == "__main__":
    alone(measure)
