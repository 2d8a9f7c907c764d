"""The list of incidents: every filter in the address, newest first, live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from hub.catalog import access as catalog
from hub.incidents import access
from hub.incidents.models import OVER, FieldValue, Incident, Severity, Status
from hub.incidents.pages.fields import PREFIX, field_filters
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.live.access import cursor_now
from hub.web import wording
from hub.web.components import Filter, Tab, address
from hub.web.signing_in import reading_page
from tenants import access as tenants
from tenants.models import TermKind
from tenants.permissions import Permission, units_with
from tenants.scopes import units_in

PAGE = 100
VIEWS = (("open", "Open"), ("mine", "Mine"), ("resolved", "Resolved"), ("all", "All"))
TRUTH = ("true", "false")
PERIOD = ("since", "until")
NARROWING = ("severity", "status", "unit", "service", "type", "q", *PERIOD)


@dataclass(frozen=True)
class Span:
    """The period of declaration that the address asks for, in words, and the address without it."""

    label: str
    clear_url: str


@reading_page
def incidents(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list, or its rows alone for htmx."""
    query = request.GET
    cursor = cursor_now(actor)
    units = [(unit.slug, unit.name) for unit in tenants.units(actor)]
    services = [(service.slug, service.name) for service in catalog.services(actor).order_by("name")]
    found = narrowed(access.listed(access.incidents(actor)), query, actor)
    number = _page_number(query)
    rows = list(
        found.select_related("unit", "service", "commander", "local_severity").order_by("-declared_at", "-id")[
            (number - 1) * PAGE : number * PAGE + 1
        ]
    )
    tenants.call(actor, [(each.local_severity, each.unit_id) for each in rows])
    narrowing = [name for name in query if name in NARROWING or name.startswith(PREFIX)]
    context: dict[str, Any] = {
        "incidents": rows[:PAGE],
        "cursor": cursor,
        "filters": [
            Filter.from_query(
                query,
                name="severity",
                label="Severity",
                options=[(each.value, each.label) for each in Severity],
            ),
            Filter.from_query(
                query, name="status", label="Status", options=[(each.value, each.label) for each in Status]
            ),
            Filter.from_query(query, name="unit", label="Unit", options=units),
            Filter.from_query(query, name="service", label="Service", options=services),
            Filter.from_query(query, name="type", label="Type", options=_types(actor)),
            *field_filters(actor, query),
        ],
        "views": [
            Tab(label=label, url=address(query, view=[key]), current=view_of(query) == key) for key, label in VIEWS
        ],
        "view": view_of(query),
        "may_break_glass": bool(units_with(actor, Permission.INCIDENT_BREAK_GLASS)),
        "q": query.get("q", ""),
        "span": _span(query),
        "kept": [(name, value) for name, values in query.lists() if name not in ("q", "page") for value in values],
        "summary": _summary((number - 1) * PAGE, len(rows[:PAGE]), found.count()),
        "next_url": f"{address(query)}&page={number + 1}" if len(rows) > PAGE else "",
        "previous_url": f"{address(query)}&page={number - 1}" if number > 1 else "",
        "is_filtered": any(query.get(name) for name in narrowing),
        "clear_url": address(query, **{name: [] for name in narrowing}),
        "is_fragment": request.headers.get("HX-Target") == "incidents",
    }
    answer = render(request, "incidents/rows.html" if context["is_fragment"] else "incidents/list.html", context)
    patch_vary_headers(answer, ["HX-Target"])
    return answer


def view_of(query: QueryDict) -> str:
    """The saved view that the address names; the open ones otherwise. A status that is asked for widens it to all."""
    asked = query.get("view", "")
    if asked in dict(VIEWS):
        return asked
    return "all" if query.get("status") else "open"


def narrowed(found: QuerySet[Incident], query: QueryDict, actor: Actor) -> QuerySet[Incident]:
    """The incidents that the address asks for. Values that mean nothing find nothing rather than everything."""
    match view_of(query):
        case "open":
            found = found.exclude(status__in=OVER)
        case "mine":
            mine = Q(commander_id=actor.person_id) | Q(roles__person_id=actor.person_id, roles__ended_at=None)
            found = found.filter(mine).exclude(status=Status.CLOSED).distinct()
        case "resolved":
            found = found.filter(status__in=OVER)
    if (units := units_in(actor, query)) is not None:
        found = found.filter(unit__in=units)
    lookups = {
        "severity": "severity__in",
        "status": "status__in",
        "unit": "unit__slug__in",
        "service": "service__slug__in",
    }
    for name, lookup in lookups.items():
        if values := [value for value in query.getlist(name) if value]:
            found = found.filter(**{lookup: values})
    if kinds := [value for value in query.getlist("type") if value]:
        found = access.of_types(found, kinds)
    since, until = (_moment(query.get(name, "")) for name in PERIOD)
    if since:
        found = found.filter(declared_at__gte=since)
    if until:
        found = found.filter(declared_at__lt=until)
    if words := query.get("q", "").replace("\x00", "").strip():
        said = FieldValue.objects.filter(words__icontains=words)
        found = found.filter(
            Q(title__icontains=words) | Q(reference__istartswith=words) | Q(pk__in=said.values("incident_id"))
        )
    for name in query:
        values = [value for value in query.getlist(name) if value]
        if name.startswith(PREFIX) and values:
            chosen = Q(choice__in=values) | Q(boolean__in=[value == "true" for value in values if value in TRUTH])
            said = FieldValue.objects.filter(chosen, field__key=name.removeprefix(PREFIX).replace("\x00", ""))
            found = found.filter(pk__in=said.values("incident_id"))
    return found


def _types(actor: Actor) -> list[tuple[str, str]]:
    """The global types that are in use, as the reader calls them: what units call otherwise is among them."""
    named = tenants.global_terms(actor, TermKind.INCIDENT_TYPE)
    return [*((term.key, str(term)) for term in named), (access.UNMAPPED, "Unmapped")]


def _moment(text: str) -> datetime | None:
    """A moment of the address, in ISO 8601; UTC where it names no zone. What is no moment narrows nothing."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not MINYEAR < moment.year < MAXYEAR:
        # Next to either end of the calendar not every zone can say it.
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _span(query: QueryDict) -> Span | None:
    since, until = (_moment(query.get(name, "")) for name in PERIOD)
    if not (since or until):
        return None
    ends = (("from", since), ("to", until))
    words = [f"{word} {wording.date(timezone.localtime(moment))}" for word, moment in ends if moment]
    return Span(
        label=f"Declared {' '.join(words)}",
        clear_url=address(query, **{name: [] for name in PERIOD if name in query}),
    )


def _summary(before: int, shown: int, total: int) -> str:
    if shown == total:
        return f"{total} incident{'' if total == 1 else 's'}"
    return (
        f"{before + 1} to {before + shown} of {total} incidents" if shown else f"{total} incidents, none on this page"
    )


def _page_number(query: QueryDict) -> int:
    return min(whole_number(query.get("page", ""), digits=5) or 1, 10_000)
