"""Articles to read: the list, one with its revisions, and what a review proposed."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from hub.catalog import access as catalog
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.components import Filter, Tab, address
from hub.web.signing_in import reading_page
from knowledge.articles import access
from knowledge.articles.models import Article, ArticleRevision, ArticleState
from knowledge.articles.pages.training import training_context
from knowledge.articles.questions import of_rows, text_of
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.prose import render as render_prose
from knowledge.revisions import rights
from tenants import access as tenants
from tenants.models import TermKind

PAGE = 50
HEAD_OF_DIFFERENCE = 2
VIEWS = (
    ("published", "Published"),
    ("waiting", "Wait for approval"),
    ("stale", "Stale"),
    ("mine", "Mine"),
    ("retired", "Retired"),
)


@dataclass(frozen=True)
class Line:
    """A line of what a revision says against another: `sign` is "+", "-" or empty."""

    sign: str
    text: str


@reading_page
def articles(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list, every choice in the address."""
    query = request.GET
    view = str(query.get("view") if query.get("view") in dict(VIEWS) else "published")
    found = _narrowed(_in_view(actor, view), query)
    number = whole_number(query.get("page", ""), digits=5) or 1
    counted = found.select_related("unit", "service", "owner", "failure_mode", "current")
    rows = list(counted[(number - 1) * PAGE : number * PAGE + 1])
    first = (number - 1) * PAGE + 1
    units = [(unit.slug, unit.name) for unit in tenants.units(actor)]
    context: dict[str, Any] = {
        "articles": rows[:PAGE],
        "views": [Tab(label=label, url=address(query, view=[key]), current=key == view) for key, label in VIEWS],
        "view": view,
        "q": query.get("q", ""),
        "filters": [Filter.from_query(query, name="unit", label="Unit", options=units)],
        "summary": f"{first} to {first + len(rows[:PAGE]) - 1} of {found.count()}",
        "next_url": f"{address(query)}&page={number + 1}" if len(rows) > PAGE else "",
        "previous_url": f"{address(query)}&page={number - 1}" if number > 1 else "",
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
    waiting = next((each for each in revisions if each.state == ArticleState.PROPOSED), None)
    current = next((each for each in revisions if each.pk == found.current_id), None)
    shown = next((each for each in revisions if str(each.number) == revision), None) or current or waiting
    if shown is None:
        raise NotFound("revision")
    may_write = rights.may_write(actor, found.unit_id)
    against = _before(revisions, shown, current)
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
        "difference": difference(against, shown, with_questions=may_write) if against else (),
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


def difference(before: ArticleRevision, after: ArticleRevision, *, with_questions: bool) -> list[Line]:
    """What `after` says otherwise than `before`, line by line; nothing where they say the same.

    Args:
        with_questions: for who may know which answers are right.
    """
    former, latter = (_lines(each, with_questions) for each in (before, after))
    compared = list(difflib.unified_diff(former, latter, lineterm=""))[HEAD_OF_DIFFERENCE:]
    return [Line(line[0].strip(), line[1:]) for line in compared if not line.startswith("@@")]


def _lines(revision: ArticleRevision, with_questions: bool) -> list[str]:
    asked = f"\n\n{text_of(of_rows(revision.questions))}" if with_questions else ""
    return f"{revision.summary}\n\n{revision.text}{asked}".splitlines()


def _before(
    revisions: Sequence[ArticleRevision], shown: ArticleRevision, current: ArticleRevision | None
) -> ArticleRevision | None:
    """What a revision is compared with: what it shall replace, or what it replaced."""
    if shown.state == ArticleState.PROPOSED:
        return current
    known = (ArticleState.CURRENT, ArticleState.SUPERSEDED)
    return next((each for each in revisions if each.number < shown.number and each.state in known), None)


def _in_view(actor: Actor, view: str) -> QuerySet[Article]:
    rows = access.articles(actor)
    match view:
        case "waiting":
            return rows.filter(revisions__state=ArticleState.PROPOSED).order_by("revisions__proposed_at", "id")
        case "stale":
            return access.stale(rows).order_by("check_due_at", "id")
        case "mine":
            return rows.filter(owner_id=actor.person_id or 0, retired_at=None)
        case "retired":
            return rows.filter(retired_at__isnull=False).order_by("-retired_at", "-id")
    return access.published(actor)


def _narrowed(found: QuerySet[Article], query: QueryDict) -> QuerySet[Article]:
    units = [slug for slug in query.getlist("unit") if slug]
    if units:
        found = found.filter(unit__slug__in=units)
    for word in query.get("q", "").replace("\x00", "").split()[:8]:
        found = found.filter(Q(title__icontains=word) | Q(current__summary__icontains=word))
    return found
