"""The statements that ingestion is made of. Each takes all of a request's rows at once.

They go to PostgreSQL with their parameters in binary beside the text: as literals in the text, which is how Django
sends parameters, the arrays of 100 alerts took longer to write than to store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from hub.alerts.intake.reports import ReportedAlert
from hub.alerts.models import AlertGroup
from hub.catalog.access import Standing
from hub.incidents.models import Incident
from hub.lib.prepared import fetch

# Ingestion waits only so long for a lock, from its first statement on. PostgreSQL looks for deadlocks after a second,
# so when people's work and a source's wait for each other, it is always the source that gives way and begins again.
_PATIENCE: Final = "set_config('lock_timeout', '800ms', true)"

_LOCK_GROUPS: Final = f"""
INSERT INTO alerts_alertgroup AS kept (source_id, unit_id, key, last_seen_at)
SELECT %(source)s, unit, key, %(moment)s
  FROM unnest(%(keys)b::text[], %(units)b::bigint[]) AS arriving (key, unit), {_PATIENCE} ORDER BY key, unit
ON CONFLICT (source_id, key, unit_id)
DO UPDATE SET last_seen_at = greatest(kept.last_seen_at, excluded.last_seen_at)
RETURNING id, key, unit_id
"""

_KNOWN_GROUPS: Final = f"""
SELECT kept.id, kept.key, kept.unit_id FROM alerts_alertgroup AS kept, {_PATIENCE}
 WHERE kept.source_id = %(source)s AND kept.key = %(key)s ORDER BY kept.unit_id FOR UPDATE OF kept
"""

_INCIDENTS: Final = (
    "SELECT group_id, incident_id, unit_id, restricted, is_open FROM app.incidents_of_groups(%(groups)b)"
)

_STORE: Final = """
INSERT INTO alerts_alert AS kept (
  source_id, group_id, unit_id, restricted, incident_id, service_id, fingerprint, name, summary, status,
  labels, annotations, link, starts_at, ends_at, first_seen_at, last_seen_at, changed_at, count)
SELECT %(source)s, "group", unit, restricted, incident, service, fingerprint, name, summary,
       CASE WHEN firing THEN 'firing' ELSE 'resolved' END,
       labels::jsonb, annotations::jsonb, link, coalesce(starts_at, %(moment)s), ends_at,
       %(moment)s, %(moment)s, %(moment)s, 1
  FROM unnest(
    %(places)b::bigint[], %(services)b::bigint[], %(fingerprints)b::text[], %(names)b::text[], %(summaries)b::text[],
    %(firing)b::boolean[], %(labels)b::text[], %(annotations)b::text[], %(links)b::text[],
    %(starts)b::timestamptz[], %(ends)b::timestamptz[]
  ) AS arriving (place, service, fingerprint, name, summary, firing, labels, annotations, link, starts_at, ends_at)
  JOIN unnest(%(groups)b::bigint[], %(units)b::bigint[], %(restricted)b::boolean[], %(incidents)b::bigint[])
    WITH ORDINALITY AS held ("group", unit, restricted, incident, place) USING (place)
ON CONFLICT (incident_id, group_id, fingerprint) DO UPDATE SET
  status = excluded.status,
  summary = excluded.summary,
  annotations = excluded.annotations,
  link = excluded.link,
  service_id = excluded.service_id,
  starts_at = CASE WHEN excluded.status = 'firing' THEN excluded.starts_at ELSE kept.starts_at END,
  ends_at = CASE WHEN excluded.status = 'firing' THEN NULL ELSE coalesce(excluded.ends_at, excluded.last_seen_at) END,
  last_seen_at = excluded.last_seen_at,
  changed_at = CASE WHEN kept.status = excluded.status THEN kept.changed_at ELSE excluded.changed_at END,
  count = kept.count + 1
RETURNING id, group_id, fingerprint, count = 1 OR changed_at = %(moment)s
"""

_RESOLVE: Final = """
UPDATE alerts_alert SET status = 'resolved', ends_at = %(moment)s, last_seen_at = %(moment)s, changed_at = %(moment)s
 WHERE incident_id = ANY (%(incidents)b) AND group_id = ANY (%(groups)b) AND fingerprint = %(fingerprint)s
   AND status = 'firing'
RETURNING id, group_id, name, summary
"""


_HAND_OVER: Final = """
UPDATE alerts_alert SET status = 'resolved', ends_at = %(moment)s, changed_at = %(moment)s
 WHERE incident_id = %(former)s AND group_id = %(group)s AND status = 'firing'
