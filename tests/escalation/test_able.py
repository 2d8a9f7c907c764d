"""Whoever may not work on the incident counts as nobody on: they could not even open it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.escalation.forecasting import foresee_incident
from hub.escalation.models import Page, TargetKind
from hub.incidents.models import Incident, IncidentRole, TimelineEntry
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall import access as oncall
from hub.oncall.models import Override, Schedule
from tenants.models import Person, RoleAssignment
from tests.conftest import seeding
from tests.escalation.test_simulating import told
from tests.escalation.world import MINUTE, NIGHT, declare, later, paged, policy, step, steps_of, target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]

RESPONDERS, COMMANDERS = "payments-responders", "payments-commanders"


def on(slug: str) -> Person:
    """Who is primary of the schedule tonight."""
    with seeding():
        schedule = Schedule.objects.get(slug=slug)
        return Person.objects.get(pk=oncall.on_call(SYSTEM, [schedule.pk], NIGHT)[schedule.pk].primary[0])


def lost_their_roles(person: Person) -> None:
    with seeding():
        RoleAssignment.objects.filter(person=person).update(valid_until=NIGHT - MINUTE)


def holders(incident: Incident) -> set[str]:
    with seeding():
        return set(IncidentRole.objects.filter(incident=incident).values_list("person__username", flat=True))


def said(incident: Incident) -> str:
    with seeding():
        return "\n".join(TimelineEntry.objects.filter(incident=incident).values_list("body", flat=True))


def test_whose_role_has_ended_is_neither_put_on_it_nor_paged(actor: ActorNamed) -> None:
    gone = on(RESPONDERS)
    lost_their_roles(gone)
    other = "commander2.payments"
    policy(
        actor("admin.payments"),
        step(target(TargetKind.PRIMARY, schedule=RESPONDERS), target(person=gone.username)),
        step(target(person=other), wait=10),
    )

    incident = declare(actor("coordinator"))
    with acting_as(actor("coordinator")):
        foreseen = told(foresee_incident(actor("coordinator"), incident))

    assert gone.username not in holders(incident)
    assert f"{gone.name} is on call for Payments responders and may not work on incidents of Payments" in said(incident)
    with later(5):
        assert paged(incident) == foreseen == [(5, 2, other)]
    place, outcome, note = steps_of(incident)[0]
    assert (place, outcome) == (1, "nobody")
    assert f"{gone.name} may not work here" in note


def test_the_layer_below_somebody_without_a_role_is_asked(actor: ActorNamed) -> None:
    theirs = on(COMMANDERS)
    with seeding():
        outsider = Person.objects.get(username="outsider.logistics")
        schedule = Schedule.objects.get(slug=COMMANDERS)
        Override.objects.create(
            schedule=schedule,
            unit_id=schedule.unit_id,
            person=outsider,
            starts_at=NIGHT - MINUTE,
            ends_at=NIGHT + 600 * MINUTE,
            created_by=outsider,
            created_at=NIGHT,
        )
    policy(actor("admin.payments"), step(target(TargetKind.PRIMARY, schedule=COMMANDERS)))

    incident = declare(actor("coordinator"))

    assert theirs.username in holders(incident)
    assert outsider.username not in holders(incident)
    assert f"{theirs.name} answers instead" in said(incident)
    with later(5):
        assert paged(incident) == [(5, 1, theirs.username)]
        with seeding():
            assert f"({outsider.name} may not work here)" in Page.objects.get(incident=incident).because


def test_whoever_may_work_there_is_put_on_it_and_paged(actor: ActorNamed) -> None:
    theirs = on(RESPONDERS)
    policy(actor("admin.payments"), step(target(TargetKind.PRIMARY, schedule=RESPONDERS)))

    incident = declare(actor("coordinator"))

    assert theirs.username in holders(incident)
    assert "may not work" not in said(incident)
    with later(5):
        assert paged(incident) == [(5, 1, theirs.username)]
