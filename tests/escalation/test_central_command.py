"""Who is paged follows from who commands: another unit's schedule, where that commands centrally."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.escalation.forecasting import foresee
from hub.escalation.models import TargetKind
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, Ownership, OwnershipModel, Severity
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.escalation.world import NIGHT, declare, later, paged, policy, step, target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]


@pytest.fixture
def hybrid() -> None:
    """The group commands what is SEV2 or graver in Payments, with a schedule of its own."""
    with seeding():
        duty = Schedule.objects.get(slug="group-duty")
        Ownership.objects.update_or_create(
            unit=BusinessUnit.objects.get(slug="payments"),
            defaults={
                "model": OwnershipModel.HYBRID,
                "central_from": Severity.SEV2,
                "central_unit_id": duty.unit_id,
                "commander_schedule": duty,
                "updated_at": clock.now(),
            },
        )


def on_duty(slug: str) -> str:
    with seeding():
        schedule = Schedule.objects.get(slug=slug)
        stretch = oncall.on_call(SYSTEM, [schedule.pk], NIGHT)[schedule.pk]
        return Person.objects.get(pk=stretch.people[0]).username


def named(incident: Incident) -> list[str]:
    return [username for _, _, username in paged(incident)]


@pytest.mark.usefixtures("hybrid")
def test_the_central_schedule_is_paged_for_what_it_commands_and_the_units_own_for_the_rest(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), step(target(TargetKind.PRIMARY)))
    grave = declare(actor("responder.payments"), Severity.SEV2)
    slight = declare(actor("responder.payments"), Severity.SEV4)

    with later(6):
        assert named(grave) == [on_duty("group-duty")]
        assert named(slight) == [on_duty("payments-commanders")]


@pytest.mark.usefixtures("hybrid")
def test_whoever_is_paged_changes_with_the_severity(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), step(target(TargetKind.PRIMARY)), step(target(TargetKind.PRIMARY), wait=10))
    incident = declare(actor("responder.payments"), Severity.SEV4)
    with later(6):
        assert named(incident) == [on_duty("payments-commanders")]
        incidents.change_severity(
            actor=actor("commander.payments"), incident_id=incident.pk, severity=Severity.SEV1, reason="Everything"
        )
    with later(20):
        assert named(incident)[-1] == on_duty("group-duty")


@pytest.mark.usefixtures("hybrid")
def test_the_forecast_says_the_same(actor: ActorNamed) -> None:
    made = policy(actor("admin.payments"), step(target(TargetKind.PRIMARY)))
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        service = made.service_policies.get().service

    reader = actor("responder.payments")
    with acting_as(reader):
        said = [
            [page.person.name for step in foresee(reader, unit, service, severity, NIGHT).steps for page in step.pages]
            for severity in (Severity.SEV2, Severity.SEV4)
        ]

    with seeding():
        names = [Person.objects.get(username=on_duty(slug)).name for slug in ("group-duty", "payments-commanders")]
    assert said == [[names[0]], [names[1]]]
