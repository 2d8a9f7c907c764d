"""What being on call has cost people, where plans collide, and the next rotation that evens the load out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import connection

from hub.lib.errors import Conflict
from hub.lib.identity import Actor
from hub.oncall import access, plans
from hub.oncall.balance import Candidate, Load, Proposal, load_of, propose
from hub.oncall.models import Layer, Schedule
from hub.oncall.shifts import Duty, Shift, Span, final_schedule, outside, shifts_of
from tenants import access as tenants
from tenants.models import Person

MEMORY: Final = timedelta(weeks=12)
"""How far back load counts."""
MOST_SLOTS: Final = 400


class Reason(StrEnum):
    """Why two plans collide."""

    LEAVE = "leave"
    DOUBLE_DUTY = "double_duty"


@dataclass(frozen=True)
class Collision:
    """A person is planned for a schedule from `starts_at` up to `ends_at` (aware, UTC), and cannot or should not be.

    Attributes:
        other: the other schedule they are primary of at the same time; None for leave.
    """

    person: int
    schedule: Schedule
    reason: Reason
    starts_at: datetime
    ends_at: datetime
    other: Schedule | None = None


@dataclass(frozen=True)
class NextRotation:
    """Who shall be on in a layer, slot by slot, beside who is planned to be.

    Attributes:
        loads: what each person has carried in the twelve weeks before.
        after: what each would have carried at the end of it.
    """

    layer: Layer
    slots: list[Span]
    planned: list[int | None]
    proposal: Proposal
    loads: dict[int, Load]
    after: dict[int, Load]
    people: dict[int, Person]


def collisions(actor: Actor, schedule_ids: Iterable[int], start: datetime, end: datetime) -> list[Collision]:
    """Where leave meets a shift, or one person is primary of two schedules, from `start` up to `end` (aware)."""
    schedules = {each.pk: each for each in access.schedules(actor).filter(pk__in=schedule_ids)}
    loaded = plans.load_plans(schedules, start, end)
    found: list[Collision] = []
    primaries: dict[int, list[tuple[Shift, Schedule]]] = defaultdict(list)
    for key, plan in loaded.items():
        # Whom leave has taken off is only to be seen in the plan without it.
        for shift in shifts_of(final_schedule(replace(plan, leave={}), start, end)) if plan.leave else ():
            for left, right in plan.leave.get(shift.person, ()):
                if left < shift.ends_at and right > shift.starts_at:
                    during = (max(left, shift.starts_at), min(right, shift.ends_at))
                    found.append(Collision(shift.person, schedules[key], Reason.LEAVE, *during))
        for shift in shifts_of(final_schedule(plan, start, end)):
            if shift.duty is Duty.PRIMARY:
                primaries[shift.person].append((shift, schedules[key]))
    for person, mine in primaries.items():
        mine.sort(key=lambda each: (each[0].starts_at, each[1].pk))
        for number, (shift, schedule) in enumerate(mine):
            for later, other in mine[number + 1 :]:
                if later.starts_at >= shift.ends_at:
                    break
                until = min(shift.ends_at, later.ends_at)
                found.append(Collision(person, schedule, Reason.DOUBLE_DUTY, later.starts_at, until, other))
    return sorted(found, key=lambda each: (each.starts_at, each.person, each.schedule.pk))


def next_rotation(
    actor: Actor, layer_id: int, start: datetime, weeks: int, *, holidays: Collection[date] = ()
) -> NextRotation:
    """Propose who takes the layer's turns for some weeks from `start` on (aware). Nothing is written.

    Args:
        holidays: days that count as such where they fall into somebody's shift.

    Counts what people carried in all schedules that `actor` sees, and leaves out who is on leave or on duty elsewhere.
    Raises `NotFound`, and `Conflict` for a layer in which nobody takes turns then, or too many turns.
    """
    layer = access.layer_for(actor, layer_id)
    end = start + timedelta(weeks=weeks)
    slots, planned, members = _turns(layer, start, end)
    people = {person.pk: person for person in tenants.people(actor, members) if person.is_active}
    if not slots or not people:
        raise Conflict("Nobody takes turns in that layer then.", path=["layerId"])
    if len(slots) > MOST_SLOTS:
        raise Conflict(f"That are {len(slots)} turns; {MOST_SLOTS} can be planned at once.", path=["weeks"])
    carried, elsewhere = _spans(actor, people, layer, start, end)
    nights = pages_at_night(start - MEMORY)
    loads = {
        key: load_of(carried[key], person.time_zone, holidays=holidays, night_pages=nights.get(key, 0))
        for key, person in people.items()
    }
    candidates = [
        Candidate(key, person.time_zone, loads[key], elsewhere[key]) for key, person in sorted(people.items())
    ]
    proposal = propose(slots, candidates, planned, holidays=holidays)
    given = defaultdict(list)
    for slot, chosen in zip(slots, proposal.people, strict=True):
        given[chosen].append(slot)
    after = {
        key: loads[key] + load_of(given[key], person.time_zone, holidays=holidays) for key, person in people.items()
    }
    return NextRotation(layer, slots, planned, proposal, loads, after, people)


def pages_at_night(since: datetime) -> dict[int, int]:
    """How many pages people on schedules that the transaction's person sees have received in their own night."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_id, pages FROM app.pages_at_night(%s)", [since])
        return {int(person): int(pages) for person, pages in cursor.fetchall()}


