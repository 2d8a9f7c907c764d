"""The overview: few large figures, then who and when, each leading to its incidents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hub.incidents.access import UNMAPPED
from hub.incidents.models import Severity, Status
from hub.lib import clock
from hub.lib.identity import Actor
from hub.metrics.consolidated import consolidated
from hub.metrics.disclosure import MINIMUM
from hub.metrics.figures import Figure, Overview, Period, overview, series
from hub.metrics.releases import told_quarters
from hub.web import wording
from hub.web.components import Chart, Filter, HeatMap, Series, Tab, Trend, address
from hub.web.signing_in import reading_page
from tenants import access as tenants
from tenants.definitions import DEFINITIONS, LEAST_COVERAGE, VERSION, percent
from tenants.models import BusinessUnit, TermKind
from tenants.scopes import units_in

PERIODS = (("30", "30 days"), ("90", "90 days"), ("365", "A year"))
OPEN = (Status.DECLARED.value, Status.ACKNOWLEDGED.value, Status.MITIGATED.value)
WEEKS = 12
MONTHS = 6


@dataclass(frozen=True)
class Row:
    """A unit's line of the table."""

    unit: BusinessUnit
    figure: Figure
    months: tuple[int, ...]
    url: str
    open_url: str
    is_comparable: bool
    coverage: str


