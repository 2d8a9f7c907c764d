"""What another unit has accepted is followed by that one's policy, and by the giver's no longer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.escalation.actions import NewPolicy, create_policy, hand_runs_over
from hub.escalation.models import Run
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, RoleKind, Severity
from hub.lib.identity import SYSTEM, Actor
from tenants.models import BusinessUnit
from tests.conftest import seeding
from tests.escalation.world import later, paged, policy, runs_of, step, target
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]

GIVER, RECEIVER = "admin.payments", "admin.retail"


def unit_of(slug: str) -> int:
    with seeding():
        return BusinessUnit.objects.get(slug=slug).pk


def commanded_from_above(actor: ActorNamed) -> Incident:
    """An incident of Payments; the group's duty commands it, and may command Retail's as well."""
    policy(actor(GIVER), step(target(person=GIVER)), services=(), is_default=True)
    new = NewPolicy(name="Retail", steps=[step(target(person=RECEIVER))], is_default=True, acknowledged_within=5)
    create_policy(actor=actor(RECEIVER), unit_id=unit_of("retail"), new=new)
    duty = actor("duty.group")
    incident = incidents.declare_incident(
        actor=duty, title="Vouchers fail", severity=Severity.SEV4, unit_id=unit_of("payments")
    )
    incidents.assign_role(actor=duty, incident_id=incident.pk, role=RoleKind.COMMANDER, person_id=duty.person_id or 0)
    run_jobs()
    return incident


def offered(actor: Actor, incident: Incident) -> int:
    offer = incidents.offer_hand_over(
        actor=actor, incident_id=incident.pk, to_unit_id=unit_of("retail"), reason="Theirs"
    )
    run_jobs()
    return offer.pk


def test_under_one_commander_the_receivers_policy_begins_when_it_accepts(actor: ActorNamed) -> None:
    incident = commanded_from_above(actor)
    with later(2):
        offer = offered(actor("duty.group"), incident)
        incidents.accept_hand_over(actor=actor("duty.group"), hand_over_id=offer)
        run_jobs()
        hand_runs_over(actor=SYSTEM, incident_id=incident.pk)

    with seeding():
        ends = list(Run.objects.filter(incident=incident).order_by("began_at").values_list("end", "policy__name"))
    assert ends == [("handed_over", "Test"), (None, "Retail")]
    with later(6):
        assert paged(incident) == []
    with later(7):
        assert paged(incident) == [(7, 1, RECEIVER)]


def test_accepted_a_moment_before_the_sweep_the_givers_chain_is_silent(actor: ActorNamed) -> None:
    """The job that follows from the acceptance comes after it, and pages nobody once more."""
    incident = commanded_from_above(actor)
    with later(4):
        offer = offered(actor("duty.group"), incident)
        incidents.accept_hand_over(actor=actor("duty.group"), hand_over_id=offer)
    with later(5):
        run_jobs()
    with later(9):
        assert paged(incident) == [(9, 1, RECEIVER)]


def test_what_had_run_out_at_the_giver_begins_anew_at_the_receiver(actor: ActorNamed) -> None:
    incident = commanded_from_above(actor)
    with later(5):
        assert runs_of(incident) == {"not_acknowledged": "exhausted"}
        offer = offered(actor("duty.group"), incident)
        incidents.accept_hand_over(actor=actor("duty.group"), hand_over_id=offer)
        run_jobs()
    with later(10):
        hand_runs_over(actor=SYSTEM, incident_id=incident.pk)
    with later(30):
        assert paged(incident) == [(5, 1, GIVER), (10, 1, RECEIVER)]


def test_an_offer_alone_or_a_refused_one_leaves_the_givers_chain(actor: ActorNamed) -> None:
    incident = commanded_from_above(actor)
    with later(2):
        offer = offered(actor("duty.group"), incident)
        incidents.refuse_hand_over(actor=actor("commander.retail"), hand_over_id=offer, reason="Not ours")
        run_jobs()
    with later(5):
        assert paged(incident) == [(5, 1, GIVER)]
