"""Changes that show that an action item was done: maintenance in which they were made, and which is over.

A change that was made without maintenance is known where it was made: an item is closed with its address then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from hub.incidents import access as incidents
from hub.incidents.models import MaintenanceWindow
from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import Actor
from knowledge.postmortems.proofs import Thing


def check(actor: Actor, key: int, since: datetime) -> None:
    """Whether the maintenance took place, since `since`, and is over. Raises `NotFound`, `Conflict`."""
    window = incidents.maintenance_for(actor, key)
    if window.starts_at < since:
        raise Conflict(f"The maintenance “{window.reason}” was before this: it shows nothing that came of it.")
    if window.is_cancelled:
        raise Conflict(f"The maintenance “{window.reason}” was cancelled.")
    if window.over_at > clock.now():
        raise Conflict(f"The maintenance “{window.reason}” is not over yet.")


def seen(actor: Actor, keys: Collection[int]) -> Sequence[Thing]:
    """Those of these windows: everybody may see them."""
    return [_thing(window) for window in incidents.maintenance_windows(actor).filter(pk__in=keys)]


def offered(actor: Actor, since: datetime, *, most: int) -> Sequence[Thing]:
    """Maintenance since then that took place and is over, the latest first."""
    over = Q(ended_at__lte=clock.now(), ended_at__gt=F("starts_at"))
    windows = incidents.maintenance_windows(actor).filter(starts_at__gte=since)
    return [_thing(each) for each in windows.annotate(ended_at=Coalesce("stopped_at", "ends_at")).filter(over)[:most]]


def _thing(window: MaintenanceWindow) -> Thing:
    label = f"{window.reason}, {window.unit.name}, {window.starts_at:%-d %b %Y}"
    return Thing(window.pk, label, reverse("maintenance-window", args=[window.pk]), window.starts_at)
