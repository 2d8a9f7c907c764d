"""Declaring an incident: one form, of which a part depends on the unit whose it will be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from hub.catalog import access as catalog
from hub.catalog.models import Sensitivity, Service
from hub.incidents import actions
from hub.incidents.models import Impact, Reach, Severity
from hub.incidents.pages.fields import PREFIX, control, given_in, template_named
from hub.incidents.pages.thresholds import UNKNOWN
from hub.lib.errors import Invalid, InvalidMany
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.models import Stage, TemplatePurpose, TermKind
from tenants.permissions import Permission, units_with

KNOWN = ("impact", "reach", "sensitivity")
LOCAL = ("type", "word")
FIELDS = {"incidentTypeId": "type", "localSeverityId": "word", "serviceId": "service"}
"""Which field of the form an input of the action is."""


class DeclareForm(forms.Form):
    """A new incident, in the order in which people know things at three in the morning."""

    title = forms.CharField(
        max_length=200, label="What is wrong?", help_text="In one line, for somebody just woken up."
    )
    severity = forms.ChoiceField(
        required=False,
        choices=[*Severity.choices, ("", "As follows from what is known of it")],
        initial=Severity.SEV3,
        label="How bad is it?",
        help_text="The enterprise's thresholds may make it graver.",
    )
    service = forms.ChoiceField(required=False, label="Which service?")
    unit = forms.ChoiceField(required=False, label="Or which unit, if no service fits")
    summary = forms.CharField(
        required=False,
        label="Who suffers, and how?",
        widget=forms.Textarea(attrs={"rows": 3, "data-submit": ""}),
    )
    impact = forms.ChoiceField(
        required=False, label="What does the business suffer?", choices=[UNKNOWN, *Impact.choices]
    )
    reach = forms.ChoiceField(
        required=False, label="How many suffer?", choices=[("", "As many as rely on the service"), *Reach.choices]
    )
    sensitivity = forms.ChoiceField(
        required=False, label="Which data is concerned?", choices=[("", "What the service holds"), *Sensitivity.choices]
    )
    restricted = forms.BooleanField(
        required=False,
        label="Restricted: only people with a grant may know",
        help_text="Nobody is paged; you admit people one by one.",
    )

    def __init__(self, actor: Actor, data: QueryDict | None = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        allowed = units_with(actor, Permission.INCIDENT_DECLARE)
        services = catalog.services_in_use(actor).filter(unit_id__in=allowed).order_by("unit__name", "name")
        grouped: dict[str, list[tuple[str, str]]] = {}
        for service in services:
            grouped.setdefault(service.unit.name, []).append((str(service.pk), service.name))
        self.fields["service"].choices = [("", "I do not know yet"), *grouped.items()]  # type: ignore[attr-defined]
        units = tenants.units(actor).filter(pk__in=allowed)
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            ("", "The service's owner"),
            *((str(unit.pk), unit.name) for unit in units),
        ]
        for name in ("service", "unit"):
            self.fields[name].widget.attrs |= {
                "hx-get": reverse("declare-fields"),
                "hx-trigger": "change",
                "hx-target": "#declare-local",
                "hx-include": "closest form",
            }
        chosen = _unit_chosen(services, data if data is not None else QueryDict(), initial or {})
        self._add_words(actor, chosen if chosen in allowed else 0)
        for field in tenants.fields_of(actor, chosen) if chosen in allowed else ():
            if field.required_from == Stage.DECLARED:
                self.fields[f"{PREFIX}{field.key}"] = control(field)

    def _add_words(self, actor: Actor, unit_id: int) -> None:
        """What kind it is, and how grave in the unit's own words, once it is known whose it will be."""
        types = [(str(each.pk), str(each)) for each in tenants.terms_in_use(actor, TermKind.INCIDENT_TYPE, unit_id)]
        self.fields["type"] = forms.ChoiceField(
            required=False, label="What kind of incident is it?", choices=[("", "Not known yet"), *types]
        )
        own = list(tenants.terms_in_use(actor, TermKind.SEVERITY, unit_id).filter(unit=unit_id).order_by("rank", "pk"))
        self._meant = tenants.severities_meant(actor, own)
        words = [
            (str(each.pk), f"{each} ({self._meant[each.pk].upper()})" if each.pk in self._meant else str(each))
            for each in own
        ]
        if words:
            self.fields["word"] = forms.ChoiceField(
                required=False,
                label="What does the unit call that?",
                help_text="Where its word means something graver than what stands above, that counts.",
                choices=[("", "No word of its own"), *words],
            )

    @property
    def local(self) -> list[forms.BoundField]:
        """What depends on the unit: its words, and what it demands of every declaration."""
        return [bound for bound in self if self._is_local(bound)]

    @staticmethod
    def _is_local(bound: forms.BoundField) -> bool:
        return bound.name in LOCAL or bound.name.startswith(PREFIX)

    @property
    def judged(self) -> Severity | None:
        """How grave it is: the graver of what was chosen and what the unit's word means; None where neither says."""
        data = self.cleaned_data
        said = data["severity"], self._meant.get(int(data.get("word") or 0), "")
        return min((Severity(each) for each in said if each), key=str, default=None)

    @property
    def own(self) -> list[forms.BoundField]:
        """What every declaration asks for."""
        return [bound for bound in self if not self._is_local(bound) and bound.name not in KNOWN]

    @property
    def known(self) -> list[forms.BoundField]:
        """What a severity follows from."""
        return [self[name] for name in KNOWN]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("service") and not cleaned.get("unit"):
            self.add_error("service", "Choose a service, or below it a unit, so that the right people are told.")
        return cleaned


