"""The writers of the catalog beside the tenant administration: services are retired, and restored."""

from __future__ import annotations

from typing import Any

from hub.catalog import access
from hub.catalog.models import Service
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from tenants import audit
from tenants.permissions import Permission, require


def retire_service(*, actor: Actor, service_id: int, successor_id: int | None = None) -> Service:
    """Let a service take no new incidents from now on. What was stays, and what is open goes on.

    Args:
        successor_id: what alerts that name it are about from then on; without one its name counts as unknown, and they
            go where their source sends such alerts.

    Raises `NotFound`, `Forbidden` without catalog.write in its unit, `Conflict` for one that is retired, `Invalid` for
    a successor that is the service itself or retired. One service is retired at a time, so that no two take each
    other's place; locks the service.
    """
    with acting_as(actor):
        hold("catalog_service")
        service = _locked(actor, service_id, "serviceId")
        if service.retired_at is not None:
            raise Conflict(f"“{service.name}” is retired already.", path=["serviceId"])
        successor = None
        if successor_id is not None:
            if successor_id == service.pk:
                raise Invalid("No service takes its own place.", path=["successorId"])
            try:
                successor = access.service_in_use_for(actor, successor_id)
            except (NotFound, Invalid) as error:
                raise error.at("successorId") from None
        return _write(actor, service, "retire_service", retired_at=clock.now(), successor=successor)


def restore_service(*, actor: Actor, service_id: int) -> Service:
    """Let a retired service take incidents and alerts again.

    Raises `NotFound`, `Forbidden` without catalog.write in its unit, `Conflict` for one in use. Locks the service.
    """
    with acting_as(actor):
        service = _locked(actor, service_id, "serviceId")
        if service.retired_at is None:
            raise Conflict(f"“{service.name}” is in use.", path=["serviceId"])
        return _write(actor, service, "restore_service", retired_at=None, successor=None)


def _locked(actor: Actor, service_id: int, field: str) -> Service:
    """The service, locked, for somebody who may change it."""
    try:
        service = access.service_for(actor, service_id)
    except NotFound as error:
        raise error.at(field) from None
    require(
        actor,
        Permission.CATALOG_WRITE,
        service.unit_id,
        f"Only people who keep the catalog of {service.unit} can say so.",
    )
    return access.service_for(actor, service_id, lock=True)


def _write(actor: Actor, service: Service, verb: str, **values: Any) -> Service:
    change = {}
    for field, value in values.items():
        former = getattr(service, field)
        if former != value:
            change[field] = [_told(former), _told(value)]
            setattr(service, field, value)
    service.save(update_fields=list(values))
    audit.record(actor=actor, verb=verb, obj=service, unit_id=service.unit_id, change=change)
    return service


def _told(value: Any) -> Any:
    """A value as the audit trail keeps it."""
    if isinstance(value, Service):
        return value.slug
    return value.isoformat() if value is not None else None
