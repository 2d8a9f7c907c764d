"""Calendars that give a layer its shifts: what they say takes the place of what they said before.

A calendar at an address is read by a job that nobody watches. It changes who is on at this moment only where the
schedule says that its calendars decide at once; otherwise it holds once those who are on have finished their shift.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from django.db import transaction

from hub.lib import clock
from hub.lib.errors import HubError, Invalid, InvalidMany, NotFound
from hub.lib.identity import Actor, acting_as
from hub.oncall import access
from hub.oncall.actions.writing import ahead, changed, check_able, on_duty, told
from hub.oncall.calendars import FoundShift, shifts_in
from hub.oncall.models import CalendarSource, FixedShift, Schedule
from hub.oncall.shifts import freed_at
from tenants import access as tenants
from tenants.models import Person

MOST_TOLD: Final = 10

Wanted: TypeAlias = tuple[int, datetime, datetime]
"""A person, and from when until when (aware) a calendar wants them on."""


@dataclass(frozen=True)
class Held:
    """What a calendar says would change who is on now, and waits.

    Attributes:
        stays: who is on now, the primaries first.
        comes: who would be on now by the calendar.
        until: from when on the calendar holds (aware).
    """

    stays: tuple[int, ...]
    comes: tuple[int, ...]
    until: datetime


def take_over_calendar(*, actor: Actor, calendar_source_id: int, text: str, asked: bool = False) -> Held | None:
    """Let what was read at a source's address be its layer's shifts, from now on or once the running shift is over.

    Args:
        asked: whether it may change who is on at this moment, also where the schedule does not let its calendars do so.

    Returns what waits, if anything does. Raises `NotFound`, `Invalid` for what cannot be read, and `InvalidMany` for
    events whose people are unknown. Locks the schedule.
    """
    with acting_as(actor):
        source = access.calendar_source_for(actor, calendar_source_id)
        now = clock.now()
        wanted = wanted_shifts(actor, source, text, now)
        schedule = access.schedule_for(actor, source.layer.schedule_id, lock=True)
        before = ahead(actor, schedule, now)
        untouched = transaction.savepoint()
        is_other = write_shifts(source, wanted, now)
        after = ahead(actor, schedule, now)
        may_change = asked or schedule.calendars_decide_at_once
        until = None if may_change else freed_at(before, after)
        if until is None:
            transaction.savepoint_commit(untouched)
        else:
            transaction.savepoint_rollback(untouched)
            is_other = write_shifts(source, wanted, until)
        note_read(source, now, held_until=until)
        if is_other:
            change = {"read_at": [None, told(now)], "held_until": [None, told(until)]}
            changed(actor, schedule, "take_over_calendar", source, change)
        return None if until is None else Held(before[0].people, after[0].people, until)


def note_calendar_problem(*, actor: Actor, calendar_source_id: int, problem: str) -> CalendarSource:
    """Keep why a source could not be read; its shifts stay as they were. Raises `NotFound`."""
    with acting_as(actor):
        source = access.calendar_source_for(actor, calendar_source_id)
        source.problem = problem[:300]
        source.save(update_fields=["problem"])
        return source


def wanted_shifts(actor: Actor, source: CalendarSource, text: str, now: datetime) -> list[Wanted]:
    """The shifts that a calendar's text gives to people, from `now` on. Raises as `take_over_calendar` does."""
    layer = source.layer
    # A schedule's own calendar has the shifts of both duties, and a layer is of one.
    found = [
        each for each in shifts_in(text, zone=layer.schedule.time_zone, since=now) if each.duty in ("", layer.duty)
    ]
    people = _people(actor, layer.schedule, found, now)
    return [
        (person.pk, each.starts_at, each.ends_at)
        for each, persons in zip(found, people, strict=True)
        for person in persons
    ]


def write_shifts(source: CalendarSource, wanted: Sequence[Wanted], since: datetime) -> bool:
    """Let these be the source's shifts from `since` (aware) on; what it gave before stays until then.

    A shift that stays as it is keeps its row. Returns whether any did not, for callers that hold the schedule's lock.
    """
    layer = source.layer
    missing = {(person, max(starts_at, since), ends_at) for person, starts_at, ends_at in wanted if ends_at > since}
    former: dict[Wanted, list[FixedShift]] = defaultdict(list)
    for row in source.shifts.filter(ends_at__gt=since):
        former[row.person_id, max(row.starts_at, since), row.ends_at].append(row)
    gone = [row for key, rows in former.items() for row in (rows[1:] if key in missing else rows)]
    missing -= former.keys()
    FixedShift.objects.filter(pk__in=[row.pk for row in gone if row.starts_at >= since]).delete()
    FixedShift.objects.filter(pk__in=[row.pk for row in gone if row.starts_at < since]).update(ends_at=since)
    FixedShift.objects.bulk_create(
        FixedShift(
            layer=layer,
            unit_id=layer.unit_id,
            person_id=person,
            starts_at=starts_at,
            ends_at=ends_at,
            source=source,
        )
        for person, starts_at, ends_at in sorted(missing)
    )
    return bool(gone or missing)


def note_read(source: CalendarSource, now: datetime, *, held_until: datetime | None) -> None:
    """Keep that a source was read with success, and until when what it says waits."""
    source.read_at, source.problem, source.held_until = now, "", held_until
    source.save(update_fields=["read_at", "problem", "held_until"])


def _people(actor: Actor, schedule: Schedule, found: Sequence[FoundShift], now: datetime) -> list[list[Person]]:
    known: dict[str, Person | None] = {}
    problems: dict[str, HubError] = {}
    people: list[list[Person]] = []
    for each in found:
        for words in each.called:
            if words not in known:
                known[words] = _person(actor, words)
        persons = list(dict.fromkeys(person for words in each.called if (person := known[words])))
        if not persons:
            problems.setdefault(
                each.summary,
                Invalid(
                    f"“{each.summary}” on {each.starts_at:%Y-%m-%d} names nobody who is known here.", path=["text"]
                ),
            )
        people.append(persons)
    if problems:
        raise InvalidMany(list(problems.values())[:MOST_TOLD])
    everybody = list(dict.fromkeys(person for persons in people for person in persons))
    check_able(schedule, everybody, now, "text")
    return people


def _person(actor: Actor, words: str) -> Person | None:
    """The person whom a calendar calls so: by address, username or a name that nobody else has."""
    if "@" in words:
        found = list(Person.objects.filter(email__iexact=words, is_active=True, is_service=False)[:2])
        return found[0] if len(found) == 1 else None
    try:
        return on_duty(actor, tenants.person_called(actor, words).pk, "text")
    except (NotFound, Invalid):
        return None
