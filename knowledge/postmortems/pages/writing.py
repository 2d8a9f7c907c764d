"""What people change in a review: each form is one action, and htmx gets back what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hub.lib.errors import Forbidden, Invalid, NotFound
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.forms import chosen_key
from hub.web.signing_in import acting_page
from knowledge.postmortems import access, actions, presence
from knowledge.postmortems.actions import StaleEdit
from knowledge.postmortems.actions.editing import camel
from knowledge.postmortems.models import Audience, Postmortem, Section
from knowledge.postmortems.pages import reading
from tenants import access as tenants
from tenants.models import TermKind


@require_http_methods(["GET", "POST"])
@acting_page
def section(request: HttpRequest, actor: Actor, postmortem_id: int, name: str) -> HttpResponse:
    """A section or the title: as it reads, `?edit` as a form, and the saving of that form.

    A save that somebody else was faster than comes back as the form, with both texts. Raises `NotFound`, `Forbidden`,
    `Invalid`.
    """
    found = access.postmortem_for(actor, postmortem_id)
    if name not in reading.LABELS:
        raise NotFound("section")
    if request.method == "GET":
        if "edit" not in request.GET:
            return _section(request, actor, found, name)
        _require_writer(actor, found)
        context = {**reading.base_context(actor, found), "form": reading.form_context(found, name)}
        return render(request, "postmortems/form.html", context)
    text = request.POST.get("text", "")
    try:
        found = actions.edit_postmortem(
            actor=actor, postmortem_id=found.pk, version=_version(request), texts={name: text}
        )
    except StaleEdit as stale:
        found = access.postmortem_for(actor, postmortem_id)
        form = reading.form_context(found, name, text=text, stale=stale)
        if _is_htmx(request):
            context = {**reading.base_context(actor, found), "form": form}
            return render(request, "postmortems/form.html", context, status=422)
        context = {**reading.review_context(actor, found, editing=name), "form": form}
        return render(request, "postmortems/review.html", context, status=409)
    if not _is_htmx(request):
        return _back(found, camel(name))
    return _section(request, actor, found, name, renews_side=True)


@require_http_methods(["GET", "POST"])
@acting_page
def text(request: HttpRequest, actor: Actor, postmortem_id: int, name: str) -> HttpResponse:
    """A section for a page that saves by itself: whether it moved on after `?since=VERSION`, and the saving of a text.

    What somebody else wrote since is told whole, with 409 if a text was to be saved, and nothing of that is lost: the
    page has it. Raises `NotFound`, `Forbidden`, `Invalid`.
    """
    found = access.postmortem_for(actor, postmortem_id)
    if name not in reading.LABELS:
        raise NotFound("section")
    if request.method == "GET":
        since = whole_number(request.GET.get("since", ""), digits=9) or 0
        return JsonResponse(reading.moved_on(actor, found, name, since))
    version = _version(request)
    try:
        saved = actions.edit_postmortem(
            actor=actor, postmortem_id=found.pk, version=version, texts={name: request.POST.get("text", "")}
        )
    except StaleEdit:
        found = access.postmortem_for(actor, found.pk)
        return JsonResponse(reading.moved_on(actor, found, name, version), status=409)
    return JsonResponse({"version": saved.version, "moved": False})


@require_http_methods(["GET", "POST"])
@acting_page
def presence_of(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """Who else writes in which section now; a POST says where oneself does. Raises `NotFound`."""
    found = access.postmortem_for(actor, postmortem_id)
    if request.method == "POST":
        presence.say_writing(actor=actor, postmortem_id=found.pk, section=request.POST.get("section", ""))
    now = [{"section": each.section, "name": each.person.name} for each in presence.writers(actor, found)]
    return JsonResponse({"writers": now})


@require_http_methods(["GET", "POST"])
@acting_page
def causes(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """The causes: as they read, `?edit` as a form, and its saving. Raises `NotFound`, `Forbidden`, `Invalid`."""
    found = access.postmortem_for(actor, postmortem_id)
    if request.method == "POST":
        found = actions.set_causes(
            actor=actor,
            postmortem_id=found.pk,
            cause_id=whole_number(request.POST.get("cause", "")),
            contributing_ids=[key for key in map(whole_number, request.POST.getlist("contributing")) if key],
            # A page from before the question was asked does not take the answer away.
            failure_mode_id=chosen_key(request.POST, "failure_mode"),
        )
        context = {**reading.side_context(actor, found), **reading.causes_context(actor, found)}
        return _answer(request, found, "causes.html", context, "rootCause")
    context = {**reading.base_context(actor, found), **reading.causes_context(actor, found)}
    if "edit" not in request.GET:
        return render(request, "postmortems/causes.html", context)
    _require_writer(actor, found)
    terms = {
        "terms": tenants.terms_in_use(actor, TermKind.CAUSE, found.unit_id),
        "failure_modes": tenants.terms_in_use(actor, TermKind.FAILURE_MODE, found.unit_id),
    }
    return render(request, "postmortems/causes_form.html", {**context, **terms})


@require_http_methods(["GET", "POST"])
@acting_page
def moments(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """The timeline, and adding a moment to it. Raises `NotFound`, `Forbidden`, `Invalid`."""
    found = access.postmortem_for(actor, postmortem_id)
    if request.method == "POST":
        actions.add_moment(actor=actor, postmortem_id=found.pk, at=_moment(request), text=request.POST.get("text", ""))
        return _timeline(request, actor, postmortem_id)
    return render(request, "postmortems/timeline.html", reading.timeline_context(actor, found))


@require_http_methods(["GET", "POST"])
@acting_page
def moment(request: HttpRequest, actor: Actor, postmortem_id: int, moment_id: int) -> HttpResponse:
    """The form of a moment, and its saving; `remove` leaves it out. Raises `NotFound`, `Forbidden`, `Invalid`."""
    if request.method == "GET":
        found = access.moment_for(actor, moment_id)
        context = reading.timeline_context(actor, access.postmortem_for(actor, postmortem_id))
        return render(request, "postmortems/timeline.html", {**context, "changing": found.pk})
    if "remove" in request.POST:
        actions.remove_moment(actor=actor, moment_id=moment_id)
    else:
        actions.edit_moment(actor=actor, moment_id=moment_id, at=_moment(request), text=request.POST.get("text", ""))
    return _timeline(request, actor, postmortem_id)


@require_POST
@acting_page
def publish(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """Let the review out. Raises `NotFound`, `Forbidden`, `Conflict`, `InvalidMany`."""
    chosen = request.POST.get("audience", "")
    if chosen not in Audience.values:
        raise Invalid("Choose who shall read it.", path=["audience"])
    found = actions.publish_postmortem(actor=actor, postmortem_id=postmortem_id, audience=Audience(chosen))
    return _page_again(found)


@require_POST
@acting_page
def retract(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """Take the review back. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    found = actions.retract_postmortem(actor=actor, postmortem_id=postmortem_id, reason=request.POST.get("reason", ""))
    return _page_again(found)


