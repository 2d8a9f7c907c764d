"""An incident that gets graver after its steps have run out is escalated anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.escalation.actions import begin_graver
from hub.escalation.forecasting import foresee_incident
from hub.escalation.models import Page, Run
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, Severity
from hub.lib.identity import SYSTEM, Actor, acting_as
from tests.conftest import seeding
from tests.escalation.test_running import FIRST
from tests.escalation.test_simulating import told
from tests.escalation.world import MINUTE, NIGHT, declare, later, paged, policy, runs_of, step, steps_of, target
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]


def run_out(actor: ActorNamed, severity: Severity = Severity.SEV4) -> Incident:
    """An incident whose only step was for graver ones."""
    only = step(target(person=FIRST), severities=(Severity.SEV1,))
    policy(actor("admin.payments"), only, acknowledged_within=1, mitigated_within=30)
    incident = declare(actor("responder.payments"), severity)
    with later(1):
        assert steps_of(incident) == [(1, "passed_over", "Only for SEV1.")]
        assert runs_of(incident)["not_acknowledged"] == "exhausted"
    return incident


def rated(actor: ActorNamed, incident: Incident, severity: Severity) -> None:
    incidents.change_severity(
        actor=actor("responder.payments"), incident_id=incident.pk, severity=severity, reason="All cards"
    )
    run_jobs()


def test_raised_it_pages_by_the_steps_for_the_graver_and_the_simulation_foresees_it(actor: ActorNamed) -> None:
    incident = run_out(actor)
    responder = actor("responder.payments")

    with later(10):
        rated(actor, incident, Severity.SEV1)
        begin_graver(actor=SYSTEM, incident_id=incident.pk, raised_at=NIGHT + 10 * MINUTE)
        with acting_as(responder):
            incident.refresh_from_db()
            # What was under way goes on as it is.
            assert told(foresee_incident(responder, incident)) == [(11, 1, FIRST), (30, 1, FIRST)]

    with later(11):
        assert paged(incident) == [(11, 1, FIRST)]
    with later(12):
        begin_graver(actor=SYSTEM, incident_id=incident.pk, raised_at=NIGHT + 10 * MINUTE)
        assert paged(incident) == [(11, 1, FIRST)]
    with later(30):
        assert paged(incident) == [(11, 1, FIRST), (30, 1, FIRST)]


@pytest.mark.parametrize("why", ["milder", "acknowledged", "restricted"])
def test_nothing_begins_for_what_is_milder_in_hand_or_restricted(actor: ActorNamed, why: str) -> None:
    incident = run_out(actor, Severity.SEV3)

    with later(10):
        if why == "acknowledged":
            incidents.acknowledge_incident(actor=actor("responder.payments"), incident_id=incident.pk)
        if why == "restricted":
            incidents.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Breach")
            begin_graver(actor=SYSTEM, incident_id=incident.pk, raised_at=NIGHT + 10 * MINUTE)
        else:
            rated(actor, incident, Severity.SEV4 if why == "milder" else Severity.SEV1)

    with later(20), seeding():
        # A restricted one is followed by no policy: those who are admitted to it are paged.
        by_policy = Run.objects.filter(incident=incident, trigger="not_acknowledged", for_admitted=False)
        assert by_policy.count() == 1
        assert not Page.objects.filter(incident=incident, run__for_admitted=False).exists()
        assert Page.objects.filter(incident=incident).exists() is (why == "restricted")
