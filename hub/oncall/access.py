"""The only door to schedules, and the one answer to who is on call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Prefetch, QuerySet

from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.oncall.models import Override, Rotation, RotationMember, Schedule
from hub.oncall.shifts import Shift, Substitution, Turns, on_call_at, shifts_between
from tenants.models import Person


def schedules(actor: Actor) -> QuerySet[Schedule]:
    """Every schedule that `actor` may see."""
    return Schedule.objects.select_related("unit", "rotation")


def schedule_for(actor: Actor, schedule_id: int) -> Schedule:
    """The schedule with this id. Raises `NotFound`."""
    try:
        return schedules(actor).get(pk=schedule_id)
    except Schedule.DoesNotExist:
        raise NotFound("schedule") from None


def on_call(actor: Actor, schedule_ids: Iterable[int], moment: datetime) -> dict[int, Shift]:
    """Who is on at `moment` (aware), by schedule id, in three queries for any number of schedules.

    Schedules that `actor` may not see, and those with nobody on, are absent.
    """
    answers = {
        schedule.pk: on_call_at(_turns(schedule), _substitutions(schedule), moment)
        for schedule in _loaded(schedule_ids)
    }
    return {schedule_id: shift for schedule_id, shift in answers.items() if shift}


@dataclass(frozen=True)
class OnCall:
    """`person` is on from `since` up to `until` (aware, UTC)."""

    person: Person
    since: datetime
    until: datetime


ROTATIONS: Final = (
    Prefetch("rotation", Rotation.objects.all()),
    Prefetch("rotation__members", RotationMember.objects.select_related("person").order_by("position")),
)
"""With `overrides_from`, what `on_call_of` reads of schedules: one query each, for any number of them."""


def overrides_from(moment: datetime) -> Prefetch[str]:
    """The overrides that are not over at `moment` (aware)."""
    lasting = Override.objects.filter(ends_at__gt=moment)
    return Prefetch("overrides", lasting.select_related("person").order_by("starts_at", "id"))


def on_call_of(schedule: Schedule, moment: datetime) -> OnCall | None:
    """Who is on at `moment` (aware), of a schedule read with `ROTATIONS` and `overrides_from`."""
    shift = on_call_at(_turns(schedule), _substitutions(schedule), moment)
    if shift is None:
        return None
    rotation = getattr(schedule, "rotation", None)
    taking_part = [*(rotation.members.all() if rotation else ()), *schedule.overrides.all()]
    person = next(each.person for each in taking_part if each.person_id == shift.person)
    return OnCall(person, shift.starts_at, shift.ends_at)


def shifts(actor: Actor, schedule_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Shift]]:
    """All shifts from `start` up to `end` (aware), by schedule id."""
    return {
        schedule.pk: shifts_between(_turns(schedule), _substitutions(schedule), start, end)
        for schedule in _loaded(schedule_ids)
    }


def _loaded(schedule_ids: Iterable[int]) -> QuerySet[Schedule]:
    return (
        Schedule.objects.filter(pk__in=set(schedule_ids))
        .select_related("rotation")
        .prefetch_related(
            Prefetch("rotation__members", RotationMember.objects.order_by("position")),
            Prefetch("overrides", Override.objects.order_by("starts_at", "id")),
        )
    )


def _turns(schedule: Schedule) -> Turns | None:
    rotation = getattr(schedule, "rotation", None)
    if rotation is None:
        return None
    return Turns(
        people=[member.person_id for member in rotation.members.all()],
        starts_on=rotation.starts_on,
        hands_over_at=rotation.hands_over_at,
        weeks=rotation.weeks,
        time_zone=schedule.time_zone,
    )


def _substitutions(schedule: Schedule) -> list[Substitution]:
    return [Substitution(each.person_id, each.starts_at, each.ends_at) for each in schedule.overrides.all()]
