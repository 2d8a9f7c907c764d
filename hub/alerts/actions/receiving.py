"""What a source sends: alerts that fire and end, acknowledgements and resolutions.

Each is one transaction. The rows of the groups are locked first, in a fixed order, so that two hundred copies at once
agree on one incident; then all alerts are stored by one statement; and only where one of them is new, or changed its
status, is there anything to do about incidents (`settling`).
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.alerts.access import KnownSource
from hub.alerts.actions import storing
from hub.alerts.actions.settling import Settlement
from hub.alerts.actions.storing import PlacedAlert
from hub.alerts.intake.reports import Report, ReportedAlert
from hub.catalog import access as catalog
from hub.incidents import access as incidents
from hub.incidents.actions import acknowledge_incident
from hub.incidents.models import Status
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor, acting_as


def receive_alerts(*, actor: Actor, source: KnownSource, reports: Sequence[Report]) -> None:
    """Store the alerts of these reports, and open, update or resolve the incidents of their groups.

    A group has one open incident in each unit whose services it is about: alerts of several owners' services make one
    incident for each owner, since an incident is one unit's. Alerts that name no known service are about the source's
    default service or, without one, belong to the source's unit. In place of a retired service stands its
    successor; one without a successor counts as unknown.

    Args:
        actor: the source's service account.
        reports: no two of them with the same alert of the same group.

    Raises `SettledMeanwhile` when an incident was resolved at the same moment; the caller begins again. Locks the
    groups' rows, then the incidents that change.
    """
    with acting_as(actor):
        placed = _placed(actor, source, reports)
        if not placed:
            return
        moment = clock.now()
        groups = storing.lock_groups(source.id, placed.keys(), moment)
        for group in groups:
            group.arriving = placed[group.key, group.unit_id]
            group.truncated = sum(report.truncated for report in reports if report.group_key == group.key)
        settlement = Settlement(actor, source, groups)
        settlement.open_incidents(moment)
        storing.store_alerts(source.id, groups, moment)
        settlement.settle()


def acknowledge_alert(*, actor: Actor, source: KnownSource, group_key: str) -> None:
    """Acknowledge the incidents that nobody is on yet and that this group led to; an unknown group is no error.

    Locks the groups' rows, then the incidents.
    """
    with acting_as(actor):
        groups = storing.lock_known_groups(source.id, group_key)
        for incident_id in sorted(group.incident.id for group in groups if group.incident and group.incident.is_open):
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
        groups = storing.lock_known_groups(source.id, group_key)
        storing.resolve_stored(groups, fingerprint, clock.now())
        Settlement(actor, source, groups).settle()


def _placed(actor: Actor, source: KnownSource, reports: Sequence[Report]) -> dict[tuple[str, int], list[PlacedAlert]]:
    """The alerts with their services, by the key of their group and the unit that they belong to; one query for all."""
    spoken = [(report.group_key, alert, _service_words(source, alert)) for report in reports for alert in report.alerts]
    words = {word for _, _, said in spoken for word in said}
    default = source.default_service.id if source.default_service else 0
    known = catalog.services_named(actor, words, default) if words or default else {}
    placed: dict[tuple[str, int], list[PlacedAlert]] = {}
    for key, alert, said in spoken:
        named = [known[word] for word in (*said, default) if word in known]
        service = next((each.service for each in named if each.service), None)
        unit_id = service.unit_id if service else source.unit_id
        placed.setdefault((key, unit_id), []).append(PlacedAlert(alert, service))
        was = named[0].was if named else None
        if was is not None and was.unit_id != unit_id and not alert.is_firing:
            # It may have begun when the service was in use: what is open there then is over, too.
            placed.setdefault((key, was.unit_id), []).append(PlacedAlert(alert, was))
    return placed


def _service_words(source: KnownSource, alert: ReportedAlert) -> list[str]:
    """What may be the slug of the alert's service, the likeliest first."""
    labels = alert.labels
    return [labels[label].strip().lower() for label in source.service_labels if label in labels]
