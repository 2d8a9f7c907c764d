"""A policy at work: who is paged when, and what ends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from hub.delivery.models import Message, MessageStatus
from hub.escalation import sweeping
from hub.escalation.actions import NewStep
from hub.escalation.models import Run, RunStep, TargetKind, WhenNobodyOn
from hub.incidents import actions as incidents
from hub.incidents.models import RoleKind, Severity
from hub.lib import clock
from hub.lib.identity import Actor
from hub.oncall.hours import WeekSpan
from hub.oncall.models import Override, Schedule
from tenants.models import Person
from tests.conftest import seeding
from tests.escalation.world import (
    MINUTE,
    NIGHT,
    declare,
    later,
    messages_of,
    paged,
    policy,
    runs_of,
    step,
    steps_of,
    target,
)
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]

FIRST, SECOND, THIRD = "responder2.payments", "commander2.payments", "admin.payments"


def three_steps() -> tuple[NewStep, ...]:
    return step(target(person=FIRST)), step(target(person=SECOND), wait=10), step(target(person=THIRD), wait=10)


def test_nobody_acknowledges_and_one_after_another_is_paged(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with seeding():
        Person.objects.filter(username=SECOND).update(language="de")

    for minute in range(40):
        with later(minute):
            pass

    assert paged(incident) == [(5, 1, FIRST), (15, 2, SECOND), (25, 3, THIRD)]
    assert runs_of(incident) == {"not_acknowledged": "exhausted"}
    [message] = messages_of(incident, SECOND)
    assert message.is_page
    assert message.subject == (f"[SEV2] {incident.reference} Ledger is late: nobody has acknowledged it for 5 min")
    assert "by step 2 of “Test”" in message.text
    assert "SEV2 Hoch" in message.text


def test_what_was_due_while_nobody_swept_is_done_at_once_and_in_order(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))

    with later(60):
        pass
    with later(61):
        pass

    # The next one has its ten minutes from when the one before was really paged.
    assert paged(incident) == [(60, 1, FIRST)]
    with later(70):
        assert paged(incident) == [(60, 1, FIRST), (70, 2, SECOND)]


def test_an_acknowledgement_ends_the_first_trigger_alone(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps(), mitigated_within=60)
    incident = declare(actor("responder.payments"))
    with later(6):
        incidents.acknowledge_incident(actor=actor("responder.payments"), incident_id=incident.pk)
        run_jobs()

    with later(59):
        assert paged(incident) == [(5.0 + 1, 1, FIRST)]
        assert runs_of(incident) == {"not_acknowledged": "acknowledged", "not_mitigated": None}
    with later(60):
        assert paged(incident) == [(6, 1, FIRST), (60, 1, FIRST)]
    with later(61):
        incidents.mitigate_incident(actor=actor("responder.payments"), incident_id=incident.pk)
    with later(90):
        assert len(paged(incident)) == 2
        assert runs_of(incident)["not_mitigated"] == "mitigated"


def test_acknowledged_a_moment_before_the_sweep_pages_nobody(actor: ActorNamed) -> None:
    """The job that follows from the acknowledgement has not run yet."""
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))

    with clock.at(NIGHT + 5 * MINUTE):
        incidents.acknowledge_incident(actor=actor("responder.payments"), incident_id=incident.pk)
        sweeping.sweep()

    assert paged(incident) == []
    assert runs_of(incident) == {"not_acknowledged": "acknowledged"}


@pytest.mark.parametrize("how", ["resolve", "restrict"])
def test_over_or_restricted_pages_nobody(actor: ActorNamed, how: str) -> None:
    policy(actor("admin.payments"), *three_steps(), updated_within=20, mitigated_within=30)
    incident = declare(actor("responder.payments"))
    responder = actor("responder.payments")

    with clock.at(NIGHT + 4 * MINUTE):
        if how == "resolve":
            incidents.resolve_incident(actor=responder, incident_id=incident.pk)
        else:
            incidents.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Breach")

    with later(50):
        assert paged(incident) == []
        with seeding():
            by_policy = Run.objects.filter(incident=incident, for_admitted=False)
            assert set(by_policy.values_list("end", flat=True)) == {"resolved" if how == "resolve" else "restricted"}


def test_an_update_begins_the_time_between_updates_anew(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps(), acknowledged_within=None, updated_within=20)
    incident = declare(actor("responder.payments"))
    with later(15):
        incidents.add_timeline_entry(actor=actor("responder.payments"), incident_id=incident.pk, body="Looking")
    with later(34):
        assert paged(incident) == []
    with later(35):
        assert paged(incident) == [(35, 1, FIRST)]
    # In the middle of the steps an update begins them anew, too.
    with later(40):
        incidents.add_timeline_entry(actor=actor("responder.payments"), incident_id=incident.pk, body="Found it")
    with later(59):
        assert paged(incident) == [(35, 1, FIRST)]
    with later(60):
        assert paged(incident) == [(35, 1, FIRST), (60, 1, FIRST)]


def test_what_the_hub_and_alerts_write_is_no_update(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps(), acknowledged_within=2, updated_within=20)
    incident = declare(actor("responder.payments"))
    for minute in (2, 12):
        with later(minute):
            pass
    with later(20):
        assert (20, 1, FIRST) in paged(incident)


def test_handed_over_the_old_chain_is_silent_and_a_new_one_counts_from_then(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("coordinator"))
    with later(4):
        with seeding():
            other = Person.objects.filter(username__in=["commander.payments", "commander2.payments"])
            new = other.exclude(pk=incident.commander_id or 0)[0]
        incidents.assign_role(
            actor=actor("coordinator"), incident_id=incident.pk, role=RoleKind.COMMANDER, person_id=new.pk
        )
    with later(8):
        assert paged(incident) == []
    with later(9):
        assert paged(incident) == [(9, 1, FIRST)]


def test_reopened_it_is_watched_again(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps(), mitigated_within=30)
    incident = declare(actor("responder.payments"))
    with later(1):
        incidents.resolve_incident(actor=actor("responder.payments"), incident_id=incident.pk)
        run_jobs()
    with later(100):
        incidents.reopen_incident(actor=actor("responder.payments"), incident_id=incident.pk, note="Again")
        run_jobs()
    with later(129):
        assert paged(incident) == []
    with later(130):
        assert paged(incident) == [(130, 1, FIRST)]


def test_steps_repeat(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), step(target(person=FIRST)), repeats=2, repeat_after=10)
    incident = declare(actor("responder.payments"))
    for minute in range(60):
        with later(minute):
            pass
    assert paged(incident) == [(5, 1, FIRST), (15, 1, FIRST), (25, 1, FIRST)]
    assert len(messages_of(incident, FIRST)) == 3


def test_a_person_reached_in_several_ways_is_paged_once(actor: ActorNamed) -> None:
    with seeding():
        schedule = Schedule.objects.get(slug="payments-commanders")
        Override.objects.create(
            schedule=schedule,
            unit_id=schedule.unit_id,
            person=Person.objects.get(username=FIRST),
            starts_at=NIGHT,
            ends_at=NIGHT + 600 * MINUTE,
            created_by=Person.objects.get(username=FIRST),
            created_at=NIGHT,
        )
    targets = (
        target(person=FIRST),
        target(TargetKind.PRIMARY, schedule="payments-commanders"),
        target(TargetKind.TEAM, schedule="payments-responders"),
    )
    policy(actor("admin.payments"), step(*targets))
    incident = declare(actor("responder.payments"))

    with later(5):
        people = [username for _, _, username in paged(incident)]

    assert people.count(FIRST) == 1
    assert len(people) == len(set(people)) == 3
    assert len(messages_of(incident, FIRST)) == 1


def test_severity_decides_which_steps_apply_and_the_next_takes_their_place(actor: ActorNamed) -> None:
    steps = (
        step(target(person=FIRST)),
        step(target(person=SECOND), wait=10, severities=(Severity.SEV1,)),
        step(target(person=THIRD), wait=30),
    )
    policy(actor("admin.payments"), *steps)
    incident = declare(actor("responder.payments"), Severity.SEV3)
    for minute in (5, 15, 16):
        with later(minute):
            pass
    assert paged(incident) == [(5, 1, FIRST), (15, 3, THIRD)]
    assert (2, "passed_over", "Only for SEV1.") in steps_of(incident)


def test_raised_meanwhile_the_step_for_the_graver_applies(actor: ActorNamed) -> None:
    policy(
        actor("admin.payments"),
        step(target(person=FIRST)),
        step(target(person=SECOND), wait=10, severities=(Severity.SEV1,)),
    )
    incident = declare(actor("responder.payments"), Severity.SEV3)
    with later(6):
        incidents.change_severity(
            actor=actor("responder.payments"), incident_id=incident.pk, severity=Severity.SEV1, reason="All cards"
        )
    with later(16):
        assert (16, 2, SECOND) in paged(incident)


def test_hours_in_a_named_zone(actor: ActorNamed) -> None:
    """It is Wednesday, 03:05 in Berlin."""
    office = (WeekSpan(3, "09:00", 3, "17:00"),)
    nights = (WeekSpan(2, "22:00", 3, "06:00"),)
    policy(
        actor("admin.payments"),
        step(target(person=FIRST), hours=office, time_zone="Europe/Berlin"),
        step(target(person=SECOND), hours=nights, time_zone="Europe/Berlin"),
    )
    incident = declare(actor("responder.payments"))
    with later(5):
        assert paged(incident) == [(5, 2, SECOND)]


def test_hours_where_each_person_is(actor: ActorNamed) -> None:
    """At 02:05 UTC it is day in Tokyo and night in Berlin; who sleeps is waited for only if the step says so."""
    with seeding():
        Person.objects.filter(username=FIRST).update(time_zone="Europe/Berlin")
        Person.objects.filter(username=SECOND).update(time_zone="Asia/Tokyo")
    day = tuple(WeekSpan(number, "08:00", number, "20:00") for number in range(1, 8))
    policy(actor("admin.payments"), step(target(person=FIRST), target(person=SECOND), hours=day))
    incident = declare(actor("responder.payments"))
    with later(5):
        assert paged(incident) == [(5, 1, SECOND)]


def test_with_nobody_awake_it_waits_for_the_morning_if_it_says_so(actor: ActorNamed) -> None:
    with seeding():
        Person.objects.filter(username=FIRST).update(time_zone="Europe/Berlin")
    day = tuple(WeekSpan(number, "08:00", number, "20:00") for number in range(1, 8))
    policy(actor("admin.payments"), step(target(person=FIRST), hours=day, when_nobody=WhenNobodyOn.DEFER), step(wait=5))
    incident = declare(actor("responder.payments"))
    with later(6):
        assert steps_of(incident) == [(1, "deferred", "Nobody there: named in the policy.")]
    with later(299):
        assert paged(incident) == []
    with later(300):
        assert paged(incident) == [(300, 1, FIRST)]


@pytest.mark.parametrize("when", [WhenNobodyOn.FALL_THROUGH, WhenNobodyOn.DEFER])
def test_with_nobody_on_call_it_falls_through_or_waits(actor: ActorNamed, when: WhenNobodyOn) -> None:
    """Retail's desk is open on working days from 08:00 London time: at 02:05 nobody is on."""
    policy(
        actor("coordinator"),
        step(target(TargetKind.PRIMARY, schedule="retail-desk"), when_nobody=when),
        step(target(person=SECOND), wait=30),
    )
    incident = declare(actor("responder.payments"))
    with later(5):
        at_once = paged(incident)
    with later(360):
        in_the_morning = paged(incident)
    if when is WhenNobodyOn.FALL_THROUGH:
        assert at_once == [(5, 2, SECOND)]
        assert (1, "nobody", "Nobody there: primary for Retail trading desk.") in steps_of(incident)
    else:
        assert at_once == []
        assert [(minute, place) for minute, place, _ in in_the_morning] == [(360, 1)]


