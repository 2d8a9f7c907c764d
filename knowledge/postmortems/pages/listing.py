"""The list of reviews: what is being written, what is overdue, what was published."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.components import Filter, Tab, address
from hub.web.grounds import in_words
from hub.web.signing_in import reading_page
from knowledge.postmortems import access
from knowledge.postmortems.models import ActionItem, Postmortem, PostmortemStatus
from tenants import access as tenants
from tenants.definitions import VERSION

RowT = TypeVar("RowT", Postmortem, ActionItem)

PAGE = 50
VIEWS = (
    ("drafts", "Being written"),
    ("overdue", "Overdue"),
    ("actions", "Overdue actions"),
    ("mine", "Mine"),
    ("published", "Published"),
)


@reading_page
def postmortems(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list, every choice in the address; or the action items that are past their day."""
    query = request.GET
    view = query.get("view") if query.get("view") in dict(VIEWS) else "drafts"
    number = whole_number(query.get("page", ""), digits=5) or 1
    found: QuerySet[Postmortem] | QuerySet[ActionItem]
    if view == "actions":
        found = _narrowed(access.overdue_actions(actor), query)
    else:
        found = _narrowed(_in_view(actor, str(view)), query).select_related("unit", "service", "author", "cause")
    rows = list(found[(number - 1) * PAGE : number * PAGE + 1])
    first = (number - 1) * PAGE + 1
    completion = access.completion(actor)
    context: dict[str, Any] = {
        "rows": rows[:PAGE],
        "views": [Tab(label=label, url=address(query, view=[key]), current=key == view) for key, label in VIEWS],
        "view": view,
        "empty_title": "No action is overdue" if view == "actions" else "No reviews here",
        "completion": completion,
        "coverage": in_words(completion.basis),
        "definition": VERSION,
        "filters": [
            Filter.from_query(
                query,
                name="unit",
                label="Unit",
                options=[(unit.slug, unit.name) for unit in tenants.units(actor)],
            )
        ],
        "summary": f"{first} to {first + len(rows[:PAGE]) - 1} of {found.count()}",
        "next_url": f"{address(query)}&page={number + 1}" if len(rows) > PAGE else "",
        "previous_url": f"{address(query)}&page={number - 1}" if number > 1 else "",
    }
    return render(request, "postmortems/list.html", context)


def _in_view(actor: Actor, view: str) -> QuerySet[Postmortem]:
    match view:
        case "overdue":
            return access.overdue(actor)
        case "mine":
            return access.postmortems(actor).filter(author_id=actor.person_id).order_by("status", "-opened_at", "-id")
        case "published":
            published = access.postmortems(actor).filter(status=PostmortemStatus.PUBLISHED)
            return published.order_by("-published_at", "-id")
    return access.postmortems(actor).filter(status=PostmortemStatus.DRAFT).order_by("due_at", "id")


def _narrowed(found: QuerySet[RowT], query: QueryDict) -> QuerySet[RowT]:
    units = [slug for slug in query.getlist("unit") if slug]
    return found.filter(unit__slug__in=units) if units else found
