"""Who is admitted to restricted incidents, and as what: for many of them at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Now

from hub.incidents.models import IncidentPersonGrant, IncidentRole, RoleKind
from hub.lib.identity import Actor


@dataclass(frozen=True)
class Admission:
    """Somebody who is admitted to a restricted incident, with the roles that they hold in it; `until` may be None."""

    person_id: int
    roles: frozenset[RoleKind]
    is_owner: bool
    until: datetime | None


def admitted(actor: Actor, incident_ids: Collection[int]) -> dict[int, list[Admission]]:
    """Who is admitted to each of these restricted incidents and still active, by its id, in two queries for any number.

    Who was given a role first comes first, then who was admitted first.
    """
    lasting = IncidentPersonGrant.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=Now()),
        content_object__in=incident_ids,
        user__is_active=True,
        user__is_service=False,
    )
    held: dict[tuple[int, int], list[RoleKind]] = {}
    roles_held = IncidentRole.objects.filter(incident__in=incident_ids, ended_at=None).order_by("assigned_at", "id")
    for incident, person, kind in roles_held.values_list("incident", "person", "kind"):
        held.setdefault((incident, person), []).append(RoleKind(kind))
    order = {key: place for place, key in enumerate(held)}
    found: dict[int, list[Admission]] = {}
    for incident, person, is_owner, until in sorted(
        lasting.order_by("granted_at", "pk").values_list("content_object", "user", "is_owner", "valid_until"),
        key=lambda each: order.get(each[:2], len(order)),
    ):
        found.setdefault(incident, []).append(
            Admission(person, frozenset(held.get((incident, person), ())), is_owner, until)
        )
    return found
