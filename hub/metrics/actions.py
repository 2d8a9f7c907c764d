"""Releases what is told of restricted incidents."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final

from django.db.models import Count

from hub.incidents import access as incidents
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.metrics.disclosure import MINIMUM, told
from hub.metrics.models import QuarterRelease
from tenants import access as tenants

_QUARTERS: Final = 8
"""How far back a hub releases that has not done so yet."""


def release_quarters() -> list[QuarterRelease]:
    """Release the quarters that have ended and are not released, as the system; what was released stays."""
    starts = quarter_starts(clock.now().date(), _QUARTERS)
    with acting_as(SYSTEM):
        known = set(QuarterRelease.objects.filter(starts_on__in=starts).values_list("starts_on", flat=True))
        made = [_released(start, end) for start, end in pairwise(starts) if start not in known]
        # Two workers may meet here: the first one's word stands.
        QuarterRelease.objects.bulk_create(made, ignore_conflicts=True)
        return made


def quarter_starts(today: date, count: int) -> list[date]:
    """The first days of the `count` quarters before the running one, and of that one, in order."""
    year, quarter = today.year, (today.month - 1) // 3
    numbers = range(year * 4 + quarter - count, year * 4 + quarter + 1)
    return [date(number // 4, number % 4 * 3 + 1, 1) for number in numbers]


def _released(start: date, end: date) -> QuarterRelease:
    since, until = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (start, end))
    declared = incidents.incidents(SYSTEM).filter(declared_at__gte=since, declared_at__lt=until).order_by()
    counts = {unit.pk: 0 for unit in tenants.units(SYSTEM)}
    counts.update(declared.filter(restricted=True).values_list("unit_id").annotate(Count("pk")))
    said = told(counts)
    return QuarterRelease(
        starts_on=start,
        released_at=clock.now(),
        minimum=MINIMUM,
        total=said.total,
        by_unit={str(unit_id): count for unit_id, count in said.by_unit.items()} if said.by_unit else None,
    )
