"""With nobody on call, the schedule says whether an incident waits for who comes on next or goes on without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.catalog.models import Service
from hub.incidents import actions
from hub.incidents.jobs import assign_waiting_role
from hub.incidents.models import Incident, IncidentRole, RoleKind, Severity
from hub.lib import clock
from hub.lib.identity import Actor
from hub.oncall.models import PlannedGap, Schedule, WhenNobody
from tests.conftest import seeding
from tests.graphql.api import api
from tests.jobs import queued_jobs
from tests.oncall.world import FIRST, NOW, SECOND, TODAY, Desk, desk

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

ASSIGN = "hub.incidents.jobs.assign_waiting_role"
TOMORROW = TODAY + timedelta(days=1, minutes=1)


def closed_today(desk: Desk, when_nobody: WhenNobody) -> None:
    """The desk answers for the ledger, and is meant to be empty until tomorrow."""
    with seeding():
        Schedule.objects.filter(pk=desk.schedule.pk).update(when_nobody=when_nobody)
        Service.objects.filter(slug="ledger").update(responder_schedule=desk.schedule, commander_schedule=None)
        commander = desk.people["commander.payments"]
        PlannedGap.objects.create(
            schedule=desk.schedule,
            unit_id=desk.schedule.unit_id,
            starts_at=TODAY,
            ends_at=TODAY + timedelta(days=1),
            reason="Closed",
            created_by=commander,
            created_at=TODAY,
        )


def declared(actor: Actor) -> Incident:
    with seeding():
        service = Service.objects.get(slug="ledger")
    with clock.at(NOW):
        return actions.declare_incident(actor=actor, title="Late", severity=Severity.SEV3, service_id=service.pk)


def responders(incident: Incident) -> list[str]:
    with seeding():
        held = IncidentRole.objects.filter(incident=incident, kind=RoleKind.RESPONDER, ended_at=None)
        return list(held.values_list("person__username", flat=True))


def test_it_waits_for_whoever_comes_on_next(desk: Desk, actor: Callable[[str], Actor]) -> None:
    closed_today(desk, WhenNobody.DEFER)

    incident = declared(actor("commander.payments"))

    assert responders(incident) == []
    ((_, waiting),) = [job for job in queued_jobs() if job[0] == ASSIGN]
    assert waiting == {"incident_id": incident.pk, "role": "responder", "schedule_id": desk.schedule.pk}
    with clock.at(TOMORROW):
        assign_waiting_role.func(**waiting)
        assign_waiting_role.func(**waiting)
    assert responders(incident) == [SECOND]


def test_it_goes_on_without_where_the_schedule_says_so(desk: Desk, actor: Callable[[str], Actor]) -> None:
    closed_today(desk, WhenNobody.FALL_THROUGH)

    incident = declared(actor("commander.payments"))

    assert responders(incident) == []
    assert ASSIGN not in [name for name, _ in queued_jobs()]


def test_nobody_is_called_to_what_is_over_or_in_hand(desk: Desk, actor: Callable[[str], Actor]) -> None:
    closed_today(desk, WhenNobody.DEFER)
    commander = actor("commander.payments")
    over, in_hand = declared(commander), declared(commander)
    actions.resolve_incident(actor=commander, incident_id=over.pk)
    actions.assign_role(
        actor=commander, incident_id=in_hand.pk, role=RoleKind.RESPONDER, person_id=desk.people[FIRST].pk
    )

    with clock.at(TOMORROW):
        for incident in (over, in_hand):
            assign_waiting_role.func(incident_id=incident.pk, role="responder", schedule_id=desk.schedule.pk)

    assert (responders(over), responders(in_hand)) == ([], [FIRST])
