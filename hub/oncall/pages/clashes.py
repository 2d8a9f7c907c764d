"""Where plans collide, in words, and where that is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from hub.lib.identity import Actor
from hub.oncall import access, balancing
from hub.oncall.balancing import Collision, Reason
from hub.oncall.models import Schedule
from hub.oncall.shifts import Duty, Stretch
from tenants import access as tenants
from tenants.models import Person


@dataclass(frozen=True)
class Clash:
    """Two plans of somebody that collide."""

    collision: Collision
    person: Person

    @property
    def is_leave(self) -> bool:
        return self.collision.reason is Reason.LEAVE

    @property
    def url(self) -> str:
        found = self.collision
        return change_url(found.schedule.pk, found.duty, found.starts_at, found.ends_at)

    def marks(self, schedule: Schedule, duty: Duty, stretch: Stretch) -> bool:
        """Whether it is to be seen beside this part of a schedule: both schedules of a double duty show it."""
        found = self.collision
        here = found.schedule.pk == schedule.pk and found.duty is duty
        there = found.other is not None and found.other.pk == schedule.pk and duty is Duty.PRIMARY
        return (here or there) and found.starts_at < stretch.ends_at and found.ends_at > stretch.starts_at

    def brief(self, schedule: Schedule) -> str:
        """What collides with a part of this schedule."""
        found = self.collision
        if self.is_leave or found.other is None:
            return f"{self.person} on leave"
        return f"{self.person} also on {(found.other if found.schedule.pk == schedule.pk else found.schedule).name}"


def clashes(actor: Actor, schedules: Sequence[Schedule], start: datetime, end: datetime) -> list[Clash]:
    """Where plans of these schedules collide from `start` up to `end` (aware), the earliest first."""
    found = balancing.collisions(actor, [each.pk for each in schedules], start, end)
    people = {person.pk: person for person in tenants.people(actor, {each.person for each in found})}
    return [Clash(each, people[each.person]) for each in found if each.person in people]


def clashes_with(
    actor: Actor, schedule: Schedule, people: Iterable[int], start: datetime, end: datetime
) -> list[Clash]:
    """What collides with the plans of one schedule: also with others that these people, who take turns, stand in."""
    around = {each.pk: each for each in access.schedules_with(actor, people)} | {schedule.pk: schedule}
    found = clashes(actor, list(around.values()), start, end)
    return [each for each in found if schedule in (each.collision.schedule, each.collision.other)]


def change_url(schedule_id: int, duty: Duty, starts_at: datetime, ends_at: datetime) -> str:
    """Where that part of a schedule is looked at and changed."""
    asked = {"duty": duty, "since": starts_at.isoformat(), "until": ends_at.isoformat()}
    return f"{reverse('on-call-change', args=[schedule_id])}?{urlencode(asked)}"
