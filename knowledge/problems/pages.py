"""Problems: the list, one problem, and what people do with it."""

from __future__ import annotations

from typing import TypedDict

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from hub.catalog import access as catalog
from hub.incidents import access as incidents
from hub.incidents.models import Incident
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.forms import chosen_key
from hub.web.lists import chosen_view, list_context, narrowed
from hub.web.signing_in import acting_page, reading_page
from knowledge.problems import access, actions
from knowledge.problems.actions.working import TEXTS
from knowledge.problems.models import GOING_ON, Problem, ProblemState
from tenants import access as tenants
from tenants.models import TermKind

VIEWS = (("open", "Going on"), ("known", "Known errors"), ("mine", "Mine"), ("over", "Over"))


class _Named(TypedDict):
    """What every action on a problem takes."""

    actor: Actor
    problem_id: int


@reading_page
def problems(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list, every choice in the address."""
    query = request.GET
    view = chosen_view(query, VIEWS)
    found = narrowed(_in_view(actor, view), query, "title", "symptoms", "workaround")
    rows = found.select_related("unit", "service", "owner").annotate(incidents=Count("links"))
    context = {
        **list_context(actor, query, rows, views=VIEWS, view=view),
        "may_open": access.units_to_work_in(actor).exists(),
    }
    return render(request, "problems/list.html", context)


@reading_page
def problem(request: HttpRequest, actor: Actor, problem_id: int) -> HttpResponse:
    """One problem with its incidents. Raises `NotFound`."""
    found = access.problem_for(actor, problem_id)
    may_write = access.may_write(actor, found.unit_id)
    tenants.call(actor, [(found.cause, found.unit_id), (found.failure_mode, found.unit_id)])
    context = {
        "problem": found,
        "links": list(access.links(actor, found)),
        "may_write": may_write,
        "may_share": access.may_share(actor, found.unit_id),
        "texts": [(name, label, getattr(found, name)) for name, label in LABELS.items()],
        "services": catalog.services(actor).order_by("name") if may_write else (),
        "causes": tenants.terms_in_use(actor, TermKind.CAUSE, found.unit_id) if may_write else (),
        "failure_modes": tenants.terms_in_use(actor, TermKind.FAILURE_MODE, found.unit_id) if may_write else (),
    }
    return render(request, "problems/problem.html", context)


LABELS = {
    "symptoms": "How to recognise it",
    "workaround": "How to live with it",
    "root_cause": "Why it happens",
}


@require_http_methods(["GET", "POST"])
@acting_page
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form of a new problem, for an incident where `?incident=` names one, and its saving.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`.
    """
    said = request.POST if request.method == "POST" else request.GET
    reference = said.get("incident", "").strip()
    incident = incidents.incident_referenced(actor, reference) if reference else None
    if request.method == "POST":
        unit = tenants.unit_named(actor, said.get("unit", ""))
        opened = actions.open_problem(
            actor=actor,
            unit_id=unit.pk,
            title=said.get("title", ""),
            texts={name: said.get(name, "") for name in TEXTS},
            service_id=incident.service_id if incident else None,
        )
        if incident is not None:
            actions.link_incident(actor=actor, problem_id=opened.pk, incident_id=incident.pk)
        return redirect("problem", opened.pk)
    units = access.units_to_work_in(actor)
    return render(request, "problems/new.html", {"incident": incident, "units": units, "texts": LABELS.items()})


@require_POST
@acting_page
def change(request: HttpRequest, actor: Actor, problem_id: int) -> HttpResponse:
    """Everything that changes a problem: `do` says what. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    said = request.POST
    named: _Named = {"actor": actor, "problem_id": problem_id}
    match said.get("do"):
        case "edit":
            owner = said.get("owner", "").strip()
            actions.edit_problem(
                **named,
                title=said.get("title"),
                texts={name: said[name] for name in TEXTS if name in said},
                service_id=chosen_key(said, "service"),
                owner_id=tenants.person_named(actor, owner).pk if owner else None,
                cause_id=chosen_key(said, "cause"),
                failure_mode_id=chosen_key(said, "failure_mode"),
                version=whole_number(said.get("version", "")),
            )
        case "known":
            actions.mark_known_error(**named, workaround=said.get("workaround"))
        case "resolve":
            actions.resolve_problem(**named, outcome=said.get("text", ""))
        case "drop":
            actions.drop_problem(**named, reason=said.get("text", ""))
        case "reopen":
            actions.reopen_problem(**named, reason=said.get("text", ""))
        case "share" | "unshare":
            actions.share_problem(**named, shared=said["do"] == "share")
        case "link":
            incident = _incident(actor, said)
            actions.link_incident(**named, incident_id=incident.pk)
            if "room" in said:
                return redirect("incident", incident.reference)
        case "unlink":
            actions.unlink_incident(**named, incident_id=_incident(actor, said).pk)
        case _:
            raise Invalid("The form does not say what to do with the problem.", path=["do"])
    return redirect(reverse("problem", args=[problem_id]))


def _incident(actor: Actor, said: QueryDict) -> Incident:
    return incidents.incident_referenced(actor, said.get("incident", "").strip())


def _in_view(actor: Actor, view: str) -> QuerySet[Problem]:
    rows = access.problems(actor)
    match view:
        case "known":
            return access.known_errors(actor)
        case "mine":
            return rows.filter(owner_id=actor.person_id or 0).order_by("state", "-opened_at", "-id")
        case "over":
            return rows.exclude(state__in=GOING_ON).order_by("-ended_at", "-id")
    return rows.filter(state__in=[ProblemState.OPEN, ProblemState.KNOWN_ERROR])
