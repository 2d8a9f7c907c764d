"""Articles to read: the list, one with its revisions, and what a review proposed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hub.catalog import access as catalog
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.web.lists import chosen_view, list_context, narrowed
from hub.web.signing_in import reading_page
from knowledge.articles import access
from knowledge.articles.models import Article, ArticleRevision
from knowledge.articles.pages.training import training_context
from knowledge.articles.questions import of_rows, text_of
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.prose import render as render_prose
from knowledge.revisions import rights
from knowledge.revisions.pages import compared_with, difference, in_view, shown_of, waiting_of
from tenants import access as tenants
from tenants.models import TermKind

VIEWS = (
    ("published", "Published"),
    ("waiting", "Wait for approval"),
    ("stale", "Stale"),
    ("mine", "Mine"),
    ("retired", "Retired"),
)


@reading_page
def articles(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list, every choice in the address."""
    query = request.GET
    view = chosen_view(query, VIEWS)
    found = narrowed(in_view(actor, access.articles(actor), view), query, "title", "current__summary")
    rows = found.select_related("unit", "service", "owner", "failure_mode", "current")
    context = {
        **list_context(actor, query, rows, views=VIEWS, view=view),
        "may_write": rights.units_to_write_in(actor).exists(),
    }
    return render(request, "articles/list.html", context)


@reading_page
def article(request: HttpRequest, actor: Actor, article_id: int) -> HttpResponse:
    """One article, as it is published or as `?revision=` was or shall be. Raises `NotFound`."""
    found = access.article_for(actor, article_id)
    context = article_context(actor, found, request.GET.get("revision", "")) | training_context(actor, found)
    return render(request, "articles/article.html", context)


def article_context(actor: Actor, found: Article, revision: str = "") -> dict[str, Any]:
    """What its page shows. Raises `NotFound` for one that says nothing yet to this reader."""
    revisions = list(access.revisions(actor, found))
    waiting = waiting_of(revisions)
    current = next((each for each in revisions if each.pk == found.current_id), None)
    shown = shown_of(revisions, revision, current)
    if shown is None:
        raise NotFound("revision")
    may_write = rights.may_write(actor, found.unit_id)
    against = compared_with(revisions, shown, current)
    tenants.call(actor, [(found.cause, found.unit_id), (found.failure_mode, found.unit_id)])
    return {
        "article": found,
        "shown": shown,
        "current": current,
        "waiting": waiting,
        "revisions": revisions,
        "text": render_prose(shown.text),
        "questions": of_rows(shown.questions) if may_write else (),
        "against": against,
        "difference": difference(_said(against, may_write), _said(shown, may_write)) if against else (),
        "may_write": may_write,
        "may_publish": rights.may_publish(actor, found.unit_id),
        "may_decide": waiting is not None and rights.may_decide(actor, waiting),
        "is_own": waiting is not None and waiting.proposed_by_id == actor.person_id,
        "services": catalog.services(actor).order_by("name") if may_write else (),
        "causes": tenants.terms_in_use(actor, TermKind.CAUSE, found.unit_id) if may_write else (),
        "failure_modes": tenants.terms_in_use(actor, TermKind.FAILURE_MODE, found.unit_id) if may_write else (),
    }


@reading_page
def of_review(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """What a review's findings proposed, and the way to propose more: a panel beside it. Raises `NotFound`."""
    review = postmortems.postmortem_for(actor, postmortem_id)
    may_write = not review.restricted and rights.may_write(actor, review.unit_id)
    candidates = access.for_review(
        actor,
        unit_id=review.unit_id,
        service_id=review.service_id,
        cause_id=review.cause_id,
        failure_mode_id=review.failure_mode_id,
    )
    context = {
        "postmortem": review,
        "revisions": list(access.revisions_from(actor, review.pk)),
        "may_write": may_write,
        "candidates": list(candidates) if may_write else (),
    }
    return render(request, "articles/of_review.html", context)


def _said(revision: ArticleRevision, with_questions: bool) -> str:
    """What is compared; the questions too for who may know which answers are right."""
    asked = f"\n\n{text_of(of_rows(revision.questions))}" if with_questions else ""
    return f"{revision.summary}\n\n{revision.text}{asked}"
