"""The form that makes and changes a policy: without a script, with the keyboard, and on a phone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hub.catalog import access as catalog
from hub.escalation import access, actions
from hub.escalation.models import CommandedBy, Ownership, Policy, StepTarget, TargetKind, WhenNobodyOn
from hub.escalation.pages import drafts
from hub.escalation.pages.drafts import Draft
from hub.escalation.wording import target_in_words
from hub.incidents.models import Severity
from hub.lib.errors import HubError, Invalid
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from hub.web.signing_in import acting_page
from tenants import access as tenants
from tenants.models import BusinessUnit, Person

MOST_PEOPLE = 300
Options = list[tuple[str, list[tuple[str, str]]]]


@require_http_methods(["GET", "POST"])
@acting_page
def create(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new policy of the unit that the address names. Raises `NotFound`, `Forbidden`."""
    unit = tenants.unit_named(actor, request.GET.get("unit", ""))
    return _edit(request, actor, unit, None)


@require_http_methods(["GET", "POST"])
@acting_page
def change(request: HttpRequest, actor: Actor, policy_id: int) -> HttpResponse:
    """Another text of a policy. Raises `NotFound`, `Forbidden`."""
    found = access.whole_policy_for(actor, policy_id)
    return _edit(request, actor, found.unit, found)


def _edit(request: HttpRequest, actor: Actor, unit: BusinessUnit, policy: Policy | None) -> HttpResponse:
    actions.require_writer(actor, unit)
    draft = drafts.draft_of(policy) if policy else Draft()
    problem: HubError | None = None
    if request.method == "POST":
        draft = drafts.read(request.POST)
        if not drafts.reshaped(draft, request.POST.get("do", "save")):
            try:
                new = drafts.policy_from(draft)
                saved = (
                    actions.update_policy(actor=actor, policy_id=policy.pk, new=new, as_of=_moment(draft.as_of))
                    if policy
                    else actions.create_policy(actor=actor, unit_id=unit.pk, new=new)
                )
                return redirect("escalation-policy", saved.pk)
            except HubError as error:
                problem = error
    context = {
        "unit": unit,
        "policy": policy,
        "draft": draft,
        "problem": problem,
        "where": _where(problem),
        "options": _options(actor, unit, policy),
        "services": catalog.services(actor).filter(unit=unit).order_by("name"),
        "severities": [(value, value.upper()) for value in Severity.values],
        "ownerships": Ownership.choices,
        "commanding": CommandedBy.choices,
        "when_nobody": WhenNobodyOn.choices,
    }
    return render(request, "escalation/edit.html", context, status=422 if problem else 200)


def _moment(text: str) -> datetime | None:
    """When the policy had last changed as the form was opened; a form that does not say so takes what there is."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("The form is damaged: open it again.") from None
    return moment if moment.tzinfo else None


def _where(problem: HubError | None) -> str:
    """Which step is wrong, in words."""
    if problem is None or len(problem.path) < 2 or problem.path[0] != "steps":
        return ""
    return f"Step {int(problem.path[1]) + 1}: "


def _options(actor: Actor, unit: BusinessUnit, policy: Policy | None) -> Options:
    """Whom a step may page, as the form offers it: what is near the unit, and what the policy names already."""
    near = Q(unit__in=unit.lineage) | Q(unit__lineage__contains=[unit.pk])
    schedules = list(oncall.schedules(actor).filter(near).order_by("name"))
    on_call = [_option(kind, role_key=role) for kind in _ASKED for role in ("commander", "responder")]
    on_call += [_option(kind, schedule=each) for each in schedules for kind in _ASKED]
    units = list(tenants.units(actor).order_by("name"))
    others = [
        _option(TargetKind.ON_IT),
        _option(TargetKind.LEADERSHIP),
        _option(TargetKind.LEADERSHIP, of_unit=unit),
        _option(TargetKind.ROLE, role_key="commander"),
        _option(TargetKind.ROLE, role_key="responder"),
        _option(TargetKind.COORDINATORS),
    ]
    people = [_option(TargetKind.PERSON, person=each) for each in _people(actor, unit)]
    groups: Options = [
        ("On call", on_call),
        ("By what they are", others),
        ("Another unit", [_option(TargetKind.UNIT, of_unit=each) for each in units if each.pk != unit.pk]),
        ("A person", people),
    ]
    offered = {value for _, options in groups for value, _ in options}
    named = [
        (drafts.written(target), target_in_words(target))
        for step in (policy.steps.all() if policy else ())
        for target in step.targets.all()
    ]
    if kept := [each for each in dict.fromkeys(named) if each[0] not in offered]:
        groups.insert(0, ("Named now", kept))
    return groups


_ASKED = (TargetKind.PRIMARY, TargetKind.SECONDARY, TargetKind.NEXT, TargetKind.TEAM)


def _option(
    kind: TargetKind,
    *,
    schedule: Schedule | None = None,
    person: Person | None = None,
    role_key: str = "",
    of_unit: BusinessUnit | None = None,
) -> tuple[str, str]:
    target = StepTarget(kind=kind, schedule=schedule, person=person, role_key=role_key, of_unit=of_unit)
    return drafts.written(target), target_in_words(target)


def _people(actor: Actor, unit: BusinessUnit) -> Iterable[Person]:
    return tenants.people_around(actor, unit.pk).filter(is_service=False)[:MOST_PEOPLE]
