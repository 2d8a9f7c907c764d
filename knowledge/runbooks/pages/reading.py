"""Runbooks to read: the list, one with its revisions and uses, what a review proposed, and what is not covered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hub.catalog import access as catalog
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.web.components import Filter
from hub.web.grounds import rests_on
from hub.web.lists import PAGE, chosen_view, list_context, narrowed
from hub.web.signing_in import reading_page
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.prose import render as render_prose
from knowledge.revisions import rights
from knowledge.revisions.pages import compared_with, difference, in_view, shown_of, waiting_of
from knowledge.runbooks import access
from knowledge.runbooks.coverage import PERIOD
from knowledge.runbooks.coverage import coverage as read_coverage
from knowledge.runbooks.models import Revision
from knowledge.runbooks.steps import of_rows, text_of
from tenants import access as tenants
from tenants.models import TermKind

MOST_RUNS = 20
VIEWS = (
    ("usable", "In use"),
    ("waiting", "Wait for approval"),
    ("stale", "Stale"),
    ("unused", "Unused"),
    ("mine", "Mine"),
    ("retired", "Retired"),
)


@reading_page
def runbooks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list, every choice in the address."""
    query = request.GET
    view = chosen_view(query, VIEWS)
    every = access.runbooks(actor)
    shown = access.unused(every) if view == "unused" else in_view(actor, every, view)
    found = access.with_use(narrowed(shown, query, "title", "current__purpose"))
    rows = found.select_related("unit", "service", "owner", "failure_mode", "current")
    context = {
        **list_context(actor, query, rows, views=VIEWS, view=view),
        "may_write": rights.units_to_write_in(actor).exists(),
        "unused_days": access.UNUSED_AFTER.days,
    }
    return render(request, "runbooks/list.html", context)


@reading_page
def runbook(request: HttpRequest, actor: Actor, runbook_id: int) -> HttpResponse:
    """One runbook, as it is in force or as `?revision=` was or shall be. Raises `NotFound`."""
    found = access.runbook_for(actor, runbook_id)
    revisions = list(access.revisions(actor, found))
    waiting = waiting_of(revisions)
    in_force = next((each for each in revisions if each.pk == found.current_id), None)
    shown = shown_of(revisions, request.GET.get("revision", ""), in_force)
    if shown is None:
        raise NotFound("revision")
    may_write = rights.may_write(actor, found.unit_id)
    against = compared_with(revisions, shown, in_force)
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
        "difference": difference(_said(against), _said(shown)) if against else (),
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


def _said(revision: Revision) -> str:
    return f"{revision.purpose}\n\n{text_of(of_rows(revision.steps))}"
