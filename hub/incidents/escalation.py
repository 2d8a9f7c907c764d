"""When incidents of several units are one of the enterprise: pure comparison of what is open with the criteria.

A service is shared by what needs it directly. Everything rests on the network in the end, so longer ways would find a
common ground for any two incidents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Open:
    """An incident that goes on.

    Attributes:
        lineage: its unit and every unit above it.
        service: the service affected first, if it is known.
    """

    id: int
    unit: int
    unit_name: str
    lineage: Sequence[int]
    severity: str
    service: int | None
    declared_at: datetime


@dataclass(frozen=True)
class Bounds:
    """The criteria of a unit; what is None does not count. Severities compare by name: SEV1 is the gravest."""

    unit: int
    considered_from: str
    severity: str | None = None
    units_hit: int | None = None
    dependents: int | None = None
    open_for: timedelta | None = None


@dataclass(frozen=True)
class Catalog:
    """Who runs which service, what each needs directly, and what they are called."""

    owner: Mapping[int, int]
    needs: Mapping[int, Set[int]]
    names: Mapping[int, str]

    def ground(self, service: int) -> set[int]:
        """The service itself and what it needs."""
        return {service, *self.needs.get(service, ())}

    def units_needing(self, service: int) -> set[int]:
        """The units whose services need this one."""
        return {self.owner[each] for each, needed in self.needs.items() if service in needed}


class Situation:
    """What is open, by the services that it rests on.

    Which of it hits a service of a unit's is the same for each of them: of thousands that are open it is found once.
    """

    def __init__(self, opened: Iterable[Open], catalog: Catalog) -> None:
        self._resting: dict[int, list[Open]] = defaultdict(list)
        for each in opened:
            for service in catalog.ground(each.service) if each.service is not None else ():
                self._resting[service].append(each)
        self._hits: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}

    def hitting(self, service: int, bounds: Bounds) -> tuple[int, tuple[int, ...]]:
        """Of how many units below that of `bounds` the incidents are that rest on this service, and their ids."""
        if (bounds.unit, service) not in self._hits:
            hit = [
                each
                for each in self._resting[service]
                if each.severity <= bounds.considered_from and bounds.unit in each.lineage[1:]
            ]
            found = len({each.unit for each in hit}), tuple(sorted(each.id for each in hit))
            self._hits[bounds.unit, service] = found
        return self._hits[bounds.unit, service]


@dataclass(frozen=True)
class Met:
    """A criterion that is met: which, by which incidents, and why, in a sentence."""

    criterion: str
    incidents: tuple[int, ...]
    reason: str


def met_by(incident: Open, situation: Situation, bounds: Bounds, catalog: Catalog, now: datetime) -> list[Met]:
    """The criteria that `incident` meets, the widest one first; none where it stays its unit's own.

    The reasons name units and services, and no incident: they stay where they are copied to when one is restricted.

    Args:
        situation: all that is open, this one included.
        now: aware.
    """
    if bounds.unit not in incident.lineage[1:] or incident.severity > bounds.considered_from:
        return []
    asked = (
        _several_units(incident, situation, bounds, catalog),
        _grave(incident, bounds),
        _shared_service(incident, bounds, catalog),
        _too_long(incident, bounds, now),
    )
    return [met for met in asked if met is not None]


def _grave(incident: Open, bounds: Bounds) -> Met | None:
    if bounds.severity is None or incident.severity > bounds.severity:
        return None
    return Met("severity", (incident.id,), f"An incident of {incident.unit_name} is {incident.severity.upper()}")


def _several_units(incident: Open, situation: Situation, bounds: Bounds, catalog: Catalog) -> Met | None:
    if bounds.units_hit is None or incident.service is None:
        return None
    best: tuple[int, int, tuple[int, ...]] | None = None
    for service in sorted(catalog.ground(incident.service)):
        units, ids = situation.hitting(service, bounds)
        if units >= bounds.units_hit and (best is None or len(ids) > len(best[2])):
            best = (service, units, ids)
    if best is None:
        return None
    service, units, ids = best
    return Met("units_hit", ids, f"Incidents of {units} units rest on {catalog.names[service]}")


def _shared_service(incident: Open, bounds: Bounds, catalog: Catalog) -> Met | None:
    if bounds.dependents is None or incident.service is None:
        return None
    units = catalog.units_needing(incident.service) - {incident.unit}
    if len(units) < bounds.dependents:
        return None
    name = catalog.names[incident.service]
    return Met("dependents", (incident.id,), f"Services of {len(units)} other units need {name}")


def _too_long(incident: Open, bounds: Bounds, now: datetime) -> Met | None:
    if bounds.open_for is None or now - incident.declared_at < bounds.open_for:
        return None
    minutes = int(bounds.open_for.total_seconds() // 60)
    return Met(
        "open_for", (incident.id,), f"An incident of {incident.unit_name} has been open for more than {minutes} minutes"
    )
