"""The catalog as a list: who owns each service, how much depends on it, and what is wrong with it now."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hub.catalog import access as catalog
from hub.incidents import access
from hub.incidents.models import OVER, Incident
from hub.lib.identity import Actor
from hub.web.components import Filter
from hub.web.signing_in import reading_page
from tenants import access as tenants
from tenants.scopes import units_in

CRITICALITIES = (("1", "1, the highest"), ("2", "2"), ("3", "3"), ("4", "4, the lowest"))


@reading_page
def services(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every service, or those that the address asks for; those with open incidents first."""
    query = request.GET
    found = catalog.services(actor).annotate(
        needs=Count("dependencies", distinct=True), needed_by=Count("dependents", distinct=True)
    )
    if units := [slug for slug in query.getlist("unit") if slug]:
        found = found.filter(unit__slug__in=units)
    if (scope := units_in(actor, query)) is not None:
        found = found.filter(unit__in=scope)
    if levels := [level for level in query.getlist("criticality") if level in dict(CRITICALITIES)]:
        found = found.filter(criticality__in=levels)
    words = query.get("q", "").replace("\x00", "").strip()
    if words:
        found = found.filter(name__icontains=words)
    wrong: dict[int, list[Incident]] = defaultdict(list)
    ongoing = access.incidents(actor).exclude(status__in=OVER).order_by("severity")
    for incident in ongoing:
        if incident.service_id:
            wrong[incident.service_id].append(incident)
    rows: list[dict[str, Any]] = [
        {"service": service, "incidents": wrong[service.pk]} for service in found.order_by("criticality", "name")
    ]
    rows.sort(key=lambda row: row["incidents"][0].severity if row["incidents"] else "~")
    return render(
        request,
        "incidents/services.html",
        {
            "rows": rows,
            "q": words,
            "affected": sum(1 for row in rows if row["incidents"]),
            "kept": [(name, value) for name, values in query.lists() if name != "q" for value in values],
            "filters": [
                Filter.from_query(
                    query,
                    name="unit",
                    label="Unit",
                    options=[(unit.slug, unit.name) for unit in tenants.units(actor)],
                ),
                Filter.from_query(query, name="criticality", label="Criticality", options=CRITICALITIES),
            ],
        },
    )