@require_POST
@acting_page
def lead(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """Let somebody else lead the review, by username. Raises `NotFound`, `Forbidden`."""
    person = tenants.person_named(actor, request.POST.get("person", "").strip())
    found = access.postmortem_for(actor, postmortem_id)
    found = actions.edit_postmortem(
        actor=actor, postmortem_id=found.pk, version=found.version, texts={}, author_id=person.pk
    )
    return _page_again(found)


def _section(
    request: HttpRequest, actor: Actor, found: Postmortem, name: str, *, renews_side: bool = False
) -> HttpResponse:
    if name == "title":
        return render(request, "postmortems/title.html", reading.base_context(actor, found))
    context = reading.part_context(actor, found, Section(name))
    if renews_side:
        context = {**reading.side_context(actor, found), **context, "renews_side": True}
    return render(request, "postmortems/section.html", context)


def _timeline(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    found = access.postmortem_for(actor, postmortem_id)
    context = {**reading.side_context(actor, found), **reading.timeline_context(actor, found)}
    return _answer(request, found, "timeline.html", context, "timeline")


def _answer(
    request: HttpRequest, found: Postmortem, template: str, context: Mapping[str, Any], anchor: str
) -> HttpResponse:
    """The renewed part with the side for htmx; without JavaScript, the page."""
    if not _is_htmx(request):
        return _back(found, anchor)
    return render(request, f"postmortems/{template}", {**context, "renews_side": True})


def _back(found: Postmortem, anchor: str) -> HttpResponse:
    return redirect(f"{reverse('postmortem', args=[found.pk])}#{anchor}")


def _page_again(found: Postmortem) -> HttpResponse:
    # So much of the page changes with its state that it is loaded anew.
    return redirect("postmortem", found.pk)


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _require_writer(actor: Actor, found: Postmortem) -> None:
    if not access.may_write(actor, found):
        raise Forbidden("You can read this review but not change it.")


def _version(request: HttpRequest) -> int:
    version = whole_number(request.POST.get("version", ""), digits=9)
    if version is None:
        raise Invalid("The form does not say which version it changes: load the page again.", path=["version"])
    return version


def moment_of(request: HttpRequest, name: str, missing: str) -> datetime:
    """The local time that a form says in this field, in the zone of the person. Raises `Invalid(missing)`."""
    try:
        local = datetime.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        raise Invalid(missing, path=[name]) from None
    return local if local.tzinfo else local.replace(tzinfo=timezone.get_current_timezone())


def _moment(request: HttpRequest) -> datetime:
    return moment_of(request, "at", "Say when it happened: a day and a time.")
