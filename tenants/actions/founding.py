"""The first administrator of a hub, whom nobody inside it could appoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import Actor, acting_as
from tenants import audit
from tenants.actions.people import good_password, newcomer
from tenants.models import Person, Role, RoleAssignment

ADMINISTRATOR_ROLES: Final = ("unit_admin", "steward")
"""What an administrator holds in the whole enterprise: its units with their people, and its global terms."""


@dataclass(frozen=True)
class Appointment:
    """What `appoint_administrator` did: `roles` are those that were given, none if the person held all of them."""

    person: Person
    is_new: bool
    has_new_password: bool
    roles: tuple[str, ...]


def appoint_administrator(
    *,
    actor: Actor,
    username: str,
    password: Callable[[], str],
    name: str = "",
    email: str = "",
    renew_password: bool = False,
) -> Appointment:
    """Let somebody administer the whole enterprise; they are made if nobody has this username. Doing it again changes
    nothing.

    Args:
        actor: `SYSTEM`.
        password: asked for the password only where one is to be set.
        name, email: of somebody new; the username stands in for a name.
        renew_password: give a new password to somebody who is there already.

    Raises `Invalid` for a username, name, address or password that cannot be, and `Conflict` for the username of a
    service account or of somebody who has left. Locks the person.
    """
    with acting_as(actor):
        person = Person.objects.select_for_update(no_key=True).filter(username__iexact=username.strip()).first()
        is_new = person is None
        if person is None:
            person = newcomer(username, name, email)
        elif person.is_service or not person.is_active:
            why = "is a service account" if person.is_service else "has left"
            raise Conflict(f"“{person.username}” {why} and cannot administer anything.", path=["username"])
        sets_password = is_new or renew_password
        if sets_password:
            person.set_password(good_password(password(), person))
            person.save()
            audit.record(actor=actor, verb="add_person" if is_new else "set_password", obj=person, unit_id=None)
        roles = tuple(key for key in ADMINISTRATOR_ROLES if _give(actor, person, key))
        return Appointment(person, is_new, sets_password, roles)


def _give(actor: Actor, person: Person, key: str) -> bool:
    """Give the role in the whole enterprise, without an end; whether it was not held so already."""
    role = Role.objects.get(key=key, unit=None)
    held, is_new = RoleAssignment.objects.get_or_create(
        person=person, role=role, unit=None, region=None, is_enterprise=True, defaults={"valid_from": clock.now()}
    )
    if not is_new and held.valid_until is None and held.valid_from <= clock.now():
        return False
    before = None if is_new else str(held.valid_until)
    held.valid_until = None
    held.valid_from = min(held.valid_from, clock.now())
    held.save(update_fields=["valid_from", "valid_until"])
    audit.record(
        actor=actor, verb="appoint_administrator", obj=person, unit_id=None, change={key: [before, "whole enterprise"]}
    )
    return True
