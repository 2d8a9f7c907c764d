"""A schedule's days ahead as cells of a table: who is on, by quarters of the reader's days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from hub.oncall.models import Schedule
from hub.oncall.pages.clashes import Clash, change_url
from hub.oncall.shifts import Duty, Stretch, stretches_of
from tenants.models import Person

DAYS: Final = 14
QUARTERS: Final = 4
"""Columns of a day. What is shorter than one is drawn as wide as one, so that nothing is too short to be seen."""


@dataclass(frozen=True)
class Cell:
    """Part of a strip, in whole columns.

    Attributes:
        people: who is on; nobody in a gap.
        is_gap: whether somebody has to be on and nobody is; an empty cell that is no gap is meant to be empty.
        starts_at, ends_at: when that really begins and ends, also beyond the strip.
        clashes: what other plans collide with it, in words.
    """

    people: tuple[Person, ...]
    starts_at: datetime
    ends_at: datetime
    columns: int
    is_gap: bool
    is_mine: bool
    url: str
    clashes: tuple[str, ...] = ()


def strip_of(
    schedule: Schedule,
    duty: Duty,
    stretches: Iterable[Stretch],
    people: Mapping[int, Person],
    *,
    start: datetime,
    person_id: int | None,
    clashes: Iterable[Clash] = (),
) -> list[Cell]:
    """The strip of `DAYS` days from `start`, a local midnight; `stretches` may reach further on both sides."""
    end = start + timedelta(days=DAYS)
    cells: list[Cell] = []
    column = 0
    for stretch in stretches_of(stretches, duty, needs=duty is Duty.PRIMARY or schedule.needs_secondary):
        if stretch.ends_at <= start or stretch.starts_at >= end:
            continue
        last = DAYS * QUARTERS if stretch.ends_at >= end else _column(stretch.ends_at, start)
        width = max(last - column, 1)
        if column + width > DAYS * QUARTERS:
            break
        on = stretch.on(duty)
        cells.append(
            Cell(
                people=tuple(people[each] for each in on if each in people),
                starts_at=stretch.starts_at,
                ends_at=stretch.ends_at,
                columns=width,
                is_gap=stretch.is_needed and not on,
                is_mine=person_id in on,
                url=change_url(schedule.pk, duty, stretch.starts_at, stretch.ends_at),
                clashes=tuple(
                    dict.fromkeys(each.brief(schedule) for each in clashes if each.marks(schedule, duty, stretch))
                ),
            )
        )
        column += width
    return cells


def _column(moment: datetime, start: datetime) -> int:
    local = timezone.localtime(moment)
    return (local.date() - start.date()).days * QUARTERS + round(
        (local.hour * 60 + local.minute) / (24 * 60) * QUARTERS
    )
