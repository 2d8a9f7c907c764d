"""Local fields and wording on pages: forms made from a unit's definitions, and their sending."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hub.incidents import access, actions
from hub.incidents.fields import Given
from hub.incidents.models import FieldValue, Incident, Status
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.components import Filter
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.models import FieldKind, LocalField, LocalTemplate, Person, TemplatePurpose
from tenants.templates import fill

PREFIX = "field-"
_YES_OR_NO = (("", "Not said"), ("true", "Yes"), ("false", "No"))
_WIDGETS: Mapping[FieldKind, Callable[[], forms.Widget]] = {
    FieldKind.DATE: lambda: forms.DateInput(attrs={"type": "date"}),
    FieldKind.NUMBER: lambda: forms.TextInput(attrs={"inputmode": "decimal"}),
    FieldKind.LINK: lambda: forms.URLInput(attrs={"placeholder": "https://"}),
    FieldKind.PERSON: lambda: forms.TextInput(attrs={"list": "people", "autocomplete": "off", "placeholder": "Name"}),
    FieldKind.TEXT: lambda: forms.Textarea(attrs={"rows": 2}),
}


def control(field: LocalField) -> forms.Field:
    """The form field in which a local field is filled in; the action checks what it holds."""
    demanded = f"Needed before it is {field.required_from}." if field.required_from else ""
    words = " ".join(each for each in (field.hint, demanded) if each)
    common: dict[str, Any] = {"label": field.name, "help_text": words, "required": False}
    if field.kind == FieldKind.CHOICE:
        return forms.ChoiceField(choices=[("", "Not said"), *((each, each) for each in field.choices)], **common)
    if field.kind == FieldKind.BOOLEAN:
        return forms.ChoiceField(choices=_YES_OR_NO, **common)
    return forms.CharField(widget=_WIDGETS[FieldKind(field.kind)](), **common)


class FieldsForm(forms.Form):
    """All fields of an incident's unit, with what the incident says in them."""

    def __init__(self, fields: Iterable[LocalField], values: Mapping[int, FieldValue]) -> None:
        super().__init__(initial={f"{PREFIX}{field.key}": _initial(values.get(field.pk)) for field in fields})
        for field in fields:
            self.fields[f"{PREFIX}{field.key}"] = control(field)


def given_in(query: QueryDict) -> list[Given]:
    """What a form says in the fields that it holds; a field that it leaves empty says nothing."""
    return [Given(name.removeprefix(PREFIX), value) for name, value in query.items() if name.startswith(PREFIX)]


def fields_context(actor: Actor, incident: Incident) -> dict[str, Any]:
    """What an incident says in its unit's fields, and what it has to say before it goes on."""
    fields = tenants.fields_of(actor, incident.unit_id)
    values = {value.field_id: value for value in access.field_values(actor, incident)}
    # What was said in fields that are no longer asked for, or in those of a former unit, stays readable.
    shown = [*fields, *(value.field for value in values.values() if value.field not in fields)]
    return {
        "local_rows": [{"field": field, "value": values.get(field.pk)} for field in shown],
        "fields_form": FieldsForm(fields, values),
        "may_fill_in": bool(fields) and incident.status != Status.CLOSED,
        "wordings": tenants.templates_of(actor, [incident.unit_id], TemplatePurpose.UPDATE),
    }


def field_filters(actor: Actor, query: QueryDict) -> list[Filter]:
    """A chip for each choice and each yes or no of the unit that the list is narrowed to."""
    slugs = [slug for slug in query.getlist("unit") if slug]
    if len(slugs) != 1:
        return []
    fields = tenants.local_fields(actor).filter(
        unit__slug=slugs[0], retired_at=None, kind__in=[FieldKind.CHOICE, FieldKind.BOOLEAN]
    )
    return [
        Filter.from_query(
            query,
            name=f"{PREFIX}{field.key}",
            label=field.name,
            options=[(each, each) for each in field.choices] or _YES_OR_NO[1:],
        )
        for field in fields
    ]


@require_POST
@acting_page
def fill_in(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Say something in the unit's fields. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    actions.set_fields(actor=actor, incident_id=incident.pk, given=given_in(request.POST))
    return redirect("incident", reference)


@reading_page
def wording(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The composer's text, begun with one of the unit's templates. Raises `NotFound`."""
    incident = access.incident_referenced(actor, reference)
    chosen = request.GET.get("wording", "")
    text = ""
    if chosen:
        template = template_named(actor, chosen, TemplatePurpose.UPDATE)
        if template is None or template.unit_id != incident.unit_id:
            raise NotFound("template")
        text = fill(template.body, access.facts_in_words(incident))
    return render(request, "incidents/composer_text.html", {"text": text})


def template_named(actor: Actor, key: str, purpose: TemplatePurpose) -> LocalTemplate | None:
    """The template with this key in the address, if the reader has one in use for the purpose."""
    if (template_id := whole_number(key)) is None:
        return None
    return tenants.local_templates(actor).filter(pk=template_id, purpose=purpose, retired_at=None).first()


def _initial(value: FieldValue | None) -> str:
    if value is None:
        return ""
    held = value.value
    if isinstance(held, Person):
        return f"{held.name} ({held.username})"
    if isinstance(held, bool):
        return "true" if held else "false"
    return value.words
