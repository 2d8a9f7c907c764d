"""One schedule: who is on and next, its layers as they are and will be, and new rotations for who may set them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from hub.lib import clock
from hub.lib.errors import HubError, Invalid
from hub.lib.identity import Actor
from hub.lib.zones import zone_names
from hub.oncall import access, actions
from hub.oncall.balancing import MEMORY, balance_around
from hub.oncall.expertise import demands_of
from hub.oncall.hours import spans_of
from hub.oncall.models import Layer, Period, Rotation, Schedule
from hub.oncall.pages.balance import AHEAD, percent, proposal_form, rows_of
from hub.oncall.pages.clashes import clashes_with
from hub.oncall.pages.forms import MomentField
from hub.oncall.shifts import Duty
from hub.oncall.work import FOREVER
from hub.web.signing_in import acting_page
from tenants import access as tenants
from tenants.permissions import Permission, can


def _zones() -> list[tuple[str, str]]:
    return [(each, each) for each in sorted(zone_names())]


class RotationForm(forms.Form):
    """Who takes turns, as people write it: a line a turn, several people in a line for a turn together."""

    people = forms.CharField(
        label="Turns, one a line",
        widget=forms.Textarea,
        help_text="Usernames or names; with commas for a turn together.",
    )
    starts_on = forms.DateField(label="First hand-over on", widget=forms.DateInput(attrs={"type": "date"}))
    hands_over_at = forms.TimeField(
        label="Hand-over at", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    length = forms.IntegerField(label="A turn lasts", min_value=1, initial=1)
    period = forms.ChoiceField(label="Counted in", choices=Period.choices, initial=Period.WEEKS)
    time_zone = forms.ChoiceField(label="By the clock of", choices=_zones)
    effective_from = MomentField(
        label="In force from", required=False, help_text="Your time. If empty: from the next hand-over on."
    )
    changes_who_is_on_now = forms.BooleanField(label="It may change who is on now", required=False)

    def turns(self, actor: Actor, hours: list[list[int]]) -> actions.Turns:
        """The rotation as its action takes it. Raises `Invalid` and `NotFound` for a name that is nobody's."""
        given = self.cleaned_data
        lines = [line for line in given["people"].splitlines() if line.strip()]
        return actions.Turns(
            groups=[
                [tenants.person_called(actor, words).pk for words in line.split(",") if words.strip()] for line in lines
            ],
            starts_on=given["starts_on"],
            hands_over_at=given["hands_over_at"],
            period=Period(given["period"]),
            length=given["length"],
            hours=spans_of(hours),
            time_zone=given["time_zone"],
        )


class LayerForm(RotationForm):
    """A new layer and its first rotation."""

    name = forms.CharField(label="Name", max_length=100)
    duty = forms.ChoiceField(label="Duty", choices=[(each.value, each.value.capitalize()) for each in Duty])
    field_order = ("name", "duty")


@require_http_methods(["GET", "POST"])
@acting_page
def schedule(request: HttpRequest, actor: Actor, schedule_id: int) -> HttpResponse:
    """The schedule; by POST, a new rotation, a new layer or the end of one. Raises `NotFound`, `Invalid`."""
    found = access.schedule_for(actor, schedule_id)
    context = _context(actor, found)
    if request.method == "POST":
        try:
            if _do(request, actor, found, context):
                return redirect("schedule", schedule_id=found.pk)
        except HubError as error:
            context["refusal"] = error.message
        return render(request, "oncall/schedule.html", context, status=422)
    return render(request, "oncall/schedule.html", context)