def _turns(layer: Layer, start: datetime, end: datetime) -> tuple[list[Span], list[int | None], list[int]]:
    """The turns that begin in the time, who is planned for each, and everybody who takes turns then."""
    rows = list(layer.rotations.filter(effective_from__lt=end).prefetch_related("members"))
    members = [member.person_id for row in rows[-1:] for member in row.members.all()]
    alone = plans.layer_of(layer, [plans.rotation_of(row, plans.places_in(row.members.all())) for row in rows], ())
    segments = [each for each in alone.segments(start, end) if start < each.starts_at or each.starts_at == start]
    fixed = list(layer.fixed_shifts.filter(ends_at__gt=start, starts_at__lt=end))
    planned: list[int | None] = []
    for segment in segments:
        stands = next((each.person_id for each in fixed if each.starts_at <= segment.starts_at < each.ends_at), None)
        planned.append(stands or segment.people[0])
    return [(each.starts_at, each.ends_at) for each in segments], planned, list(dict.fromkeys(members))


def _spans(
    actor: Actor, people: Mapping[int, Person], layer: Layer, start: datetime, end: datetime
) -> tuple[dict[int, list[Span]], dict[int, list[Span]]]:
    """What each has been on for in any duty, and when each cannot be on: leave, and duty in other schedules."""
    ids = list(access.schedules(actor).values_list("pk", flat=True))
    carried: dict[int, list[Span]] = defaultdict(list)
    blocked: dict[int, list[Span]] = defaultdict(list)
    for shifts in access.shifts(actor, ids, start - MEMORY, start).values():
        for shift in shifts:
            if shift.person in people and shift.duty is Duty.PRIMARY:
                carried[shift.person].append((shift.starts_at, shift.ends_at))
    others: Sequence[int] = [key for key in ids if key != layer.schedule_id]
    for shifts in access.shifts(actor, others, start, end).values():
        for shift in shifts:
            if shift.person in people and shift.duty is Duty.PRIMARY:
                blocked[shift.person].append((shift.starts_at, shift.ends_at))
    for person, times in access.plan_for(actor, layer.schedule_id, start, end).work.items():
        blocked[person] += outside(times, start, end)
    away = access.leave(actor).filter(person__in=people, ends_at__gt=start, starts_at__lt=end)
    for person, left, right in away.values_list("person_id", "starts_at", "ends_at"):
        blocked[person].append((left, right))
    return carried, blocked