RETURNING id
"""


@dataclass(frozen=True)
class GroupIncident:
    """The incident that a group led to last."""

    id: int
    unit_id: int
    restricted: bool
    is_open: bool


@dataclass
class HeldGroup:
    """A group whose row this transaction has locked, and what arrived for it.

    Attributes:
        truncated: how many alerts of the group the sender left out.
        fired, resolved: the alerts whose status changed, by their ids.
    """

    id: int
    key: str
    unit_id: int
    incident: GroupIncident | None = None
    arriving: list[PlacedAlert] = field(default_factory=list)
    truncated: int = 0
    fired: dict[int, PlacedAlert] = field(default_factory=dict)
    resolved: dict[int, PlacedAlert] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlacedAlert:
    """An alert and the service it is about, if that is known."""

    alert: ReportedAlert
    service: Standing | None


def lock_groups(source_id: int, places: Collection[tuple[str, int]], moment: datetime) -> list[HeldGroup]:
    """The groups with these keys in these units, made where they are new.

    Locks their rows until the transaction ends: in the order of keys and units, so that requests never wait for each
    other in a circle.
    """
    parameters = {
        "source": source_id,
        "keys": [key for key, _ in places],
        "units": [unit_id for _, unit_id in places],
        "moment": moment,
    }
    return _with_incidents(fetch(_LOCK_GROUPS, parameters))


def lock_known_groups(source_id: int, key: str) -> list[HeldGroup]:
    """The groups of this key that there are. Locks their rows, in the order of their units."""
    return _with_incidents(fetch(_KNOWN_GROUPS, {"source": source_id, "key": key}))


def follow(group: HeldGroup, incident: Incident, moment: datetime) -> None:
    """Let the locked group follow `incident` from here on; what still fired in its former one goes on in this one."""
    if group.incident is not None:
        fetch(_HAND_OVER, {"group": group.id, "former": group.incident.id, "moment": moment})
    AlertGroup.objects.filter(pk=group.id).update(incident=incident)
    group.incident = GroupIncident(incident.pk, incident.unit_id, incident.restricted, is_open=True)


def store_alerts(source_id: int, groups: Sequence[HeldGroup], moment: datetime) -> None:
    """Store what arrived in these locked groups, and note in each which alerts fired or were resolved by it.

    An alert that its incident knows is updated; any other is a new row. Alerts that fire join the group's incident;
    those that are over are looked for in it, also when it is over itself.
    """
    rows = [(place, placed) for place, group in enumerate(groups, start=1) for placed in group.arriving]
    alerts = [placed.alert for _, placed in rows]
    incidents = [group.incident for group in groups]
    stored = fetch(
        _STORE,
        {
            "source": source_id,
            "moment": moment,
            "groups": [group.id for group in groups],
            "units": [group.incident.unit_id if group.incident else group.unit_id for group in groups],
            "restricted": [incident is not None and incident.restricted for incident in incidents],
            "incidents": [incident.id if incident else None for incident in incidents],
            "places": [place for place, _ in rows],
            "services": [placed.service.id if placed.service else None for _, placed in rows],
            "fingerprints": [alert.fingerprint for alert in alerts],
            "names": [alert.name for alert in alerts],
            "summaries": [alert.summary for alert in alerts],
            "firing": [alert.is_firing for alert in alerts],
            "labels": [_json(alert.labels) for alert in alerts],
            "annotations": [_json(alert.annotations) for alert in alerts],
            "links": [alert.link for alert in alerts],
            "starts": [alert.starts_at for alert in alerts],
            "ends": [alert.ends_at for alert in alerts],
        },
    )
    arrived = {(group.id, placed.alert.fingerprint): (group, placed) for group in groups for placed in group.arriving}
    for alert_id, group_id, fingerprint, is_news in stored:
        if is_news:
            group, placed = arrived[group_id, fingerprint]
            changed = group.fired if placed.alert.is_firing else group.resolved
            changed[alert_id] = placed


def resolve_stored(groups: Sequence[HeldGroup], fingerprint: str, moment: datetime) -> None:
    """Resolve the alerts of this fingerprint that fire in these locked groups, and note them there."""
    by_id = {group.id: group for group in groups}
    incidents = [group.incident.id for group in groups if group.incident]
    parameters = {"groups": list(by_id), "incidents": incidents, "fingerprint": fingerprint, "moment": moment}
    for alert_id, group_id, name, summary in fetch(_RESOLVE, parameters):
        alert = ReportedAlert(fingerprint, name, summary, is_firing=False, labels={}, annotations={})
        group = by_id[group_id]
        group.resolved[alert_id] = PlacedAlert(alert, None)


def _with_incidents(rows: Sequence[tuple[Any, ...]]) -> list[HeldGroup]:
    groups = {group_id: HeldGroup(group_id, key, unit_id) for group_id, key, unit_id in rows}
    # A statement of its own: the one that waited for the lock does not see what was committed meanwhile.
    for group_id, incident_id, unit_id, restricted, is_open in fetch(_INCIDENTS, {"groups": list(groups)}):
        groups[group_id].incident = GroupIncident(incident_id, unit_id, restricted, is_open)
    return list(groups.values())


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value).decode()
