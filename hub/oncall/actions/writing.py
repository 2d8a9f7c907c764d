"""What the actions of this area share: who may, what is well-formed, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models
from django.utils.text import slugify

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.events import Event
from hub.lib.identity import Actor
from hub.live import outbox
from hub.oncall import access
from hub.oncall.events import ScheduleChanged
from hub.oncall.models import Leave, Schedule
from hub.oncall.shifts import LOOKS, Duty, Stretch, final_schedule, on_call_at
from tenants import access as tenants
from tenants import audit
from tenants.models import Person
from tenants.permissions import Permission, can, require_keeper

LONGEST: Final = timedelta(days=366)
MOST_EXPERTISE: Final = 20


def schedule_for_writing(actor: Actor, schedule_id: int) -> Schedule:
    """The schedule, locked, for somebody who may change it. Raises `NotFound`, `Forbidden`."""
    schedule = access.schedule_for(actor, schedule_id)
    require_keeper(
        actor,
        schedule.unit_id,
        f"Only people who lead or administer {schedule.unit} can change “{schedule.name}”.",
    )
    return access.schedule_for(actor, schedule_id, lock=True)


def span(starts_at: datetime, ends_at: datetime, *, first: str = "startsAt", last: str = "endsAt") -> None:
    """Raises `Invalid` unless the second moment lies after the first, in the future, and within a year of it."""
    if ends_at <= starts_at:
        raise Invalid("It has to end after it begins.", path=[last])
    if ends_at <= clock.now():
        raise Invalid("That time is over: what was stays as it was.", path=[last])
    if ends_at - starts_at > LONGEST:
        raise Invalid("At most a year at once.", path=[last])


def from_now(starts_at: datetime) -> datetime:
    """The moment, or now if that is later: what was stays as it was."""
    return max(starts_at, clock.now())


def line(value: str, field: str, *, longest: int, required: bool = True) -> str:
    """A line of text, without white space around it. Raises `Invalid`."""
    text = " ".join(value.split())
    if required and not text:
        raise Invalid("It needs some words.", path=[field])
    if "\x00" in text:
        raise Invalid("A null character cannot be kept.", path=[field])
    if len(text) > longest:
        raise Invalid(f"At most {longest} characters; these are {len(text)}.", path=[field])
    return text


def keys(values: Iterable[str], field: str) -> list[str]:
    """Keys of expertise, each once. Raises `Invalid`."""
    found = list(dict.fromkeys(value.strip() for value in values))
    if len(found) > MOST_EXPERTISE:
        raise Invalid(f"At most {MOST_EXPERTISE} of them.", path=[field])
    for value in found:
        if not value or slugify(value) != value or len(value) > 60:
            raise Invalid(f"“{value[:60]}” is no key: write it as card-schemes.", path=[field])
    return found


def on_duty(actor: Actor, person_id: int, field: str) -> Person:
    """Somebody who can be on call. Raises `NotFound`, and `Invalid` for a service account."""
    try:
        person = tenants.person_for(actor, person_id)
    except NotFound:
        raise NotFound("person", path=[field]) from None
    if person.is_service:
        raise Invalid(f"{person.name} is a service account and cannot be on call.", path=[field])
    return person


def check_able(schedule: Schedule, people: Sequence[Person], moment: datetime, *path: str) -> None:
    """Raises `Invalid` for somebody who lacks the expertise that the schedule requires, at `moment` (aware)."""
    short = access.lacking(schedule, [person.pk for person in people], moment)
    for person in people:
        if missing := short.get(person.pk):
            raise Invalid(f"{person.name} lacks what “{schedule.name}” requires: {', '.join(missing)}.", path=path)


def check_present(person: Person, starts_at: datetime, ends_at: datetime, *path: str) -> None:
    """Raises `Conflict` for somebody who is on leave between the two moments."""
    away = Leave.objects.filter(person=person, starts_at__lt=ends_at, ends_at__gt=starts_at).first()
    if away is not None:
        raise Conflict(
            f"{person.name} is on leave from {away.starts_at:%Y-%m-%d %H:%M} to {away.ends_at:%Y-%m-%d %H:%M} UTC.",
            path=path,
        )


def is_on_throughout(stretches: Sequence[Stretch], person_id: int, duty: Duty) -> bool:
    """Whether the person is on for the duty in all of the stretches."""
    return bool(stretches) and all(person_id in stretch.on(duty) for stretch in stretches)


def on_now(actor: Actor, schedule: Schedule) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Who is on at this moment, as primary and as secondary."""
    now = clock.now()
    answer = on_call_at(access.plan_for(actor, schedule.pk, now, now + timedelta(minutes=1)), now)
    return answer.primary, answer.secondary


def check_moment(effective_from: datetime, field: str = "effectiveFrom") -> None:
    """Raises `Invalid` for a moment from which no edit can be in force: it is over, or far away."""
    # What a client calls "now" is a moment ago when it arrives.
    if effective_from < clock.now() - timedelta(minutes=5):
        raise Invalid("An edit cannot be in force from a moment that is over.", path=[field])
    if effective_from > clock.now() + timedelta(days=3660):
        raise Invalid("That moment is more than ten years away.", path=[field])


def check_now(
    actor: Actor,
    schedule: Schedule,
    before: tuple[tuple[int, ...], tuple[int, ...]],
    effective_from: datetime,
    *,
    asked: bool,
    field: str = "effectiveFrom",
) -> None:
    """Raises `Conflict` where an edit, written already, changed who is on at this moment without being asked to."""
    if asked or effective_from > clock.now() or not any(before) or on_now(actor, schedule) == before:
        return
    names = ", ".join(person.name for person in tenants.people(actor, [each for part in before for each in part]))
    raise Conflict(
        f"{names} would no longer be on call as now. Let it be in force from the next hand-over,"
        " or say that it shall change who is on now.",
        path=[field],
    )


def ahead(actor: Actor, schedule: Schedule, now: datetime) -> list[Stretch]:
    """The final schedule from now on, as far as it is looked at."""
    end = now + LOOKS[-1]
    return final_schedule(access.plan_for(actor, schedule.pk, now, end), now, end)


def changed(
    actor: Actor,
    schedule: Schedule,
    verb: str,
    obj: models.Model,
    change: dict[str, Any],
    *,
    event: Event | None = None,
) -> None:
    """Say what was done in the audit trail, and that the schedule changed to whoever follows its unit.

    Somebody from another unit who takes part in the schedule stands in the trail; the unit's events are its own.
    """
    audit.record(actor=actor, verb=verb, obj=obj, unit_id=schedule.unit_id, change=change)
    if can(actor, Permission.INCIDENT_VIEW, schedule.unit_id):
        said = event or ScheduleChanged(unit_id=schedule.unit_id, schedule_id=schedule.pk, what=verb)
        outbox.record(actor=actor, event=said)


def who(actor: Actor) -> int:
    """The person who acts: schedules are changed by people."""
    return actor.person_id or 0


def told(moment: datetime | None) -> str | None:
    """A moment as the audit trail keeps it."""
    return moment.isoformat() if moment else None
