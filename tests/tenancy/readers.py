"""Who reads a world: people whose rights differ in one thing each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group

from hub.alerts.models import SeverityFloor
from hub.delivery.models import ContactMethod, PhoneNumber
from hub.escalation.models import (
    LogicalClock,
)
from hub.incidents.models import (
    EscalationProposal,
    Incident,
    Severity,
)
from hub.lib import clock
from hub.metrics.models import QuarterRelease
from hub.oncall.models import (
    CalendarLink,
    CalendarSource,
    FixedShift,
    Layer,
    Leave,
)
from hub.reach.models import WrongCode
from tenants.models import (
    AccessToken,
    BusinessUnit,
    FieldKind,
    LocalField,
    Person,
    Region,
    Role,
    RoleAssignment,
)
from tests.conftest import seeding
from tests.tenancy.hidden import secret


@dataclass
class Actors:
    """People of every kind, made for a world, with rights that have begun, ended, or never were."""

    people: dict[str, Person]
    group: Group


def populate() -> Actors:
    """People whose rights differ in one thing each."""
    now = clock.now()
    with seeding():
        names = (
            "stranger",
            "gone",
            "late",
            "early",
            "member",
            "narrow",
            "regional",
            "expired",
            "guest",
            "away",
            "ranked",
        )
        people = {
            name: Person.objects.create(
                username=f"world.{name}", name=f"World {name.title()}", is_active=name != "gone", joined_at=now
            )
            for name in names
        }
        group = Group.objects.create(name="world")
        people["member"].groups.add(group)
        ContactMethod.objects.create(
            person=people["gone"], kind="email", address="world.gone@example.org", verified_at=now
        )
        PhoneNumber.objects.create(person=people["gone"], number="+49 30 5550100", given_at=now)
        payments = BusinessUnit.objects.get(slug="payments")
        role = {each.key: each for each in Role.objects.filter(unit=None)}
        year = timedelta(days=365)

        def give(name: str, key: str, since: datetime, until: datetime | None = None, **scope: Any) -> None:
            RoleAssignment.objects.create(
                person=people[name], role=role[key], valid_from=since, valid_until=until, **scope
            )

        _otherwise_empty(people["narrow"], now)
        # Whoever holds it holds something, and can do nothing with it.
        Role.objects.create(key="elsewhere", name="Elsewhere", unit=None, permissions=["unit.view"])
        for unit in BusinessUnit.objects.order_by("pk"):
            for number in range(2):
                name = f"{unit.slug}.{number}"
                Person.objects.create(
                    username=f"world.account.{name}", name=f"World {name}", is_service=True, unit=unit
                )
                # Whose turns, leave and number nobody sees but who sees the unit's schedules.
                Person.objects.create(username=f"world.turns.{name}", name=f"World turns {name}")
            # What a restricted incident says in it is hidden; that its unit asks for it is not.
            LocalField.objects.create(unit=unit, key="world", name="World", kind=FieldKind.TEXT, position=900)
        role["unit.view"] = Role.objects.create(key="world", name="World", unit=payments, permissions=["unit.view"])
        # Roles in a unit alone: what somebody holds in the enterprise is asked for elsewhere, and would cover for them.
        give("gone", "commander", now - year, unit=payments)
        # More than whoever administers Payments could give.
        give("gone", "regional_lead", now - year, region=Region.objects.exclude(units=payments)[0])
        give("expired", "commander", now - year, now - timedelta(seconds=1), unit=payments)
        give("member", "unit.view", now - year, unit=payments)
        give("late", "coordinator", now - year, now - timedelta(seconds=1), is_enterprise=True)
        give("late", "unit_admin", now - year, now - timedelta(seconds=1), unit=payments)
        give("early", "commander", now + timedelta(hours=1), unit=payments)
        give("narrow", "commander", now - year, unit=payments)
        give("regional", "regional_lead", now - year, region=payments.regions.all()[0])
        # May change schedules in the region, but where they hold less nearby.
        give("ranked", "regional_lead", now - year, region=payments.regions.all()[0])
        give("ranked", "observer", now - year, unit=payments)
        _give_keys(people, now)
        return Actors(people, group)


def _give_keys(people: dict[str, Person], now: datetime) -> None:
    """Keys and calendars that have ended, are somebody's who left, or open less than their person may see."""
    ended, lasting = now - timedelta(hours=1), now + timedelta(days=1)
    elsewhere = BusinessUnit.objects.get(slug="health").pk
    for name, owner, more in (
        ("revoked", "narrow", {"revoked_at": ended}),
        ("expired", "narrow", {"expires_at": ended}),
        ("viewing", "narrow", {"permissions": ["unit.view"]}),
        ("elsewhere", "narrow", {"unit_ids": [elsewhere]}),
        ("another's", "regional", {}),
        ("of who left", "gone", {}),
    ):
        kept = {"name": name, "hint": "world", "created_at": now - timedelta(days=1), "expires_at": lasting, **more}
        AccessToken.objects.create(person=people[owner], digest=secret(f"key {name}"), **kept)
    for name, owner, until in (("revoked", "narrow", ended), ("of who left", "gone", None)):
        CalendarLink.objects.create(
            owner=people[owner], digest=secret(f"link {name}"), hint="world", created_at=now, revoked_at=until
        )
    away = {"starts_at": now, "ends_at": lasting, "created_by": people["narrow"], "created_at": now}
    Leave.objects.create(person=people["narrow"], **away)


def _otherwise_empty(person: Person, now: datetime) -> None:
    """A row in each table that the demonstration leaves empty and no incident fills: without one nothing is tried."""
    SeverityFloor.objects.create(
        position=9_000, matchers=['env="world"'], severity=Severity.SEV5, explanation="World", set_at=now
    )
    QuarterRelease.objects.create(starts_on=now.date().replace(year=2020), released_at=now, minimum=5, total=7)
    CalendarLink.objects.create(owner=person, digest=secrets.token_bytes(32), hint="world", created_at=now)
    WrongCode.objects.create(guesser=secrets.token_hex(32), at=now)
    trigger = Incident.objects.filter(restricted=False, unit__slug="payments").order_by("pk")[0]
    EscalationProposal.objects.create(
        unit_id=trigger.unit_id,
        trigger=trigger,
        incident_ids=[trigger.pk],
        criterion="severity",
        reason="World",
        proposed_at=now,
    )
    if not LogicalClock.objects.exists():
        LogicalClock.objects.create(now=now, boot="world", uptime=1, wall=now)
    layer = Layer.objects.select_related("schedule").filter(calendar_source=None).order_by("pk")[0]
    source = CalendarSource.objects.create(layer=layer, unit_id=layer.unit_id, created_by=person, created_at=now)
    FixedShift.objects.create(
        layer=layer,
        unit_id=layer.unit_id,
        person=person,
        starts_at=now - timedelta(days=400),
        ends_at=now - timedelta(days=399),
        source=source,
    )
