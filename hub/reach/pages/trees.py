"""Phone trees as people read and change them: a list by unit, and one tree with a form for its next place."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hub.incidents import access as incidents
from hub.incidents.rooms import Act
from hub.lib.errors import HubError, Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.reach import access, actions
from hub.reach.actions import NewPlace
from hub.reach.actions.trees import places_of
from hub.reach.call_lists import numbered
from hub.reach.models import PhoneTree
from hub.reach.panels import shown
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.models import BusinessUnit, Person
from tenants.permissions import Permission, units_with

MOST_RUNS: Final = 20


class PlaceForm(forms.Form):
    """Somebody for a phone tree. Without anybody above they are called first."""

    person = forms.TypedChoiceField(label="Who", coerce=int)
    above = forms.TypedChoiceField(label="Called by", coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, people: list[Person], members: list[Person], **options: Any) -> None:
        super().__init__(*args, **options)
        there = {each.pk for each in members}
        left = [(each.pk, each.name) for each in people if each.pk not in there]
        self.fields["person"].choices = left  # type: ignore[attr-defined]
        above = [("", "Nobody: called first"), *((str(each.pk), each.name) for each in members)]
        self.fields["above"].choices = above  # type: ignore[attr-defined]


class TreeForm(PlaceForm):
    """A new phone tree, with who is called first."""

    name = forms.CharField(label="Name", max_length=100)
    wait = forms.IntegerField(
        label="Minutes to answer", initial=5, min_value=1, max_value=120, help_text="Then those below are called."
    )
    field_order = ("name", "wait", "person")

    def __init__(self, *args: Any, people: list[Person], **options: Any) -> None:
        super().__init__(*args, people=people, members=[], **options)
        del self.fields["above"]
        self.fields["person"].label = "Who is called first?"


@require_http_methods(["GET", "POST"])
@acting_page
def trees(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every phone tree that the reader may see, by unit, or one unit's; and by POST, a new one. Raises `NotFound`."""
    slug = request.GET.get("unit", "")
    unit = tenants.unit_named(actor, slug) if slug else None
    found = access.trees(actor).order_by("unit__name", "unit_id", "name")
    if unit is not None:
        found = found.filter(unit=unit)
    writes = units_with(actor, Permission.ONCALL_WRITE)
    form = None
    if unit is not None and unit.pk in writes:
        form = TreeForm(request.POST or None, people=_people(actor, unit), auto_id="tree_%s")
        if form.is_bound and form.is_valid() and (made := _create(actor, unit, form)):
            return redirect("phone-tree", made.pk)
    elif request.method == "POST":
        raise Invalid("Say of which unit.", path=["unit"])
    return render(
        request,
        "reach/trees.html",
        {
            "unit": unit,
            "groups": [(owner, list(of_unit)) for owner, of_unit in groupby(found, key=lambda each: each.unit)],
            "form": form,
            "own_units": tenants.units(actor).filter(pk__in=writes).order_by("name") if unit is None else (),
        },
        status=422 if form is not None and form.is_bound else 200,
    )


@require_http_methods(["GET", "POST"])
@acting_page
def tree(request: HttpRequest, actor: Actor, tree_id: int) -> HttpResponse:
    """One phone tree; and by POST, a change of it. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    found = access.tree_for(actor, tree_id)
    may_write = found.unit_id in units_with(actor, Permission.ONCALL_WRITE)
    members = [place.person for place in found.places.all()]
    form = PlaceForm(people=_people(actor, found.unit) if may_write else [], members=members, auto_id="place_%s")
    refusal = ""
    if request.method == "POST":
        try:
            if request.POST.get("do") == "retire":
                actions.retire_phone_tree(actor=actor, tree_id=tree_id)
                return redirect(f"{request.path.rpartition('/')[0]}?unit={found.unit.slug}")
            version = whole_number(request.POST.get("version", "")) or 0
            actions.change_phone_tree(actor=actor, tree_id=tree_id, version=version, **_change(request, found))
            return redirect("phone-tree", tree_id)
        except HubError as error:
            if error.status in (403, 404):
                raise
            refusal = error.message
    return render(
        request,
        "reach/tree.html",
        {
            "tree": found,
            "places": [{"number": number, "place": place} for number, place in numbered(list(found.places.all()))],
            "runs": access.tree_runs(actor).filter(tree=found).select_related("incident")[:MOST_RUNS],
            "form": form,
            "may_write": may_write,
            "refusal": refusal,
        },
        status=422 if refusal else 200,
    )


@reading_page
def run(request: HttpRequest, actor: Actor, reference: str, run_id: int) -> HttpResponse:
    """A phone tree at work for an incident, or that was: whom it called when, and who answered. Raises `NotFound`."""
    incident = incidents.incident_referenced(actor, reference)
    found = access.tree_run_of(actor, incident, run_id)
    rights = incidents.rights(actor, incident)
    return render(
        request,
        "reach/run.html",
        {
            "incident": incident,
            "calls": [{"number": number, "call": call} for number, call in numbered(list(found.calls.all()))],
            "may_stop": found.ended_at is None and Act.ASSIGN in rights,
            "tree": access.trees(actor).filter(pk=found.tree_id).first(),
            "me": actor.person_id,
            **shown(found),
        },
    )


def _change(request: HttpRequest, found: PhoneTree) -> dict[str, Any]:
    """What a form of the page asks for: another name or wait, a place more, or one less."""
    places = places_of(found)
    do = request.POST.get("do", "")
    person_id = whole_number(request.POST.get("person", ""))
    if do == "tree":
        return {"name": request.POST.get("name", ""), "wait": whole_number(request.POST.get("wait", "")) or 0}
    if person_id is None:
        raise Invalid("Choose somebody.", path=["person"])
    if do == "add":
        return {"places": [*places, NewPlace(person_id, whole_number(request.POST.get("above", "")))]}
    if do == "remove":
        above = next((each.above_id for each in places if each.person_id == person_id), None)
        left = [each for each in places if each.person_id != person_id]
        # Who was below somebody who goes is called by who called them.
        return {"places": [NewPlace(e.person_id, above) if e.above_id == person_id else e for e in left]}
    raise Invalid("A place is added or removed.", path=["do"])


def _create(actor: Actor, unit: BusinessUnit, form: TreeForm) -> PhoneTree | None:
    given = form.cleaned_data
    try:
        return actions.create_phone_tree(
            actor=actor,
            unit_id=unit.pk,
            name=given["name"],
            wait=given["wait"],
            places=[NewPlace(given["person"])],
        )
    except HubError as error:
        form.add_error(error.path[0] if error.path and error.path[0] in form.fields else None, error.message)
        return None


def _people(actor: Actor, unit: BusinessUnit) -> list[Person]:
    """Whom a phone tree of the unit is offered: who holds a role in it or above it."""
    return list(tenants.people_in(actor, unit.lineage))
