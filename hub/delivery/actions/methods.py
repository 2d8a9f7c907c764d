"""The ways in which a person is reached: added, proved by a code that arrives there, ordered, quietened, removed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from apprise import Apprise
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from hub.delivery import access
from hub.delivery.models import ContactKind, ContactMethod
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, TooMany
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from tenants import audit

SEND_CODE: Final = "hub.delivery.jobs.send_code"
LOOK_AGAIN: Final = "hub.delivery.jobs.look_again"
MOST_METHODS: Final = 10
LASTS: Final = timedelta(minutes=15)
"""How long a code can be used."""
BETWEEN: Final = timedelta(seconds=30)
"""How long to wait until another code is sent."""
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 8
"""Long enough that nobody guesses a code while it lasts."""
SEVERITIES: Final = ("sev1", "sev2", "sev3", "sev4", "sev5")


def add_contact_method(
    *, actor: Actor, kind: ContactKind, address: str, name: str = "", wait: int = 5
) -> ContactMethod:
    """Add a way to reach the actor, which is used once a code that is sent there has been given back.

    Args:
        address: an e-mail address, or an apprise address with its secrets.
        wait: minutes of silence after a page until the next method is tried.

    Raises `Invalid` for what is no address, `Conflict` for one that is there already or one too many.
    """
    with acting_as(actor):
        written = _checked_address(kind, address)
        methods = list(access.own_methods(actor))
        if len(methods) >= MOST_METHODS:
            raise Conflict(f"You have {MOST_METHODS} contact methods already: remove one first.")
        method = ContactMethod(
            person_id=actor.person_id or 0,
            kind=kind,
            address=written,
            name=_checked_name(name),
            wait=_checked_wait(wait),
            position=max((each.position for each in methods), default=0) + 1,
            code_sent_at=clock.now(),
        )
        try:
            with transaction.atomic():
                method.save(force_insert=True)
        except IntegrityError:
            raise Conflict("You are reached there already.", path=["address"]) from None
        _say(actor, method, "add_contact_method", {"kind": [None, kind]})
        defer(SEND_CODE, method_id=method.pk)
        return method


def send_code_again(*, actor: Actor, method_id: int) -> ContactMethod:
    """Send another code; the former one holds no longer.

    Raises `NotFound`, `Conflict` for a method that is verified, `TooMany` right after the last. Locks the method.
    """
    with acting_as(actor):
        method = access.own_method_for(actor, method_id, lock=True)
        if method.verified_at is not None:
            raise Conflict("This is verified already.")
        now = clock.now()
        if method.code_sent_at is not None and now - method.code_sent_at < BETWEEN:
            raise TooMany("A code was sent just now: wait half a minute for it.")
        method.code_digest, method.code_sent_at = "", now
        method.save(update_fields=["code_digest", "code_sent_at"])
        defer(SEND_CODE, method_id=method.pk)
        return method


def verify_contact_method(*, actor: Actor, method_id: int, code: str) -> ContactMethod:
    """Give back the code that arrived: the method is used from now on.

    Raises `NotFound`, `Conflict` where it is verified, `Invalid` for a wrong or old code. Locks the method.
    """
    with acting_as(actor):
        method = access.own_method_for(actor, method_id, lock=True)
        if method.verified_at is not None:
            raise Conflict("This is verified already.")
        if method.code_sent_at is None or clock.now() - method.code_sent_at > LASTS:
            raise Invalid("That code is too old: send another one.", path=["code"])
        given = digest_of(method.pk, "".join(each for each in code.upper() if each.isalnum()))
        if not method.code_digest or not constant_time_compare(given, method.code_digest):
            raise Invalid("This is not the code that was sent.", path=["code"])
        method.verified_at, method.code_digest = clock.now(), ""
        method.save(update_fields=["verified_at", "code_digest"])
        defer(LOOK_AGAIN, person_id=method.person_id)
        _say(actor, method, "verify_contact_method", {"verified": [False, True]})
        return method


def change_contact_method(
    *,
    actor: Actor,
    method_id: int,
    name: str | None = None,
    wait: int | None = None,
    position: int | None = None,
    severities: Sequence[str] | None = None,
    quiet_hours: Sequence[Sequence[int]] | None = None,
    breaks_quiet: Sequence[str] | None = None,
) -> ContactMethod:
    """Change when and in which order a method is used; None leaves a value as it is.

    Args:
        position: its place among the actor's methods, from 1; the others move.
        quiet_hours: pairs of minutes from Monday 00:00, where the actor is.

    Raises `NotFound`, `Invalid`. Locks the actor's methods.
    """
    with acting_as(actor):
        methods = list(access.own_methods(actor).select_for_update(no_key=True, of=("self",)))
        method = access.own_method_for(actor, method_id)
        before = {each: getattr(method, each) for each in _CHANGEABLE}
        if name is not None:
            method.name = _checked_name(name)
        if wait is not None:
            method.wait = _checked_wait(wait)
        if severities is not None:
            method.severities = _checked_severities(severities, "severities")
        if breaks_quiet is not None:
            method.breaks_quiet = _checked_severities(breaks_quiet, "breaksQuiet")
        if quiet_hours is not None:
            method.quiet_hours = _checked_hours(quiet_hours)
        method.save(update_fields=_CHANGEABLE)
        if any(getattr(method, each) != before[each] for each in _RULES):
            defer(LOOK_AGAIN, person_id=method.person_id)
        if position is not None:
            others = [each for each in methods if each.pk != method.pk]
            others.insert(max(position, 1) - 1, method)
            for place, each in enumerate(others, start=1):
                ContactMethod.objects.filter(pk=each.pk).update(position=place)
        change = {each: [before[each], getattr(method, each)] for each in _CHANGEABLE}
        _say(actor, method, "change_contact_method", {key: pair for key, pair in change.items() if pair[0] != pair[1]})
        return access.own_method_for(actor, method_id)


def remove_contact_method(*, actor: Actor, method_id: int) -> ContactMethod:
    """Use a method no longer. Receipts still refer to it. Raises `NotFound`. Locks the method."""
    with acting_as(actor):
        method = access.own_method_for(actor, method_id, lock=True)
        method.removed_at = clock.now()
        method.save(update_fields=["removed_at"])
        _say(actor, method, "remove_contact_method", {"removed": [False, True]})
        return method


def new_code(*, actor: Actor, method_id: int) -> tuple[ContactMethod, str] | None:
    """A code for a method that waits for one, kept by its digest; None where none is waited for any more.

    Args:
        actor: `SYSTEM`.
    """
    with acting_as(actor):
        found = ContactMethod.objects.select_for_update(no_key=True, of=("self",)).select_related("person")
        method = found.filter(pk=method_id, verified_at=None, removed_at=None, person__is_active=True).first()
        if method is None:
            return None
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        method.code_digest = digest_of(method.pk, code)
        method.save(update_fields=["code_digest"])
        return method, code


def note_code_problem(*, actor: Actor, method_id: int, reason: str) -> None:
    """Keep why the code could not be sent, or that it was. `actor` is `SYSTEM`."""
    with acting_as(actor):
        ContactMethod.objects.filter(pk=method_id).update(code_problem=reason[:300])


def digest_of(method_id: int, code: str) -> str:
    """What is kept of a code."""
    return salted_hmac("hub.delivery.verifying", f"{method_id}:{code}", algorithm="sha256").hexdigest()


_RULES: Final = ("severities", "quiet_hours", "breaks_quiet")
"""What says when a method is used."""
_CHANGEABLE: Final = ("name", "wait", *_RULES)


def _checked_address(kind: ContactKind, address: str) -> str:
    written = address.replace("\x00", "").strip()
    if len(written) > 500:
        raise Invalid("At most 500 characters.", path=["address"])
    if kind == ContactKind.EMAIL:
        try:
            validate_email(written)
        except ValidationError:
            raise Invalid("That is no e-mail address.", path=["address"]) from None
        return written
    if not written or Apprise.instantiate(written, suppress_exceptions=True) is None:
        raise Invalid(
            "That is no address that apprise knows: it begins with a scheme, such as slack:// or jsons://.",
            path=["address"],
        )
    return written


def _checked_name(name: str) -> str:
    text = " ".join(name.replace("\x00", "").split())
    if len(text) > 60:
        raise Invalid("At most 60 characters.", path=["name"])
    return text


def _checked_wait(wait: int) -> int:
    if not 1 <= wait <= 60:
        raise Invalid("From 1 to 60 minutes.", path=["wait"])
    return wait


def _checked_severities(given: Sequence[str], field: str) -> list[str]:
    chosen = sorted(set(given))
    if unknown := [each for each in chosen if each not in SEVERITIES]:
        raise Invalid(f"“{unknown[0][:10]}” is no severity.", path=[field])
    return chosen


def _checked_hours(given: Sequence[Sequence[int]]) -> list[list[int]]:
    week = 7 * 24 * 60
    for place, pair in enumerate(given[:50]):
        if len(pair) != 2 or not 0 <= pair[0] < week or not pair[0] < pair[1] <= pair[0] + week:
            raise Invalid(
                "Quiet hours are pairs of minutes from Monday 00:00, the later one last.",
                path=["quietHours", str(place)],
            )
    return [list(pair) for pair in given[:50]]


def _say(actor: Actor, method: ContactMethod, verb: str, change: dict[str, Any]) -> None:
    """Addresses hold secrets: the trail says that something changed, not to what."""
    audit.record(actor=actor, verb=verb, obj=method, unit_id=None, change=change)
