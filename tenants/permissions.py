"""The table of who may do what.

A permission is a verb on a noun. Roles hold sets of them; a role is held in a unit, a region or the enterprise.
`can` answers for a person and an object from the same rows that PostgreSQL's policies read, so Python and the
database never disagree about scope; the database is the one that enforces.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from django.db import connection
from django.db.models import BooleanField, F, Func

from hub.lib import identity
from hub.lib.errors import Forbidden
from hub.lib.identity import Actor


class Permission(StrEnum):
    """Every permission there is. The values are what roles store and what row-level policies name."""

    UNIT_VIEW = "unit.view"
    UNIT_ADMINISTER = "unit.administer"
    PEOPLE_VIEW = "people.view"
    PEOPLE_ADMINISTER = "people.administer"
    AUDIT_VIEW = "audit.view"
    TAXONOMY_WRITE = "taxonomy.write"
    TAXONOMY_STEWARD = "taxonomy.steward"
    CATALOG_WRITE = "catalog.write"
    ONCALL_VIEW = "oncall.view"
    ONCALL_WRITE = "oncall.write"
    INCIDENT_VIEW = "incident.view"
    INCIDENT_DECLARE = "incident.declare"
    INCIDENT_RESPOND = "incident.respond"
    INCIDENT_COMMAND = "incident.command"
    INCIDENT_BREAK_GLASS = "incident.break_glass"
    SECURITY_RESPOND = "security.respond"
    ALERT_INGEST = "alert.ingest"
    SOURCE_ADMINISTER = "source.administer"
    KNOWLEDGE_VIEW = "knowledge.view"
    KNOWLEDGE_WRITE = "knowledge.write"
    KNOWLEDGE_PUBLISH = "knowledge.publish"
    METRICS_VIEW = "metrics.view"
    DISCLOSURE_LEGAL = "disclosure.legal"
    DISCLOSURE_COMPLIANCE = "disclosure.compliance"


P = Permission

_OBSERVE = frozenset({P.UNIT_VIEW, P.INCIDENT_VIEW, P.ONCALL_VIEW, P.KNOWLEDGE_VIEW, P.METRICS_VIEW, P.PEOPLE_VIEW})
_RESPOND = _OBSERVE | {P.INCIDENT_DECLARE, P.INCIDENT_RESPOND, P.KNOWLEDGE_WRITE}
_COMMAND = _RESPOND | {P.INCIDENT_COMMAND, P.KNOWLEDGE_PUBLISH, P.ONCALL_WRITE}
_ADMINISTER = _OBSERVE | {
    P.UNIT_ADMINISTER,
    P.PEOPLE_ADMINISTER,
    P.AUDIT_VIEW,
    P.TAXONOMY_WRITE,
    P.CATALOG_WRITE,
    P.ONCALL_WRITE,
    P.SOURCE_ADMINISTER,
}


ABOUT_SCHEDULES = (P.ONCALL_VIEW.value, P.ONCALL_WRITE.value)
"""A role with one of these says something about schedules and policies: held nearer, it outranks a wider one there."""


@dataclass(frozen=True)
class BuiltInRole:
    """A role that every hub has from its first migration on."""

    key: str
    name: str
    description: str
    permissions: frozenset[Permission]
    grants: frozenset[Permission] = frozenset()
    """What its holders may give others beside it: who administers people need not be able to do their work."""


BUILT_IN_ROLES = (
    BuiltInRole("observer", "Observer", "Reads incidents, schedules, reviews and figures.", _OBSERVE),
    BuiltInRole("responder", "Responder", "Declares incidents and works on them; writes reviews.", _RESPOND),
    BuiltInRole("commander", "Incident commander", "Leads incidents, assigns roles, publishes reviews.", _COMMAND),
    BuiltInRole(
        "unit_admin",
        "Unit administrator",
        "Administers people, services, schedules and sources, and gives the roles of its unit.",
        _ADMINISTER,
        grants=_COMMAND,
    ),
    BuiltInRole(
        "regional_lead",
        "Regional lead",
        "Administers the units of a region and leads incidents there.",
        _ADMINISTER | _COMMAND | {P.INCIDENT_BREAK_GLASS},
    ),
    BuiltInRole(
        "coordinator",
        "Enterprise coordinator",
        "Sees the whole enterprise and coordinates incidents that cross units.",
        _COMMAND | {P.AUDIT_VIEW, P.INCIDENT_BREAK_GLASS},
    ),
    BuiltInRole("steward", "Taxonomy steward", "Keeps the global terms.", _OBSERVE | {P.TAXONOMY_STEWARD}),
    BuiltInRole("auditor", "Auditor", "Reads everything unrestricted and the audit trail.", _OBSERVE | {P.AUDIT_VIEW}),
    BuiltInRole(
        "security",
        "Security responder",
        "Works on incidents of every unit, and is admitted to what may be a breach.",
        _RESPOND | {P.INCIDENT_BREAK_GLASS, P.SECURITY_RESPOND},
    ),
    BuiltInRole(
        "legal",
        "Legal counsel",
        "Approves for legal what of a review is disclosed outside its unit.",
        _OBSERVE | {P.DISCLOSURE_LEGAL},
    ),
    BuiltInRole(
        "compliance",
        "Compliance officer",
        "Approves for compliance what of a review is disclosed outside its unit.",
        _OBSERVE | {P.DISCLOSURE_COMPLIANCE, P.AUDIT_VIEW},
    ),
    BuiltInRole(
        "enterprise_admin",
        "Enterprise administrator",
        "Administers every unit, and gives the roles of regions and of the enterprise.",
        _ADMINISTER,
        grants=frozenset(Permission),
    ),
    BuiltInRole(
        "alert_source",
        "Alert source",
        "A service account: turns alerts into incidents of the unit that owns the service.",
        frozenset(
            {P.ALERT_INGEST, P.INCIDENT_VIEW, P.INCIDENT_DECLARE, P.INCIDENT_RESPOND, P.ONCALL_VIEW, P.UNIT_VIEW}
        ),
    ),
)


def units_with(actor: Actor, permission: Permission) -> frozenset[int]:
    """The ids of the units in which `actor` holds `permission`, as the database sees it in this transaction."""
    if actor.is_system:
        raise Forbidden("The system acts through its own role, not through permissions.")
    with identity.reading_as(actor), connection.cursor() as cursor:
        cursor.execute("SELECT app.units(%s)", [permission.value])
        return frozenset(cursor.fetchone()[0])


def regions_with(actor: Actor, permission: Permission) -> frozenset[int]:
    """The ids of the regions in all of whose units `actor` holds `permission`, also in those to come."""
    with identity.reading_as(actor), connection.cursor() as cursor:
        cursor.execute("SELECT app.regions(%s)", [permission.value])
        return frozenset(cursor.fetchone()[0])


def can(actor: Actor, permission: Permission, unit_id: int) -> bool:
    """Whether `actor` holds `permission` in the unit. The system may do everything that its actions do."""
    return actor.is_system or unit_id in units_with(actor, permission)


def require(actor: Actor, permission: Permission, unit_id: int, sentence: str) -> None:
    """Raise `Forbidden(sentence)` unless `actor` holds `permission` in the unit."""
    if not can(actor, permission, unit_id):
        raise Forbidden(sentence)


def require_keeper(actor: Actor, unit_id: int, sentence: str) -> None:
    """Raise `Forbidden(sentence)` unless `actor` may change the unit's schedules, policies and phone trees.

    The role that is held nearest to the unit decides (`deploy/decisions/0037-the-nearest-role-decides.md`); where that
    is what keeps them from it, the sentence says so.
    """
    if not can(actor, Permission.ONCALL_WRITE, unit_id):
        raise Forbidden(sentence + held_back(actor, unit_id))


def held_back(actor: Actor, unit_id: int) -> str:
    """Why a wider role of the actor does not count for the unit's schedules and policies, as a sentence; or nothing."""
    if actor.is_system:
        return ""
    with identity.reading_as(actor), connection.cursor() as cursor:
        cursor.execute("SELECT app.held_back_by(%s)", [unit_id])
        (nearer,) = cursor.fetchone()
    return f" What you hold nearer decides, before any wider role: {nearer}." if nearer else ""


