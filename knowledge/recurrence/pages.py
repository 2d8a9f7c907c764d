"""What comes back, and how it changes: patterns with their evidence, and trends with plots."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hub.catalog import access as catalog
from hub.lib import clock
from hub.lib.identity import Actor
from hub.web.components import Chart, Filter, Series, Tab, address
from hub.web.grounds import in_words, rests_on
from hub.web.signing_in import reading_page
from knowledge.postmortems import access as postmortems
from knowledge.recurrence.capacity import outlooks
from knowledge.recurrence.chance import FALSE_DISCOVERIES, SIGNIFICANT
from knowledge.recurrence.patterns import Pattern, Table, Verdict, recurrence
from knowledge.recurrence.reading import Fact, global_terms
from knowledge.recurrence.trends import Dimension, Trend, Trends, trends_of
from tenants import access as tenants
from tenants.definitions import percent
from tenants.models import BusinessUnit

PERIODS = (("180", "Half a year"), ("365", "A year"), ("730", "Two years"))
MOST_DRAWN = 5
MOST_ROWS = 12
UNTOLD = (Verdict.CHANCE, Verdict.UNCOMPARED)


@dataclass(frozen=True)
class Shown:
    """A pattern as the page shows it."""

    pattern: Pattern
    cause: str
    failure_mode: str
    units: tuple[tuple[str, int], ...]
    services: tuple[tuple[str, int], ...]
    reviews: tuple[Fact, ...]
    home: str

    @property
    def tables(self) -> tuple[tuple[str, Table], ...]:
        """The evidence, by where it was counted."""
        return ("All units", self.pattern.everywhere), (f"Without {self.home}", self.pattern.elsewhere)


@reading_page
def patterns(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Groups of reviews with the same cause and failure mode, the systemic ones first, and the evidence."""
    query = request.GET
    days = query.get("days", "730")
    days = days if days in dict(PERIODS) else "730"
    now = clock.now()
    units = {unit.pk: unit for unit in tenants.units(actor)}
    found = recurrence(
        actor, since=now - timedelta(days=int(days)), until=now, unit_ids=_chosen(query.getlist("unit"), units)
    )
    terms = {key: str(term) for key, term in global_terms(actor).items()}
    services = dict(catalog.services(actor).values_list("pk", "name"))
    shown = [_shown(each, terms, services, units) for each in found.patterns if each.cause in terms]
    context: dict[str, Any] = {
        "tabs": _tabs("patterns"),
        "periods": [Tab(label=label, url=address(query, days=[key]), current=key == days) for key, label in PERIODS],
        "filter": _unit_filter(request, units),
        "found": found,
        "told": [each for each in shown if each.pattern.verdict not in UNTOLD],
        "untold": [each for each in shown if each.pattern.verdict in UNTOLD],
        "rests": rests_on([("Coverage", found.grounds)], _names(units)),
        "systemic": sum(each.pattern.verdict is Verdict.SYSTEMIC for each in shown),
        "isolated": sum(each.pattern.verdict is Verdict.ISOLATED for each in shown),
        "pairs": [(pair, units[pair.one.unit_id], units[pair.other.unit_id]) for pair in found.pairs],
        "rate": round(100 * FALSE_DISCOVERIES),
    }
    return render(request, "recurrence/patterns.html", context)


