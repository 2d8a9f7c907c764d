"""The knowledge page: results while one types, narrowed by facets, every part of the question in the address."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from hub.incidents import access as incidents
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.components import Choice, address
from hub.web.signing_in import reading_page
from knowledge.problems import access as problems
from knowledge.problems.models import Problem, ProblemState
from knowledge.search.access import search, similar
from knowledge.search.addresses import address_of
from knowledge.search.filters import Filters, fold
from knowledge.search.kinds import Kind
from knowledge.search.known_errors import known_errors_alike
from knowledge.search.results import Facet, Hit, KindCount, Month, Results, Snippet, TagCount
from knowledge.search.saved import saved_searches
from knowledge.search.titles import titles
from tenants.permissions import Permission, can

MOST_CHOICES = 12
FILTERS = ("kind", "unit", "service", "cause", "tag", "month")
EXAMPLES = ("expired certificate", "connection pool", '"root cause"', "k8s", "-alert latency")


@dataclass(frozen=True)
class Part:
    """A piece of a snippet, lit where it matched."""

    text: str
    is_lit: bool


@dataclass(frozen=True)
class Shown:
    """A hit as the page shows it."""

    hit: Hit
    kind: str
    title: tuple[Part, ...]
    text: tuple[Part, ...]


@dataclass(frozen=True)
class Group:
    """One kind of facet."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@reading_page
