"""The only door to services and their dependencies."""

from __future__ import annotations

from collections.abc import Iterable

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


def units_relying_on(actor: Actor, service_id: int) -> set[int]:
    """The units of the services that need this one, directly or through others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE relying (id) AS ("
            "   SELECT service_id FROM catalog_dependency WHERE needs_id = %s"
            "   UNION SELECT d.service_id FROM catalog_dependency d JOIN relying ON d.needs_id = relying.id)"
            " SELECT DISTINCT s.unit_id FROM catalog_service s JOIN relying USING (id)",
            [service_id],
        )
        return {row[0] for row in cursor.fetchall()}
