"""Writing runbooks: a new one, a revision, its approval, and what is known of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from hub.catalog import access as catalog
from hub.lib.errors import Forbidden, Invalid, NotFound
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.forms import chosen_key
from hub.web.signing_in import acting_page, reading_page
from knowledge.revisions import rights
from knowledge.revisions.pages import review_named
from knowledge.runbooks import access, actions
from knowledge.runbooks.models import USUAL_CHECK_DAYS, Runbook
from knowledge.runbooks.steps import of_rows, parse, text_of
from tenants import access as tenants
from tenants.models import TermKind


@require_http_methods(["GET", "POST"])
@acting_page
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form of a new runbook, for a review's finding where `?review=` names one, and its saving.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`.
    """
    said = request.POST if request.method == "POST" else request.GET
    review = review_named(actor, said)
    if request.method == "POST":
        unit = tenants.unit_named(actor, said.get("unit", ""))
        written = actions.write_runbook(
            actor=actor,
            unit_id=unit.pk,
            title=said.get("title", ""),
            purpose=said.get("purpose", ""),
            steps=parse(said.get("steps", "")),
            reason=said.get("reason", "").strip() or "The first one",
            service_id=whole_number(said.get("service", "")),
            failure_mode_id=whole_number(said.get("failure_mode", "")),
            check_days=whole_number(said.get("check_days", "")) or USUAL_CHECK_DAYS,
            postmortem_id=review.pk if review else None,
        )
        return redirect("runbook", written.pk)
    context = {
        "units": rights.units_to_write_in(actor),
        "review": review,
        "services": catalog.services(actor).order_by("name"),
        "failure_modes": tenants.global_terms(actor, TermKind.FAILURE_MODE),
        "failure_mode_id": whole_number(said.get("failure_mode", "")) or (review and review.failure_mode_id),
        "service_id": whole_number(said.get("service", "")) or (review and review.service_id),
        "check_days": USUAL_CHECK_DAYS,
    }
    return render(request, "runbooks/new.html", context)


@reading_page
def choose(request: HttpRequest, actor: Actor) -> HttpResponse:
    """From a review to the form of what was chosen: a revision of `?runbook=`, or a new one."""
    review = review_named(actor, request.GET)
    chosen = whole_number(request.GET.get("runbook", ""))
    path = reverse("runbook-revise", args=[chosen]) if chosen else reverse("runbook-new")
    return redirect(f"{path}?review={review.pk}" if review else path)


@require_http_methods(["GET", "POST"])
@acting_page
def revise(request: HttpRequest, actor: Actor, runbook_id: int) -> HttpResponse:
    """The form of a revision, or of one's own proposal that waits, and its saving.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`.
    """
    found = access.runbook_for(actor, runbook_id)
    waiting = access.waiting(actor, found)
    own = waiting if waiting is not None and waiting.proposed_by_id == actor.person_id else None
    said = request.POST if request.method == "POST" else request.GET
    review = review_named(actor, said)
    if request.method == "POST":
        texts: dict[str, Any] = {
            "purpose": said.get("purpose", ""),
            "steps": parse(said.get("steps", "")),
            "reason": said.get("reason", ""),
        }
        if own is not None:
            actions.edit_revision(actor=actor, revision_id=own.pk, **texts)
        else:
            actions.revise_runbook(
                actor=actor,
                runbook_id=runbook_id,
                postmortem_id=review.pk if review else None,
                based_on=whole_number(said.get("based_on", "")),
                **texts,
            )
        return redirect(f"{reverse('runbook', args=[runbook_id])}?{_newest(actor, found)}")
    if not rights.may_write(actor, found.unit_id):
        raise Forbidden(f"You can read “{found.title}” but not revise it: that needs a responder's role in its unit.")
    base = own or found.current or waiting
    if base is None:
        raise NotFound("revision")
    context = {
        "runbook": found,
        "base": base,
        "own": own,
        "blocked": waiting if own is None else None,
        "review": review,
        "steps": text_of(of_rows(base.steps)),
    }
    return render(request, "runbooks/revise.html", context)


@require_POST
@acting_page
def decide(request: HttpRequest, actor: Actor, revision_id: int) -> HttpResponse:
    """Approve or decline a proposal. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    said = request.POST.get("text", "")
    match request.POST.get("do"):
        case "approve":
            decided = actions.approve_revision(actor=actor, revision_id=revision_id, note=said)
        case "decline":
            decided = actions.decline_revision(actor=actor, revision_id=revision_id, reason=said)
        case _:
            raise Invalid("The form does not say what to do with the revision.", path=["do"])
    return redirect("runbook", decided.runbook_id)


@require_POST
@acting_page
def change(request: HttpRequest, actor: Actor, runbook_id: int) -> HttpResponse:
    """Everything else that changes a runbook: `do` says what. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    said = request.POST
    match said.get("do"):
        case "edit":
            owner = said.get("owner", "").strip()
            actions.edit_runbook(
                actor=actor,
                runbook_id=runbook_id,
                title=said.get("title"),
                service_id=chosen_key(said, "service"),
                failure_mode_id=chosen_key(said, "failure_mode"),
                owner_id=tenants.person_named(actor, owner).pk if owner else None,
                check_days=whole_number(said.get("check_days", "")),
                version=whole_number(said.get("version", "")),
            )
        case "confirm":
            actions.confirm_runbook(actor=actor, runbook_id=runbook_id)
        case "share" | "unshare":
            actions.share_runbook(actor=actor, runbook_id=runbook_id, shared=said["do"] == "share")
        case "retire":
            actions.retire_runbook(actor=actor, runbook_id=runbook_id, reason=said.get("text", ""))
        case "restore":
            actions.restore_runbook(actor=actor, runbook_id=runbook_id)
        case _:
            raise Invalid("The form does not say what to do with the runbook.", path=["do"])
    return redirect("runbook", runbook_id)


def _newest(actor: Actor, runbook: Runbook) -> str:
    waiting = access.waiting(actor, runbook)
    return f"revision={waiting.number}" if waiting else ""
