"""The demonstration's schedules: turns of weeks, one that follows the sun, and what changes them in the next days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub.lib import clock
from hub.oncall.models import (
    Expertise,
    Layer,
    Leave,
    Override,
    Period,
    PlannedGap,
    Rotation,
    RotationMember,
    Schedule,
    Swap,
    WhenNobody,
)
from hub.oncall.shifts import Duty
from tenants.models import BusinessUnit, Person

SECONDS: Final = {"retail": "lead.emea", "logistics": "lead.amer", "health": "lead.apac"}
"""Who is second in command where a unit has one commander. Media has nobody: its coming shifts are flagged."""
SUN: Final = (
    ("Asia-Pacific", "Asia/Kolkata", time(6, 30), ("responder2.cloud",)),
    ("Europe", "Europe/Berlin", time(10), ("responder3.cloud", "commander2.cloud")),
    ("Americas", "America/Los_Angeles", time(9), ("responder.cloud", "commander.cloud")),
)
"""Layers of nine hours each, by their place's clock: together they cover the day in summer and in winter."""
NINE_HOURS: Final = 9 * 60
DAY: Final = 24 * 60


def load_schedules(
    units: Mapping[str, BusinessUnit],
    people: Mapping[str, Person],
    rosters: Mapping[tuple[str, str], Sequence[Person]],
    start: datetime,
) -> None:
    """Two schedules a unit, commanders and responders, handing over on Mondays at nine local time, and the others."""
    monday = start.date() - timedelta(days=start.date().weekday())
    for (slug, key), roster in rosters.items():
        unit = units[slug]
        taking_turns = [person for person in roster if not person.username.startswith("outsider")]
        noun = "incident commanders" if key == "commander" else "responders"
        schedule = Schedule.objects.create(
            unit=unit,
            slug=f"{slug}-{key}s",
            name=f"{unit.name} {noun}",
            time_zone=unit.time_zone,
            needs_secondary=key == "commander",
        )
        _layer(schedule, "Weekly turns", taking_turns, monday, time(9))
        if key == "commander":
            seconds = [*taking_turns[1:], taking_turns[0]] if len(taking_turns) > 1 else []
            if not seconds and slug in SECONDS:
                seconds = [people[SECONDS[slug]]]
            _layer(schedule, "Second in command", seconds, monday, time(9), duty=Duty.SECONDARY)
    _follow_the_sun(units["cloud"], people, monday)
    _desk(units["retail"], people, monday)
    _coming_days(units, people)


def load_duty(unit: BusinessUnit, people: Sequence[Person], start: datetime) -> Schedule:
    """A schedule of one layer around the clock, for a unit that commands for others."""
    schedule = Schedule.objects.create(
        unit=unit, slug=f"{unit.slug}-duty", name=f"{unit.name} duty", time_zone=unit.time_zone
    )
    _layer(schedule, "Weekly turns", people, start.date() - timedelta(days=start.date().weekday()), time(9))
    return schedule


def _layer(
    schedule: Schedule,
    name: str,
    people: Sequence[Person],
    starts_on: date,
    hands_over_at: time,
    *,
    duty: Duty = Duty.PRIMARY,
    priority: int = 0,
    zone: str = "",
    period: Period = Period.WEEKS,
    hours: Sequence[Sequence[int]] = (),
) -> None:
    if not people:
        return
    zone = zone or schedule.time_zone
    layer = Layer.objects.create(
        schedule=schedule, unit_id=schedule.unit_id, name=name, duty=duty.value, priority=priority
    )
    rotation = Rotation.objects.create(
        layer=layer,
        unit_id=schedule.unit_id,
        effective_from=datetime.combine(starts_on, hands_over_at, ZoneInfo(zone)).astimezone(UTC),
        time_zone=zone,
        starts_on=starts_on,
        hands_over_at=hands_over_at,
        period=period,
        hours=[list(each) for each in hours],
    )
    RotationMember.objects.bulk_create(
        RotationMember(rotation=rotation, unit_id=schedule.unit_id, position=position, person=person)
        for position, person in enumerate(people)
    )