@reading_page
def show(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The overview of the last 30, 90 or 365 days, for all units that the reader sees or for one."""
    days = request.GET.get("days", "90")
    days = days if days in dict(PERIODS) else "90"
    span = timedelta(days=int(days))
    now = clock.now()
    units = {unit.pk: unit for unit in tenants.units(actor)}
    slugs = [unit.slug for unit in units.values() if unit.slug in request.GET.getlist("unit")]
    chosen = [unit.pk for unit in units.values() if unit.slug in slugs] or None
    if (scope := units_in(actor, request.GET)) is not None:
        chosen = [key for key in chosen or units if key in scope]
        slugs = [units[key].slug for key in chosen]
    found = overview(actor=actor, since=now - span, until=now, unit_ids=chosen)
    before = overview(actor=actor, since=now - 2 * span, until=now - span, unit_ids=chosen)
    weekly = series(actor=actor, since=now - timedelta(weeks=WEEKS), until=now, step="week", unit_ids=chosen)
    monthly = series(actor=actor, since=_months_back(now, MONTHS - 1), until=now, step="month", unit_ids=chosen)
    months = [_months_back(now, back) for back in reversed(range(MONTHS))]
    return render(
        request,
        "metrics/overview.html",
        {
            "periods": [
                Tab(label=label, url=address(request.GET, days=[key]), current=key == days) for key, label in PERIODS
            ],
            "unit_filter": Filter.from_query(
                request.GET, name="unit", label="Unit", options=[(unit.slug, unit.name) for unit in units.values()]
            ),
            "scope_words": ", ".join(units[key].name for key in chosen or ()),
            "since": now - span,
            "until": now,
            "total": found.total,
            "urls": {
                "open": _incidents_url(unit=slugs, status=OPEN, since=now - span),
                "declared": _incidents_url(unit=slugs, since=now - span),
            },
            "monthly_counts": _monthly_counts(monthly, months),
            "mtta": _words(found.total.mean_to_acknowledge),
            "mttr": _words(found.total.mean_to_resolve),
            "trends": _trends(found, before, days),
            "severities": [
                (
                    Severity(figure.severity),
                    figure,
                    _incidents_url(unit=slugs, severity=[figure.severity], since=now - span),
                )
                for figure in found.by_severity
                if figure.severity
            ],
            "types": _types(actor, found, chosen, slugs),
            "rows": _rows(found, monthly, months, units, now - span),
            "by_severity": _severity_chart(monthly, months),
            "to_resolve": _resolve_chart(found, units),
            "weeks": _heat(weekly, now, units),
            "restricted": told_quarters(actor),
            "minimum": MINIMUM,
            "definition": VERSION,
            "definitions": DEFINITIONS,
            "least_coverage": percent(LEAST_COVERAGE),
        },
    )


def _trends(found: Overview, before: Overview, days: str) -> dict[str, Trend]:
    against = f"than the {days} days before"
    return {
        "declared": _trend(found.total.declared, before.total.declared, against, suffix=""),
        "acknowledge": _time_trend(found.total.mean_to_acknowledge, before.total.mean_to_acknowledge, against),
        "resolve": _time_trend(found.total.mean_to_resolve, before.total.mean_to_resolve, against),
    }


def _time_trend(now: timedelta | None, former: timedelta | None, against: str) -> Trend:
    minutes = [round(each.total_seconds() / 60) if each else 0 for each in (now, former)]
    return _trend(minutes[0], minutes[1], against, suffix=" min")


def _trend(now: int, former: int, against: str, *, suffix: str) -> Trend:
    """Fewer and faster is better, for everything that this page shows."""
    if now == former:
        return Trend(direction="flat", change="", against=against.replace("than", "against"))
    more = now > former
    return Trend(
        direction="up" if more else "down",
        change=f"{abs(now - former)}{suffix}",
        verdict="bad" if more else "good",
        against=against,
    )


def _rows(
    found: Overview,
    monthly: Iterable[Period],
    months: Sequence[datetime],
    units: dict[int, BusinessUnit],
    since: datetime,
) -> list[Row]:
    counts: dict[tuple[int, datetime], int] = defaultdict(int)
    for period in monthly:
        counts[period.unit_id, period.starts_at] += period.declared
    return [
        Row(
            unit=units[figure.unit_id],
            figure=figure,
            months=tuple(counts[figure.unit_id, month] for month in months),
            url=_incidents_url(unit=[units[figure.unit_id].slug], since=since),
            open_url=_incidents_url(unit=[units[figure.unit_id].slug], status=OPEN, since=since),
            is_comparable=_is_comparable(figure),
            coverage=percent(figure.coverage or 0),
        )
        for figure in found.by_unit
        if figure.unit_id in units
    ]


def _is_comparable(figure: Figure) -> bool:
    return (figure.coverage or 0) >= LEAST_COVERAGE


def _types(actor: Actor, found: Overview, chosen: list[int] | None, slugs: Sequence[str]) -> dict[str, Any]:
    """The incidents by global type, in the reader's words, each with its incidents' address, and what means none."""
    by_type = consolidated(
        actor=actor,
        kind=TermKind.INCIDENT_TYPE,
        since=found.since,
        until=found.until,
        unit_ids=chosen,
        known_at=found.known_at,
    )
    named = tenants.called(tenants.terms(actor).filter(pk__in=[each.term_id for each in by_type.by_term]), None)
    terms = {term.pk: term for term in named}
    units = {unit.pk: unit.name for unit in tenants.units(actor)}
    return {
        "rows": [
            (
                term or "Unmapped",
                figure,
                _incidents_url(unit=slugs, type=[term.key if term else UNMAPPED], since=found.since),
            )
            for figure in by_type.by_term
            for term in (terms.get(figure.term_id or 0),)
        ],
        "unmapped": [
            (units[each.unit_id], each.term.name if each.term else "No type at all", each.incidents)
            for each in by_type.unmapped
        ],
        "version": by_type.taxonomy_version,
    }


def _monthly_counts(monthly: Iterable[Period], months: Sequence[datetime]) -> list[int]:
    counts: dict[datetime, int] = defaultdict(int)
    for period in monthly:
        counts[period.starts_at] += period.declared
    return [counts[month] for month in months]


def _severity_chart(monthly: Iterable[Period], months: Sequence[datetime]) -> Chart:
    counts: dict[tuple[str, datetime], int] = defaultdict(int)
    for period in monthly:
        counts[period.severity, period.starts_at] += period.declared
    totals = [sum(counts[severity.value, month] for severity in Severity) for month in months]
    return Chart(
        kind="stacked",
        summary=f"Incidents a month by severity: between {min(totals)} and {max(totals)}, {sum(totals)} in all, each of"
        f" which has a global severity. Definitions, version {VERSION}.",
        labels=tuple(month.strftime("%b") for month in months),
        series=tuple(
            Series(
                name=severity.value.upper(),
                tone=f"sev-{rank}",
                values=tuple(counts[severity.value, month] for month in months),
            )
            for rank, severity in enumerate(Severity, start=1)
        ),
    )


def _resolve_chart(found: Overview, units: dict[int, BusinessUnit]) -> Chart:
    known = [figure for figure in found.by_unit if figure.unit_id in units]
    shown = [figure for figure in known if _is_comparable(figure)]
    left_out = len(known) - len(shown)
    without = f" Without {left_out} whose coverage is too low to compare." if left_out else ""
    return Chart(
        kind="bar",
        summary=f"Median and 90th percentile of the time to resolve, by unit, in hours.{without}",
        unit="h",
        labels=tuple(units[figure.unit_id].name for figure in shown if figure.unit_id is not None),
        series=(
            Series(name="Median", values=tuple(_hours(figure.median_to_resolve) for figure in shown)),
            Series(name="90th percentile", values=tuple(_hours(figure.high_to_resolve) for figure in shown)),
        ),
    )


def _heat(weekly: Iterable[Period], now: datetime, units: dict[int, BusinessUnit]) -> HeatMap:
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    counts: dict[tuple[int, datetime], int] = defaultdict(int)
    seen: set[int] = set()
    for period in weekly:
        counts[period.unit_id, period.starts_at] += period.declared
        seen.add(period.unit_id)
    return HeatMap.from_counts(
        caption="Incidents by unit and week",
        columns=[f"W{start.isocalendar().week}" for start in starts],
        rows={unit.name: [counts[unit.pk, start] for start in starts] for unit in units.values() if unit.pk in seen},
        urls={
            unit.name: [
                _incidents_url(unit=[unit.slug], since=start, until=start + timedelta(weeks=1)) for start in starts
            ]
            for unit in units.values()
        },
    )


def _months_back(now: datetime, back: int) -> datetime:
    month = now.year * 12 + now.month - 1 - back
    return now.replace(year=month // 12, month=month % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _words(length: timedelta | None) -> str:
    return wording.span(length) if length is not None else wording.NO_DATA


def _hours(length: timedelta | None) -> float | None:
    return round(length.total_seconds() / 3600, 1) if length is not None else None


def _incidents_url(
    *,
    unit: Sequence[str] = (),
    severity: Sequence[str] = (),
    status: Sequence[str] = (),
    type: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> str:
    """The list of the incidents behind a figure: declared from `since` up to `until` (aware)."""
    ends = {
        name: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for name, moment in (("since", since), ("until", until))
        if moment
    }
    query = {"view": "all", "unit": unit, "severity": severity, "status": status, "type": type, **ends}
    return f"{reverse('incidents')}?{urlencode(query, doseq=True)}"
