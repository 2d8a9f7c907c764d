"""How the load is spread across teams, and the next rotation of a layer as it would be evener; without a script too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from hub.lib import clock
from hub.lib.errors import HubError, Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.oncall import access, actions, balancing
from hub.oncall.actions import PlannedShift
from hub.oncall.balance import Load
from hub.oncall.balancing import MEMORY, NextRotation
from hub.oncall.models import Layer, Schedule
from hub.oncall.pages.forms import MomentField
from hub.oncall.plans import next_hand_over
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.models import Person
from tenants.permissions import Permission, can
from tenants.scopes import units_in

AHEAD: Final = timedelta(weeks=4)
"""How far ahead plans that collide are shown."""
MOST_WEEKS: Final = 26


class ProposalForm(forms.Form):
    """Which turns to distribute anew."""

    layer = forms.TypedChoiceField(label="Layer", coerce=int)
    since = MomentField(
        label="From", required=False, help_text="Your time. If empty: from the layer's next hand-over on."
    )
    weeks = forms.IntegerField(label="For how many weeks", min_value=1, max_value=MOST_WEEKS, initial=12)

    def __init__(self, data: Mapping[str, Any] | None = None, *, layers: Sequence[Layer]) -> None:
        super().__init__(data, auto_id="proposal_%s")
        self.fields["layer"].choices = [(each.pk, each.name) for each in layers]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class LoadRow:
    """What somebody carries; `planned` and `proposed` are weighted, at the end of the turns that are distributed."""

    person: Person
    load: Load
    planned: float | None = None
    proposed: float | None = None


@dataclass(frozen=True)
class Turn:
    """A turn, who is planned for it, and who is proposed."""

    starts_at: datetime
    ends_at: datetime
    planned: Person | None
    proposed: Person | None

    @property
    def is_other(self) -> bool:
        return self.planned != self.proposed

    @property
    def written(self) -> str:
        """As the form gives it back, so that what was seen is what is taken over."""
        return f"{self.starts_at.isoformat()} {self.ends_at.isoformat()} {self.proposed.pk if self.proposed else 0}"


@reading_page
def report(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What being on call has cost teams and people in twelve weeks, of the units that the address names or of all."""
    now = clock.now()
    found = access.schedules(actor).order_by("unit__name", "unit_id", "name", "pk")
    if (scope := units_in(actor, request.GET)) is not None:
        found = found.filter(unit__in=scope)
    balance = balancing.balance_of(actor, list(found), now - MEMORY, now)
    teams = sorted((team for team in balance.teams if team.loads), key=lambda team: -team.for_each)
    return render(
        request,
        "oncall/balance.html",
        {
            "teams": [(team, percent(team.fairness)) for team in teams],
            "rows": rows_of(balance.loads, balance.people),
            "among_people": percent(balance.among_people),
            "among_teams": percent(balance.among_teams),
        },
    )


@require_http_methods(["GET", "POST"])
@acting_page
def propose(request: HttpRequest, actor: Actor, schedule_id: int) -> HttpResponse:
    """The next rotation of one of a schedule's layers, before anything is written; by POST it is taken over.

    Raises `NotFound`, `Invalid`.
    """
    schedule = access.schedule_for(actor, schedule_id)
    form = proposal_form(schedule, request.GET)
    context: dict[str, Any] = {
        "schedule": schedule,
        "form": form,
        "writes": can(actor, Permission.ONCALL_WRITE, schedule.unit_id),
        "zone": str(timezone.get_current_timezone()),
    }
    try:
        if request.method == "POST":
            actions.plan_shifts(
                actor=actor,
                layer_id=_layer_of(schedule, request.POST.get("layer", "")),
                shifts=_shifts(request.POST.getlist("turn")),
            )
            return redirect("schedule", schedule_id=schedule.pk)
        if form.is_valid():
            layer_id = _layer_of(schedule, str(form.cleaned_data["layer"]))
            since = form.cleaned_data["since"] or next_hand_over(access.layer_for(actor, layer_id))
            context |= _preview(balancing.next_rotation(actor, layer_id, since, form.cleaned_data["weeks"]), actor)
            context["since"] = since
    except HubError as error:
        context["refusal"] = error.message
    return render(request, "oncall/proposal.html", context, status=422 if "refusal" in context else 200)


def proposal_form(schedule: Schedule, given: Mapping[str, Any] | None = None) -> ProposalForm:
    """The form for a schedule, with what the address gives if it names a layer."""
    layers = list(schedule.layers.all())
    return ProposalForm(given, layers=layers) if given and "layer" in given else ProposalForm(layers=layers)


def rows_of(loads: Mapping[int, Load], people: Mapping[int, Person]) -> list[LoadRow]:
    """A row a person, those who carry most first."""
    return [
        LoadRow(people[key], load)
        for key, load in sorted(loads.items(), key=lambda each: (-each[1].weighted, people[each[0]].name))
    ]


def percent(fairness: float) -> int:
    """How even, in whole percent; 100 only where all carry the same, to a hundredth."""
    return round(fairness * 100) if fairness > 0.9999 else min(round(fairness * 100), 99)


def _layer_of(schedule: Schedule, given: str) -> int:
    key = whole_number(given)
    if key is None or not schedule.layers.filter(pk=key).exists():
        raise Invalid("That is no layer of this schedule.", path=["layer"])
    return key


def _preview(found: NextRotation, actor: Actor) -> dict[str, Any]:
    wanted = {key for key in (*found.planned, *found.proposal.people) if key is not None}
    people = found.people | {person.pk: person for person in tenants.people(actor, wanted - found.people.keys())}
    turns = [
        Turn(start, end, people.get(planned or 0), people.get(proposed or 0))
        for (start, end), planned, proposed in zip(found.slots, found.planned, found.proposal.people, strict=True)
    ]
    rows = [
        LoadRow(found.people[key], load, found.as_planned[key].weighted, found.after[key].weighted)
        for key, load in sorted(found.loads.items(), key=lambda each: found.people[each[0]].name)
    ]
    return {
        "layer": found.layer,
        "turns": turns,
        "others": sum(1 for turn in turns if turn.is_other),
        "rows": rows,
        "before": percent(found.proposal.before),
        "after": percent(found.proposal.after),
    }


def _shifts(written: Sequence[str]) -> list[PlannedShift]:
    """The turns that the form gives back. Raises `Invalid` for what no page wrote."""
    shifts = []
    for line in written:
        try:
            start, end, person = line.split(" ")
            given = PlannedShift(int(person), datetime.fromisoformat(start), datetime.fromisoformat(end))
        except ValueError:
            raise Invalid("These turns cannot be read: propose them anew.", path=["turn"]) from None
        if given.starts_at.tzinfo is None or given.ends_at.tzinfo is None:
            raise Invalid("These turns cannot be read: propose them anew.", path=["turn"])
        # Where nobody can be on, the rotation stands.
        if given.person_id:
            shifts.append(given)
    return shifts
