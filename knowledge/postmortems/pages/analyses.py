"""Analyses on the review's page and on one of their own, where the picture has room."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page
from knowledge.postmortems import access, actions
from knowledge.postmortems.models import CauseRole, EvidenceKind, GapKind, Method, Postmortem
from knowledge.postmortems.pages import reading


@require_http_methods(["GET", "POST"])
@acting_page
def analyses(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """All analyses, `?effect=` with one effect's forms open, and everything that changes them: `do` says what.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`.
    """
    found = access.postmortem_for(actor, postmortem_id)
    if request.method == "POST":
        opened = _change(request, actor, found)
        if request.headers.get("HX-Request") != "true":
            place = f"?effect={opened}#effect-{opened}" if opened else "#analyses"
            return redirect(f"{reverse('postmortem-analyses', args=[found.pk])}{place}")
        found = access.postmortem_for(actor, postmortem_id)
        context = {**reading.side_context(actor, found), **reading.analyses_context(actor, found, opened=opened)}
        return render(request, "postmortems/analyses.html", {**context, "wide": _is_wide(request), "renews_side": True})
    opened = whole_number(request.GET.get("effect", "")) or 0
    context = {**reading.base_context(actor, found), **reading.analyses_context(actor, found, opened=opened)}
    is_part = request.headers.get("HX-Request") == "true"
    template = f"postmortems/{'analyses' if is_part else 'analyses_page'}.html"
    return render(request, template, {**context, "wide": _is_wide(request) if is_part else True})


def _is_wide(request: HttpRequest) -> bool:
    """Whether a part is for the analyses' own page, whose heading says what they are of, and not for the review's."""
    return urlsplit(request.headers.get("HX-Current-URL", "")).path == request.path


def _change(request: HttpRequest, actor: Actor, found: Postmortem) -> int:
    """Do what the form says; returns the effect whose forms stay open, or 0."""
    said = request.POST
    key = whole_number(said.get("key", "")) or 0
    text, ended = said.get("text", ""), said.get("ended_because", "")
    match said.get("do"):
        case "start":
            method = _one_of(Method, said.get("method", ""), "method")
            actions.start_analysis(
                actor=actor, postmortem_id=found.pk, method=method, problem=text, ended_because=ended
            )
        case "remove":
            actions.remove_analysis(actor=actor, analysis_id=key)
        case "cause":
            role = CauseRole(said["role"]) if said.get("role") in CauseRole.values else None
            return actions.add_cause(actor=actor, effect_id=key, text=text, role=role, ended_because=ended).pk
        case "link":
            cause_id = whole_number(said.get("cause", "")) or 0
            role = _one_of(CauseRole, said.get("role", ""), "role")
            actions.link_cause(actor=actor, effect_id=key, cause_id=cause_id, role=role)
        case "edit":
            actions.edit_effect(actor=actor, effect_id=key, text=text, ended_because=ended)
        case "unlink":
            actions.remove_cause(actor=actor, link_id=key)
        case "evidence":
            kind = _one_of(EvidenceKind, said.get("kind", ""), "kind")
            actions.add_evidence(actor=actor, effect_id=key, text=text, kind=kind, url=said.get("url", ""))
            return key
        case "unprove":
            return actions.remove_evidence(actor=actor, evidence_id=key).pk
        case "gap":
            kind_of_gap = _one_of(GapKind, said.get("kind", ""), "kind")
            actions.add_gap(
                actor=actor,
                postmortem_id=found.pk,
                kind=kind_of_gap,
                text=text,
                minutes=_minutes(said.get("minutes", "")),
            )
        case "ungap":
            actions.remove_gap(actor=actor, gap_id=key)
        case _:
            raise Invalid("The form does not say what to do with the analysis.", path=["do"])
    return 0


def _one_of(choices: Any, value: str, field: str) -> Any:
    if value not in choices.values:
        raise Invalid(f"Choose the {field}.", path=[field])
    return choices(value)


def _minutes(text: str) -> int | None:
    if not text.strip():
        return None
    minutes = whole_number(text.strip(), digits=7)
    if minutes is None:
        raise Invalid("The time lost is a whole number of minutes.", path=["minutes"])
    return minutes
