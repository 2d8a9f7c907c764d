"""Shifts that are planned one by one, as when a proposal that balances the load is taken over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as
from hub.oncall import access
from hub.oncall.actions.writing import (
    changed,
    check_able,
    check_now,
    from_now,
    on_duty,
    on_now,
    schedule_for_writing,
    span,
    told,
)
from hub.oncall.models import FixedShift, Layer
from hub.oncall.shifts import Span, outside
from tenants.models import Person

MOST: Final = 400


@dataclass(frozen=True)
class PlannedShift:
    """`person_id` has the time from `starts_at` up to `ends_at` (aware); with None the rotation has it again."""

    person_id: int | None
    starts_at: datetime
    ends_at: datetime


def plan_shifts(
    *, actor: Actor, layer_id: int, shifts: Sequence[PlannedShift], changes_who_is_on_now: bool = False
) -> Layer:
    """Let shifts stand in place of a layer's rotation; what was planned in this way for the same time is replaced.

    Raises `NotFound`, `Forbidden`, `Invalid` with the shift's place, and `Conflict` where somebody else would be on
    now. Locks the schedule.
    """
    with acting_as(actor):
        layer = access.layer_for(actor, layer_id)
        schedule = schedule_for_writing(actor, layer.schedule_id)
        if not 0 < len(shifts) <= MOST:
            raise Invalid(f"1 to {MOST} shifts can be planned at once.", path=["shifts"])
        before = on_now(actor, schedule)
        people: dict[int, Person] = {}
        for number, each in enumerate(shifts):
            try:
                span(each.starts_at, each.ends_at)
                if each.person_id is not None and each.person_id not in people:
                    people[each.person_id] = on_duty(actor, each.person_id, "personId")
            except Invalid as error:
                raise error.at("shifts", str(number)) from None
        taken = [(each.person_id, each.starts_at, each.ends_at) for each in shifts if each.person_id is not None]
        first, last = min(each.starts_at for each in shifts), max(each.ends_at for each in shifts)
        check_able(schedule, list(people.values()), first, "shifts")
        first = from_now(first)
        _clear(layer, [(from_now(each.starts_at), each.ends_at) for each in shifts])
        FixedShift.objects.bulk_create(
            FixedShift(
                layer=layer,
                unit_id=layer.unit_id,
                person_id=key,
                starts_at=from_now(starts_at),
                ends_at=ends_at,
            )
            for key, starts_at, ends_at in taken
        )
        check_now(actor, schedule, before, clock.now(), asked=changes_who_is_on_now)
        change = {"shifts": [None, len(taken)], "starts_at": [None, told(first)], "ends_at": [None, told(last)]}
        changed(actor, schedule, "plan_shifts", layer, change)
        return layer


def _clear(layer: Layer, spans: Sequence[Span]) -> None:
    """Give up what was planned in these times, and leave what lies before, between and after them as it was."""
    spans = sorted(spans)
    first, last = spans[0][0], max(ends_at for _, ends_at in spans)
    for former in FixedShift.objects.filter(layer=layer, source=None, starts_at__lt=last, ends_at__gt=first):
        parts = outside(spans, former.starts_at, former.ends_at)
        if parts == [(former.starts_at, former.ends_at)]:
            continue
        former.delete()
        FixedShift.objects.bulk_create(
            FixedShift(
                layer=layer, unit_id=layer.unit_id, person_id=former.person_id, starts_at=starts_at, ends_at=ends_at
            )
            for starts_at, ends_at in parts
        )
