"""People come with a role in the unit of whoever adds them, choose their password themselves, and leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from hub.lib import clock, identity
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from hub.lib.zones import checked_zone
from tenants import access, audit, invitations
from tenants.actions.roles import give_role, keep_administrators
from tenants.models import Person
from tenants.naming import checked_language
from tenants.permissions import Scope, require_ceiling

LONGEST_NAME: Final = 200
LONGEST_USERNAME: Final = 100
MOST_CALLED_SO: Final = 5
"""How many accounts with one e-mail address are mailed to."""
BETWEEN_MAILS: Final = timedelta(minutes=5)
"""From one mail that somebody has asked for to the next: nobody's mailbox is filled by whoever knows their name."""
_MAIL: Final = "hub.delivery.jobs.mail_way_in"


@dataclass(frozen=True)
class Invited:
    """Somebody who can choose their password, and the address where; whoever knows it can do so in their place.

    `is_mailed` says whether it is on its way to their e-mail address too.
    """

    person: Person
    address: str = field(repr=False)
    is_mailed: bool = False


def add_person(
    *,
    actor: Actor,
    username: str,
    name: str,
    unit_id: int,
    role_id: int,
    email: str = "",
    time_zone: str = "UTC",
    language: str = "en",
    valid_until: datetime | None = None,
) -> Invited:
    """Let somebody in, with a role in a unit. They have no password until they choose one.

    Args:
        time_zone: IANA name, such as Europe/Berlin.
        language: BCP 47 tag, such as de.
        valid_until: when the role ends by itself (aware); never if left out.

    Raises `Invalid` for what cannot be, `Conflict` for a username that is taken, `NotFound` for the unit or role, and
    `Forbidden` for a role that the actor may not give there. Nobody is added then.
    """
    with acting_as(actor):
        try:
            unit = access.unit_for(actor, unit_id)
        except NotFound as error:
            raise error.at("unitId") from None
        require_ceiling(actor, set(), Scope(unit.pk), where=unit.name, path=["unitId"])
        person = newcomer(username, name, email)
        person.time_zone, person.language = checked_zone(time_zone, "timeZone"), checked_language(language)
        person.set_unusable_password()
        try:
            with transaction.atomic():
                person.save()
        except IntegrityError:
            raise Conflict(f"Somebody is called {person.username} already.", path=["username"]) from None
        audit.record(
            actor=actor,
            verb="add_person",
            obj=person,
            unit_id=unit_id,
            change={"username": [None, person.username], "name": [None, person.name]},
        )
        give_role(actor=actor, person_id=person.pk, role_id=role_id, unit_id=unit_id, valid_until=valid_until)
        return _invited(person)


def invite_person(*, actor: Actor, person_id: int) -> Invited:
    """The address once more, for somebody who has chosen no password yet.

    Raises `NotFound`, `Forbidden` unless the actor could give all that the person holds, `Conflict` for somebody who
    signs in already: an address for them would let whoever knows it act in their name.
    """
    with acting_as(actor):
        person = access.person_for(actor, person_id)
        _require_administered(person)
        if person.is_service or person.has_usable_password():
            raise Conflict(f"{person.name} needs no invitation.")
        audit.record(actor=actor, verb="invite_person", obj=person, unit_id=_unit_of(person))
        return _invited(person)


def _invited(person: Person) -> Invited:
    is_mailed = bool(person.email and settings.SMTP_URL)
    if is_mailed:
        defer(_MAIL, person_id=person.pk)
    return Invited(person, invitations.address_for(person), is_mailed)


