"""A unit's own terms."""

from __future__ import annotations

import re
from typing import Final

from django.db import IntegrityError, transaction

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from tenants import access, audit
from tenants.models import BusinessUnit, Term, TermKind
from tenants.permissions import Permission, require

LONGEST_NAME: Final = 100
LONGEST_DESCRIPTION: Final = 2_000
_KEY: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


def add_term(
    *, actor: Actor, unit_id: int, kind: TermKind, key: str, name: str, description: str = "", rank: int = 0
) -> Term:
    """Add a word of the unit's own; what it means in global terms is said by `map_terms`.

    Args:
        key: short and stable, in small letters: card-outage.
        rank: orders the unit's terms of this kind; for severities 1 is the gravest.

    Raises `NotFound` for the unit, `Forbidden` without taxonomy.write there, `Invalid`, and `Conflict` for a key that
    the unit has for this kind already.
    """
    with acting_as(actor):
        unit = unit_of_terms(actor, unit_id)
        term = Term(
            unit=unit,
            kind=kind,
            key=checked_key(key),
            name=checked_text(name, "name", longest=LONGEST_NAME),
            description=checked_text(description, "description", longest=LONGEST_DESCRIPTION, required=False),
            rank=checked_rank(rank),
        )
        try:
            with transaction.atomic():
                term.save()
        except IntegrityError:
            raise Conflict(f"{unit.name} has the {kind.label.lower()} “{term.key}” already.", path=["key"]) from None
        audit.record(
            actor=actor,
            verb="add_term",
            obj=term,
            unit_id=unit.pk,
            change={"kind": [None, kind.value], "key": [None, term.key], "name": [None, term.name]},
        )
        return term


def change_term(
    *, actor: Actor, term_id: int, name: str | None = None, description: str | None = None, rank: int | None = None
) -> Term:
    """Change how a unit's own term is written; what is left out stays. What it means stays as well.

    Raises `NotFound`, `Forbidden` without taxonomy.write in its unit, `Conflict` for a global term, `Invalid`. Locks
    the term.
    """
    with acting_as(actor):
        term = _own_term(actor, term_id)
        given = {
            "name": None if name is None else checked_text(name, "name", longest=LONGEST_NAME),
            "description": None
            if description is None
            else checked_text(description, "description", longest=LONGEST_DESCRIPTION, required=False),
            "rank": None if rank is None else checked_rank(rank),
        }
        change = {
            field: [getattr(term, field), value]
            for field, value in given.items()
            if value is not None and value != getattr(term, field)
        }
        for field, (_, value) in change.items():
            setattr(term, field, value)
        if change:
            term.save(update_fields=list(change))
            audit.record(actor=actor, verb="change_term", obj=term, unit_id=term.unit_id, change=change)
        return term


def retire_term(*, actor: Actor, term_id: int) -> Term:
    """Take a unit's own term out of use: nothing new can be called so; what is called so keeps it, and its meaning.

    Raises what `change_term` raises, and `Conflict` for one that is retired. Locks the term.
    """
    with acting_as(actor):
        term = _own_term(actor, term_id)
        if term.retired_at is not None:
            raise Conflict(f"“{term.name}” is retired already.")
        term.retired_at = clock.now()
        term.save(update_fields=["retired_at"])
        audit.record(
            actor=actor,
            verb="retire_term",
            obj=term,
            unit_id=term.unit_id,
            change={"retired_at": [None, term.retired_at.isoformat()]},
        )
        return term


def unit_of_terms(actor: Actor, unit_id: int) -> BusinessUnit:
    """The unit, for somebody who keeps its terms. Raises `NotFound` or `Forbidden`."""
    try:
        unit = access.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None
    require(
        actor,
        Permission.TAXONOMY_WRITE,
        unit.pk,
        f"You cannot keep the terms of {unit.name}: that needs a unit administrator's role there.",
    )
    return unit


def checked_key(key: str) -> str:
    """Raises `Invalid` for what is no key."""
    key = key.strip()
    if len(key) > 60 or not _KEY.fullmatch(key):
        raise Invalid("A key has at most 60 small letters, digits and hyphens, such as card-outage.", path=["key"])
    return key


def checked_rank(rank: int) -> int:
    if not 0 <= rank <= 1_000:
        raise Invalid(f"The rank is {rank}; it lies between 0 and 1000.", path=["rank"])
    return rank


def _own_term(actor: Actor, term_id: int) -> Term:
    try:
        # Read before it is locked: PostgreSQL locks only rows that may be changed, and would call it missing.
        term = Term.objects.get(pk=term_id)
    except Term.DoesNotExist:
        raise NotFound("term", path=["termId"]) from None
    if term.unit_id is None:
        # The same sentence for everybody: global terms change by proposal, whoever asks.
        raise Conflict(f"“{term.name}” is a global term: it changes by a proposal that a second steward approves.")
    unit_of_terms(actor, term.unit_id)
    return Term.objects.select_for_update().get(pk=term_id)
