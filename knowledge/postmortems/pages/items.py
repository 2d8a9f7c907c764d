"""Action items on the review's page, and each person's own."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page, reading_page
from knowledge.postmortems import access, actions
from knowledge.postmortems.models import ActionPriority, Proof, Verdict
from knowledge.postmortems.pages import reading
from knowledge.postmortems.proofs import COLUMNS
from tenants import access as tenants


@reading_page
def mine(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The action items that are mine to do."""
    found = list(access.my_action_items(actor))
    offers = reading.offered_for(actor, [(item, item.postmortem) for item in found])
    context = {"items": [(item, offers.get(item.pk)) for item in found], "me": actor.person_id}
    return render(request, "postmortems/mine.html", context)


@require_http_methods(["GET", "POST"])
@acting_page
def items(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """The table, and adding to it. Raises `NotFound`, `Forbidden`, `Invalid`, `InvalidMany`."""
    if request.method == "POST":
        actions.add_action_item(
            actor=actor,
            postmortem_id=postmortem_id,
            title=request.POST.get("title", ""),
            owner_id=_owner(request, actor),
            due_on=_day(request),
            priority=_priority(request),
            closes_with=_proof(request),
        )
        return _table(request, actor, postmortem_id, changed=True)
    return _table(request, actor, postmortem_id)


@require_http_methods(["GET", "POST"])
@acting_page
def item(request: HttpRequest, actor: Actor, postmortem_id: int, action_item_id: int) -> HttpResponse:
    """The table with the item as a form, and its saving. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    if request.method == "POST":
        actions.update_action_item(
            actor=actor,
            action_item_id=action_item_id,
            title=request.POST.get("title", ""),
            owner_id=_owner(request, actor),
            due_on=_day(request),
            priority=_priority(request),
            closes_with=_proof(request),
        )
        return _table(request, actor, postmortem_id, changed=True)
    found = access.postmortem_for(actor, postmortem_id)
    changing = access.action_item_for(actor, action_item_id)
    return render(request, "postmortems/items.html", reading.items_context(actor, found, changing=changing))


@require_POST
@acting_page
def settle(request: HttpRequest, actor: Actor, action_item_id: int) -> HttpResponse:
    """Accept, complete, drop or reopen an item. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    said = request.POST.get("said", "")
    match request.POST.get("do"):
        case "accept":
            changed = actions.accept_action_item(actor=actor, action_item_id=action_item_id)
        case "complete":
            changed = actions.complete_action_item(
                actor=actor,
                action_item_id=action_item_id,
                outcome=said,
                proof=request.POST.get("proof", ""),
                proof_url=request.POST.get("proof_url", ""),
                **{column: whole_number(request.POST.get(f"proof_{kind}", "")) for kind, column in COLUMNS.items()},
            )
        case "drop":
            changed = actions.drop_action_item(actor=actor, action_item_id=action_item_id, reason=said)
        case "reopen":
            changed = actions.reopen_action_item(actor=actor, action_item_id=action_item_id)
        case _:
            raise Invalid("An action item can be accepted, completed, dropped or opened again.", path=["do"])
    if "mine" in request.POST:
        return redirect("my-actions")
    return _table(request, actor, changed.postmortem_id or 0, changed=True)


@require_POST
@acting_page
def answer(request: HttpRequest, actor: Actor, question_id: int) -> HttpResponse:
    """Say whether the action items of a review worked. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    verdict = request.POST.get("verdict", "")
    if verdict not in Verdict.values:
        raise Invalid("Say whether they worked.", path=["verdict"])
    answered = actions.answer_actions_question(
        actor=actor, question_id=question_id, verdict=Verdict(verdict), answer=request.POST.get("answer", "")
    )
    return redirect(f"{reverse('postmortem', args=[answered.postmortem_id])}#questions")


def _table(request: HttpRequest, actor: Actor, postmortem_id: int, *, changed: bool = False) -> HttpResponse:
    if changed and request.headers.get("HX-Request") != "true":
        return redirect(f"{reverse('postmortem', args=[postmortem_id])}#actionItems")
    found = access.postmortem_for(actor, postmortem_id)
    context = reading.items_context(actor, found)
    if changed:
        context = {**reading.side_context(actor, found), **context, "renews_side": True}
    return render(request, "postmortems/items.html", context)


def _owner(request: HttpRequest, actor: Actor) -> int | None:
    username = request.POST.get("owner", "").strip()
    return tenants.person_named(actor, username).pk if username else None


def _day(request: HttpRequest) -> date | None:
    text = request.POST.get("due_on", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("The deadline is a day, such as 2026-03-31.", path=["dueOn"]) from None


def _priority(request: HttpRequest) -> ActionPriority:
    chosen = request.POST.get("priority", "")
    return ActionPriority(chosen) if chosen in ActionPriority.values else ActionPriority.MEDIUM


def _proof(request: HttpRequest) -> Proof | None:
    chosen = request.POST.get("closes_with", "")
    return Proof(chosen) if chosen in Proof.values else None