@pytest.mark.parametrize(
    ("kind", "about", "people"),
    [
        (TargetKind.ROLE, {"role": "unit_admin"}, {"admin.payments"}),
        (TargetKind.LEADERSHIP, {}, {"admin.payments"}),
        (TargetKind.COORDINATORS, {}, {"coordinator", "duty.group", "duty2.group"}),
    ],
)
def test_roles_and_leaders_are_paged(
    actor: ActorNamed, kind: TargetKind, about: dict[str, str], people: set[str]
) -> None:
    policy(actor("admin.payments"), step(target(kind, **about)))
    incident = declare(actor("responder.payments"))
    with later(5):
        assert {username for _, _, username in paged(incident)} == people


def test_primary_secondary_next_and_those_on_it_are_different_people_of_the_schedule(actor: ActorNamed) -> None:
    policy(
        actor("admin.payments"),
        step(target(TargetKind.PRIMARY)),
        step(target(TargetKind.SECONDARY), wait=1),
        step(target(TargetKind.NEXT, schedule="payments-responders"), wait=1),
        step(target(TargetKind.ON_IT), wait=1),
    )
    incident = declare(actor("coordinator"))
    for minute in range(5, 10):
        with later(minute):
            pass
    by_step: dict[int, set[str]] = {}
    for _, place, username in paged(incident):
        by_step.setdefault(place, set()).add(username)
    with seeding():
        commander = Person.objects.get(pk=incident.commander_id or 0).username
    assert by_step[1] == {commander}
    assert by_step[2] != by_step[1]
    assert len(by_step[3]) == 1
    assert by_step[4] > by_step[2], "the second in command has taken over by then"
    assert not by_step[3] & by_step[4]


