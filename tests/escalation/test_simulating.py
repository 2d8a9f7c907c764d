"""What is simulated is what happens: the same steps, people and times."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.catalog.models import Service
from hub.escalation import actions
from hub.escalation.forecasting import Forecast, foresee, foresee_incident
from hub.escalation.models import Outcome, TargetKind, Trigger
from hub.incidents.models import Incident, Severity
from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from tenants.models import Person
from tests.conftest import seeding
from tests.escalation.test_running import FIRST, SECOND, three_steps
from tests.escalation.world import MINUTE, NIGHT, declare, later, paged, policy, step, target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]


def told(forecast: Forecast) -> list[tuple[float, int, str]]:
    """As `paged` tells what happened."""
    with seeding():
        usernames = dict(Person.objects.values_list("pk", "username"))
    return sorted(
        ((each.at - NIGHT) / MINUTE, each.step, usernames[page.person.id])
        for each in forecast.steps
        for page in each.pages
    )


def a_policy_with_everything(actor: Actor) -> None:
    policy(
        actor,
        step(target(TargetKind.PRIMARY), target(TargetKind.ON_IT)),
        step(target(TargetKind.SECONDARY), wait=7),
        step(target(TargetKind.LEADERSHIP), wait=3, severities=(Severity.SEV1,)),
        step(target(TargetKind.NEXT, schedule="payments-responders"), wait=11),
        step(target(TargetKind.COORDINATORS), target(TargetKind.TEAM, schedule="payments-responders"), wait=4),
        updated_within=17,
        mitigated_within=50,
        repeats=1,
        repeat_after=9,
    )


@pytest.mark.parametrize("severity", [Severity.SEV1, Severity.SEV3])
def test_the_simulated_run_is_the_one_that_comes(actor: ActorNamed, severity: Severity) -> None:
    a_policy_with_everything(actor("admin.payments"))
    responder = actor("responder.payments")
    with seeding():
        ledger = Service.objects.select_related("unit").get(slug="ledger")
    with acting_as(responder):
        before = told(foresee(responder, ledger.unit, ledger, severity, NIGHT))

    incident = declare(responder, severity)
    with acting_as(responder):
        declared = told(foresee_incident(responder, incident))
    for minute in range(140):
        with later(minute):
            pass

    assert before == declared == sorted(paged(incident))
    assert len(before) > 20


def test_half_way_it_says_what_is_left(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    responder = actor("responder.payments")
    with later(6), acting_as(responder):
        assert [(minute, place) for minute, place, _ in told(foresee_incident(responder, incident))] == [
            (16, 2),
            (26, 3),
        ]
        actions.snooze_escalation(actor=responder, incident_id=incident.pk, minutes=60, reason="Calm")
        assert told(foresee_incident(responder, incident))[0] == (76, 2, SECOND)
    with acting_as(responder):
        again = foresee_incident(responder, Incident.objects.get(pk=incident.pk), NIGHT + 500 * MINUTE)
    assert told(again)[0] == (505, 1, FIRST)


def test_whom_another_unit_pages_is_not_shown_to_who_does_not_see_its_schedules(actor: ActorNamed) -> None:
    policy(actor("coordinator"), step(target(TargetKind.UNIT, unit="media")), step(target(person=SECOND), wait=10))
    responder = actor("responder.payments")
    with seeding():
        ledger = Service.objects.select_related("unit").get(slug="ledger")
    with acting_as(responder):
        seen = foresee(responder, ledger.unit, ledger, Severity.SEV1, NIGHT)
    with acting_as(actor("coordinator")):
        whole = foresee(actor("coordinator"), ledger.unit, ledger, Severity.SEV1, NIGHT)

    first = seen.steps[0]
    assert (first.outcome, first.pages, first.trigger) == (Outcome.PAGED, (), Trigger.NOT_ACKNOWLEDGED)
    assert "not shown to you" in first.note
    assert [page.person.name for page in whole.steps[0].pages]
    assert [each.at for each in seen.steps] == [each.at for each in whole.steps]


def test_nothing_is_written_by_looking(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with clock.at(NIGHT + 60 * MINUTE), acting_as(actor("observer.payments")):
        foresee_incident(actor("observer.payments"), incident)
    assert paged(incident) == []