def _follow_the_sun(unit: BusinessUnit, people: Mapping[str, Person], monday: date) -> None:
    schedule = Schedule.objects.create(
        unit=unit, slug="cloud-follow-the-sun", name="Cloud Platform follow the sun", time_zone="UTC"
    )
    for priority, (name, zone, opens, usernames) in enumerate(SUN):
        minute = opens.hour * 60 + opens.minute
        hours = [[day * DAY + minute, day * DAY + minute + NINE_HOURS] for day in range(7)]
        chosen = [people[username] for username in usernames]
        _layer(schedule, name, chosen, monday, opens, priority=priority, zone=zone, hours=hours)


def _desk(unit: BusinessUnit, people: Mapping[str, Person], monday: date) -> None:
    """A desk that is open on working days alone, one day each: the weekend uses up nobody's turn."""
    office = [[day * DAY + 8 * 60, day * DAY + 18 * 60] for day in range(5)]
    schedule = Schedule.objects.create(
        unit=unit,
        slug="retail-desk",
        name="Retail trading desk",
        time_zone=unit.time_zone,
        hours=office,
        when_nobody=WhenNobody.DEFER,
    )
    chosen = [people[each] for each in ("responder.retail", "responder2.retail", "commander.retail")]
    _layer(schedule, "A day each", chosen, monday, time(8), period=Period.DAYS, hours=office)


def _coming_days(units: Mapping[str, BusinessUnit], people: Mapping[str, Person]) -> None:
    """From the next weeks: leave that somebody covers and leave that nobody does, a gap that is meant, two offers."""
    now = clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today + timedelta(days=7 - today.weekday())
    schedules = {schedule.slug: schedule for schedule in Schedule.objects.all()}

    def stamped(username: str) -> dict[str, object]:
        return {"created_by": people[username], "created_at": now}

    for username, first, days in (("responder.payments", 21, 7), ("responder2.health", 9, 2)):
        begins = monday + timedelta(days=first)
        Leave.objects.create(
            person=people[username], starts_at=begins, ends_at=begins + timedelta(days=days), **stamped(username)
        )
    gap = monday + timedelta(days=12, hours=8)
    PlannedGap.objects.create(
        schedule=schedules["logistics-responders"],
        unit=units["logistics"],
        starts_at=gap,
        ends_at=gap + timedelta(hours=20),
        reason="Warehouses are closed for stocktaking",
        **stamped("commander.logistics"),
    )
    stand_in = monday + timedelta(days=2, hours=16)
    Override.objects.create(
        schedule=schedules["payments-commanders"],
        unit=units["payments"],
        person=people["commander2.payments"],
        replaces=people["commander.payments"],
        starts_at=stand_in,
        ends_at=stand_in + timedelta(hours=4),
        **stamped("commander.payments"),
    )
    for key, username in (
        ("postgresql", "responder.cloud"),
        ("kubernetes", "responder2.cloud"),
        ("kafka", "responder3.cloud"),
        ("postgresql", "responder3.payments"),
    ):
        Expertise.objects.create(person=people[username], unit=units[username.partition(".")[2]], key=key)
    _offers(schedules["payments-responders"], people, now)


def _offers(schedule: Schedule, people: Mapping[str, Person], now: datetime) -> None:
    """Whoever has the next two turns of Payments offers an evening of it: one to a colleague, one to anybody."""
    roster = ["responder.payments", "responder2.payments", "responder3.payments"]
    layer = schedule.layers.get()
    first = layer.rotations.get()
    place = ZoneInfo(first.time_zone)
    weeks = (now.astimezone(place).date() - first.starts_on).days // 7
    for ahead, to in ((1, 2), (2, None)):
        turn = weeks + ahead
        friday = first.starts_on + timedelta(weeks=turn, days=4)
        evening = datetime.combine(friday, time(17), place).astimezone(UTC)
        Swap.objects.create(
            schedule=schedule,
            unit_id=schedule.unit_id,
            offered_by=people[roster[turn % 3]],
            offered_to=people[roster[(turn + to) % 3]] if to else None,
            starts_at=evening,
            ends_at=evening + timedelta(hours=15),
            note="I have tickets that evening.",
            offered_at=now,
        )