@require_http_methods(["GET", "POST"])
@acting_page
def declare(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form to declare an incident, and its sending. `template` in the address begins it with a unit's wording."""
    chosen = template_named(actor, request.GET.get("template", ""), TemplatePurpose.DECLARATION)
    begun = {"title": chosen.title, "summary": chosen.body, "unit": str(chosen.unit_id)} if chosen else {}
    if chosen and chosen.severity:
        begun["severity"] = chosen.severity
    form = DeclareForm(actor, request.POST if request.method == "POST" else None, begun)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            incident = actions.declare_incident(
                actor=actor,
                title=data["title"],
                severity=form.judged,
                impact=Impact(data["impact"]) if data["impact"] else None,
                reach=Reach(data["reach"]) if data["reach"] else None,
                sensitivity=Sensitivity(data["sensitivity"]) if data["sensitivity"] else None,
                service_id=int(data["service"]) if data["service"] else None,
                unit_id=int(data["unit"]) if data["unit"] else None,
                summary=data["summary"],
                incident_type_id=int(data["type"]) if data["type"] else None,
                local_severity_id=int(data["word"]) if data.get("word") else None,
                restricted=data["restricted"],
                fields=given_in(request.POST),
            )
            return redirect("incident", incident.reference)
        except Invalid as refusal:
            _explain(form, refusal)
    templates = tenants.templates_of(
        actor, units_with(actor, Permission.INCIDENT_DECLARE), TemplatePurpose.DECLARATION
    ).select_related("unit")
    context = {"form": form, "templates": templates, "chosen": chosen}
    return render(request, "incidents/declare.html", context, status=422 if form.is_bound else 200)


@reading_page
def declare_fields(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the unit that is chosen demands of a declaration, for the form."""
    form = DeclareForm(actor, request.GET)
    return render(request, "incidents/declare_fields.html", {"fields": [form[bound.name] for bound in form.local]})


def _explain(form: DeclareForm, refusal: Invalid) -> None:
    """Put each reason beside the field that it is about."""
    for error in refusal.errors if isinstance(refusal, InvalidMany) else [refusal]:
        name = FIELDS.get(error.path[0] if error.path else "", "")
        if len(error.path) == 2 and error.path[0] == "fields":
            name = f"{PREFIX}{error.path[1]}"
        elif error.path and error.path[0] in form.fields:
            name = error.path[0]
        form.add_error(name if name in form.fields else None, error.message)


def _unit_chosen(services: Iterable[Service], data: QueryDict, initial: Mapping[str, Any]) -> int:
    """The unit that a declaration will belong to, as far as the form says; 0 while it does not."""
    said = whole_number(str(data.get("unit") or initial.get("unit") or ""))
    if said is not None:
        return said
    return next((each.unit_id for each in services if str(each.pk) == data.get("service")), 0)
