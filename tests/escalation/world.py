"""What tests of escalation share: a policy of Payments, an incident under it, and time that passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.escalation import actions, sweeping
from hub.escalation.actions import NewPolicy, NewStep, NewTarget
from hub.escalation.models import Page, Policy, Run, RunStep, TargetKind
from hub.incidents.actions import declare_incident
from hub.incidents.models import Incident, Severity
from hub.lib import clock
from hub.lib.identity import Actor
from hub.oncall.models import Schedule
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.jobs import run_jobs

NIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
"""A Wednesday, 03:00 in Berlin."""
MINUTE = timedelta(minutes=1)


def target(kind: TargetKind = TargetKind.PERSON, **about: object) -> NewTarget:
    """A target; people, schedules and units by their names."""
    with seeding():
        ids = {
            "person_id": Person.objects.get(username=about["person"]).pk if "person" in about else None,
            "schedule_id": Schedule.objects.get(slug=about["schedule"]).pk if "schedule" in about else None,
            "unit_id": BusinessUnit.objects.get(slug=about["unit"]).pk if "unit" in about else None,
        }
    return NewTarget(kind, role_key=str(about.get("role", "")), **ids)


def step(*targets: NewTarget, **about: object) -> NewStep:
    """A step; without targets it pages one responder."""
    return NewStep(targets or (target(person="responder2.payments"),), **about)  # type: ignore[arg-type]


def policy(actor: Actor, *steps: NewStep, services: Sequence[str] = ("ledger",), **about: object) -> Policy:
    """A policy of Payments that these services follow."""
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        ids = list(Service.objects.filter(slug__in=services).values_list("pk", flat=True))
    said = {"acknowledged_within": 5, **about}
    new = NewPolicy(name=str(said.pop("name", "Test")), steps=steps, service_ids=ids, **said)  # type: ignore[arg-type]
    return actions.create_policy(actor=actor, unit_id=unit.pk, new=new)


def declare(actor: Actor, severity: Severity = Severity.SEV2, **about: object) -> Incident:
    """An incident of the ledger, with everything done that follows from it."""
    with seeding():
        service = Service.objects.get(slug=about.pop("service", "ledger"))
    incident = declare_incident(
        actor=actor,
        title="Ledger is late",
        severity=severity,
        service_id=service.pk,
        **about,  # type: ignore[arg-type]
    )
    run_jobs()
    return incident


@contextmanager
def later(minutes: float, since: datetime = NIGHT) -> Iterator[None]:
    """The block happens so many minutes after the night began; what is due by then has been done, minute by minute."""
    moment = since + timedelta(minutes=minutes)
    with clock.at(moment):
        sweeping.sweep()
        yield


def paged(incident: Incident) -> list[tuple[float, int, str]]:
    """Who was paged, in order: minutes after the night began, the step, and the username."""
    with seeding():
        pages = Page.objects.filter(incident=incident).select_related("taken", "person")
        return [
            ((page.taken.at - NIGHT) / MINUTE, page.taken.position + 1, page.person.username)
            for page in pages.order_by("taken__at", "taken__position", "person__username")
        ]


def steps_of(incident: Incident) -> list[tuple[int, str, str]]:
    """The steps that were taken: place, what became of it, and the note."""
    with seeding():
        taken = RunStep.objects.filter(incident=incident).order_by("at", "pk")
        return [(each.position + 1, each.outcome, each.note) for each in taken]


def runs_of(incident: Incident) -> dict[str, str | None]:
    """The latest run of each trigger and why it ended."""
    with seeding():
        return {run.trigger: run.end for run in Run.objects.filter(incident=incident).order_by("pk")}


def messages_of(incident: Incident, username: str) -> list[Message]:
    """What somebody was told about the incident by an escalation."""
    with seeding():
        found = Message.objects.filter(incident_id=incident.pk, person__username=username)
        return list(found.filter(dedupe_key__startswith="escalation:").order_by("pk"))
