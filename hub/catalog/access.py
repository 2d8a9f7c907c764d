"""The only door to services and their dependencies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from hub.catalog.models import Dependency, Service
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor
from hub.lib.prepared import Question


@dataclass(frozen=True, slots=True)
class Standing:
    """A service as far as those need it who find it by a name in what they read: `unit_id` is its owner's."""

    id: int
    unit_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: the service, or once that is retired what is in its place, if anything is.

    Attributes:
        was: the retired one that has the name.
    """

    service: Standing | None
    was: Standing | None


def services(actor: Actor) -> QuerySet[Service]:
    """Every service: the catalog is the enterprise's shared map."""
    return Service.objects.select_related("unit")


def services_in_use(actor: Actor) -> QuerySet[Service]:
    """Every service that is not retired: what new incidents and plans may be about."""
    return services(actor).filter(retired_at=None)


def service_for(actor: Actor, service_id: int, *, lock: bool = False) -> Service:
    """The service with this id, its unit, its schedules and its successor. Raises `NotFound`."""
    found = services(actor).select_related("commander_schedule", "responder_schedule", "successor")
    try:
        return (found.select_for_update(no_key=True, of=("self",)) if lock else found).get(pk=service_id)
    except Service.DoesNotExist:
        raise NotFound("service") from None


def service_called(actor: Actor, slug: str) -> Service:
    """The service with this slug, and its successor. Raises `NotFound`."""
    try:
        return services(actor).select_related("successor").get(slug=slug)
    except Service.DoesNotExist:
        raise NotFound("service") from None


def service_in_use_for(actor: Actor, service_id: int) -> Service:
    """The service with this id, for something new to be about. Raises `NotFound`, and `Invalid` for a retired one."""
    service = service_for(actor, service_id)
    if service.retired_at is not None:
        instead = f": “{service.successor.name}” is in its place" if service.successor else ""
        raise Invalid(f"“{service.name}” is retired and takes nothing new{instead}.")
    return service


def services_named(actor: Actor, slugs: Iterable[str], default: int = 0) -> dict[str | int, Named]:
    """What alerts' labels name, by slug, and one service by its id (0 for none), each under both; one query while none
    is retired.

    An unknown name is news, not an error, and is absent.
    """
    asked, words = Service.objects.order_by(), set(slugs)
    found = _rows(asked.filter(Q(slug__in=words) | Q(pk=default) if default else Q(slug__in=words)))
    known = dict(found)
    while missing := {each.successor_id for each in known.values() if each.successor_id} - known.keys():
        known |= _rows(asked.filter(pk__in=missing))
    named: dict[str | int, Named] = {}
    for key, row in found.items():
        last = row
        while last.retired_at is not None and last.successor_id is not None:
            last = known[last.successor_id]
        stands = None if last.retired_at is not None else Standing(last.pk, last.unit_id, last.name)
        was = None if row.retired_at is None else Standing(row.pk, row.unit_id, row.name)
        named[row.slug] = named[key] = Named(stands, was)
    return named


def _rows(found: QuerySet[Service]) -> dict[int, Any]:
    rows = found.values_list("pk", "slug", "unit_id", "name", "retired_at", "successor_id", named=True)
    return {row.pk: row for row in rows}


def dependencies(actor: Actor) -> QuerySet[Dependency]:
    """Which service needs which, directly."""
    return Dependency.objects.order_by()


def services_relied_on(actor: Actor, service_ids: Collection[int]) -> Question[list[tuple[Service, set[int]]]]:
    """How much each of these services matters, and the units of those in use that need it, at whatever distance."""

    def read(rows: Sequence[dict[str, Any]]) -> list[tuple[Service, set[int]]]:
        units = [set(row.pop("units")) for row in rows]
        return [(Service(**row), relying) for row, relying in zip(rows, units, strict=True)]

    return Question(
        "WITH RECURSIVE relying (on_id, id) AS ("
        "   SELECT needs_id, service_id FROM catalog_dependency WHERE needs_id = ANY (%b::bigint[])"
        "   UNION SELECT r.on_id, d.service_id FROM catalog_dependency d JOIN relying r ON d.needs_id = r.id)"
        " SELECT s.id, s.unit_id, s.criticality, s.recovery_minutes, s.sensitivity,"
        "        ARRAY(SELECT o.unit_id FROM relying r JOIN catalog_service o USING (id) WHERE r.on_id = s.id"
        "          AND o.retired_at IS NULL) AS units"
        "   FROM catalog_service s WHERE s.id = ANY (%b::bigint[])",
        [list(service_ids)] * 2,
        read,
    )
