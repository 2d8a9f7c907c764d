"""The overview's figures: each is one SQL statement over the incidents that the reader may see.

Definitions, version 1. An incident counts in the period in which it was declared. Time to acknowledge runs from the
declaration to the first acknowledgement (MTTA is its mean), time to resolve from the declaration to the resolution
that held (MTTR is its mean); incidents that have not got there do not count in either. Severity is the global one.
Coverage is the share of incidents whose type is a global term, or a unit's term with a mapping to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as

DEFINITION_VERSION: Final = 1
LONGEST_PERIOD: Final = timedelta(days=1_100)


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

    @property
    def coverage(self) -> float | None:
        """The share of incidents that resolve to global terms; None without incidents."""
        return self.covered / self.declared if self.declared else None


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
    """All figures of a period: in total, by unit, by severity, and by both."""

    since: datetime
    until: datetime
    total: Figure
    by_unit: tuple[Figure, ...]
    by_severity: tuple[Figure, ...]
    by_unit_and_severity: tuple[Figure, ...]


_FIGURES = """
WITH chosen AS (
  SELECT i.unit_id, i.severity, i.status,
         i.acknowledged_at - i.declared_at AS to_acknowledge,
         i.resolved_at - i.declared_at AS to_resolve,
         t.id IS NOT NULL AND (t.unit_id IS NULL OR EXISTS (
           SELECT 1 FROM tenants_termmapping m WHERE m.local_id = t.id AND m.valid_from <= i.declared_at)) AS is_covered
    FROM incidents_incident i
    LEFT JOIN tenants_term t ON t.id = i.incident_type_id
   WHERE i.declared_at >= %(since)s AND i.declared_at < %(until)s
     AND (%(units)s::bigint[] IS NULL OR i.unit_id = ANY (%(units)s::bigint[]))
)
SELECT unit_id, severity, grouping(unit_id), grouping(severity), count(*),
       count(*) FILTER (WHERE status NOT IN ('resolved', 'closed')),
       avg(to_acknowledge), percentile_cont(0.5) WITHIN GROUP (ORDER BY to_acknowledge),
       avg(to_resolve), percentile_cont(0.5) WITHIN GROUP (ORDER BY to_resolve),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY to_resolve),
       count(*) FILTER (WHERE is_covered)
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


def overview(*, actor: Actor, since: datetime, until: datetime, unit_ids: list[int] | None = None) -> Overview:
    """The figures of the incidents declared from `since` up to `until` (aware) that `actor` may see.

    Args:
        unit_ids: only these units' incidents.

    Raises `Invalid` for a period that is empty or longer than three years.
    """
    _check(since, until)
    with acting_as(actor), connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"since": since, "until": until, "units": unit_ids})
        rows = cursor.fetchall()
    figures: dict[tuple[int, int], list[Figure]] = {}
    for unit_id, severity, without_unit, without_severity, *values in rows:
        names = (
            "declared",
            "open",
            "mean_to_acknowledge",
            "median_to_acknowledge",
            "mean_to_resolve",
            "median_to_resolve",
            "high_to_resolve",
            "covered",
        )
        figure = Figure(unit_id=unit_id, severity=severity, **dict(zip(names, values, strict=True)))
        figures.setdefault((without_unit, without_severity), []).append(figure)
    return Overview(
        since=since,
        until=until,
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
    _check(since, until)
    with acting_as(actor), connection.cursor() as cursor:
        cursor.execute(_SERIES, {"since": since, "until": until, "units": unit_ids, "step": step})
        return tuple(
            Period(starts_at=start, unit_id=unit, severity=severity, declared=count, median_to_resolve=median)
            for start, unit, severity, count, median in cursor.fetchall()
        )


def _check(since: datetime, until: datetime) -> None:
    if since >= until:
        raise Invalid("The period ends before it starts.", path=["until"])
    if until - since > LONGEST_PERIOD:
        raise Invalid("The period is longer than three years.", path=["since"])
