"""Figures by global term: what units call by their own words, brought together so that like compares with like.

Each incident counts once: under the global term that its own term meant when it was declared, or as unmapped. So the
units add up to the whole, and the terms with what is unmapped do too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import Actor, reading_as
from hub.metrics.figures import MEASURES, Figure, check_period, measured
from tenants import access as tenants
from tenants.models import Term, TermKind
from tenants.resolution import Resolution, Unmapped

_SUBJECTS: Final = {
    TermKind.INCIDENT_TYPE: ("i.incident_type_id", ""),
    # An incident without a unit's own word is on the global scale itself.
    TermKind.SEVERITY: (
        "coalesce(i.local_severity_id, g.id)",
        "LEFT JOIN tenants_term g ON g.unit_id IS NULL AND g.kind = 'severity' AND g.key = i.severity",
    ),
    TermKind.CAUSE: ("p.cause_id", "LEFT JOIN postmortems_postmortem p ON p.incident_id = i.id"),
}
"""Where an incident says its term of a kind, and the join that this takes."""

_CHOSEN: Final = """
WITH chosen AS (
  SELECT i.unit_id, i.status,
         i.acknowledged_at - i.declared_at AS to_acknowledge,
         i.resolved_at - i.declared_at AS to_resolve,
         {subject} AS said_id, said.term_id, said.strength, i.declared_at
    FROM incidents_incident i
    {join}
    LEFT JOIN LATERAL app.resolution({subject}, i.declared_at, %(known)s) said ON true
   WHERE i.declared_at >= %(since)s AND i.declared_at < %(until)s
     AND (%(units)s::bigint[] IS NULL OR i.unit_id = ANY (%(units)s::bigint[]))
)
"""

_BY_TERM: Final = f"""
SELECT unit_id, term_id, grouping(unit_id), grouping(term_id), {MEASURES}
  FROM chosen
 GROUP BY GROUPING SETS ((), (unit_id), (term_id), (unit_id, term_id))
 ORDER BY unit_id, term_id
"""

_UNMAPPED: Final = """
SELECT unit_id, said_id, count(*), max(declared_at)
  FROM chosen WHERE term_id IS NULL
 GROUP BY unit_id, said_id
 ORDER BY unit_id, count(*) DESC, said_id
"""


@dataclass(frozen=True, kw_only=True)
class TermFigure(Figure):
    """A figure of the incidents that mean one global term; `term_id` is None for those that mean none."""

    term_id: int | None = None


@dataclass(frozen=True)
class UnmappedTerm:
    """What a unit's incidents say that means no global term.

    Attributes:
        term: the unit's word, or None for incidents that say none.
        incidents: how many of the period's it concerns.
        reason: why the latest of them means none; None where it says no term.
    """

    unit_id: int
    term: Term | None
    incidents: int
    reason: Unmapped | None


@dataclass(frozen=True, kw_only=True)
class Consolidated:
    """The figures of a period by global terms of one kind.

    Attributes:
        by_term: for each global term that incidents mean, and last for those that mean none.
        unmapped: what is behind those, by unit, the most frequent first.
        known_at: which mappings were used: those published up to this moment.
        taxonomy_version: the version of the global terms that was the latest then; None before the first.
    """

    kind: TermKind
    since: datetime
    until: datetime
    known_at: datetime
    taxonomy_version: int | None
    total: TermFigure
    by_unit: tuple[TermFigure, ...]
    by_term: tuple[TermFigure, ...]
    by_unit_and_term: tuple[TermFigure, ...]
    unmapped: tuple[UnmappedTerm, ...]


def consolidated(
    *,
    actor: Actor,
    kind: TermKind,
    since: datetime,
    until: datetime,
    unit_ids: list[int] | None = None,
    known_at: datetime | None = None,
) -> Consolidated:
    """The figures of the incidents declared from `since` up to `until` (aware) that `actor` may see, by global term.

    Args:
        kind: severity, incident type or cause; incidents say no term of the others.
        known_at: by the mappings published up to this moment (aware); now if left out.

    Raises `Invalid` for another kind, or a period that is empty or longer than three years.
    """
    check_period(since, until)
    if kind not in _SUBJECTS:
        raise Invalid(f"Incidents say no {kind.label.lower()}, so there are no figures by it.", path=["kind"])
    known = known_at or clock.now()
    subject, join = _SUBJECTS[kind]
    chosen = _CHOSEN.format(subject=subject, join=join)
    given = {"since": since, "until": until, "units": unit_ids, "known": known}
    with reading_as(actor), connection.cursor() as cursor:
        cursor.execute(chosen + _BY_TERM, given)
        rows = cursor.fetchall()
        cursor.execute(chosen + _UNMAPPED, given)
        unmapped = _unmapped(actor, cursor.fetchall(), known)
        version = tenants.taxonomy_version_at(actor, known)
    figures: dict[tuple[int, int], list[TermFigure]] = {}
    for unit_id, term_id, without_unit, without_term, *values in rows:
        figure = TermFigure(unit_id=unit_id, term_id=term_id, **measured(values))
        figures.setdefault((without_unit, without_term), []).append(figure)
    return Consolidated(
        kind=kind,
        since=since,
        until=until,
        known_at=known,
        taxonomy_version=version,
        total=figures[1, 1][0],
        by_unit=tuple(figures.get((0, 1), ())),
        by_term=tuple(figures.get((1, 0), ())),
        by_unit_and_term=tuple(figures.get((0, 0), ())),
        unmapped=unmapped,
    )


def _unmapped(
    actor: Actor, rows: list[tuple[int, int | None, int, datetime]], known: datetime
) -> tuple[UnmappedTerm, ...]:
    terms = Term.objects.in_bulk({term_id for _, term_id, _, _ in rows if term_id is not None})
    meanings = tenants.Meanings.of(actor, terms.values())
    found = []
    for unit_id, term_id, count, latest in rows:
        term = terms.get(term_id) if term_id is not None else None
        meaning = meanings.at(term, moment=latest, known_at=known) if term else None
        assert not isinstance(meaning, Resolution)
        found.append(UnmappedTerm(unit_id, term, count, meaning))
    return tuple(found)
