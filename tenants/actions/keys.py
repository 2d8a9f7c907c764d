"""Service accounts and their keys: scoped, shown once, rotated with an overlap, expiring and revocable."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils.text import slugify

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from tenants import access, audit, tokens
from tenants.models import AccessToken, BusinessUnit, Person, RoleAssignment
from tenants.permissions import Permission, Scope, require_ceiling

LONGEST_KEY: Final = timedelta(days=366)
LONGEST_OVERLAP: Final = timedelta(days=30)
_MOST_UNITS: Final = 100


@dataclass(frozen=True)
class NewAccessKey:
    """A key's row and the key itself, which nothing can show again."""

    key: AccessToken
    secret: str = field(repr=False)


def create_service_account(*, actor: Actor, unit_id: int, name: str) -> Person:
    """Make an account of the unit's for a program. It holds nothing until it is given roles, and has no password.

    Raises `NotFound`, `Forbidden` without people.administer in the unit, `Invalid` for an empty name.
    """
    with acting_as(actor):
        try:
            unit = access.unit_for(actor, unit_id)
        except NotFound as error:
            raise error.at("unitId") from None
        require_ceiling(actor, set(), Scope(unit.pk), where=unit.name, path=["unitId"])
        name = _checked_name(name, "A service account")
        username = ".".join(filter(None, ("service", unit.slug, slugify(name)[:40], secrets.token_hex(4))))
        with connection.cursor() as cursor:
            cursor.execute("SELECT app.make_service_account(%s, %s, %s, %s)", [unit.pk, username, name, clock.now()])
            row: tuple[int] = cursor.fetchone()
        account = access.person_for(actor, row[0])
        audit.record(
            actor=actor, verb="create_service_account", obj=account, unit_id=unit.pk, change={"name": [None, name]}
        )
        return account


def create_access_key(
    *,
    actor: Actor,
    account_id: int,
    name: str,
    valid_for: timedelta = timedelta(days=90),
    permissions: Iterable[Permission] | None = None,
    unit_ids: Iterable[int] | None = None,
    documents: Iterable[str] | None = None,
) -> NewAccessKey:
    """Make a key of a service account. It is shown this once, and stored as a hash.

    Args:
        valid_for: an hour at least, 366 days at most.
        permissions: what it opens, no more than the account holds; all of that if left out.
        unit_ids: where it opens that, each with the units below it; wherever the account holds it if left out.
        documents: the only GraphQL documents that it may be used for, by their SHA-256 in hexadecimal.

    Raises `NotFound`, `Forbidden` for an account that the actor does not administer or that holds more than they may
    give, `Invalid` for a scope that the account does not fill.
    """
    with acting_as(actor):
        account, unit = _account(actor, account_id)
        name = _checked_name(name, "A key")
        if not timedelta(hours=1) <= valid_for <= LONGEST_KEY:
            raise Invalid(
                f"A key is valid for an hour at least and {LONGEST_KEY.days} days at most.", path=["validDays"]
            )
        opened = None if permissions is None else sorted({each.value for each in permissions})
        where = None if unit_ids is None else sorted(set(unit_ids))
        _check_scope(actor, account, unit, opened, where)
        bound = tokens.checked_documents(documents)
        return _make(
            actor=actor,
            account=account,
            name=name,
            expires_at=clock.now() + valid_for,
            permissions=opened,
            unit_ids=where,
            documents=bound,
            former=None,
            verb="create_access_key",
        )


def rotate_access_key(
    *,
    actor: Actor,
    key_id: int,
    overlap: timedelta = timedelta(days=1),
    valid_for: timedelta | None = None,
) -> NewAccessKey:
    """Make the key that takes over from another, of the same scope; both open until the overlap is over.

    Args:
        overlap: how long the former key still opens, 30 days at most; it never opens longer than it would have.
        valid_for: of the new key; as long as the former one was made for if left out.

    Raises `NotFound`, `Forbidden`, `Invalid`, `Conflict` for a key that is revoked, expired or has a successor.
    Locks the key.
    """
    with acting_as(actor):
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise Invalid("A former key can stay valid for 0 minutes to 30 days.", path=["overlapMinutes"])
        former = access.key_for(actor, key_id)
        account, unit = _account(actor, former.person_id)
        former = access.key_for(actor, key_id, lock=True)
        moment = clock.now()
        if former.revoked_at or former.expires_at <= moment:
            raise Conflict(f"{former.name} opens nothing any more; make a new key instead.")
        if AccessToken.objects.filter(succeeds=former).exists():
            raise Conflict(f"{former.name} was rotated already; rotate its successor.")
        lifetime = former.expires_at - former.created_at if valid_for is None else valid_for
        if not timedelta(hours=1) <= lifetime <= LONGEST_KEY:
            raise Invalid(
                f"A key is valid for an hour at least and {LONGEST_KEY.days} days at most.", path=["validDays"]
            )
        _check_scope(actor, account, unit, former.permissions, former.unit_ids)
        new = _make(
            actor=actor,
            account=account,
            name=former.name,
            expires_at=moment + lifetime,
            permissions=former.permissions,
            unit_ids=former.unit_ids,
            documents=former.documents,
            former=former,
            verb="rotate_access_key",
        )
        ends = min(former.expires_at, moment + overlap)
        if ends <= moment:
            former.revoked_at = moment
        former.expires_at = ends
        former.save(update_fields=["expires_at", "revoked_at"])
        return new