def ask_for_way_in(*, called: str) -> None:
    """Have an address to choose a password mailed to whoever is called so, or has that e-mail address.

    For somebody who cannot sign in, so nobody acts, and nobody is told whether there is such a person. Nothing happens
    for an account that is switched off, has no e-mail address, or was mailed to at its request in the last
    `BETWEEN_MAILS`. Acts as each person it is done for.
    """
    called = called.strip()
    if not called or "\x00" in called:
        return
    is_called_so = Q(username__iexact=called) | Q(email__iexact=called)
    people = Person.objects.filter(is_called_so, is_active=True, is_service=False).exclude(email="")
    for person in people.order_by("pk")[:MOST_CALLED_SO]:
        actor = identity.person(person.pk)
        with acting_as(actor):
            now = clock.now()
            is_early = Q(way_in_mailed_at__gt=now - BETWEEN_MAILS)
            if Person.objects.filter(pk=person.pk).exclude(is_early).update(way_in_mailed_at=now):
                audit.record(actor=actor, verb="ask_for_way_in", obj=person, unit_id=None)
                defer(_MAIL, person_id=person.pk)


def choose_password(*, person_id: int, token: str, password: str) -> Person:
    """Accept an invitation, or replace a forgotten password. Acts as the person; locks them.

    Raises `NotFound` for an address that does not hold, whatever the reason, and `Invalid` for a weak password.
    """
    with acting_as(identity.person(person_id)):
        person = Person.objects.select_for_update(no_key=True).filter(pk=person_id).first()
        if person is None or not invitations.is_invited(person, token):
            raise NotFound("invitation")
        person.set_password(good_password(password, person))
        person.save(update_fields=["password"])
        audit.record(actor=identity.person(person_id), verb="choose_password", obj=person, unit_id=None)
        return person


def deactivate_person(*, actor: Actor, person_id: int) -> Person:
    """Switch somebody's account off: they sign in no more, and their tokens open nothing. What they did stays.

    Raises `NotFound`, `Forbidden` unless the actor could give all that the person holds, wherever that is, `Conflict`
    for a unit's last administrator, or somebody who is switched off already. Locks the units' administration.
    """
    with acting_as(actor):
        person = access.person_for(actor, person_id)
        _require_administered(person)
        keep_administrators(person)
        return _set_active(actor, person, active=False)


def reactivate_person(*, actor: Actor, person_id: int) -> Person:
    """Switch somebody's account on again, with the roles that they still hold. Raises as `deactivate_person`."""
    with acting_as(actor):
        person = Person.objects.filter(pk=person_id).first()
        if person is None:
            raise NotFound("person")
        _require_administered(person)
        return _set_active(actor, person, active=True)


def newcomer(username: str, name: str, email: str) -> Person:
    """Somebody new, not yet stored; the username stands in for a name. Raises `Invalid`."""
    username, name, email = (each.replace("\x00", "").strip() for each in (username, name, email))
    if not username or len(username) > LONGEST_USERNAME or any(each.isspace() for each in username):
        raise Invalid(f"A username has 1 to {LONGEST_USERNAME} characters and no space.", path=["username"])
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters.", path=["name"])
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise Invalid(f"“{email[:80]}” is no e-mail address.", path=["email"]) from None
    return Person(username=username, name=name or username, email=email, joined_at=clock.now())


def good_password(password: str, person: Person) -> str:
    """The password, if it is strong enough for the person. Raises `Invalid`."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), path=["password"]) from None
    return password


def _require_administered(person: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.may_administer(%s)", [person.pk])
        row: tuple[bool] = cursor.fetchone()
    if not row[0]:
        raise Forbidden(f"{person.name} holds roles that you cannot give: ask whoever administers all of them.")


def _set_active(actor: Actor, person: Person, *, active: bool) -> Person:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.set_active(%s, %s)", [person.pk, active])
        row: tuple[bool] = cursor.fetchone()
    if not row[0]:
        raise Conflict(f"{person.name}'s account is switched {'on' if active else 'off'} already.")
    person.is_active = active
    audit.record(
        actor=actor,
        verb="reactivate_person" if active else "deactivate_person",
        obj=person,
        unit_id=_unit_of(person),
        change={"is_active": [not active, active]},
    )
    return person


def _unit_of(person: Person) -> int | None:
    """A unit in which the person holds or held a role, so that its administrators read what was done to them."""
    return person.role_assignments.exclude(unit=None).order_by("-id").values_list("unit_id", flat=True).first()