def test_another_unit_is_asked_as_its_own_policy_begins(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), step(target(TargetKind.UNIT, unit="media")))
    incident = declare(actor("responder.payments"))
    with later(5):
        [(_, _, username)] = paged(incident)
    assert username.endswith(".media")


def test_an_edited_policy_does_not_change_what_is_under_way(actor: ActorNamed) -> None:
    from_before = policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with seeding():
        from_before.steps.all().delete()
    with later(5):
        assert paged(incident) == [(5, 1, FIRST)]


def test_a_step_of_a_round_is_taken_once(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with later(5), seeding():
        taken = RunStep.objects.get(incident=incident)
        taken.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            taken.save(force_insert=True)
        # A worker that was thrown back to before the step writes no second message.
        Run.objects.filter(incident=incident).update(position=0, next_at=NIGHT)
    with pytest.raises(IntegrityError), transaction.atomic(), clock.at(NIGHT + 6 * MINUTE):
        sweeping.sweep()
    assert len(messages_of(incident, FIRST)) == 1


def test_a_run_that_cannot_be_calculated_does_not_hold_up_the_others(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    broken, whole = declare(actor("responder.payments")), declare(actor("responder.payments"))
    with seeding():
        run = Run.objects.get(incident=broken)
        run.chain["steps"][0]["time_zone"], run.chain["steps"][0]["hours"] = "Nowhere/Land", [[0, 1]]
        run.save()
    with later(5):
        assert paged(whole) == [(5, 1, FIRST)]
        assert paged(broken) == []
        with seeding():
            assert Run.objects.get(incident=broken).next_at == NIGHT + 6 * MINUTE


def test_a_page_that_has_not_gone_out_when_somebody_acknowledges_is_withdrawn(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with later(5):
        incidents.acknowledge_incident(actor=actor("responder.payments"), incident_id=incident.pk)
        run_jobs()
    [message] = messages_of(incident, FIRST)
    assert message.status == MessageStatus.WITHDRAWN
    with seeding():
        last = message.receipts.last()
        assert last is not None
        assert (last.state, last.reason) == ("skipped", "Somebody has acknowledged it before it went out.")
        assert not Message.objects.filter(pk=message.pk, sent_at__isnull=False).exists()


def test_a_restricted_incident_begins_nothing_by_a_policy(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"), restricted=True)
    with seeding():
        assert {(run.policy_id, run.for_admitted) for run in Run.objects.filter(incident=incident)} == {(None, True)}


def test_the_unit_default_stands_for_services_without_a_policy(actor: ActorNamed) -> None:
    incident = declare(actor("responder.payments"), service="ledger")
    with seeding():
        names = set(Run.objects.filter(incident=incident).values_list("policy__name", flat=True))
    assert names == {"Payments default"}
