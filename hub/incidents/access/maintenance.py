"""Maintenance windows, and which incidents page nobody before one is over."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from hub.incidents.models import Incident, MaintenanceWindow, runs_at
from hub.lib.errors import NotFound
from hub.lib.identity import Actor


def maintenance_windows(actor: Actor) -> QuerySet[MaintenanceWindow]:
    """Every maintenance window, the latest first: whoever needs a service may know of work on it."""
    windows = MaintenanceWindow.objects.select_related("unit", "series", "scheduled_by", "stopped_by")
    return windows.prefetch_related("services")


def maintenance_for(actor: Actor, window_id: int, *, lock: bool = False) -> MaintenanceWindow:
    """The window with this id. Raises `NotFound`."""
    queryset = MaintenanceWindow.objects.select_related("unit", "series")
    try:
        return (queryset.select_for_update(no_key=True, of=("self",)) if lock else queryset).get(pk=window_id)
    except MaintenanceWindow.DoesNotExist:
        raise NotFound("maintenance window") from None


def maintenance_from(actor: Actor, window: MaintenanceWindow, *, lock: bool = False) -> list[MaintenanceWindow]:
    """The window, and those of its series that begin later and nobody stopped, by their ids."""
    queryset = MaintenanceWindow.objects.select_related("unit", "series").order_by("pk")
    queryset = queryset.select_for_update(no_key=True, of=("self",)) if lock else queryset
    follows = Q(series=window.series_id, starts_at__gt=window.starts_at, stopped_at=None)
    return list(queryset.filter(Q(pk=window.pk) | follows))


def maintenance_at(actor: Actor, service_id: int | None, moment: datetime) -> MaintenanceWindow | None:
    """The maintenance of a service that runs at `moment` (aware): the one that ends last, if there are several."""
    if service_id is None:
        return None
    running = MaintenanceWindow.objects.filter(runs_at(moment), covered__service=service_id)
    return running.select_related("unit").order_by("-ends_at", "id").first()


def quiet_until(actor: Actor, service_id: int | None, moment: datetime) -> datetime | None:
    """When the maintenance of a service that runs at `moment` (aware) is over, with what follows it at once."""
    until = None
    while (window := maintenance_at(actor, service_id, until or moment)) is not None:
        until = window.ends_at
    return until


def quiet_incidents(actor: Actor) -> QuerySet[Incident]:
    """The incidents that page nobody before a maintenance is over."""
    return Incident.objects.filter(is_quiet=True)