@reading_page
def trends(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A year by cause, failure mode and service, and what became of what was agreed, by unit."""
    units = {unit.pk: unit for unit in tenants.units(actor)}
    chosen = _chosen(request.GET.getlist("unit"), units)
    read = trends_of(actor, list(Dimension), unit_ids=chosen)
    terms = {key: str(term) for key, term in global_terms(actor).items()}
    services = dict(catalog.services(actor).values_list("pk", "name"))
    completed = postmortems.completion_by_unit(actor)
    grounds = postmortems.completion_grounds(completed)
    context = {
        "tabs": _tabs("trends"),
        "filter": _unit_filter(request, units),
        "parts": [
            _part(dimension, read[dimension], services if dimension is Dimension.SERVICE else terms)
            for dimension in Dimension
        ],
        "rests": rests_on([(str(each.label), read[each].grounds) for each in Dimension], _names(units)),
        "completion": [
            (units[key], each, in_words(each.basis), key in grounds.beneath)
            for key, each in sorted(completed.items(), key=lambda row: _place(row, grounds.beneath, units))
            if key in (chosen or units)
        ],
        "definition": grounds.definition_version,
        "least": percent(grounds.least_coverage),
        "significant": round(100 * SIGNIFICANT),
    }
    return render(request, "recurrence/trends.html", context)


@reading_page
def capacity(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Which services' load or growth causes incidents again, and when the next one is to be expected."""
    units = {unit.pk: unit for unit in tenants.units(actor)}
    found = outlooks(actor, unit_ids=_chosen(request.GET.getlist("unit"), units))
    services = dict(catalog.services(actor).values_list("pk", "name"))
    context = {
        "tabs": _tabs("capacity"),
        "filter": _unit_filter(request, units),
        "rows": [(services[each.service_id], each) for each in found.found if each.service_id in services],
        "rests": rests_on([("Coverage", found.grounds)], _names(units)),
        "significant": round(100 * SIGNIFICANT),
    }
    return render(request, "recurrence/capacity.html", context)


def _part(dimension: Dimension, read: Trends, names: Mapping[int, str]) -> dict[str, Any]:
    known = [each for each in read.found if each.key in names]
    return {
        "key": dimension.name.lower(),
        "label": str(dimension.label),
        "chart": _chart(str(dimension.label), read, known, names),
        "rows": [(names[each.key], each, each.direction.label) for each in known[:MOST_ROWS]],
        "unnamed": read.unnamed,
        "coverage": in_words(read.grounds.whole),
        "refusal": read.grounds.refusal,
    }


def _chart(label: str, read: Trends, found: Sequence[Trend], names: Mapping[int, str]) -> Chart:
    drawn, others = found[:MOST_DRAWN], found[MOST_DRAWN:]
    series = [Series(name=names[each.key], values=each.counts) for each in drawn]
    if others:
        rest = tuple(sum(each.counts[place] for each in others) for place in range(len(read.months)))
        series.append(Series(name="Others", values=rest, tone="ink-3"))
    if read.grounds.refusal:
        first = "in no order"
    else:
        first = f"{names[drawn[0].key]} most often, {drawn[0].total} times" if drawn else "nothing in this period"
    return Chart(
        kind="stacked",
        summary=f"Reviews a month by {label.lower()}: {first}.",
        labels=tuple(f"{month:%b}" for month in read.months),
        series=tuple(series),
    )


def _shown(
    pattern: Pattern, terms: Mapping[int, str], services: Mapping[int, str], units: Mapping[int, BusinessUnit]
) -> Shown:
    return Shown(
        pattern=pattern,
        cause=terms[pattern.cause],
        failure_mode=terms.get(pattern.failure_mode, ""),
        units=tuple((units[key].name, count) for key, count in pattern.units if key in units),
        services=tuple((services[key], count) for key, count in pattern.services if key in services),
        reviews=pattern.reviews,
        home=units[pattern.units[0][0]].name if pattern.units[0][0] in units else "",
    )


def _names(units: Mapping[int, BusinessUnit]) -> dict[int, str]:
    return {key: unit.name for key, unit in units.items()}


def _place(
    row: tuple[int, postmortems.Completion], beneath: Collection[int], units: Mapping[int, BusinessUnit]
) -> tuple[bool, float, str]:
    """The lowest rate first, then where nothing fell due; last, by name, who is not compared."""
    key, each = row
    rate = each.rate if each.rate is not None and key not in beneath else 2.0
    return key in beneath, rate, units[key].name if key in units else ""


def _tabs(current: str) -> list[Tab]:
    return [
        Tab(label="What comes back", url=reverse("recurrence"), current=current == "patterns"),
        Tab(label="Trends", url=reverse("recurrence-trends"), current=current == "trends"),
        Tab(label="Capacity", url=reverse("recurrence-capacity"), current=current == "capacity"),
    ]


def _unit_filter(request: HttpRequest, units: Mapping[int, BusinessUnit]) -> Filter:
    options = [(unit.slug, unit.name) for unit in units.values()]
    return Filter.from_query(request.GET, name="unit", label="Unit", options=options)


def _chosen(slugs: Sequence[str], units: Mapping[int, BusinessUnit]) -> list[int] | None:
    return [key for key, unit in units.items() if unit.slug in slugs] or None