def revoke_access_key(*, actor: Actor, key_id: int) -> AccessToken:
    """End a key at once. Raises `NotFound`, `Forbidden`, `Conflict` if it is revoked already. Locks the key."""
    with acting_as(actor):
        seen = access.key_for(actor, key_id)
        require_ceiling(actor, set(), Scope(seen.unit_id), where="its unit")
        key = access.key_for(actor, key_id, lock=True)
        if key.revoked_at:
            raise Conflict(f"{key.name} is revoked already.")
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        audit.record(
            actor=actor, verb="revoke_access_key", obj=key, unit_id=key.unit_id, change={"revoked": [False, True]}
        )
        return key


def _make(
    *,
    actor: Actor,
    account: Person,
    name: str,
    expires_at: datetime,
    permissions: list[str] | None,
    unit_ids: list[int] | None,
    documents: list[str] | None,
    former: AccessToken | None,
    verb: str,
) -> NewAccessKey:
    secret = tokens.new_token()
    key = AccessToken.objects.create(
        person=account,
        unit_id=account.unit_id,
        name=name,
        digest=tokens.digest(secret),
        hint=tokens.hint(secret),
        created_at=clock.now(),
        created_by_id=actor.person_id,
        expires_at=expires_at,
        permissions=permissions,
        unit_ids=unit_ids,
        documents=documents,
        succeeds=former,
    )
    audit.record(
        actor=actor,
        verb=verb,
        obj=key,
        unit_id=account.unit_id,
        change={
            "name": [None, name],
            "account": [None, account.username],
            "permissions": [None, permissions],
            "unit_ids": [None, unit_ids],
            "documents": [None, documents],
            "succeeds": [None, former.pk if former else None],
        },
    )
    return NewAccessKey(key, secret)


def _account(actor: Actor, account_id: int) -> tuple[Person, BusinessUnit]:
    try:
        account = access.person_for(actor, account_id)
    except NotFound as error:
        raise error.at("accountId") from None
    if account.unit_id is None:
        raise Forbidden("Keys are for a unit's service accounts; people make tokens of their own.", path=["accountId"])
    unit = access.unit_for(actor, account.unit_id)
    require_ceiling(actor, set(), Scope(unit.pk), where=unit.name, path=["accountId"])
    return account, unit


def _check_scope(
    actor: Actor, account: Person, unit: BusinessUnit, permissions: list[str] | None, unit_ids: list[int] | None
) -> None:
    """The key opens something, nothing beyond its account, and nothing beyond what the actor may give."""
    held = list(RoleAssignment.objects.filter(access.held_now(), person=account).select_related("role", "unit"))
    holds = {permission for each in held for permission in each.role.permissions}
    if permissions is not None:
        if not permissions:
            raise Invalid(
                "A key opens something: name a permission, or none for all of its account's.", path=["permissions"]
            )
        lacking = sorted(set(permissions) - holds)
        if lacking:
            raise Invalid(f"{account.name} does not hold {', '.join(lacking)} itself.", path=["permissions"])
    if unit_ids is not None:
        if not 1 <= len(unit_ids) <= _MOST_UNITS:
            raise Invalid(f"Name 1 to {_MOST_UNITS} units, or none for all of its account's.", path=["unitIds"])
        named = {each.pk: each for each in BusinessUnit.objects.filter(pk__in=unit_ids)}
        reached = {each.unit_id for each in held}
        for unit_id in unit_ids:
            if unit_id not in named:
                raise NotFound("business unit", path=["unitIds"])
            if not reached & set(named[unit_id].lineage):
                raise Invalid(f"{account.name} holds nothing in {named[unit_id].name}.", path=["unitIds"])
    opened = holds if permissions is None else set(permissions)
    require_ceiling(actor, opened, Scope(unit.pk), where=unit.name, path=["permissions"])


def _checked_name(name: str, noun: str) -> str:
    name = name.replace("\x00", "").strip()
    if not name or len(name) > 100:
        raise Invalid(f"{noun} needs a name of at most 100 characters.", path=["name"])
    return name
