"""The only door to services and their dependencies."""

from __future__ import annotations

from django.db.models import QuerySet

from hub.catalog.models import Service
from hub.lib.errors import NotFound
from hub.lib.identity import Actor


def services(actor: Actor) -> QuerySet[Service]:
    """Every service: the catalog is the enterprise's shared map."""
    return Service.objects.select_related("unit")


def service_for(actor: Actor, service_id: int) -> Service:
    """The service with this id. Raises `NotFound`."""
    try:
        return services(actor).get(pk=service_id)
    except Service.DoesNotExist:
        raise NotFound("service") from None


def service_named(actor: Actor, slug: str) -> Service | None:
    """The service that an alert's label names, or None: an unknown name is news, not an error."""
    return services(actor).filter(slug=slug).first()