def holds_back(actor: Actor, assignment_id: int) -> bool:
    """Whether this role of the actor's own takes away what a wider one gives them."""
    with identity.reading_as(actor), connection.cursor() as cursor:
        cursor.execute("SELECT app.holds_back(%s)", [assignment_id])
        row: tuple[bool] = cursor.fetchone()
        return row[0]


class HeldThere(Func):
    """Whether whoever asks holds `permission` in the unit of a row, as an expression of its column."""

    template = "(%(expressions)s = ANY((SELECT app.units('%(permission)s'))::bigint[]))"
    output_field = BooleanField()

    def __init__(self, unit: str, permission: Permission) -> None:
        super().__init__(F(unit), permission=permission.value)


@dataclass(frozen=True)
class Scope:
    """Where a role is held: in a unit and below it, in a region's units, or, with neither, in the whole enterprise."""

    unit_id: int | None = None
    region_id: int | None = None


def ceiling(actor: Actor, scope: Scope) -> frozenset[str]:
    """What `actor` may give others there, as the database sees it; nothing for who does not administer people there."""
    if actor.is_system:
        return frozenset(permission.value for permission in Permission)
    with identity.reading_as(actor), connection.cursor() as cursor:
        cursor.execute("SELECT app.ceiling(%s, %s)", [scope.unit_id, scope.region_id])
        return frozenset(cursor.fetchone()[0])


def require_ceiling(actor: Actor, permissions: Set[str], scope: Scope, *, where: str, path: Sequence[str] = ()) -> None:
    """Raise `Forbidden` unless `actor` administers people there and may give all of `permissions`."""
    may_give = ceiling(actor, scope)
    if Permission.PEOPLE_ADMINISTER not in may_give:
        raise Forbidden(f"You do not administer the people of {where}.", path=path)
    beyond = sorted(permissions - may_give)
    if beyond:
        raise Forbidden(f"You cannot give {', '.join(beyond)} in {where}: you do not hold it there.", path=path)


def holds_for_enterprise(actor: Actor, permission: Permission) -> bool:
    """Whether `actor` holds `permission` for the whole enterprise, and not only in some of its units."""
    if actor.is_system:
        return True
    with identity.reading_as(actor), connection.cursor() as cursor:
        cursor.execute("SELECT app.enterprise(%s)", [permission.value])
        row: tuple[bool] = cursor.fetchone()
        return row[0]
