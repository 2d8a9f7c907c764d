"""The only door to services and their dependencies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from hub.catalog.models import Dependency, Service
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.lib.prepared import Question


def services(actor: Actor) -> QuerySet[Service]:
    """Every service: the catalog is the enterprise's shared map."""
    return Service.objects.select_related("unit")


def service_for(actor: Actor, service_id: int) -> Service:
    """The service with this id, its unit and its schedules. Raises `NotFound`."""
    try:
        return services(actor).select_related("commander_schedule", "responder_schedule").get(pk=service_id)
    except Service.DoesNotExist:
        raise NotFound("service") from None


def services_named(actor: Actor, slugs: Iterable[str]) -> QuerySet[Service]:
    """The services that alerts' labels name; an unknown name is news, not an error, and is absent."""
    return Service.objects.filter(slug__in=set(slugs)).order_by()


def dependencies(actor: Actor) -> QuerySet[Dependency]:
    """Which service needs which, directly."""
    return Dependency.objects.order_by()


def services_relied_on(actor: Actor, service_ids: Collection[int]) -> Question[list[tuple[Service, set[int]]]]:
    """How much each of these services matters, and the units of those that need it, directly or through others."""

    def read(rows: Sequence[dict[str, Any]]) -> list[tuple[Service, set[int]]]:
        units = [set(row.pop("units")) for row in rows]
        return [(Service(**row), relying) for row, relying in zip(rows, units, strict=True)]

    return Question(
        "WITH RECURSIVE relying (on_id, id) AS ("
        "   SELECT needs_id, service_id FROM catalog_dependency WHERE needs_id = ANY (%b::bigint[])"
        "   UNION SELECT r.on_id, d.service_id FROM catalog_dependency d JOIN relying r ON d.needs_id = r.id)"
        " SELECT s.id, s.unit_id, s.criticality, s.recovery_minutes, s.sensitivity,"
        "        ARRAY(SELECT o.unit_id FROM relying r JOIN catalog_service o USING (id) WHERE r.on_id = s.id) AS units"
        "   FROM catalog_service s WHERE s.id = ANY (%b::bigint[])",
        [list(service_ids)] * 2,
        read,
    )
