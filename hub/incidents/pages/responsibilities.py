"""Whose what is about a unit's incidents: its matrix, whom that leads to now, and what it lacks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hub.incidents import access
from hub.incidents.models import Activity, Incident, Part, Severity
from hub.incidents.resolution import Resolved, gaps, resolved_matrix
from hub.lib import clock
from hub.lib.identity import Actor
from hub.web.signing_in import reading_page
from tenants import access as tenants
from tenants.permissions import Permission, units_with


@reading_page
def responsibilities(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """The unit's matrix for incidents of a severity, resolved to people now. Raises `NotFound`."""
    unit = tenants.unit_named(actor, slug)
    severity = request.GET.get("severity", "")
    if severity not in Severity.values:
        severity = Severity.SEV1.value
    now = clock.now()
    kind: dict[str, Any] = {"severity": severity, "incident_type": None, "moment": now}
    resolved = resolved_matrix(actor, unit.pk, **kind)
    particular = list(access.raci_lines(actor).filter(unit=unit, incident_type__isnull=False))
    tenants.call(actor, [(row.incident_type, unit.pk) for row in particular])
    return render(
        request,
        "incidents/responsibilities.html",
        {
            "unit": unit,
            "severity": severity,
            "severities": Severity.choices,
            "parts": [part.label for part in Part],
            "rows": [
                {
                    "activity": activity.label,
                    "cells": [_cell(resolved, activity, part) for part in Part],
                }
                for activity in Activity
            ],
            "gaps": [
                {
                    "activity": Activity(each.activity).label,
                    "part": each.part.label if each.part else "",
                    "why": each.why,
                }
                for each in gaps(actor, unit.pk, **kind)
            ],
            "particular": [
                {
                    "activity": row.get_activity_display(),
                    "type": row.incident_type,
                    "severity": row.severity,
                    "said": access.said_of_line(row),
                }
                for row in particular
            ],
            "may_keep": unit.pk in units_with(actor, Permission.UNIT_ADMINISTER),
        },
    )


def duties_context(actor: Actor, incident: Incident) -> dict[str, Any]:
    """Whose part is what in an incident, by activity; and what is nobody's."""
    held = list(access.duties(actor, incident))
    order = list(Part)
    return {
        "duties": [
            {
                "activity": activity.label,
                "people": [
                    f"{duty.person.name} ({duty.get_part_display().lower()})"
                    for duty in sorted(held, key=lambda each: order.index(Part(each.part)))
                    if duty.activity == activity and duty.person is not None
                ],
            }
            for activity in Activity
            if any(duty.activity == activity for duty in held)
        ],
        "duty_gaps": [
            f"{duty.get_activity_display()}, {duty.get_part_display().lower()}: {duty.gap}" for duty in held if duty.gap
        ],
    }


def _cell(resolved: list[Resolved], activity: Activity, part: Part) -> list[Resolved]:
    return [each for each in resolved if (each.line.activity, each.line.part) == (activity, part)]
