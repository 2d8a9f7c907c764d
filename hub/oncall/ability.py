"""What people may do with a unit's incidents: whoever is on call and may not work on them cannot even open them."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum
from typing import Final

from django.db import connection

from hub.lib.identity import Actor
from tenants.permissions import Permission


class Able(IntEnum):
    """What somebody may do with a unit's incidents, the least first."""

    NOTHING = 0
    SEE = 1
    WORK = 2


# What the database answers a person who asks about others, whose roles they may not read themselves.
_FOR_PERSON: Final = """
SELECT person, unit,
       CASE WHEN app.may(person, %(respond)s, unit) OR app.may(person, %(command)s, unit) THEN 2
            WHEN app.may(person, %(view)s, unit) THEN 1 ELSE 0 END
  FROM unnest(%(people)s::bigint[], %(units)s::bigint[]) AS asked (person, unit)
"""
# The same for the hub itself, which reads all roles: in one join, since it asks for everybody whom a batch may page.
_FOR_SYSTEM: Final = """
SELECT asked.person, asked.unit,
       coalesce(max(CASE WHEN r.permissions && ARRAY[%(respond)s, %(command)s]::varchar[] THEN 2
                         WHEN r.permissions @> ARRAY[%(view)s]::varchar[] THEN 1 ELSE 0 END), 0)
  FROM unnest(%(people)s::bigint[], %(units)s::bigint[]) AS asked (person, unit)
  LEFT JOIN tenants_businessunit b ON b.id = asked.unit
  LEFT JOIN (tenants_roleassignment a
             JOIN tenants_person p ON p.id = a.person_id AND p.is_active
             JOIN tenants_role r ON r.id = a.role_id)
    ON a.person_id = asked.person
   AND a.valid_from <= statement_timestamp() AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
   AND (a.is_enterprise OR a.unit_id = ANY (b.lineage)
        OR EXISTS (SELECT 1 FROM tenants_unitregion u WHERE u.unit_id = b.id AND u.region_id = a.region_id))
 GROUP BY asked.person, asked.unit
"""


def able(actor: Actor, asked: Collection[tuple[int, int]]) -> dict[tuple[int, int], Able]:
    """What each of these people may do now in the unit beside them, by person and unit, in one statement."""
    if not asked:
        return {}
    people, units = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _FOR_SYSTEM if actor.is_system else _FOR_PERSON,
            {
                "respond": Permission.INCIDENT_RESPOND.value,
                "command": Permission.INCIDENT_COMMAND.value,
                "view": Permission.INCIDENT_VIEW.value,
                "people": list(people),
                "units": list(units),
            },
        )
        return {(person, unit): Able(degree) for person, unit, degree in cursor.fetchall()}