def knowledge(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The page, or its answer alone for htmx. A question that cannot be asked gets a sentence in its place."""
    query = request.GET.copy()
    if "tag" in query:
        query.setlist("tag", [tag for each in query.getlist("tag") if (tag := fold(each))])
    text = query.get("q", "")
    context: dict[str, Any] = {"q": text, "examples": [(each, address(query, q=[each])) for each in EXAMPLES]}
    status = 200
    try:
        results = search(actor, text, filters_in(query), after=query.get("after") or None)
        context |= {
            "results": results,
            "hits": [Shown(hit, _kind(hit), _parts(hit.title), _parts(hit.snippet)) for hit in results.hits],
            "groups": _groups(query, results),
            "saved": [(each, address_of(each)) for each in saved_searches(actor)],
            "asked": [(name, value) for name in FILTERS for value in query.getlist(name)],
            "titles": titles(actor, text) if text else [],
            "next_url": _next(query, results),
            "first_url": address(query) if query.get("after") else "",
            "is_narrowed": any(query.get(name) for name in FILTERS),
            "clear_url": address(query, kind=[], unit=[], service=[], cause=[], tag=[], month=[]),
        }
    except Invalid as error:
        context["problem"] = error.message
        status = error.status
    is_part = request.headers.get("HX-Target") == "answer"
    # htmx shows a refusal in place only if it comes as an answer.
    return render(
        request,
        "search/answer.html" if is_part else "search/knowledge.html",
        context,
        status=200 if is_part else status,
    )


@reading_page
def similar_knowledge(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """What reads like an incident: a panel for its room, and nothing where there is nothing. Raises `NotFound`."""
    incident = incidents.incident_referenced(actor, reference)
    return render(request, "search/similar.html", {"hits": similar(actor, incident.pk)})


@reading_page
def known_errors(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Known errors that an incident looks like, and the problems behind it: a panel for its room. Raises `NotFound`."""
    incident = incidents.incident_referenced(actor, reference)
    context = {
        "incident": incident,
        "offers": known_errors_alike(actor, incident.pk),
        "behind": [each for each in problems.problems_of(actor, incident) if each.state != ProblemState.KNOWN_ERROR],
        "may_respond": can(actor, Permission.INCIDENT_RESPOND, incident.unit_id) or incident.restricted,
    }
    return render(request, "search/known_errors.html", context)


def filters_in(query: QueryDict) -> Filters:
    """To what an address or a form narrows a search."""
    start, end = _month(query.get("month", ""))
    return Filters(
        kinds=frozenset(Kind(value) for value in query.getlist("kind") if value in Kind.values),
        units=_keys(query.getlist("unit")),
        services=_keys(query.getlist("service")),
        causes=_keys(query.getlist("cause")),
        tags=frozenset(tag for value in query.getlist("tag") if (tag := fold(value))),
        published_from=start,
        published_until=end,
    )


def _keys(values: Iterable[str]) -> frozenset[int]:
    return frozenset(key for value in values if (key := whole_number(value)) is not None)


def _month(text: str) -> tuple[datetime | None, datetime | None]:
    """The first moment of a month written as 2026-03, and of the next one; nothing for any other text."""
    try:
        start = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
        later = start.year * 12 + start.month
        return start, start.replace(year=later // 12, month=later % 12 + 1)
    except ValueError:
        return None, None


def _groups(query: QueryDict, results: Results) -> list[Group]:
    facets = results.facets
    groups = [
        Group("kind", "Kind", _kinds(query, facets.kinds)),
        Group("unit", "Unit", _choices(query, "unit", facets.units)),
        Group("service", "Service", _choices(query, "service", facets.services)),
        Group("cause", "Cause", _choices(query, "cause", facets.causes)),
        Group("tag", "Tag", _tags(query, facets.tags)),
        Group("month", "Published", _months(query, facets.months)),
    ]
    return [group for group in groups if group.choices]


def _choices(query: QueryDict, name: str, facets: Sequence[Facet]) -> tuple[Choice, ...]:
    chosen = query.getlist(name)
    shown = [facet for place, facet in enumerate(facets) if place < MOST_CHOICES or str(facet.id) in chosen]
    return tuple(_choice(query, name, str(facet.id), facet.name, facet.count) for facet in shown)


def _kind(hit: Hit) -> str:
    """What it is, in the words of its own pages: a problem is a known error, or resolved."""
    is_over = isinstance(hit.record, Problem) and hit.record.is_over
    return "Resolved problem" if is_over else str(hit.kind.label)


def _kinds(query: QueryDict, counts: Sequence[KindCount]) -> tuple[Choice, ...]:
    return tuple(_choice(query, "kind", each.kind.value, str(each.kind.label), each.count) for each in counts)


def _tags(query: QueryDict, counts: Sequence[TagCount]) -> tuple[Choice, ...]:
    chosen = query.getlist("tag")
    shown = [each for place, each in enumerate(counts) if place < MOST_CHOICES or each.tag in chosen]
    return tuple(_choice(query, "tag", each.tag, each.tag, each.count) for each in shown)


def _months(query: QueryDict, months: Sequence[Month]) -> tuple[Choice, ...]:
    newest = sorted(months, key=lambda each: (each.year, each.month), reverse=True)[:MOST_CHOICES]
    return tuple(
        _choice(
            query,
            "month",
            f"{each.year}-{each.month:02}",
            f"{calendar.month_name[each.month]} {each.year}",
            each.count,
            single=True,
        )
        for each in newest
    )


def _choice(query: QueryDict, name: str, value: str, label: str, count: int, *, single: bool = False) -> Choice:
    chosen = query.getlist(name)
    is_chosen = value in chosen
    others = [each for each in chosen if each != value]
    values = others if is_chosen else [value] if single else [*others, value]
    return Choice(label=label, value=value, url=address(query, **{name: values}), selected=is_chosen, count=count)


def _next(query: QueryDict, results: Results) -> str:
    if not results.has_more or not results.hits:
        return ""
    changed = query.copy()
    changed["after"] = results.hits[-1].cursor
    return f"?{changed.urlencode()}"


def _parts(snippet: Snippet) -> tuple[Part, ...]:
    """The snippet cut at its highlights; the template escapes every piece."""
    parts, place = [], 0
    for lit in snippet.highlights:
        parts += [Part(snippet.text[place : lit.start], False), Part(snippet.text[lit.start : lit.end], True)]
        place = lit.end
    return tuple(part for part in [*parts, Part(snippet.text[place:], False)] if part.text)
