"""The only door to services and their dependencies."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import connection
from django.db.models import QuerySet

from hub.catalog.models import Dependency, Service
from hub.lib.errors import NotFound
from hub.lib.identity import Actor


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


def units_relying_on(actor: Actor, service_ids: Collection[int]) -> dict[int, set[int]]:
    """For each of these services the units of those that need it, directly or through others; by one statement."""
    units: dict[int, set[int]] = {service_id: set() for service_id in service_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE relying (on_id, id) AS ("
            "   SELECT needs_id, service_id FROM catalog_dependency WHERE needs_id = ANY (%s)"
            "   UNION SELECT r.on_id, d.service_id FROM catalog_dependency d JOIN relying r ON d.needs_id = r.id)"
            " SELECT DISTINCT r.on_id, s.unit_id FROM catalog_service s JOIN relying r USING (id)",
            [list(units)],
        )
        for service_id, unit_id in cursor.fetchall():
            units[service_id].add(unit_id)
    return units
