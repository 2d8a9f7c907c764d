"""Drills: those that were, a form for the next, and the account of one, as a page and as a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods

from hub.lib.errors import HubError
from hub.lib.identity import Actor
from hub.lib.spreadsheets import spreadsheet
from hub.oncall import access as oncall
from hub.reach import access, actions
from hub.reach.reporting import report_of, rows_of
from hub.web.grounds import in_words
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.definitions import VERSION
from tenants.permissions import Permission, units_with

LISTED = 100


class DrillForm(forms.Form):
    """Whom to try to reach."""

    whom = forms.ChoiceField(label="Whom?")
    role = forms.ChoiceField(label="Who holds which role?", required=False, help_text="Of a unit's people.")
    hours = forms.IntegerField(label="Hours to confirm", initial=24, min_value=1, max_value=24)

    def __init__(self, *args: Any, choices: list[Any], roles: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = [("", "Whatever role"), *roles]  # type: ignore[attr-defined]
        self.fields["whom"].choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@acting_page
def drills(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every drill that the reader may see; and by POST, a new one."""
    units = tenants.units(actor).filter(pk__in=units_with(actor, Permission.UNIT_ADMINISTER)).order_by("name")
    schedules = oncall.schedules(actor).filter(unit__in=units).order_by("name")
    choices = [
        ("Everybody of a unit", [(f"unit:{each.pk}", each.name) for each in units]),
        ("A schedule's team", [(f"schedule:{each.pk}", each.name) for each in schedules]),
    ]
    roles = list(tenants.roles_of_units(actor, units).values_list("key", "name"))
    form = DrillForm(request.POST or None, choices=choices, roles=roles, auto_id="drill_%s")
    if request.method == "POST" and form.is_valid():
        kind, _, key = form.cleaned_data["whom"].partition(":")
        whom = {"unit_id" if kind == "unit" else "schedule_id": int(key)}
        try:
            made = actions.start_drill(
                actor=actor, hours=form.cleaned_data["hours"], role_key=form.cleaned_data["role"], **whom
            )
            return redirect("drill", made.pk)
        except HubError as error:
            form.add_error("role" if error.path[:1] == ("roleKey",) else None, error.message)
    return render(
        request,
        "reach/drills.html",
        {"drills": access.drills(actor)[:LISTED], "form": form if choices[0][1] else None},
        status=422 if form.is_bound else 200,
    )


@reading_page
def drill(request: HttpRequest, actor: Actor, drill_id: int) -> HttpResponse:
    """The account of a drill. Raises `NotFound`."""
    found = access.drill_for(actor, drill_id)
    report = report_of(list(access.probes_of(actor, found)))
    context = {"drill": found, "report": report, "definition": VERSION, "verified": in_words(report.basis)}
    return render(request, "reach/drill.html", context)


@reading_page
def export(request: HttpRequest, actor: Actor, drill_id: int) -> HttpResponse:
    """The same as a file for spreadsheets. Raises `NotFound`."""
    found = access.drill_for(actor, drill_id)
    name = f"drill-{slugify(found.name)}-{found.started_at:%Y-%m-%d}"
    return spreadsheet(name, rows_of(report_of(list(access.probes_of(actor, found)))))
