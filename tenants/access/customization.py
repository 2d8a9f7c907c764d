"""What units made their own: fields, wording, policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from hub.lib import clock
from hub.lib.identity import Actor
from tenants.models import (
    LocalField,
    LocalTemplate,
    TemplatePurpose,
    UnitPolicy,
)


@dataclass(frozen=True)
class Part:
    """A part of every incident that a unit can demand from a stage on.

    Attributes:
        column: the incident's column that holds it.
        path: the input field that fills it in.
    """

    label: str
    column: str
    path: str


PARTS: Final[Mapping[str, Part]] = {
    "summary": Part("Summary", "summary", "summary"),
    "service": Part("Service", "service_id", "serviceId"),
    "incident_type": Part("Incident type", "incident_type_id", "incidentTypeId"),
    "commander": Part("Incident commander", "commander_id", "role"),
}


def local_fields(actor: Actor) -> QuerySet[LocalField]:
    """The fields of the units that `actor` may view, retired ones included."""
    return LocalField.objects.all()


def fields_of(actor: Actor, unit_id: int) -> list[LocalField]:
    """The unit's fields that are in use, in their order."""
    return list(LocalField.objects.filter(unit=unit_id, retired_at=None).order_by("position", "id"))


def local_templates(actor: Actor) -> QuerySet[LocalTemplate]:
    """The templates of the units that `actor` may view, retired ones included."""
    return LocalTemplate.objects.all()


def templates_of(actor: Actor, unit_ids: Iterable[int], purpose: TemplatePurpose) -> QuerySet[LocalTemplate]:
    """The templates of these units that are in use for a purpose, in their order."""
    return LocalTemplate.objects.filter(unit__in=unit_ids, purpose=purpose, retired_at=None)


def review_template_of(actor: Actor, unit_id: int) -> LocalTemplate | None:
    """The unit's wording for reviews, if it has one."""
    return templates_of(actor, [unit_id], TemplatePurpose.REVIEW).first()


def policy_of(actor: Actor, unit_id: int) -> UnitPolicy:
    """The unit's policy; the enterprise's own, unsaved, where it has none."""
    found = UnitPolicy.objects.filter(unit=unit_id).first()
    return found or UnitPolicy(unit_id=unit_id, changed_at=clock.now())
