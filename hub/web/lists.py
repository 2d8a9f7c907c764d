"""What lists of a unit's things have in common: views, words, units and pages, every choice in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.components import Filter, Tab, address
from tenants import access as tenants

PAGE: Final = 50
MOST_WORDS: Final = 8

RowT = TypeVar("RowT", bound=Model)


def chosen_view(query: QueryDict, views: Sequence[tuple[str, str]]) -> str:
    """The key of the view that the address names, or of the first one."""
    named = query.get("view", "")
    return named if named in dict(views) else views[0][0]


def narrowed(found: QuerySet[RowT], query: QueryDict, *columns: str) -> QuerySet[RowT]:
    """Those of `found` that are of the chosen units, and have each of the words in one of the columns."""
    units = [slug for slug in query.getlist("unit") if slug]
    if units:
        found = found.filter(unit__slug__in=units)
    for word in query.get("q", "").replace("\x00", "").split()[:MOST_WORDS]:
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": word})
        found = found.filter(anywhere)
    return found


def list_context(
    actor: Actor, query: QueryDict, found: QuerySet[RowT], *, views: Sequence[tuple[str, str]], view: str
) -> dict[str, Any]:
    """What the page of a list shows of `found`: its `rows` from `?page=` on, and what chooses others."""
    number = whole_number(query.get("page", ""), digits=5) or 1
    first = (number - 1) * PAGE + 1
    rows = list(found[first - 1 : number * PAGE + 1])
    units = [(unit.slug, unit.name) for unit in tenants.units(actor)]
    return {
        "rows": rows[:PAGE],
        "views": [Tab(label=label, url=address(query, view=[key]), current=key == view) for key, label in views],
        "view": view,
        "q": query.get("q", ""),
        "filters": [Filter.from_query(query, name="unit", label="Unit", options=units)],
        "summary": f"{first} to {first + len(rows[:PAGE]) - 1} of {found.count()}",
        "next_url": f"{address(query)}&page={number + 1}" if len(rows) > PAGE else "",
        "previous_url": f"{address(query)}&page={number - 1}" if number > 1 else "",
    }
