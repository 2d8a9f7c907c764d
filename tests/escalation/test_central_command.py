"""Who is paged follows from who commands: another unit's schedule, where that commands centrally."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.catalog.models import Service
from hub.escalation.actions import NewStep
from hub.escalation.forecasting import Forecast, foresee, foresee_incident
from hub.escalation.models import CommandedBy, Run, TargetKind
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, Ownership, OwnershipModel, Severity
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.escalation.world import NIGHT, declare, later, paged, policy, step, steps_of, target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]


@pytest.fixture
def hybrid() -> None:
    """The group commands what is SEV2 or graver in Payments, with a schedule of its own."""
    commanded(OwnershipModel.HYBRID)


def commanded(model: OwnershipModel | None) -> None:
    """The group commands in Payments by this model, SEV2 and graver if it is hybrid; None for no row at all."""
    with seeding():
        duty = Schedule.objects.get(slug="group-duty")
        unit = BusinessUnit.objects.get(slug="payments")
        Ownership.objects.filter(unit=unit).delete()
        if model is not None:
            is_central = model != OwnershipModel.DECENTRALIZED
            Ownership.objects.create(
                unit=unit,
                model=model,
                central_from=Severity.SEV2 if model == OwnershipModel.HYBRID else None,
                central_unit_id=duty.unit_id if is_central else None,
                commander_schedule=duty if is_central else None,
                updated_at=clock.now(),
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


BY_COMMAND = (
    (CommandedBy.CENTRAL, "responder2.payments"),
    (CommandedBy.OWN, "commander.payments"),
    (None, "observer.payments"),
)


def steps_by_command() -> list[NewStep]:
    return [step(target(person=username), wait=10, commanded_by=by) for by, username in BY_COMMAND]


@pytest.mark.usefixtures("hybrid")
def test_a_step_is_for_what_another_unit_commands_or_for_what_the_unit_commands_itself(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *steps_by_command())
    grave = declare(actor("responder.payments"), Severity.SEV2)
    slight = declare(actor("responder.payments"), Severity.SEV3)
    for minute in range(60):
        with later(minute):
            pass

    assert named(grave) == ["responder2.payments", "observer.payments"]
    assert named(slight) == ["commander.payments", "observer.payments"]
    assert steps_of(grave)[1] == (2, "passed_over", "Only where: the unit commands it itself.")
    assert steps_of(slight)[0] == (1, "passed_over", "Only where: another unit commands it centrally.")


@pytest.mark.parametrize(
    ("model", "severities"),
    [
        (OwnershipModel.CENTRALIZED, list(Severity)),
        (OwnershipModel.HYBRID, [Severity.SEV1, Severity.SEV2]),
        (OwnershipModel.DECENTRALIZED, []),
        (None, []),
    ],
)
def test_every_ownership_model_decides_and_the_simulation_says_what_comes(
    actor: ActorNamed, model: OwnershipModel | None, severities: list[Severity]
) -> None:
    commanded(model)
    policy(actor("admin.payments"), *steps_by_command())
    responder = actor("responder.payments")
    with seeding():
        service = Service.objects.select_related("unit").get(slug="ledger")
    for severity in Severity:
        with acting_as(responder):
            before = foretold(foresee(responder, service.unit, service, severity, NIGHT))
        incident = declare(responder, severity)
        with acting_as(responder):
            declared = foretold(foresee_incident(responder, incident))
        first = "responder2.payments" if severity in severities else "commander.payments"
        assert before == declared == [first, "observer.payments"], severity


@pytest.mark.usefixtures("hybrid")
def test_the_step_that_comes_is_judged_by_the_severity_of_then(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *steps_by_command())
    incident = declare(actor("responder.payments"), Severity.SEV4)
    with later(6):
        incidents.change_severity(
            actor=actor("commander.payments"), incident_id=incident.pk, severity=Severity.SEV1, reason="Everything"
        )
    with later(60):
        assert named(incident)[0] == "responder2.payments"


def test_a_run_that_began_before_steps_had_the_condition_goes_on(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), step())
    incident = declare(actor("responder.payments"))
    with seeding():
        run = Run.objects.get(incident=incident)
        del run.chain["steps"][0]["commanded_by"]
        run.save(update_fields=["chain"])
    with later(6):
        assert named(incident) == ["responder2.payments"]


def foretold(forecast: Forecast) -> list[str]:
    with seeding():
        usernames = dict(Person.objects.values_list("pk", "username"))
    return [usernames[page.person.id] for each in forecast.steps for page in each.pages]
