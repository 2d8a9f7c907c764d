"""Writing articles: a new one, a revision, its approval, and what is known of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from hub.catalog import access as catalog
from hub.lib.errors import Forbidden, Invalid, NotFound
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.forms import chosen_key
from hub.web.signing_in import acting_page, reading_page
from knowledge.articles import access, actions
from knowledge.articles.models import USUAL_CHECK_DAYS
from knowledge.articles.questions import of_rows, parse, text_of
from knowledge.articles.wording import Wording
from knowledge.revisions import rights
from knowledge.revisions.pages import review_named
from tenants import access as tenants
from tenants.models import TermKind


@require_http_methods(["GET", "POST"])
@acting_page
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form of a new article, for a review's finding where `?review=` names one, and its saving.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`.
    """
    said = request.POST if request.method == "POST" else request.GET
    review = review_named(actor, said)
    if request.method == "POST":
        unit = tenants.unit_named(actor, said.get("unit", ""))
        written = actions.write_article(
            actor=actor,
            unit_id=unit.pk,
            title=said.get("title", ""),
            wording=_wording(said),
            reason=said.get("reason", "").strip() or "The first one",
            service_id=whole_number(said.get("service", "")),
            cause_id=whole_number(said.get("cause", "")),
            failure_mode_id=whole_number(said.get("failure_mode", "")),
            check_days=whole_number(said.get("check_days", "")) or USUAL_CHECK_DAYS,
            postmortem_id=review.pk if review else None,
        )
        return redirect("article", written.pk)
    context = {
        "units": rights.units_to_write_in(actor),
        "review": review,
        "services": catalog.services(actor).order_by("name"),
        "causes": tenants.global_terms(actor, TermKind.CAUSE),
        "failure_modes": tenants.global_terms(actor, TermKind.FAILURE_MODE),
        "cause_id": whole_number(said.get("cause", "")) or (review and review.cause_id),
        "failure_mode_id": whole_number(said.get("failure_mode", "")) or (review and review.failure_mode_id),
        "service_id": whole_number(said.get("service", "")) or (review and review.service_id),
        "check_days": USUAL_CHECK_DAYS,
    }
    return render(request, "articles/new.html", context)


@reading_page
def choose(request: HttpRequest, actor: Actor) -> HttpResponse:
    """From a review to the form of what was chosen: a revision of `?article=`, or a new one."""
    review = review_named(actor, request.GET)
    chosen = whole_number(request.GET.get("article", ""))
    path = reverse("article-revise", args=[chosen]) if chosen else reverse("article-new")
    return redirect(f"{path}?review={review.pk}" if review else path)


@require_http_methods(["GET", "POST"])
@acting_page
def revise(request: HttpRequest, actor: Actor, article_id: int) -> HttpResponse:
    """The form of a revision, or of one's own proposal that waits, and its saving.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`.
    """
    found = access.article_for(actor, article_id)
    waiting = access.waiting(actor, found)
    own = waiting if waiting is not None and waiting.proposed_by_id == actor.person_id else None
    said = request.POST if request.method == "POST" else request.GET
    review = review_named(actor, said)
    if request.method == "POST":
        texts: dict[str, Any] = {"wording": _wording(said), "reason": said.get("reason", "")}
        if own is not None:
            actions.edit_article_revision(actor=actor, article_revision_id=own.pk, **texts)
        else:
            actions.revise_article(
                actor=actor,
                article_id=article_id,
                postmortem_id=review.pk if review else None,
                based_on=whole_number(said.get("based_on", "")),
                **texts,
            )
        newest = access.waiting(actor, found)
        return redirect(f"{reverse('article', args=[article_id])}{f'?revision={newest.number}' if newest else ''}")
    if not rights.may_write(actor, found.unit_id):
        raise Forbidden(f"You can read “{found.title}” but not revise it: that needs a responder's role in its unit.")
    base = own or found.current or waiting
    if base is None:
        raise NotFound("revision")
    context = {
        "article": found,
        "base": base,
        "own": own,
        "blocked": waiting if own is None else None,
        "review": review,
        "questions": text_of(of_rows(base.questions)),
    }
    return render(request, "articles/revise.html", context)


@require_POST
@acting_page
def decide(request: HttpRequest, actor: Actor, article_revision_id: int) -> HttpResponse:
    """Approve or decline a proposal. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    said = request.POST.get("text", "")
    match request.POST.get("do"):
        case "approve":
            decided = actions.approve_article_revision(actor=actor, article_revision_id=article_revision_id, note=said)
        case "decline":
            decided = actions.decline_article_revision(
                actor=actor, article_revision_id=article_revision_id, reason=said
            )
        case _:
            raise Invalid("The form does not say what to do with the revision.", path=["do"])
    return redirect("article", decided.article_id)


@require_POST
@acting_page
def change(request: HttpRequest, actor: Actor, article_id: int) -> HttpResponse:
    """Everything else that changes it: `do` says what. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    said = request.POST
    match said.get("do"):
        case "edit":
            owner = said.get("owner", "").strip()
            actions.edit_article(
                actor=actor,
                article_id=article_id,
                title=said.get("title"),
                service_id=chosen_key(said, "service"),
                cause_id=chosen_key(said, "cause"),
                failure_mode_id=chosen_key(said, "failure_mode"),
                owner_id=tenants.person_named(actor, owner).pk if owner else None,
                check_days=whole_number(said.get("check_days", "")),
                version=whole_number(said.get("version", "")),
            )
        case "confirm":
            actions.confirm_article(actor=actor, article_id=article_id)
        case "share" | "unshare":
            actions.share_article(actor=actor, article_id=article_id, shared=said["do"] == "share")
        case "retire":
            actions.retire_article(actor=actor, article_id=article_id, reason=said.get("text", ""))
        case "restore":
            actions.restore_article(actor=actor, article_id=article_id)
        case _:
            raise Invalid("The form does not say what to do with the article.", path=["do"])
    return redirect("article", article_id)


def _wording(said: QueryDict) -> Wording:
    return Wording(
        said.get("summary", ""),
        said.get("text", ""),
        tuple(parse(said.get("questions", ""))),
        renews_training="renews_training" in said,
    )
