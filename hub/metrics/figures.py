"""The overview's figures: each is one SQL statement over the incidents that the reader may see.

What they mean stands in `tenants.definitions`. What incidents mean in global terms is resolved as of their
declaration, by the mappings that were known at a moment (`app.resolution`): with the same moment, the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import Actor, reading_as
from tenants.definitions import LONGEST_PERIOD, VERSION


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Counts and times of some incidents. Times are None where no incident got that far."""

    unit_id: int | None = None
    severity: str | None = None
    declared: int
    open: int
    mean_to_acknowledge: timedelta | None
    median_to_acknowledge: timedelta | None
    mean_to_resolve: timedelta | None
    median_to_resolve: timedelta | None
    high_to_resolve: timedelta | None
    covered: int
    strength: Decimal = Decimal(0)
    definition_version: int = VERSION

    @property
    def coverage(self) -> float | None:
        """The share of incidents that resolve to global terms; None without incidents."""
        return self.covered / self.declared if self.declared else None

    @property
    def certainty(self) -> float | None:
        """How surely the covered incidents mean their global terms, from 0 to 1; None where none is covered."""
        return float(self.strength) / self.covered if self.covered else None


@dataclass(frozen=True, kw_only=True)
class Period:
    """One step of a series: `starts_at` is the first moment of its week or month, in UTC."""

    starts_at: datetime
    unit_id: int
    severity: str
    declared: int
    median_to_resolve: timedelta | None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """All figures of a period: in total, by unit, by severity, and by both.

    Attributes:
        known_at: which mappings were used: those published up to this moment.
    """

    since: datetime
    until: datetime
    known_at: datetime
    total: Figure
    by_unit: tuple[Figure, ...]
    by_severity: tuple[Figure, ...]
    by_unit_and_severity: tuple[Figure, ...]


MEASURES = """count(*), count(*) FILTER (WHERE status NOT IN ('resolved', 'closed')),
       avg(to_acknowledge), percentile_cont(0.5) WITHIN GROUP (ORDER BY to_acknowledge),
       avg(to_resolve), percentile_cont(0.5) WITHIN GROUP (ORDER BY to_resolve),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY to_resolve),
       count(term_id), coalesce(sum(strength), 0)"""
"""The columns of a `Figure`, over rows with these names."""

_FIGURES = f"""
WITH chosen AS (
  SELECT i.unit_id, i.severity, i.status,
         i.acknowledged_at - i.declared_at AS to_acknowledge,
         i.resolved_at - i.declared_at AS to_resolve,
         said.term_id, said.strength
    FROM incidents_incident i
    LEFT JOIN LATERAL app.resolution(i.incident_type_id, i.declared_at, %(known)s) said ON true
   WHERE i.declared_at >= %(since)s AND i.declared_at < %(until)s
     AND (%(units)s::bigint[] IS NULL OR i.unit_id = ANY (%(units)s::bigint[]))
)
SELECT unit_id, severity, grouping(unit_id), grouping(severity), {MEASURES}
  FROM chosen
 GROUP BY GROUPING SETS ((), (unit_id), (severity), (unit_id, severity))
 ORDER BY unit_id, severity
"""

_SERIES = """
SELECT date_trunc(%(step)s, i.declared_at, 'UTC'), i.unit_id, i.severity, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY i.resolved_at - i.declared_at)
  FROM incidents_incident i
 WHERE i.declared_at >= %(since)s AND i.declared_at < %(until)s
   AND (%(units)s::bigint[] IS NULL OR i.unit_id = ANY (%(units)s::bigint[]))
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
"""


def overview(
    *,
    actor: Actor,
    since: datetime,
    until: datetime,
    unit_ids: list[int] | None = None,
    known_at: datetime | None = None,
) -> Overview:
    """The figures of the incidents declared from `since` up to `until` (aware) that `actor` may see.

    Args:
        unit_ids: only these units' incidents.
        known_at: by the mappings published up to this moment (aware); now if left out.

    Raises `Invalid` for a period that is empty or longer than three years.
    """
    check_period(since, until)
    known = known_at or clock.now()
    with reading_as(actor), connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"since": since, "until": until, "units": unit_ids, "known": known})
        rows = cursor.fetchall()
    figures: dict[tuple[int, int], list[Figure]] = {}
    for unit_id, severity, without_unit, without_severity, *values in rows:
        figure = Figure(unit_id=unit_id, severity=severity, **measured(values))
        figures.setdefault((without_unit, without_severity), []).append(figure)
    return Overview(
        since=since,
        until=until,
        known_at=known,
        total=figures[1, 1][0],
        by_unit=tuple(figures.get((0, 1), ())),
        by_severity=tuple(figures.get((1, 0), ())),
        by_unit_and_severity=tuple(figures.get((0, 0), ())),
    )


def series(
    *, actor: Actor, since: datetime, until: datetime, step: str, unit_ids: list[int] | None = None
) -> tuple[Period, ...]:
    """Counts and median times to resolve by "week" or "month" (`step`), unit and severity; empty steps are absent.

    Raises `Invalid` for a period that is empty or longer than three years.
    """
    if step not in ("week", "month"):
        raise ValueError(f"a series steps by week or month, not by {step}")
    check_period(since, until)
    with reading_as(actor), connection.cursor() as cursor:
        cursor.execute(_SERIES, {"since": since, "until": until, "units": unit_ids, "step": step})
        return tuple(
            Period(starts_at=start, unit_id=unit, severity=severity, declared=count, median_to_resolve=median)
            for start, unit, severity, count, median in cursor.fetchall()
        )


def measured(values: list[Any]) -> dict[str, Any]:
    """What a row of `MEASURES` says, by the names of `Figure`."""
    names = (
        "declared",
        "open",
        "mean_to_acknowledge",
        "median_to_acknowledge",
        "mean_to_resolve",
        "median_to_resolve",
        "high_to_resolve",
        "covered",
        "strength",
    )
    return dict(zip(names, values, strict=True))


def check_period(since: datetime, until: datetime) -> None:
    """Raises `Invalid` for a period that is empty or longer than three years."""
    if since >= until:
        raise Invalid("The period ends before it starts.", path=["until"])
    if until - since > LONGEST_PERIOD:
        raise Invalid("The period is longer than three years.", path=["since"])