def _context(actor: Actor, found: Schedule) -> dict[str, Any]:
    now = clock.now()
    writes = can(actor, Permission.ONCALL_WRITE, found.unit_id)
    calendars = access.calendar_sources(actor, found.pk)
    layers = []
    for layer in found.layers.prefetch_related("rotations__members__person"):
        rotations = list(layer.rotations.all())
        past = [each for each in rotations if each.effective_from <= now]
        current = past[-1] if past else None
        form = _rotation_form(found, current) if writes else None
        layers.append(
            {
                "layer": layer,
                "current": current,
                "calendar": calendars.get(layer.pk),
                "coming": [each for each in rotations if each.effective_from > now],
                "hours": [str(each) for each in spans_of(current.hours)] if current else [],
                "form": form,
            }
        )
    return {
        "schedule": found,
        "moment": now,
        "now": access.on_call_of(found, now),
        "next": access.next_of(found, now),
        "hours": [str(each) for each in spans_of(found.hours)],
        "demanded_from": demands_of(found)[-1][0],
        "short": access.short_of(found, now),
        "unable": access.unable_of(found, now),
        "forever": FOREVER,
        "layers": layers,
        **_balance(actor, found, now),
        "layer_form": LayerForm(initial=_first(found), auto_id="layer_%s") if writes else None,
        "writes": writes,
        "zone": str(timezone.get_current_timezone()),
    }


def _balance(actor: Actor, found: Schedule, now: datetime) -> dict[str, Any]:
    balance = balance_around(actor, found, now - MEMORY, now)
    return {
        "loads": rows_of(balance.loads, balance.people),
        "evenness": percent(balance.among_people),
        "clashes": clashes_with(actor, found, balance.people, now, now + AHEAD),
        "proposal_form": proposal_form(found),
    }


def _rotation_form(found: Schedule, current: Rotation | None) -> RotationForm:
    auto_id = f"rotation-{current.layer_id if current else 0}_%s"
    if current is None:
        return RotationForm(initial=_first(found), auto_id=auto_id)
    groups: dict[int, list[str]] = {}
    for member in sorted(current.members.all(), key=lambda each: (each.position, each.pk)):
        groups.setdefault(member.position, []).append(member.person.username)
    return RotationForm(
        auto_id=auto_id,
        initial={
            "people": "\n".join(", ".join(names) for _, names in sorted(groups.items())),
            "starts_on": current.starts_on,
            "hands_over_at": current.hands_over_at,
            "length": current.length,
            "period": current.period,
            "time_zone": current.time_zone,
        },
    )


def _first(found: Schedule) -> dict[str, Any]:
    today: date = datetime.now(UTC).astimezone(ZoneInfo(found.time_zone)).date()
    return {"starts_on": today, "hands_over_at": "09:00", "time_zone": found.time_zone}


def _do(request: HttpRequest, actor: Actor, found: Schedule, context: dict[str, Any]) -> bool:
    """Do what the form asks. Says whether it was well-formed; if not, the form tells what is wrong."""
    given = request.POST.get("layer", "")
    entry: dict[str, Any] = next((each for each in context["layers"] if str(each["layer"].pk) == given), {})
    match request.POST.get("do"), entry:
        case "rotation", {"layer": Layer() as layer, "current": current}:
            form = RotationForm(request.POST, auto_id=f"rotation-{layer.pk}_%s")
            entry["form"] = form
            if not form.is_valid():
                return False
            actions.set_rotation(
                actor=actor,
                layer_id=layer.pk,
                turns=form.turns(actor, current.hours if current else []),
                effective_from=form.cleaned_data["effective_from"],
                changes_who_is_on_now=form.cleaned_data["changes_who_is_on_now"],
            )
        case "end", {"layer": Layer() as layer}:
            actions.end_layer(actor=actor, layer_id=layer.pk)
        case "layer", _:
            form = context["layer_form"] = LayerForm(request.POST, auto_id="layer_%s")
            if not form.is_valid():
                return False
            actions.add_layer(
                actor=actor,
                schedule_id=found.pk,
                name=form.cleaned_data["name"],
                duty=Duty(form.cleaned_data["duty"]),
                turns=form.turns(actor, []),
                effective_from=form.cleaned_data["effective_from"],
                changes_who_is_on_now=form.cleaned_data["changes_who_is_on_now"],
            )
        case _:
            raise Invalid("A layer gets another rotation here, or ends, or a new one is added.")
    return True
