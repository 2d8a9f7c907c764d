"""Runbooks to read: the list, one with its revisions and uses, what a review proposed, and what is not covered."""

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
from hub.web.grounds import rests_on
from hub.web.signing_in import reading_page
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.prose import render as render_prose
from knowledge.revisions import rights
from knowledge.runbooks import access
from knowledge.runbooks.coverage import PERIOD
from knowledge.runbooks.coverage import coverage as read_coverage
from knowledge.runbooks.models import Revision, RevisionState, Runbook
from knowledge.runbooks.steps import of_rows, text_of
from tenants import access as tenants
from tenants.models import TermKind

PAGE = 50
MOST_RUNS = 20
VIEWS = (
    ("usable", "In use"),
    ("waiting", "Wait for approval"),
    ("stale", "Stale"),
    ("unused", "Unused"),
    ("mine", "Mine"),
    ("retired", "Retired"),
)


@dataclass(frozen=True)
class Line:
    """A line of what a revision says against another: `sign` is "+", "-" or empty."""

    sign: str
    text: str


@reading_page
def runbooks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list, every choice in the address."""
    query = request.GET
    view = str(query.get("view") if query.get("view") in dict(VIEWS) else "usable")
    found = _narrowed(_in_view(actor, view), query)
    number = whole_number(query.get("page", ""), digits=5) or 1
    counted = access.with_use(found).select_related("unit", "service", "owner", "failure_mode", "current")
    rows = list(counted[(number - 1) * PAGE : number * PAGE + 1])
    first = (number - 1) * PAGE + 1
    units = [(unit.slug, unit.name) for unit in tenants.units(actor)]
    context: dict[str, Any] = {
        "runbooks": rows[:PAGE],
        "views": [Tab(label=label, url=address(query, view=[key]), current=key == view) for key, label in VIEWS],
        "view": view,
        "q": query.get("q", ""),
        "filters": [Filter.from_query(query, name="unit", label="Unit", options=units)],
        "summary": f"{first} to {first + len(rows[:PAGE]) - 1} of {found.count()}",
        "next_url": f"{address(query)}&page={number + 1}" if len(rows) > PAGE else "",
        "previous_url": f"{address(query)}&page={number - 1}" if number > 1 else "",
        "may_write": rights.units_to_write_in(actor).exists(),
        "unused_days": access.UNUSED_AFTER.days,
    }
    return render(request, "runbooks/list.html", context)


@reading_page
def runbook(request: HttpRequest, actor: Actor, runbook_id: int) -> HttpResponse:
    """One runbook, as it is in force or as `?revision=` was or shall be. Raises `NotFound`."""
    found = access.runbook_for(actor, runbook_id)
    revisions = list(access.revisions(actor, found))
    waiting = next((each for each in revisions if each.state == RevisionState.PROPOSED), None)
    in_force = next((each for each in revisions if each.pk == found.current_id), None)
    shown = _chosen(revisions, request.GET.get("revision", "")) or in_force or waiting
    if shown is None:
        raise NotFound("revision")
    may_write = rights.may_write(actor, found.unit_id)
    against = _before(revisions, shown, in_force)
    tenants.call(actor, [(found.failure_mode, found.unit_id)])
    context = {
        "runbook": found,
        "shown": shown,
        "in_force": in_force,
        "waiting": waiting,
        "revisions": revisions,
        "purpose": render_prose(shown.purpose),
        "steps": [(step.title, render_prose(step.detail)) for step in of_rows(shown.steps)],
        "against": against,
        "difference": difference(against, shown) if against else (),
        "runs": list(access.runs_of(actor, found)[:MOST_RUNS]),
        "may_write": may_write,
        "may_publish": rights.may_publish(actor, found.unit_id),
        "may_decide": waiting is not None and rights.may_decide(actor, waiting),
        "is_own": waiting is not None and waiting.proposed_by_id == actor.person_id,
        "services": catalog.services(actor).order_by("name") if may_write else (),
        "failure_modes": tenants.terms_in_use(actor, TermKind.FAILURE_MODE, found.unit_id) if may_write else (),
    }
    return render(request, "runbooks/runbook.html", context)


@reading_page
def coverage(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ways of failing without a runbook, an article or training, and runbooks that nobody looks at or uses."""
    query = request.GET
    units = list(tenants.units(actor))
    chosen = [unit.pk for unit in units if unit.slug in query.getlist("unit")] or None
    rows = access.with_use(access.runbooks(actor)).select_related("unit", "service", "owner")
    if chosen:
        rows = rows.filter(unit__in=chosen)
    read = read_coverage(actor, unit_ids=chosen)
    covered = read.rows
    context = {
        "filter": Filter.from_query(
            query, name="unit", label="Unit", options=[(unit.slug, unit.name) for unit in units]
        ),
        "covered": covered,
        "rests": rests_on([("Coverage", read.grounds)], {unit.pk: unit.name for unit in units}),
        "of_seen": f"of {sum(bool(each.reviews) for each in covered)}",
        "with_runbook": sum(bool(each.runbooks) for each in covered if each.reviews),
        "places": sum(len(each.services) for each in covered),
        "with_article": sum(bool(each.articles) for each in covered if each.reviews),
        "lacking": sum(len(each.lacking) for each in covered),
        "stale": list(access.stale(rows).order_by("check_due_at", "id")[:PAGE]),
        "unused": list(access.unused(rows).order_by("title", "id")[:PAGE]),
        "days": PERIOD.days,
        "unused_days": access.UNUSED_AFTER.days,
        "may_write": rights.units_to_write_in(actor).exists(),
    }
    return render(request, "runbooks/coverage.html", context)


