"""The parts of the organisation that somebody looks at: their own units, a region, or all that they may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from hub.lib import clock
from hub.lib.identity import Actor
from tenants.models import BusinessUnit, RoleAssignment, UnitRegion
from tenants.permissions import Permission, units_with

PARAMETER: Final = "scope"
"""Where an address says which part its page is narrowed to; nothing there means all."""

MINE: Final = "mine"
_REGION: Final = "region-"


@dataclass(frozen=True)
class Part:
    """Some of the units whose incidents a person sees.

    Attributes:
        code: how addresses name it: "mine", "region-emea".
        region: the region's name; empty for the person's own units.
    """

    code: str
    region: str
    units: frozenset[int]


def parts(actor: Actor) -> tuple[Part, ...]:
    """The parts that hold units which `actor` sees: theirs, by roles held in a unit or above it, then the regions'."""
    return _parts(actor, units_with(actor, Permission.INCIDENT_VIEW))


def offered(actor: Actor) -> tuple[Part, ...]:
    """The parts that are less than all that `actor` sees; none for somebody who sees one unit."""
    seen = units_with(actor, Permission.INCIDENT_VIEW)
    return tuple(part for part in _parts(actor, seen) if part.units != seen) if len(seen) > 1 else ()


def units_in(actor: Actor, query: Mapping[str, str]) -> frozenset[int] | None:
    """The ids of the units that the address narrows its page to; None for all.

    A part that there is not, or of which `actor` sees nothing, has no units: the page then shows nothing.
    """
    code = query.get(PARAMETER, "")
    if not code:
        return None
    return next((part.units for part in parts(actor) if part.code == code), frozenset())


def _parts(actor: Actor, seen: frozenset[int]) -> tuple[Part, ...]:
    now = clock.now()
    held = RoleAssignment.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now),
        person_id=actor.person_id or 0,
        valid_from__lte=now,
        unit__isnull=False,
    )
    own = [unit_id for unit_id in held.values_list("unit_id", flat=True) if unit_id is not None]
    mine = frozenset(BusinessUnit.objects.filter(lineage__overlap=own).values_list("pk", flat=True)) if own else seen
    regions: dict[tuple[str, str], set[int]] = defaultdict(set)
    there = UnitRegion.objects.filter(unit__in=seen).order_by("region__name")
    for code, name, unit_id in there.values_list("region__code", "region__name", "unit_id"):
        regions[code, name].add(unit_id)
    found = [
        Part(MINE, "", mine & seen),
        *(Part(f"{_REGION}{code}", name, frozenset(units)) for (code, name), units in regions.items()),
    ]
    return tuple(part for part in found if part.units)
