"""Who writes, approves and decides: the same for every kind of revised texts."""

from __future__ import annotations

from django.db.models import QuerySet

from hub.lib.identity import Actor
from knowledge.revisions.models import TextRevision
from tenants import access as tenants
from tenants.models import BusinessUnit
from tenants.permissions import Permission, can, units_with


def may_write(actor: Actor, unit_id: int) -> bool:
    """Whether `actor` may write texts of the unit and propose revisions."""
    return can(actor, Permission.KNOWLEDGE_WRITE, unit_id)


def may_publish(actor: Actor, unit_id: int) -> bool:
    """Whether `actor` may approve revisions of the unit's texts, share and retire them."""
    return can(actor, Permission.KNOWLEDGE_PUBLISH, unit_id)


def may_decide(actor: Actor, revision: TextRevision) -> bool:
    """Whether `actor` may approve a proposal: somebody who publishes in the unit, and did not write it."""
    return may_publish(actor, revision.unit_id) and not is_own(actor, revision)


def is_own(actor: Actor, revision: TextRevision) -> bool:
    """Whether `actor` wrote the proposal."""
    return revision.proposed_by_id is not None and revision.proposed_by_id == actor.person_id


def units_to_write_in(actor: Actor) -> QuerySet[BusinessUnit]:
    """The units whose texts `actor` may write."""
    return tenants.units(actor).filter(pk__in=units_with(actor, Permission.KNOWLEDGE_WRITE))
