"""What a source sends: alerts that fire and end, acknowledgements and resolutions.

A request is one transaction. The rows of its groups are locked first, in the order of their units, so that two hundred
copies at once agree on one incident; then its alerts are stored by one statement; and only where one of them is new,
or changed its status, is there anything to do about incidents (`settling`).
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.alerts.access import KnownSource, NamedService
from hub.alerts.actions import settling, storing
from hub.alerts.actions.storing import HeldGroup, PlacedAlert
from hub.alerts.intake.reports import Report, ReportedAlert
from hub.catalog import access as catalog
from hub.incidents import access as incidents
from hub.incidents.actions import acknowledge_incident
from hub.incidents.models import Status
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor, acting_as


def receive_alerts(*, actor: Actor, source: KnownSource, report: Report) -> None:
    """Store the alerts of a report, and open, update or resolve the incidents of its group.

    A group has one open incident in each unit whose services it is about: alerts of several owners' services make one
    incident for each owner, since an incident is one unit's. Alerts that name no known service are about the source's
    default service or, without one, belong to the source's unit.

    Args:
        actor: the source's service account.

    Raises `SettledMeanwhile` when an incident was resolved at the same moment; the caller begins again. Locks the
    groups' rows, then the incidents that change.
    """
    if not report.alerts:
        return
    with acting_as(actor):
        storing.give_way_to_people()
        moment = clock.now()
        placed = _placed(actor, source, report)
        groups = storing.lock_groups(source.id, report.group_key, list({each.unit_id for each in placed}), moment)
        for each in placed:
            groups[each.unit_id].arriving.append(each)
        held = list(groups.values())
        settling.open_incidents(actor, source, held, moment)
        storing.store_alerts(source.id, held, moment)
        settling.settle(actor, source, held, truncated=report.truncated)


def acknowledge_alert(*, actor: Actor, source: KnownSource, group_key: str) -> None:
    """Acknowledge the incidents that nobody is on yet and that this group led to; an unknown group is no error.

    Locks the groups' rows, then the incidents.
    """
    with acting_as(actor):
        storing.give_way_to_people()
        for incident_id in _open_incidents(storing.lock_known_groups(source.id, group_key)):
            try:
                incident = incidents.incident_for(actor, incident_id, lock=True)
            except NotFound:
                # Restricted since: its people alone say how it stands.
                continue
            if incident.status == Status.DECLARED:
                acknowledge_incident(actor=actor, incident_id=incident_id)


def resolve_alert(*, actor: Actor, source: KnownSource, group_key: str, fingerprint: str) -> None:
    """Resolve the alert of this fingerprint wherever it fires; an unknown one is no error.

    Raises `SettledMeanwhile` as `receive_alerts` does. Locks the groups' rows, then the incidents that change.
    """
    with acting_as(actor):
        storing.give_way_to_people()
        held = list(storing.lock_known_groups(source.id, group_key).values())
        storing.resolve_stored(held, fingerprint, clock.now())
        settling.settle(actor, source, held)


def _open_incidents(groups: Mapping[int, HeldGroup]) -> list[int]:
    return sorted(group.incident.id for group in groups.values() if group.incident and group.incident.is_open)


def _placed(actor: Actor, source: KnownSource, report: Report) -> list[PlacedAlert]:
    """Each alert with its service and its unit, found by one query for all."""
    words = {word for alert in report.alerts for word in _service_words(source, alert)}
    known = {
        slug: NamedService(service.pk, service.unit_id, service.name)
        for slug, service in catalog.services_named(actor, words).items()
    }
    placed = []
    for alert in report.alerts:
        named = (known[word] for word in _service_words(source, alert) if word in known)
        service = next(named, source.default_service)
        placed.append(PlacedAlert(alert, service.unit_id if service else source.unit_id, service))
    return placed


def _service_words(source: KnownSource, alert: ReportedAlert) -> list[str]:
    """What may be the slug of the alert's service, the likeliest first."""
    return [alert.labels[label].strip().lower() for label in source.service_labels if alert.labels.get(label)]
