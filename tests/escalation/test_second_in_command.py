"""Whoever is second in command takes over from a primary who does not acknowledge in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.escalation.models import TargetKind
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, IncidentRole, RoleKind, TimelineEntry
from hub.lib.identity import Actor
from tenants.models import Person
from tests.conftest import seeding
from tests.escalation.world import declare, later, messages_of, paged, policy, step, target
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]


def first_then_second(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), step(target(TargetKind.PRIMARY)), step(target(TargetKind.SECONDARY), wait=5))


def commander_of(incident: Incident) -> str:
    with seeding():
        return Person.objects.get(commanded=incident.pk).username


def test_the_second_in_command_takes_over_and_is_told_once(actor: ActorNamed) -> None:
    first_then_second(actor)
    incident = declare(actor("coordinator"))
    first = commander_of(incident)

    with later(5):
        assert commander_of(incident) == first, "the primary is asked first"
    with later(10):
        run_jobs()

    second = commander_of(incident)
    assert paged(incident) == [(5, 1, first), (10, 2, second)]
    assert second != first
    with seeding():
        held = IncidentRole.objects.filter(incident=incident, kind=RoleKind.COMMANDER).order_by("assigned_at")
        assert [(each.person.username, each.ended_at is None) for each in held] == [(first, False), (second, True)]
        told = TimelineEntry.objects.filter(incident=incident, body__contains="taking over from").get().body
    assert "(second in line, nobody has acknowledged it for 5 min)" in told
    [message] = messages_of(incident, second)
    assert "You command it now." in message.text
    # They hold it as anybody else would: an acknowledgement ends the run.
    incidents.acknowledge_incident(actor=actor(second), incident_id=incident.pk)
    with later(60):
        assert commander_of(incident) == second


def test_who_acknowledges_in_time_keeps_command(actor: ActorNamed) -> None:
    first_then_second(actor)
    incident = declare(actor("coordinator"))
    first = commander_of(incident)

    with later(6):
        incidents.acknowledge_incident(actor=actor(first), incident_id=incident.pk)
    with later(30):
        run_jobs()

    assert commander_of(incident) == first


def test_who_was_given_command_by_hand_keeps_it(actor: ActorNamed) -> None:
    first_then_second(actor)
    incident = declare(actor("coordinator"))
    with seeding():
        chosen = Person.objects.get(username="admin.payments")
    incidents.assign_role(
        actor=actor("commander.payments"), incident_id=incident.pk, role=RoleKind.COMMANDER, person_id=chosen.pk
    )

    for minute in range(14):
        with later(minute):
            run_jobs()

    assert commander_of(incident) == "admin.payments"
    assert [place for _, place, _ in paged(incident)] == [1, 2], "the second is paged none the less"
