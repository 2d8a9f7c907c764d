"""What people do about their own tokens. Each is one transaction: check, write, audit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from tenants import audit, tokens
from tenants.models import AccessToken

LONGEST_VALIDITY = timedelta(days=3650)
_SHORTEST_HINT = len(tokens.PREFIX) + 4


def create_token(*, actor: Actor, name: str, valid_for: timedelta, documents: Iterable[str] | None = None) -> str:
    """Make a bearer token of the actor's own, and return it: it is shown this once, and stored as a hash.

    Args:
        name: what it is for, so that it can be told from others.
        valid_for: at least an hour, at most ten years.
        documents: the only GraphQL documents that it may be used for, by their SHA-256 in hexadecimal.

    Raises `Invalid`, and `Forbidden` for the system, which has no tokens.
    """
    name = name.strip()
    if not name or len(name) > 100:
        raise Invalid("A token needs a name of at most 100 characters.", path=["name"])
    if not timedelta(hours=1) <= valid_for <= LONGEST_VALIDITY:
        raise Invalid(
            f"A token is valid for an hour at least and {LONGEST_VALIDITY.days} days at most.", path=["validFor"]
        )
    bound = tokens.checked_documents(documents)
    token = tokens.new_token()
    with acting_as(actor):
        moment = clock.now()
        stored = AccessToken.objects.create(
            person_id=_owner(actor),
            name=name,
            digest=tokens.digest(token),
            hint=tokens.hint(token),
            created_at=moment,
            expires_at=moment + valid_for,
            documents=bound,
        )
        change = {"name": [None, name], **({"documents": [None, bound]} if bound else {})}
        audit.record(actor=actor, verb="create_token", obj=stored, unit_id=None, change=change)
    return token


def revoke_token(*, actor: Actor, hint: str) -> AccessToken:
    """End one of the actor's own tokens at once.

    Args:
        hint: the characters that the token begins with, as lists of tokens show them; its first ones are enough.

    Raises `NotFound`, and `Conflict` where several tokens begin so. Locks the token.
    """
    if len(hint) < _SHORTEST_HINT:
        raise Invalid(f"Give at least the token's first {_SHORTEST_HINT} characters.", path=["hint"])
    with acting_as(actor):
        own = AccessToken.objects.select_for_update().filter(person_id=_owner(actor), revoked_at=None)
        found = list(own.filter(hint__startswith=hint[: tokens.HINT_LENGTH]))
        if not found:
            raise NotFound("token")
        if len(found) > 1:
            raise Conflict(f"{len(found)} tokens begin with {hint}: give more of it.", path=["hint"])
        token = found[0]
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        audit.record(actor=actor, verb="revoke_token", obj=token, unit_id=None, change={"revoked": [False, True]})
        return token


def _owner(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden("The system has no tokens: they are people's and service accounts'.")
    return actor.person_id