@reading_page
def of_review(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """What a review's findings proposed, and the way to propose more: a panel beside it. Raises `NotFound`."""
    review = postmortems.postmortem_for(actor, postmortem_id)
    may_write = not review.restricted and rights.may_write(actor, review.unit_id)
    candidates = access.for_review(
        actor, unit_id=review.unit_id, service_id=review.service_id, failure_mode_id=review.failure_mode_id
    )
    context = {
        "postmortem": review,
        "revisions": list(access.revisions_from(actor, review.pk)),
        "may_write": may_write,
        "candidates": list(candidates) if may_write else (),
    }
    return render(request, "runbooks/of_review.html", context)


def difference(before: Revision, after: Revision) -> list[Line]:
    """What `after` says otherwise than `before`, line by line; nothing where they say the same."""
    former, latter = (f"{each.purpose}\n\n{text_of(of_rows(each.steps))}".splitlines() for each in (before, after))
    compared = difflib.ndiff(former, latter)
    lines = [Line(line[0].strip(), line[2:]) for line in compared if line[0] != "?"]
    return lines if any(line.sign for line in lines) else []


def _chosen(revisions: Sequence[Revision], number: str) -> Revision | None:
    return next((each for each in revisions if str(each.number) == number), None)


def _before(revisions: Sequence[Revision], shown: Revision, in_force: Revision | None) -> Revision | None:
    """What a revision is compared with: what it shall replace, or what it replaced."""
    if shown.state == RevisionState.PROPOSED:
        return in_force
    known = (RevisionState.CURRENT, RevisionState.SUPERSEDED)
    return next((each for each in revisions if each.number < shown.number and each.state in known), None)


def _in_view(actor: Actor, view: str) -> QuerySet[Runbook]:
    rows = access.runbooks(actor)
    match view:
        case "waiting":
            return rows.filter(revisions__state=RevisionState.PROPOSED).order_by("revisions__proposed_at", "id")
        case "stale":
            return access.stale(rows).order_by("check_due_at", "id")
        case "unused":
            return access.unused(rows)
        case "mine":
            return rows.filter(owner_id=actor.person_id or 0, retired_at=None)
        case "retired":
            return rows.filter(retired_at__isnull=False).order_by("-retired_at", "-id")
    return access.usable(actor)


def _narrowed(found: QuerySet[Runbook], query: QueryDict) -> QuerySet[Runbook]:
    units = [slug for slug in query.getlist("unit") if slug]
    if units:
        found = found.filter(unit__slug__in=units)
    for word in query.get("q", "").replace("\x00", "").split()[:8]:
        found = found.filter(Q(title__icontains=word) | Q(current__purpose__icontains=word))
    return found
