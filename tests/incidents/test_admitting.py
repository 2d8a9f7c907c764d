"""Whoever is admitted to a restricted incident is told so, and the letter says nothing of what it is about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.delivery.models import Message
from hub.incidents import actions
from hub.incidents.jobs import tell_admitted
from hub.incidents.models import Incident, RoleKind, Severity, TimelineEntry
from hub.lib.identity import Actor
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
TITLE = "Card numbers in the open"


def restricted(actor: Actor, severity: Severity) -> Incident:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    incident = actions.declare_incident(actor=actor, title=TITLE, severity=severity, unit_id=unit.pk, restricted=True)
    run_jobs()
    return incident


def key_of(username: str) -> int:
    with seeding():
        return Person.objects.get(username=username).pk


def told(incident: Incident) -> dict[str, bool]:
    """Who was told about it, and whether by a page."""
    with seeding():
        found = Message.objects.filter(incident_id=incident.pk)
        return dict(found.values_list("person__username", "is_page"))


@pytest.mark.parametrize(("severity", "is_page"), [(Severity.SEV1, True), (Severity.SEV3, False)])
def test_whoever_is_admitted_is_told_once_and_discreetly(actor: ActorNamed, severity: Severity, is_page: bool) -> None:
    owner = actor("responder.payments")
    incident = restricted(owner, severity)
    assert told(incident) == {}

    actions.grant_access(actor=owner, incident_id=incident.pk, person_id=key_of("security"), reason="Investigates it")
    run_jobs()
    with seeding():
        entry = TimelineEntry.objects.get(incident=incident, body__contains="was admitted")
    tell_admitted.func(
        event_id="1",
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        admitted_id=key_of("security"),
        entry_id=entry.pk,
    )

    assert told(incident) == {"security": is_page}
    with seeding():
        message = Message.objects.get(incident_id=incident.pk)
    assert incident.reference in message.subject
    assert "Payments" in message.text
    assert TITLE not in message.subject + message.text


def test_who_lost_sight_again_or_was_given_a_role_gets_no_letter_of_admission(actor: ActorNamed) -> None:
    owner = actor("responder.payments")
    incident = restricted(owner, Severity.SEV1)
    actions.grant_access(actor=owner, incident_id=incident.pk, person_id=key_of("security"), reason="Investigates it")
    actions.end_access(actor=owner, incident_id=incident.pk, person_id=key_of("security"), reason="By mistake")
    actions.assign_role(
        actor=owner, incident_id=incident.pk, role=RoleKind.RESPONDER, person_id=key_of("commander.payments")
    )
    run_jobs()

    with seeding():
        subjects = dict(Message.objects.filter(incident_id=incident.pk).values_list("person__username", "subject"))
    assert list(subjects) == ["commander.payments"]
    assert "you were admitted" not in subjects["commander.payments"]
