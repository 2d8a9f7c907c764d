"""Who holds which role, and what a unit's own roles are. Nobody gives what they do not hold.

The sentences here are said before the database would refuse the same thing without one (the triggers of
`tenants/migrations/0005_roles_and_keys_security.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q, QuerySet
from django.utils.text import slugify

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from tenants import access, audit
from tenants.models import BusinessUnit, Person, Region, Role, RoleAssignment
from tenants.permissions import Permission, Scope, holds_back, require_ceiling

_LONGEST_NAME = 100
_LONGEST_DESCRIPTION = 2_000


def give_role(
    *,
    actor: Actor,
    person_id: int,
    role_id: int,
    unit_id: int | None = None,
    region_id: int | None = None,
    enterprise: bool = False,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> RoleAssignment:
    """Give somebody a role in one unit and those below it, in a region's units, or in the whole enterprise.

    Args:
        valid_from: when it begins (aware); now if left out.
        valid_until: when it ends by itself (aware); never if left out.

    Raises `Invalid` unless exactly one of unit, region and enterprise is named or for times out of order, `NotFound`,
    `Forbidden` for a role beyond what the actor may give there or one for themselves, `Conflict` if the person holds
    it at that time.
    """
    with acting_as(actor):
        scope, unit, region = _scope(actor, unit_id, region_id, enterprise)
        person = _person(actor, person_id)
        role = _role(actor, role_id)
        check_gift(actor=actor, person=person, role=role, scope=scope, unit=unit)
        moment = clock.now()
        begins = valid_from or moment
        if valid_until is not None and valid_until <= max(begins, moment):
            raise Invalid("A role ends after it has begun, and not in the past.", path=["validUntil"])
        try:
            with transaction.atomic():
                held = RoleAssignment.objects.create(
                    person=person,
                    role=role,
                    unit=unit,
                    region=region,
                    is_enterprise=enterprise,
                    valid_from=begins,
                    valid_until=valid_until,
                    granted_by_id=actor.person_id,
                )
        except IntegrityError:
            raise Conflict(f"{person.name} is {role.name} there already at that time.", path=["personId"]) from None
        audit.record(
            actor=actor,
            verb="give_role",
            obj=held,
            unit_id=unit_id,
            change={
                "person": [None, person.username],
                "role": [None, role.key],
                "scope": [None, _scope_words(unit, region)],
                "valid_until": [None, valid_until.isoformat() if valid_until else None],
            },
        )
        return held


def end_role_assignment(
    *, actor: Actor, assignment_id: int, at: datetime | None = None, leave_without_administrator: bool = False
) -> RoleAssignment:
    """End what somebody holds, now or at a moment to come; what has not begun yet is taken back altogether.

    Args:
        at: when it ends (aware); now if left out.
        leave_without_administrator: end it although the unit then has no administrator of its own.

    Raises `NotFound`, `Forbidden` for a role beyond what the actor may give (everybody may lay down their own, unless
    it takes away what a wider role of theirs gives), `Invalid` for a time that is past, `Conflict` if it is over
    already or for a unit's last administrator. Locks the assignment, after the unit's administration.
    """
    with acting_as(actor):
        seen = access.assignment_for(actor, assignment_id)
        scope = Scope(seen.unit_id, seen.region_id)
        if seen.person_id != actor.person_id:
            check_gift(actor=actor, person=seen.person, role=seen.role, scope=scope, unit=seen.unit)
        moment = clock.now()
        ends = at or moment
        if ends < moment:
            raise Invalid("A role cannot end in the past.", path=["at"])
        if seen.unit_id is not None:
            _lock_administration(seen.unit_id)
        held = access.assignment_for(actor, assignment_id, lock=True)
        if held.valid_until is not None and held.valid_until <= moment:
            raise Conflict(f"{held.person.name} holds this role no longer.")
        if held.person_id == actor.person_id and held.valid_until is not None and ends > held.valid_until:
            raise Forbidden("Nobody prolongs what they hold themselves: ask another administrator.")
        if held.person_id == actor.person_id and holds_back(actor, held.pk):
            raise Forbidden(
                f"{held.role.name} outranks a wider role of yours that opens schedules: ask another administrator."
            )
        if not leave_without_administrator:
            _keep_an_administrator(held, ends)
        before = held.valid_until
        audit.record(
            actor=actor,
            verb="end_role_assignment",
            obj=held,
            unit_id=held.unit_id,
            change={
                "person": [held.person.username, None],
                "role": [held.role.key, None],
                "valid_until": [before.isoformat() if before else None, ends.isoformat()],
            },
        )
        if held.valid_from >= ends:
            held.delete()
            held.pk = assignment_id
            return held
        held.valid_until = ends
        held.save(update_fields=["valid_until"])
        return held


def create_role(
    *, actor: Actor, unit_id: int, name: str, permissions: Iterable[Permission], description: str = ""
) -> Role:
    """Make a role of the unit's own, which can be held in it and below it.

    Raises `NotFound`, `Forbidden` for permissions beyond what the actor may give in the unit, `Invalid` for an empty
    name or no permissions, `Conflict` for a name that the unit has given already.
    """
    with acting_as(actor):
        unit = _unit(actor, unit_id)
        wanted = _checked_permissions(actor, unit, permissions)
        name = _checked_name(name)
        key = slugify(name)[:40]
        if not key:
            raise Invalid("A role's name needs letters or digits.", path=["name"])
        try:
            with transaction.atomic():
                role = Role.objects.create(
                    key=key,
                    name=name,
                    description=_checked_description(description),
                    unit=unit,
                    permissions=wanted,
                )
        except IntegrityError:
            raise Conflict(f"{unit.name} has a role called {name} already.", path=["name"]) from None
        audit.record(
            actor=actor,
            verb="create_role",
            obj=role,
            unit_id=unit.pk,
            change={"name": [None, name], "permissions": [None, wanted]},
        )
        return role


def change_role(
    *,
    actor: Actor,
    role_id: int,
    name: str | None = None,
    description: str | None = None,
    permissions: Iterable[Permission] | None = None,
) -> Role:
    """Change a unit's own role, for everybody who holds it, at once.

    Raises `NotFound`, `Forbidden` for a built-in role, for a role that the actor holds, and for permissions beyond
    what the actor may give; `Invalid`, and `Conflict` for a name that is taken. Locks the role.
    """
    with acting_as(actor):
        role = _own_role(actor, role_id)
        unit = access.unit_for(actor, role.unit_id or 0)
        before = {"name": role.name, "permissions": role.permissions}
        if permissions is not None:
            holds = RoleAssignment.objects.filter(access.held_now(), role=role, person_id=actor.person_id or 0).exists()
            if holds:
                raise Forbidden("Nobody changes a role that they hold themselves: ask another administrator.")
            role.permissions = _checked_permissions(actor, unit, permissions)
        else:
            _checked_permissions(actor, unit, [Permission(each) for each in role.permissions])
        role.name = role.name if name is None else _checked_name(name)
        role.description = role.description if description is None else _checked_description(description)
        role.save(update_fields=["name", "description", "permissions"])
        after = {"name": role.name, "permissions": role.permissions}
        audit.record(
            actor=actor,
            verb="change_role",
            obj=role,
            unit_id=unit.pk,
            change={field: [before[field], after[field]] for field in after if before[field] != after[field]},
        )
        return role


def delete_role(*, actor: Actor, role_id: int) -> Role:
    """Delete a unit's own role that nobody ever held.

    Raises `NotFound`, `Forbidden` for a built-in role or one beyond what the actor may give, `Conflict` for a role
    that somebody holds or held: their history names it. Locks the role.
    """
    with acting_as(actor):
        role = _own_role(actor, role_id)
        unit = access.unit_for(actor, role.unit_id or 0)
        _checked_permissions(actor, unit, [Permission(each) for each in role.permissions])
        audit.record(actor=actor, verb="delete_role", obj=role, unit_id=unit.pk, change={"name": [role.name, None]})
        try:
            with transaction.atomic():
                role.delete()
        except ProtectedError:
            raise Conflict(f"Somebody holds or held {role.name}: end what they hold, and keep the role.") from None
        role.pk = role_id
        return role


def check_gift(*, actor: Actor, person: Person, role: Role, scope: Scope, unit: BusinessUnit | None) -> None:
    """Raise `Forbidden` or `Invalid`, in a sentence, unless the actor may give this person this role there."""
    if person.pk == actor.person_id:
        raise Forbidden("Nobody gives themselves a role: ask another administrator.", path=["personId"])
    if role.unit_id is not None and (unit is None or role.unit_id not in unit.lineage):
        raise Invalid(f"{role.name} is a role of one unit, to be held in it or below it.", path=["roleId"])
    if person.unit_id is not None and (unit is None or person.unit_id not in unit.lineage):
        raise Forbidden("A service account holds roles in its own unit and below it alone.", path=["personId"])
    require_ceiling(
        actor,
        {*role.permissions, *role.grants},
        scope,
        where=_scope_words(unit, None if scope.region_id is None else access.region_for(actor, scope.region_id)),
        path=["roleId"],
    )


def keep_administrators(person: Person) -> None:
    """Raise `Conflict` if a unit would have nobody left who administers its people, were this person gone.

    Locks the administration of the units where they do, in the order of their ids.
    """
    moment = clock.now()
    administers = RoleAssignment.objects.filter(
        access.held_now(), person=person, role__permissions__contains=[Permission.PEOPLE_ADMINISTER.value]
    )
    for held in administers.exclude(unit=None).select_related("person", "role", "unit").order_by("unit_id"):
        assert held.unit is not None  # as the query says
        _lock_administration(held.unit.pk)
        if not _administrators(held.unit, moment).exclude(person=person).exists():
            raise Conflict(
                f"{person.name} is the last administrator of {held.unit.name}: give somebody else the role first."
            )


def _scope(
    actor: Actor, unit_id: int | None, region_id: int | None, enterprise: bool
) -> tuple[Scope, BusinessUnit | None, Region | None]:
    if (unit_id is not None) + (region_id is not None) + enterprise != 1:
        raise Invalid("A role is held in one unit, in one region, or enterprise-wide: name one of them.", path=[])
    unit = _unit(actor, unit_id) if unit_id is not None else None
    region = None
    if region_id is not None:
        try:
            region = access.region_for(actor, region_id)
        except NotFound as error:
            raise error.at("regionId") from None
    return Scope(unit_id, region_id), unit, region


def _scope_words(unit: BusinessUnit | None, region: Region | None) -> str:
    return unit.name if unit else f"the region {region.name}" if region else "the whole enterprise"


def _unit(actor: Actor, unit_id: int) -> BusinessUnit:
    try:
        return access.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None


def _person(actor: Actor, person_id: int) -> Person:
    try:
        return access.person_for(actor, person_id)
    except NotFound as error:
        raise error.at("personId") from None


def _role(actor: Actor, role_id: int) -> Role:
    try:
        return access.role_for(actor, role_id)
    except NotFound as error:
        raise error.at("roleId") from None


def _own_role(actor: Actor, role_id: int) -> Role:
    role = access.role_for(actor, role_id)
    if role.unit_id is None:
        raise Forbidden(f"{role.name} is built in: make a role of the unit's own instead.")
    require_ceiling(actor, set(), Scope(role.unit_id), where="its unit")
    return access.role_for(actor, role_id, lock=True)


def _checked_permissions(actor: Actor, unit: BusinessUnit, permissions: Iterable[Permission]) -> list[str]:
    wanted = sorted({each.value for each in permissions})
    if not wanted:
        raise Invalid("A role needs a permission.", path=["permissions"])
    require_ceiling(actor, set(wanted), Scope(unit.pk), where=unit.name, path=["permissions"])
    return wanted


def _checked_name(name: str) -> str:
    name = name.replace("\x00", "").strip()
    if not name or len(name) > _LONGEST_NAME:
        raise Invalid(f"A role needs a name of at most {_LONGEST_NAME} characters.", path=["name"])
    return name


def _checked_description(description: str) -> str:
    description = description.replace("\x00", "").strip()
    if len(description) > _LONGEST_DESCRIPTION:
        raise Invalid(f"A description has at most {_LONGEST_DESCRIPTION} characters.", path=["description"])
    return description


def _lock_administration(unit_id: int) -> None:
    # Two administrators who end each other's role at once must not both find that one is left.
    hold("tenants.administration", unit_id)


def _keep_an_administrator(held: RoleAssignment, ends: datetime) -> None:
    """Raise `Conflict` if the unit would have nobody of its own left who administers its people."""
    if held.unit_id is None or Permission.PEOPLE_ADMINISTER not in held.role.permissions:
        return
    unit = held.unit
    assert unit is not None
    others = _administrators(unit, ends).exclude(pk=held.pk)
    if not others.exists():
        raise Conflict(
            f"{held.person.name} is the last administrator of {unit.name}: give somebody else the role first,"
            " or say that the unit shall be without one.",
            path=["leaveWithoutAdministrator"],
        )


def _administrators(unit: BusinessUnit, moment: datetime) -> QuerySet[RoleAssignment]:
    """What people hold at `moment` (aware), in the unit or above it, that lets them administer its people."""
    return RoleAssignment.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=moment),
        unit_id__in=unit.lineage,
        role__permissions__contains=[Permission.PEOPLE_ADMINISTER.value],
        valid_from__lte=moment,
        person__is_active=True,
        person__is_service=False,
    )
