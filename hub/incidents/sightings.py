"""Writes down who reads restricted incidents: one row for each incident, person, way in and hour, by one statement."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from functools import partial
from typing import Final, TypeAlias

from django.db import connection, transaction

from hub.lib import clock

_KEPT: Final = 20_000
_Written: TypeAlias = tuple[str, int, str, int, str]

_written: OrderedDict[_Written, None] = OrderedDict()
"""What this process knows to be written and committed, so that reading again in the same hour asks nothing."""

_STATEMENT: Final = """
WITH seen AS (
  SELECT i.id, i.unit_id FROM incidents_incident i WHERE i.id = ANY (%(incidents)s) AND i.restricted
), written AS (
  INSERT INTO incidents_incidentsighting (incident_id, unit_id, restricted, person_id, through, hour, at)
  SELECT seen.id, seen.unit_id, true, %(person)s, %(through)s, %(hour)s, %(at)s FROM seen
  ON CONFLICT DO NOTHING
)
SELECT id FROM seen
"""


def record_sightings(person_id: int, through: str, incident_ids: Collection[int]) -> None:
    """Record, in the open transaction, that the person read these incidents, as far as they are restricted."""
    moment = clock.now()
    hour = moment.replace(minute=0, second=0, microsecond=0)
    database = str(connection.settings_dict["NAME"])

    def key(incident_id: int) -> _Written:
        return database, person_id, through, incident_id, hour.isoformat()

    unwritten = [each for each in incident_ids if key(each) not in _written]
    if not unwritten:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _STATEMENT,
            {"incidents": unwritten, "person": person_id, "through": through, "hour": hour, "at": moment},
        )
        keys = [key(incident_id) for (incident_id,) in cursor.fetchall()]
    if keys:
        transaction.on_commit(partial(_remember, keys))


def _remember(keys: Collection[_Written]) -> None:
    _written.update(dict.fromkeys(keys))
    while len(_written) > _KEPT:
        _written.popitem(last=False)
