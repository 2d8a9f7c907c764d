"""What is there before anything breaks: policies, somebody on call until the night's hand-over, and open incidents."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from strawberry import relay

from hub.catalog.models import Service
from hub.delivery.models import ContactKind, ContactMethod
from hub.escalation import actions
from hub.escalation.actions import NewPolicy, NewStep, NewTarget
from hub.escalation.models import Run, RunEnd, TargetKind
from hub.incidents.actions import declare_incident
from hub.incidents.models import Incident, Severity
from hub.lib import clock
from hub.lib.identity import Actor
from hub.oncall.models import Layer, Period, Rotation, RotationMember, Schedule
from hub.reach.actions import NewPlace, create_phone_tree
from tenants import access as tenants
from tenants.actions import create_token
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.faults.plans import AFTER, BEFORE, FIRST, ON_CALL, PLANS, REPEAT_AFTER, SECOND, THIRD, TREE, Asked, Plan

ZONE: Final = ZoneInfo("Europe/Berlin")
HANDS_OVER_AT: Final = time(3)
"""In spring the local time to which clocks are set, in autumn an hour after they were."""


def night_after(moment: datetime) -> datetime:
    """The first hand-over after `moment` (aware) in a night in which clocks change there, in UTC."""
    day = moment.astimezone(ZONE).date() + timedelta(days=1)
    while True:
        before, after = (datetime.combine(day, each, ZONE) for each in (time(1), time(4)))
        if before.utcoffset() != after.utcoffset():
            return datetime.combine(day, HANDS_OVER_AT, ZONE).astimezone(UTC)
        day += timedelta(days=1)


def furnish(provider: str, hand_over: datetime) -> dict[str, str]:
    """Make policies, the schedule and contact methods at `provider`; returns the services' ids in the API, by slug."""
    with seeding():
        # What the demonstration left open is no part of this.
        Run.objects.filter(ended_at=None).update(
            ended_at=clock.now(), end=RunEnd.RESOLVED, paused_until=None, remaining=None
        )
        unit = BusinessUnit.objects.get(slug="payments")
        people = {person.username: person for person in Person.objects.filter(username__endswith=".payments")}
        services = {each.slug: each.pk for each in Service.objects.filter(slug__in=[plan.service for plan in PLANS])}
        schedule = Schedule.objects.create(unit=unit, slug="night", name="Night", time_zone=ZONE.key)
        rotation = Rotation.objects.create(
            layer=Layer.objects.create(schedule=schedule, unit=unit, name="A day each"),
            unit=unit,
            effective_from=hand_over - timedelta(days=20),
            time_zone=ZONE.key,
            starts_on=hand_over.astimezone(ZONE).date() - timedelta(days=10),
            hands_over_at=HANDS_OVER_AT,
            period=Period.DAYS,
        )
        RotationMember.objects.bulk_create(
            RotationMember(rotation=rotation, unit=unit, position=number, person=people[username])
            for number, username in enumerate((AFTER, BEFORE))
        )
        ContactMethod.objects.bulk_create(
            ContactMethod(
                person=people[username],
                kind=ContactKind.ADDRESS,
                address=f"json://{provider}/{way}/{username}",
                position=place,
                wait=60,
                verified_at=clock.now(),
            )
            for username in (FIRST, SECOND, THIRD, BEFORE, AFTER)
            for place, way in enumerate(("first", "second"))
        )
    admin = actor_named("admin.payments")
    for plan in PLANS:
        actions.create_policy(actor=admin, unit_id=unit.pk, new=_policy(plan, services[plan.service], people, schedule))
    return {slug: str(relay.GlobalID("Service", str(key))) for slug, key in services.items()}


def plant() -> str:
    """Make the phone tree; returns its id in the API."""
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        people = dict(Person.objects.filter(username__endswith=".payments").values_list("username", "pk"))
    (top,), below = TREE
    places = [NewPlace(people[top]), *(NewPlace(people[each], people[top]) for each in below)]
    made = create_phone_tree(actor=actor_named("admin.payments"), unit_id=unit.pk, name="Faults", places=places, wait=1)
    return str(relay.GlobalID("PhoneTree", str(made.pk)))


def actor_named(username: str) -> Actor:
    """Somebody of the demonstration organisation."""
    with seeding():
        return tenants.actor_named(username, through="test")


def token_of(username: str) -> str:
    """A bearer token of theirs."""
    return create_token(actor=actor_named(username), name="Faults", valid_for=timedelta(days=1))


def declare_before(moment: datetime, count: int, dice: random.Random) -> list[Asked]:
    """Incidents that were declared in the two minutes before `moment`, which is second 0 of what is returned."""
    actor = actor_named(FIRST)
    with seeding():
        services = {each.slug: each.pk for each in Service.objects.all()}
    asked = []
    for number in range(count):
        plan, ago = dice.choice(PLANS), dice.uniform(1, 120)
        title = f"Fault 0.{number}"
        with clock.at(moment - timedelta(seconds=ago)):
            declare_incident(
                actor=actor, title=title, severity=Severity.SEV3, service_id=services[plan.service], summary=""
            )
        asked.append(Asked(title, plan, (-ago, -ago)))
    return asked


def there() -> set[str]:
    """The titles of the incidents that were declared, whether anybody heard of it or not."""
    with seeding():
        return set(Incident.objects.filter(title__startswith="Fault ").values_list("title", flat=True))


def _policy(plan: Plan, service_id: int, people: dict[str, Person], schedule: Schedule) -> NewPolicy:
    def target(person: str) -> NewTarget:
        if person == ON_CALL:
            return NewTarget(TargetKind.PRIMARY, schedule_id=schedule.pk)
        return NewTarget(TargetKind.PERSON, person_id=people[person].pk)

    return NewPolicy(
        name=f"Of {plan.service}",
        steps=[NewStep([target(person) for person in paged], wait=wait) for wait, paged in plan.steps],
        service_ids=[service_id],
        acknowledged_within=plan.acknowledged_within,
        mitigated_within=plan.mitigated_within,
        repeats=plan.repeats,
        repeat_after=REPEAT_AFTER,
    )
