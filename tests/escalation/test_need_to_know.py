"""A restricted incident pages those who are admitted to it, in the order of what they are there, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.delivery.jobs import deliver
from hub.delivery.models import Message, MessageStatus
from hub.escalation import actions, auditing, sweeping
from hub.escalation.forecasting import foresee_incident
from hub.escalation.jobs import end_runs
from hub.escalation.models import Page, Policy, Run, RunStep, TargetKind
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, RoleKind, Severity
from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import Actor, acting_as
from tenants.models import Person
from tests.conftest import SignedIn, seeding
from tests.escalation.test_running import FIRST, three_steps
from tests.escalation.test_simulating import told
from tests.escalation.world import MINUTE, NIGHT, declare, later, messages_of, paged, policy, runs_of, step, target
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]

OWNER, COMMANDER, RESPONDER, GUEST = "responder.payments", "commander.payments", "responder3.payments", "security"


def key_of(username: str) -> int:
    with seeding():
        return Person.objects.get(username=username).pk


def restricted(actor: ActorNamed, **about: object) -> Incident:
    """Declared by its owner, who admits a commander, a responder and a guest."""
    incident = declare(actor(OWNER), Severity.SEV1, restricted=True, **about)
    for role, username in ((RoleKind.COMMANDER, COMMANDER), (RoleKind.RESPONDER, RESPONDER)):
        incidents.assign_role(actor=actor(OWNER), incident_id=incident.pk, role=role, person_id=key_of(username))
    incidents.grant_access(actor=actor(OWNER), incident_id=incident.pk, person_id=key_of(GUEST), reason="Law")
    run_jobs()
    return incident


def passing(minutes: int) -> None:
    for minute in range(minutes):
        with later(minute):
            pass


EVERYBODY = [COMMANDER, OWNER, RESPONDER, GUEST]


def test_those_admitted_are_paged_in_the_order_of_what_they_are(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps(), step(target(TargetKind.COORDINATORS)))
    incident = restricted(actor)

    passing(40)

    # By the policy's time and none of its steps; nobody has another role, so the owner comes after the responder.
    assert paged(incident) == [
        (5, 1, COMMANDER),
        (10, 2, RESPONDER),
        (15, 4, OWNER),
        *((20, 5, username) for username in sorted(EVERYBODY)),
    ]
    assert runs_of(incident) == {"not_acknowledged": "exhausted"}
    with seeding():
        assert {(run.policy_id, run.for_admitted) for run in Run.objects.filter(incident=incident)} == {(None, True)}
        # Their keys follow no sequence, in which others would find a gap.
        keys = [*RunStep.objects.filter(incident=incident), *Page.objects.filter(incident=incident)]
        assert min(row.pk for row in keys) > 2**52


def test_without_a_policy_they_are_paged_all_the_same_and_the_auditor_sees_to_it(actor: ActorNamed) -> None:
    with seeding():
        Policy.objects.all().delete()
    incident = restricted(actor)
    passing(12)
    assert paged(incident) == [(10, 1, COMMANDER)]

    with seeding():
        Run.objects.filter(incident=incident).delete()
    with clock.at(NIGHT + 5 * MINUTE):
        assert auditing.look().incidents == (incident.pk,)
        auditing.audit()
        assert auditing.look().incidents == ()


def test_what_comes_is_foreseen_by_those_who_are_admitted(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps(), updated_within=17, mitigated_within=31, repeats=1, repeat_after=9)
    incident = restricted(actor)
    with acting_as(actor(COMMANDER)):
        said = told(foresee_incident(actor(COMMANDER), incident))
        anew = told(foresee_incident(actor(COMMANDER), incident, NIGHT))
    passing(100)
    assert said == anew == sorted(paged(incident))
    assert {username for _, _, username in said} == set(EVERYBODY)


def test_an_acknowledgement_ends_the_first_alone_and_a_stalled_one_escalates(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps(), mitigated_within=30)
    incident = restricted(actor)
    with later(4):
        incidents.acknowledge_incident(actor=actor(RESPONDER), incident_id=incident.pk)
    passing(32)
    assert paged(incident) == [(30, 1, COMMANDER)]
    assert runs_of(incident) == {"not_acknowledged": "acknowledged", "not_mitigated": None}


def test_whose_grant_is_over_is_paged_no_more_and_a_page_that_waits_is_not_sent(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = restricted(actor)
    incidents.end_access(actor=actor(OWNER), incident_id=incident.pk, person_id=key_of(RESPONDER), reason="Done")
    with clock.at(NIGHT + 5 * MINUTE):
        sweeping.sweep()
        [message] = messages_of(incident, COMMANDER)
        incidents.assign_role(
            actor=actor(OWNER), incident_id=incident.pk, role=RoleKind.COMMANDER, person_id=key_of(OWNER)
        )
        incidents.end_access(actor=actor(OWNER), incident_id=incident.pk, person_id=key_of(COMMANDER), reason="Done")
        deliver.func(message_id=message.pk)
    with seeding():
        message.refresh_from_db()
        last = message.receipts.last()
        assert last is not None
        assert message.status == MessageStatus.WITHDRAWN
    passing(40)
    assert {username for _, _, username in paged(incident)} == {COMMANDER, OWNER, GUEST}


def test_a_grant_that_will_be_over_counts_for_nothing_from_then_on(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor(OWNER), Severity.SEV1, restricted=True)
    incidents.grant_access(
        actor=actor(OWNER),
        incident_id=incident.pk,
        person_id=key_of(GUEST),
        reason="For the night",
        valid_until=NIGHT + timedelta(days=3650),
    )
    with acting_as(actor(OWNER)):
        near, far = (
            {page.person.name for each in foresee_incident(actor(OWNER), incident, at).steps for page in each.pages}
            for at in (NIGHT, NIGHT + timedelta(days=4000))
        )
    with seeding():
        guest = Person.objects.get(username=GUEST).name
    assert guest in near
    assert guest not in far
    assert far


@pytest.mark.parametrize("how", ["job", "sweep"])
def test_one_that_becomes_restricted_is_followed_from_then_on(actor: ActorNamed, how: str) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with later(6):
        assert paged(incident) == [(6, 1, FIRST)]
        incidents.restrict_incident(actor=actor(COMMANDER), incident_id=incident.pk, reason="Breach")
        if how == "job":
            run_jobs()
            # A job may run twice.
            end_runs.func(event_id="1", unit_id=incident.unit_id, incident_id=incident.pk)
    passing(60)
    # Whoever restricted it owns it, and so does its commander. The policy's second step was due at 16 and never came.
    begun = 6 if how == "job" else 16
    with seeding():
        runs = list(Run.objects.filter(incident=incident).order_by("for_admitted").values_list("end", "for_admitted"))
        admitted = set(incident.person_grants.values_list("user__username", flat=True))
        unacknowledged = Page.objects.filter(incident=incident, run__for_admitted=True)
        assert set(unacknowledged.values_list("person__username", flat=True)) == admitted
    assert runs == [("restricted", False), ("exhausted", True)]
    assert min(minute for minute, _, _ in paged(incident)[1:]) >= begun + 5


def test_one_that_gets_graver_begins_anew_for_those_admitted(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor(OWNER), Severity.SEV3, restricted=True)
    passing(30)
    assert runs_of(incident) == {"not_acknowledged": "exhausted"}
    before = len(paged(incident))
    with later(40):
        incidents.change_severity(actor=actor(OWNER), incident_id=incident.pk, severity=Severity.SEV1, reason="More")
        run_jobs()
    with later(46):
        assert {username for _, _, username in paged(incident)} == {OWNER}
        assert len(paged(incident)) > before


def test_a_page_says_in_the_hub_alone_what_it_is_about(actor: ActorNamed, signed_in: SignedIn) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = restricted(actor)
    with later(6):
        [message] = messages_of(incident, COMMANDER)
        assert message.restricted
        page = signed_in(COMMANDER).get(f"/incidents/{incident.reference}").content.decode()
        assert "Only those who are admitted are paged" in page
        assert "as its commander" not in page
        assert "its commander" in page
        # Whoever administers the unit reads the receipts of its messages, but of these.
        others = signed_in("admin.payments")
        assert others.get(f"/incidents/{incident.reference}").status_code == 404
        with acting_as(actor("admin.payments")):
            assert not Message.objects.filter(pk=message.pk).exists()
            assert not Run.objects.filter(incident_id=incident.pk).exists()
            assert not Page.objects.filter(incident_id=incident.pk).exists()


def test_it_is_paused_by_those_who_are_admitted_and_by_nobody_else(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = restricted(actor)
    with clock.at(NIGHT + MINUTE):
        for username in ("admin.payments", "coordinator"):
            with pytest.raises(Exception, match="no such incident"):
                actions.snooze_escalation(actor=actor(username), incident_id=incident.pk, minutes=30, reason="Calm")
        actions.snooze_escalation(actor=actor(COMMANDER), incident_id=incident.pk, minutes=30, reason="Calm")
        with pytest.raises(Conflict, match="pages nobody by a policy"):
            actions.escalate_incident(actor=actor(COMMANDER), incident_id=incident.pk, reason="More people")
    passing(34)
    assert paged(incident) == []
    with later(35):
        assert paged(incident) == [(35, 1, COMMANDER)]
