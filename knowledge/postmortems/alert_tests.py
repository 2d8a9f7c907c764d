"""Alerts that show that an action item was done: those that a source sent since it was written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.urls import reverse

from hub.alerts import access as alerts
from hub.alerts.models import Alert
from hub.lib.errors import Conflict
from hub.lib.identity import Actor
from knowledge.postmortems.proofs import Thing


def check(actor: Actor, key: int, since: datetime) -> None:
    """Whether the alert fired, and was first received since `since`. Raises `NotFound`, `Conflict`."""
    alert = alerts.alert_for(actor, key)
    if alert.first_seen_at < since:
        raise Conflict(f"“{alert.name}” fired before this was agreed: it tests nothing that came of it.")
    if alert.incident_id is None:
        raise Conflict(f"“{alert.name}” was over before it was received: nobody would have been paged.")


def seen(actor: Actor, keys: Collection[int]) -> Sequence[Thing]:
    """Those of these alerts that `actor` may see."""
    return [_thing(alert) for alert in alerts.alerts(actor).select_related("incident").filter(pk__in=keys)]


def offered(actor: Actor, since: datetime, *, most: int) -> Sequence[Thing]:
    """Alerts that were first received since then, the latest first."""
    return [_thing(alert) for alert in alerts.alerts_since(actor, since)[:most]]


def _thing(alert: Alert) -> Thing:
    """An alert has no page of its own: its incident's room shows it."""
    incident = alert.incident
    of_service = f" of {alert.service.name}" if alert.service else ""
    led_to = f", {incident.reference}" if incident else ""
    label = f"{alert.name}{of_service}, {alert.first_seen_at:%-d %b %Y %H:%M} UTC{led_to}"
    url = reverse("incident", args=[incident.reference]) if incident else ""
    return Thing(alert.pk, label, url, alert.first_seen_at)
