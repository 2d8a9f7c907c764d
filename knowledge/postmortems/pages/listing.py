"""The list of reviews: what is being written, what is overdue, what was published."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hub.lib.identity import Actor
from hub.web.grounds import in_words
from hub.web.lists import chosen_view, list_context, narrowed
from hub.web.signing_in import reading_page
from knowledge.postmortems import access
from knowledge.postmortems.models import ActionItem, Postmortem, PostmortemStatus
from tenants.definitions import VERSION

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
    view = chosen_view(query, VIEWS)
    found: QuerySet[Postmortem] | QuerySet[ActionItem]
    if view == "actions":
        found = narrowed(access.overdue_actions(actor), query)
    else:
        found = narrowed(_in_view(actor, view), query).select_related("unit", "service", "author", "cause")
    completion = access.completion(actor)
    context = {
        **list_context(actor, query, found, views=VIEWS, view=view),
        "empty_title": "No action is overdue" if view == "actions" else "No reviews here",
        "export_url": f"{reverse('overdue-actions-export')}?{urlencode({'unit': query.getlist('unit')}, doseq=True)}",
        "completion": completion,
        "coverage": in_words(completion.basis),
        "definition": VERSION,
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
