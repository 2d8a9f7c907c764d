"""The catalog: who owns each service, how much depends on it, and what is wrong with it now; and one service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hub.catalog import access as catalog
from hub.catalog.actions import restore_service, retire_service
from hub.catalog.models import Service
from hub.incidents import access
from hub.incidents.models import OVER, Incident
from hub.lib.errors import Conflict, Invalid
from hub.lib.identity import Actor
from hub.web.components import Filter
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.permissions import Permission, can
from tenants.scopes import units_in

USES = (("retired", "Retired"), ("all", "In use and retired"))
MOST_SHOWN: Final = 20
CRITICALITIES = (("1", "1, the highest"), ("2", "2"), ("3", "3"), ("4", "4, the lowest"))


@reading_page
def services(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every service in use, or those that the address asks for; those with open incidents first."""
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
    use = query.get("use", "")
    if use != "all":
        found = found.filter(retired_at__isnull=use != "retired")
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
                Filter.from_query(query, name="use", label="In use", options=USES),
            ],
        },
    )


@require_http_methods(["GET", "POST"])
@acting_page
def service(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """One service, what is wrong with it now, and what it needs; by POST it is retired or restored.

    Raises `NotFound`, `Forbidden`.
    """
    found = catalog.service_called(actor, slug)
    may_write = can(actor, Permission.CATALOG_WRITE, found.unit_id)
    others = list(catalog.services_in_use(actor).exclude(pk=found.pk).order_by("unit__name", "name"))
    form = RetireForm(request.POST if request.POST.get("do") == "retire" else None, services=others)
    refusal = ""
    if request.method == "POST":
        try:
            if _do(request, actor, found, form):
                return redirect("service", slug=found.slug)
        except (Invalid, Conflict) as error:
            refusal = error.message
    of_service = access.incidents(actor).filter(service=found)
    return render(
        request,
        "incidents/service.html",
        {
            "service": found,
            "open": list(of_service.exclude(status__in=OVER).order_by("severity", "-declared_at")[:MOST_SHOWN]),
            "past": of_service.filter(status__in=OVER).count(),
            "needs": [each.needs for each in found.dependencies.select_related("needs__unit").order_by("needs__name")],
            "needed_by": [
                each.service for each in found.dependents.select_related("service__unit").order_by("service__name")
            ],
            "replaces": list(found.replaces.order_by("name")),
            "form": form if may_write and found.retired_at is None else None,
            "may_write": may_write,
            "refusal": refusal,
        },
        status=422 if refusal or form.errors else 200,
    )


class RetireForm(forms.Form):
    """What takes the place of a service, if anything does."""

    successor = forms.TypedChoiceField(
        label="What is in its place?",
        coerce=int,
        required=False,
        empty_value=None,
        help_text="Alerts that name this one are about that from then on.",
    )

    def __init__(self, *args: Any, services: Iterable[Service], **options: Any) -> None:
        super().__init__(*args, **options)
        named = [(str(each.pk), f"{each.name} ({each.unit})") for each in services]
        self.fields["successor"].choices = [("", "Nothing"), *named]  # type: ignore[attr-defined]


def _do(request: HttpRequest, actor: Actor, found: Service, form: RetireForm) -> bool:
    """Do what the form asks. Says whether it was well-formed."""
    match request.POST.get("do"):
        case "retire":
            if not form.is_valid():
                return False
            retire_service(actor=actor, service_id=found.pk, successor_id=form.cleaned_data["successor"])
        case "restore":
            restore_service(actor=actor, service_id=found.pk)
        case _:
            raise Invalid("A service is retired or restored.", path=["do"])
    return True
