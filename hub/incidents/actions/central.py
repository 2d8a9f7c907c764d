"""What central command means for one incident: who may command it, and who may close it."""

from __future__ import annotations

from django.db import connection

from hub.incidents import access
from hub.incidents.models import Incident
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from tenants.models import Person
from tenants.permissions import Permission, can


def is_commanded_centrally(actor: Actor, unit_id: int, severity: str) -> bool:
    """Whether another unit commands a unit's incidents of this severity, unless they are restricted.

    What is restricted is commanded by whoever was admitted.
    """
    return access.central_ownership(actor, unit_id, severity) is not None


def check_commander(actor: Actor, incident: Incident, person: Person) -> None:
    """Raise `Invalid` for somebody who may not command what another unit commands centrally."""
    if incident.restricted:
        return
    ownership = access.central_ownership(actor, incident.unit_id, incident.severity)
    if ownership is None:
        return
    assert ownership.central_unit is not None
    if not may(person.pk, Permission.INCIDENT_COMMAND, ownership.central_unit.pk):
        raise Invalid(
            f"{ownership.central_unit.name} commands {incident.severity.upper()} incidents of {incident.unit.name}:"
            f" {person.name} does not command there.",
            path=["personId"],
        )


def may_close(actor: Actor, incident: Incident) -> bool:
    """Whether the unit's ownership lets `actor` close the incident; who else may is `may_command`'s to say."""
    if incident.restricted or actor.is_system:
        return True
    ownership = access.central_ownership(actor, incident.unit_id, incident.severity)
    if ownership is None:
        return True
    return can(actor, Permission.INCIDENT_COMMAND, ownership.central_unit_id or 0)


def may(person_id: int, permission: Permission, unit_id: int) -> bool:
    """Whether somebody else may do something in a unit: asked before they are given work there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.may(%s, %s, %s)", [person_id, permission.value, unit_id])
        row: tuple[bool] = cursor.fetchone()
        return row[0]
