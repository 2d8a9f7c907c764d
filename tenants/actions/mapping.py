"""What a unit's terms mean in global ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from hub.lib import clock
from hub.lib.errors import Conflict, HubError, Invalid, InvalidMany, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_text
from tenants import access, audit
from tenants.actions.terms import unit_of_terms
from tenants.models import BusinessUnit, MappingVersion, Term, TermMapping, TermRelation

MOST_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Meaning:
    """What a unit's term means from now on.

    Attributes:
        target_id: the global term; None for a term that means none.
        strength: how surely, above 0 and up to 1; what means the same is certain.
    """

    term_id: int
    target_id: int | None
    relation: TermRelation | None = None
    strength: Decimal = Decimal(1)


def map_terms(
    *,
    actor: Actor,
    unit_id: int,
    meanings: Sequence[Meaning],
    reason: str = "",
    since: datetime | None = None,
    as_version: int | None = None,
) -> MappingVersion:
    """Say what terms of the unit mean in global ones, as the next version of its mapping.

    Args:
        since: from which moment on (aware); now if left out. A moment of the past changes what figures say about it,
            so it needs `as_version` and a reason; a moment to come needs neither.
        as_version: the number that the new version shall have: the unit's next one. It is refused when somebody else
            was faster, so nobody changes the past by a mapping that they have not seen.

    Raises `NotFound` for the unit, `Forbidden` without taxonomy.write there, `InvalidMany` with the path of each
    meaning that cannot be accepted, `Invalid` for a past without its version or reason, `Conflict` for another number
    than the next. Takes the advisory lock on the unit's mapping.
    """
    with acting_as(actor):
        unit = unit_of_terms(actor, unit_id)
        words = checked_text(reason, "reason", longest=300, required=False)
        lock_mapping(unit.pk)
        moment = clock.now()
        number = access.next_mapping_number(actor, unit.pk)
        restates = since is not None and since < moment
        if as_version is not None and as_version != number:
            raise Conflict(
                f"The next version of {unit.name}'s mapping is {number}, not {as_version}: look at what has changed.",
                path=["asVersion"],
            )
        if restates and as_version is None:
            raise Invalid(
                f"This changes what figures say about the past. Say so by naming the version it makes: {number}.",
                path=["asVersion"],
            )
        if restates and not words:
            raise Invalid("Whoever changes the past says why.", path=["reason"])
        rows = _checked(unit, meanings, valid_from=since or moment)
        version = MappingVersion.objects.create(
            unit=unit,
            number=number,
            reason=words,
            restates_from=since if restates else None,
            published_at=moment,
            published_by_id=actor.person_id,
        )
        for row in rows:
            row.version = version
        TermMapping.objects.bulk_create(rows)
        audit.record(
            actor=actor,
            verb="map_terms",
            obj=version,
            unit_id=unit.pk,
            change={
                "version": [number - 1 or None, number],
                "since": [None, (since or moment).isoformat()],
                "reason": [None, words],
                "meanings": [None, [_told(row) for row in rows]],
            },
        )
        return version


def lock_mapping(unit_id: int) -> None:
    """Hold the unit's mapping until the transaction ends. An advisory lock: its first version has no row before it."""
    hold("tenants_mappingversion", unit_id)


def _checked(unit: BusinessUnit, meanings: Sequence[Meaning], *, valid_from: datetime) -> list[TermMapping]:
    if not meanings:
        raise Invalid("Say what at least one term means.", path=["meanings"])
    if len(meanings) > MOST_AT_ONCE:
        raise Invalid(f"{len(meanings)} terms are too many at once; {MOST_AT_ONCE} is the most.", path=["meanings"])
    wanted = {each.term_id for each in meanings} | {each.target_id for each in meanings if each.target_id}
    terms = Term.objects.in_bulk(wanted)
    faults: list[HubError] = []
    rows: dict[int, TermMapping] = {}
    for index, meaning in enumerate(meanings):
        try:
            row = _row(unit, meaning, terms, valid_from)
            if meaning.term_id in rows:
                raise Invalid(f"“{row.local.name}” is named twice.", path=["termId"])
            rows[meaning.term_id] = row
        except HubError as fault:
            faults.append(fault.at("meanings", str(index)))
    if faults:
        raise InvalidMany(faults)
    return list(rows.values())


def _row(unit: BusinessUnit, meaning: Meaning, terms: dict[int, Term], valid_from: datetime) -> TermMapping:
    local = terms.get(meaning.term_id)
    if local is None or local.unit_id != unit.pk:
        raise NotFound("term of this unit", path=["termId"])
    row = TermMapping(unit=unit, local=local, valid_from=valid_from)
    if meaning.target_id is None:
        if meaning.relation is not None:
            raise Invalid("A term that means no global one has no relation to it.", path=["relation"])
        return row
    target = terms.get(meaning.target_id)
    if target is None or target.unit_id is not None:
        raise NotFound("global term", path=["targetId"])
    if target.kind != local.kind:
        raise Invalid(
            f"“{target.name}” is a {target.get_kind_display().lower()} and “{local.name}” a"
            f" {local.get_kind_display().lower()}: a term means one of its own kind.",
            path=["targetId"],
        )
    if target.retired_at is not None:
        raise Invalid(f"“{target.name}” is retired: choose a term that is in use.", path=["targetId"])
    row.target = target
    row.relation = meaning.relation or TermRelation.EQUAL
    row.strength = _checked_strength(meaning.strength, row.relation)
    return row


def _checked_strength(strength: Decimal, relation: str) -> Decimal:
    if not strength.is_finite() or not 0 < strength <= 1:
        raise Invalid("The strength lies above 0 and goes up to 1.", path=["strength"])
    rounded = strength.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if not rounded:
        raise Invalid("The strength is 0.01 at least.", path=["strength"])
    if relation == TermRelation.EQUAL and rounded != 1:
        raise Invalid("What means the same is certain: its strength is 1.", path=["strength"])
    return rounded


def _told(row: TermMapping) -> dict[str, Any]:
    return {
        "term": row.local_id,
        "target": row.target_id,
        "relation": row.relation,
        "strength": str(row.strength),
    }
