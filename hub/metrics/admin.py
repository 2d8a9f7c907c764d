"""The mapping page of the tenant admin: what a unit's words mean, how much of its incidents that covers, and what a
change would do to the figures before it is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action

from hub.lib import clock
from hub.lib.errors import HubError, Invalid, InvalidMany
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.metrics.consolidated import Consolidated, consolidated
from hub.metrics.preview import Preview, preview_mapping
from tenants import access as tenants
from tenants import actions
from tenants.actions import Meaning
from tenants.administration.pages import TenantAdmin, current_actor
from tenants.administration.site import administered_units
from tenants.definitions import percent
from tenants.models import BusinessUnit, MappingVersion, Term, TermKind, TermRelation
from tenants.permissions import Permission
from tenants.resolution import Resolution, Unmapped
from tenants.suggestions import Suggestion, Words, suggest

PERIOD = timedelta(days=365)
COUNTED = (TermKind.INCIDENT_TYPE, TermKind.SEVERITY, TermKind.CAUSE)
"""Kinds that incidents say, so that there are figures by them."""
TERMS_A_PAGE = 50
NONE = "none"
_REASONS = {
    Unmapped.NEVER: "Never mapped",
    Unmapped.LATER: "Mapped from later on",
    Unmapped.WITHDRAWN: "Taken back",
    Unmapped.RETIRED: "Its global term was retired",
}


@dataclass(frozen=True)
class Row:
    """A term of the unit as the page shows it: what it means, or what was just chosen for it."""

    term: Term
    means: str
    unmapped: int
    target: str
    relation: str
    strength: str
    was: str
    suggestion: Suggestion | None


@admin.register(MappingVersion)
class MappingVersionAdmin(TenantAdmin):
    """How the unit changed what its terms mean, version by version; `map` makes the next one."""

    writes = None
    list_display = ("unit", "number", "published_at", "published_by", "restates_from", "reason")
    list_select_related = ("unit", "published_by")
    list_filter = ("unit",)
    search_fields = ("reason", "published_by__name")
    readonly_fields = ("unit", "number", "published_at", "published_by", "restates_from", "reason")
    fields = readonly_fields
    actions_list = ("map",)

    @action(description="Map terms", url_path="map", icon="compare_arrows")  # type: ignore[untyped-decorator]
    def map(self, request: HttpRequest) -> HttpResponse:
        """The mapping page: GET shows it, POST previews a change or publishes it."""
        actor = current_actor()
        units = BusinessUnit.objects.filter(pk__in=administered_units(request, Permission.TAXONOMY_WRITE))
        asked = request.GET.get("unit", "")
        unit = units.filter(slug=asked).first() if asked else units.first()
        if unit is None:
            raise PermissionDenied
        kind = TermKind(request.GET["kind"]) if request.GET.get("kind") in TermKind.values else TermKind.INCIDENT_TYPE
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": f"What {unit.name}'s terms mean",
            "units": units,
            "unit": unit,
            "kinds": TermKind.choices,
            "kind": kind,
            "q": request.GET.get("q", ""),
            "relations": TermRelation.choices,
            "targets": Term.objects.filter(unit=None, kind=kind, retired_at=None),
            "given": request.POST,
            "number": tenants.next_mapping_number(actor, unit.pk),
        }
        if request.method == "POST":
            try:
                change = _change(request.POST)
                if "publish" in request.POST:
                    made = actions.map_terms(actor=actor, unit_id=unit.pk, **change)
                    self.message_user(request, f"Version {made.number} of {unit.name}'s mapping holds from now on.")
                    return redirect(f"{reverse('admin:tenants_mappingversion_map')}?{request.GET.urlencode()}")
                context["preview"] = _preview(actor, unit, kind, change)
            except InvalidMany as many:
                context["errors"] = [error.message for error in many.errors]
            except HubError as error:
                context["errors"] = [error.message]
        found = _figures(actor, unit, kind)
        page = _page(request, unit, kind)
        context |= {
            "page": page,
            "rows": _rows(actor, request.POST, list(page.object_list), kind, found),
            "coverage": percent(found.total.coverage) if found and found.total.coverage is not None else "",
            "declared": found.total.declared if found else 0,
            "silent": sum(each.incidents for each in found.unmapped if each.term is None) if found else 0,
        }
        status = 422 if context.get("errors") else 200
        return TemplateResponse(request, "metrics/mapping.html", context, status=status)


def _figures(actor: Actor, unit: BusinessUnit, kind: TermKind) -> Consolidated | None:
    if kind not in COUNTED:
        return None
    now = clock.now()
    return consolidated(
        actor=actor, kind=kind, since=now - PERIOD, until=now + timedelta(seconds=1), unit_ids=[unit.pk]
    )


def _page(request: HttpRequest, unit: BusinessUnit, kind: TermKind) -> Page[Term]:
    terms = Term.objects.filter(unit=unit, kind=kind, retired_at=None).order_by("rank", "name", "pk")
    if words := request.GET.get("q", "").replace("\x00", "").strip():
        terms = terms.filter(name__icontains=words)
    return Paginator(terms, TERMS_A_PAGE).get_page(request.GET.get("p"))


def _rows(actor: Actor, said: QueryDict, shown: list[Term], kind: TermKind, found: Consolidated | None) -> list[Row]:
    meanings = tenants.Meanings.of(actor, shown)
    targets = {each.pk: each for each in Term.objects.filter(unit=None, kind=kind)}
    counts = {each.term.pk: each.incidents for each in found.unmapped if each.term} if found else {}
    candidates = [_words(each) for each in targets.values() if each.retired_at is None]
    now = clock.now()
    rows = []
    for term in shown:
        meaning = meanings.at(term, moment=now, known_at=now)
        is_mapped = isinstance(meaning, Resolution)
        rows.append(
            Row(
                term=term,
                means=_told(meaning, targets),
                unmapped=counts.get(term.pk, 0),
                target=said.get(f"target-{term.pk}", str(meaning.term) if isinstance(meaning, Resolution) else ""),
                relation=said.get(f"relation-{term.pk}", meaning.relation if isinstance(meaning, Resolution) else ""),
                strength=said.get(
                    f"strength-{term.pk}", str(meaning.strength) if isinstance(meaning, Resolution) else "1"
                ),
                was=f"{meaning.term}|{meaning.relation}|{meaning.strength}" if isinstance(meaning, Resolution) else "",
                suggestion=None if is_mapped else suggest(_words(term), candidates),
            )
        )
    return rows


def _told(meaning: Resolution | Unmapped, targets: dict[int, Term]) -> str:
    if isinstance(meaning, Unmapped):
        return _REASONS[meaning]
    target = targets[meaning.term].name if meaning.term in targets else "A term of another kind"
    return f"{target}: {TermRelation(meaning.relation).label.lower()}, {meaning.strength}"


def _words(term: Term) -> Words:
    return Words(term.pk, term.key, term.name, term.description)


def _change(given: QueryDict) -> dict[str, Any]:
    """What the form changes, as `map_terms` takes it. Raises `Invalid`."""
    since = _moment(given.get("since", ""))
    number = given.get("as_version", "")
    return {
        "meanings": list(_meanings(given)),
        "reason": given.get("reason", ""),
        "since": since,
        "as_version": int(number) if since is not None and re.fullmatch("[0-9]{1,8}", number) else None,
    }


def _meanings(given: QueryDict) -> list[Meaning]:
    meanings = []
    for name in given:
        key = name.removeprefix("target-")
        if key == name or whole_number(key) is None:
            continue
        target, relation = given.get(name, ""), given.get(f"relation-{key}", "")
        said = (target, relation if target not in ("", NONE) else "", given.get(f"strength-{key}", ""))
        if not target or "|".join(said) == given.get(f"was-{key}", ""):
            continue
        if target != NONE and whole_number(target) is None:
            raise Invalid("Choose a global term from the list.")
        try:
            strength = Decimal(said[2] or "1")
        except InvalidOperation:
            raise Invalid(f"“{said[2][:20]}” is no strength: write a number above 0 and up to 1.") from None
        meanings.append(
            Meaning(int(key), None)
            if target == NONE
            else Meaning(
                int(key), int(target), TermRelation(relation) if relation in TermRelation.values else None, strength
            )
        )
    if not meanings:
        raise Invalid("Nothing is changed yet: choose what a term means.")
    return meanings


def _moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(f"“{text[:20]}” is no day: write it as 2026-03-01.") from None


def _preview(actor: Actor, unit: BusinessUnit, kind: TermKind, change: dict[str, Any]) -> dict[str, Any] | None:
    if kind not in COUNTED:
        raise Invalid("Incidents do not say terms of this kind, so no figure changes.")
    seen: Preview = preview_mapping(
        actor=actor, unit_id=unit.pk, kind=kind, meanings=change["meanings"], since=change["since"], period=PERIOD
    )
    names: dict[int | None, str] = {pk: term.name for pk, term in tenants.terms(actor).in_bulk(
        {each.term_id for found in (seen.before, seen.after) for each in found.by_term if each.term_id is not None}
    ).items()}  # fmt: skip
    names[None] = "Unmapped"
    counts = [{each.term_id: each.declared for each in found.by_term} for found in (seen.before, seen.after)]
    return {
        "number": seen.number,
        "restates": seen.restates,
        "coverage": [percent(found.total.coverage or 0) for found in (seen.before, seen.after)],
        "rows": [
            (name, counts[0].get(key, 0), counts[1].get(key, 0))
            for key, name in sorted(names.items(), key=lambda each: (each[0] is None, each[1]))
            if key in counts[0] or key in counts[1]
        ],
    }
