"""Units in order, where they can be compared: enough of their incidents mean global terms, and they got that far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from hub.lib.identity import Actor
from hub.metrics.consolidated import TermFigure, consolidated
from tenants.definitions import LEAST_COVERAGE, VERSION, check_least_coverage, percent
from tenants.models import TermKind


class Measure(Enum):
    """By what units are ranked; the shortest time comes first. The values are names of `Figure`."""

    MEAN_TO_ACKNOWLEDGE = "mean_to_acknowledge"
    MEDIAN_TO_ACKNOWLEDGE = "median_to_acknowledge"
    MEAN_TO_RESOLVE = "mean_to_resolve"
    MEDIAN_TO_RESOLVE = "median_to_resolve"
    P90_TO_RESOLVE = "high_to_resolve"

    def of(self, figure: TermFigure) -> timedelta | None:
        value: timedelta | None = getattr(figure, self.value)
        return value


@dataclass(frozen=True)
class Ranked:
    """A unit at its place, from 1; equal values share one."""

    place: int
    value: timedelta
    figure: TermFigure


@dataclass(frozen=True)
class Unranked:
    """A unit that is not compared, and why."""

    figure: TermFigure
    reason: str


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Units in order, and those that are left out.

    Attributes:
        refusal: why nothing is ranked at all; empty otherwise.
    """

    measure: Measure
    kind: TermKind
    term_id: int | None
    least_coverage: float
    known_at: datetime
    taxonomy_version: int | None
    ranked: tuple[Ranked, ...]
    unranked: tuple[Unranked, ...]
    refusal: str = ""
    definition_version: int = VERSION


def rank_units(
    *,
    actor: Actor,
    measure: Measure,
    since: datetime,
    until: datetime,
    kind: TermKind = TermKind.INCIDENT_TYPE,
    term_id: int | None = None,
    unit_ids: list[int] | None = None,
    least_coverage: float = LEAST_COVERAGE,
    known_at: datetime | None = None,
) -> Ranking:
    """Units by how fast they are, over the incidents declared from `since` up to `until` that `actor` may see.

    A unit whose coverage lies below `least_coverage` is named with the reason instead of a place. With fewer than two
    units that can be compared there is no ranking.

    Args:
        kind: by the terms of which kind coverage is counted.
        term_id: only incidents that mean this global term, so that like compares with like.
        least_coverage: from 0.5 to 1.

    Raises `Invalid` for a coverage outside of that, a kind that incidents do not say, or an unusable period.
    """
    check_least_coverage(least_coverage)
    found = consolidated(actor=actor, kind=kind, since=since, until=until, unit_ids=unit_ids, known_at=known_at)
    coverage = {figure.unit_id: figure.coverage or 0.0 for figure in found.by_unit}
    figures = (
        found.by_unit
        if term_id is None
        else tuple(figure for figure in found.by_unit_and_term if figure.term_id == term_id)
    )
    places: list[tuple[timedelta, TermFigure]] = []
    unranked: list[Unranked] = []
    for figure in figures:
        value, share = measure.of(figure), coverage[figure.unit_id]
        if share < least_coverage:
            reason = f"{percent(share)} of its incidents mean a global term; {percent(least_coverage)} is the least."
            unranked.append(Unranked(figure, reason))
        elif value is None:
            unranked.append(Unranked(figure, "None of its incidents got that far."))
        else:
            places.append((value, figure))
    places.sort(key=lambda each: (each[0], each[1].unit_id or 0))
    ranked = tuple(Ranked(1 + sum(other < value for other, _ in places), value, figure) for value, figure in places)
    refusal = ""
    if len(ranked) < 2:
        refusal = "Fewer than two units can be compared."
        unranked = [
            *(Unranked(each.figure, "There is no other unit to compare it with.") for each in ranked),
            *unranked,
        ]
        ranked = ()
    return Ranking(
        measure=measure,
        kind=kind,
        term_id=term_id,
        least_coverage=least_coverage,
        known_at=found.known_at,
        taxonomy_version=found.taxonomy_version,
        ranked=ranked,
        unranked=tuple(unranked),
        refusal=refusal,
    )
