"""Taking over reviews that were written elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import Model

from hub.catalog import access as catalog
from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from hub.live import outbox
from knowledge.postmortems.actions.writing import audit_change, scope_of
from knowledge.postmortems.deadlines import WRITTEN_WITHIN
from knowledge.postmortems.events import PostmortemEdited, PostmortemPublished
from knowledge.postmortems.intake import LeftOut, Piece
from knowledge.postmortems.intake.sections import sections_of
from knowledge.postmortems.models import WRITTEN, Audience, ContributingCause, Postmortem, PostmortemStatus, Section
from tenants import access as tenants
from tenants.models import BusinessUnit, Term, TermKind

M = TypeVar("M", bound=Model)

_FOLLOWS: Final = ("occurred_at", "service_id", "cause_id", "tags", "external_digest")
"""Columns that follow the source beside the written ones."""


@dataclass(frozen=True)
class Imported:
    """What became of some pieces.

    Attributes:
        added, changed, unchanged: keys of reviews; a dry run knows no key of what it would add, and counts alone.
        remarks: what of them could not be taken over.
    """

    added: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    unchanged: tuple[int, ...] = ()
    remarks: tuple[LeftOut, ...] = ()

    @property
    def written(self) -> tuple[int, ...]:
        return (*self.added, *self.changed)

    def __add__(self, other: Imported) -> Imported:
        return Imported(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.remarks + other.remarks,
        )


def import_postmortems(
    *, actor: Actor, unit_id: int, pieces: Sequence[Piece], audience: Audience, dry_run: bool = False
) -> Imported:
    """Publish reviews that were written elsewhere as the unit's, or bring those up to date that came before.

    A piece whose source has not changed since it came leaves its review as it is, whatever people have made of it
    here; one whose source has changed replaces the text, and the former one stays in the review's history. Services
    and causes are found by name or short name, and never guessed.

    Args:
        pieces: with different ids; all in one transaction.
        audience: of what is added; what is there keeps its own.
        dry_run: write nothing, and say what would be.

    Raises `NotFound` for the unit. Locks the unit's reviews that have one of the ids.
    """
    with acting_as(actor):
        taking = _Import(actor, tenants.unit_for(actor, unit_id), audience, pieces)
        return taking.foreseen() if dry_run else taking.carried_out()


class _Import:
    """One batch under way, inside its transaction."""

    def __init__(self, actor: Actor, unit: BusinessUnit, audience: Audience, pieces: Sequence[Piece]) -> None:
        self.actor = actor
        self.unit = unit
        self.audience = audience
        self.pieces = {piece.id: piece for piece in pieces}
        self.now = clock.now()
        self.services = _by_name(catalog.services(actor), "slug")
        terms = Term.objects.filter(kind=TermKind.CAUSE, retired_at=None)
        # A unit's own word comes before the enterprise's.
        self.causes = _by_name(terms.filter(unit=None), "key") | _by_name(terms.filter(unit=unit), "key")
        there = Postmortem.objects.select_for_update(no_key=True, of=("self",)).filter(
            unit=unit, external_id__in=list(self.pieces)
        )
        self.there = {each.external_id: each for each in there.order_by("pk")}

    def foreseen(self) -> Imported:
        unchanged = [each.pk for each in self.there.values() if self._is_unchanged(each)]
        changed = [each.pk for each in self.there.values() if not self._is_unchanged(each)]
        added = [0] * (len(self.pieces) - len(self.there))
        return Imported(tuple(added), tuple(changed), tuple(unchanged), self._remarks())

    def carried_out(self) -> Imported:
        new = self._insert([piece for key, piece in self.pieces.items() if key not in self.there])
        changed = [each for each in self.there.values() if not self._is_unchanged(each)]
        for postmortem in changed:
            self._update(postmortem)
        self._set_contributing([*new, *changed])
        outbox.record_all(
            actor=self.actor,
            events=[*(self._published(each) for each in new), *(self._edited(each) for each in changed)],
        )
        for postmortem in (*new, *changed):
            audit_change(self.actor, postmortem, "import_postmortem", {"external_id": [None, postmortem.external_id]})
        return Imported(
            tuple(each.pk for each in new),
            tuple(each.pk for each in changed),
            tuple(each.pk for each in self.there.values() if each not in changed),
            self._remarks(),
        )

    def _is_unchanged(self, postmortem: Postmortem) -> bool:
        return postmortem.external_digest == self.pieces[postmortem.external_id].digest

    def _insert(self, pieces: Sequence[Piece]) -> list[Postmortem]:
        keys = _draw_keys(len(pieces))
        # Two imports at the same moment: the second finds the first one's row by its unique key, and leaves it.
        Postmortem.objects.bulk_create(
            [self._new(key, piece) for key, piece in zip(keys, pieces, strict=True)], ignore_conflicts=True
        )
        return list(Postmortem.objects.filter(pk__in=keys).order_by("pk"))

    def _new(self, key: int, piece: Piece) -> Postmortem:
        at = min(piece.at or self.now, self.now)
        return Postmortem(
            pk=key,
            unit=self.unit,
            reference=f"{self.unit.prefix}-R{key}",
            external_id=piece.id,
            status=PostmortemStatus.PUBLISHED,
            audience=self.audience,
            opened_at=at,
            due_at=at + WRITTEN_WITHIN,
            published_at=at,
            edited_at=self.now,
            edited_by_id=self.actor.person_id,
            **self._columns(piece),
        )

    def _update(self, postmortem: Postmortem) -> None:
        for name, value in self._columns(self.pieces[postmortem.external_id]).items():
            setattr(postmortem, name, value)
        postmortem.version += 1
        postmortem.edited_at = max(self.now, postmortem.edited_at + timedelta(microseconds=1))
        postmortem.edited_by_id = self.actor.person_id
        columns = [*WRITTEN, *(name.removesuffix("_id") for name in _FOLLOWS), "version", "edited_at", "edited_by"]
        postmortem.save(update_fields=columns)

    def _columns(self, piece: Piece) -> dict[str, Any]:
        sections = sections_of(piece.body)
        causes = self._causes_of(piece)
        service = self.services.get(_fold(piece.service))
        return {
            "title": piece.title,
            **{section.value: sections.get(section, "") for section in Section},
            "occurred_at": min(piece.at or self.now, self.now),
            "service_id": service.pk if service else None,
            "cause_id": causes[0].pk if causes else None,
            "tags": list(piece.tags),
            "external_digest": piece.digest,
        }

    def _causes_of(self, piece: Piece) -> list[Term]:
        return [term for name in piece.causes if (term := self.causes.get(_fold(name))) is not None]

    def _set_contributing(self, postmortems: Sequence[Postmortem]) -> None:
        """All causes but the first, which is the root cause."""
        ContributingCause.objects.filter(postmortem__in=postmortems).delete()
        ContributingCause.objects.bulk_create(
            ContributingCause(term=term, **scope_of(postmortem))
            for postmortem in postmortems
            for term in {each.pk: each for each in self._causes_of(self.pieces[postmortem.external_id])[1:]}.values()
            if term.pk != postmortem.cause_id
        )

    def _remarks(self) -> tuple[LeftOut, ...]:
        remarks: list[LeftOut] = []
        for piece in self.pieces.values():
            remarks += piece.remarks
            if piece.service and _fold(piece.service) not in self.services:
                remarks.append(LeftOut(piece.where, f"no service is called “{piece.service}”; it came without one."))
            unknown = [name for name in piece.causes if _fold(name) not in self.causes]
            if unknown:
                named = ", ".join(f"“{name}”" for name in unknown)
                remarks.append(LeftOut(piece.where, f"no cause of the taxonomy is called {named}; it came without."))
            if piece.at is None:
                remarks.append(LeftOut(piece.where, "it has no date; it counts as of today."))
            elif piece.at > self.now:
                remarks.append(LeftOut(piece.where, f"its date {piece.at:%Y-%m-%d} is to come; it counts as of today."))
        return tuple(remarks)

    def _published(self, postmortem: Postmortem) -> PostmortemPublished:
        return PostmortemPublished(
            unit_id=postmortem.unit_id,
            incident_id=None,
            restricted=False,
            postmortem_id=postmortem.pk,
            version=postmortem.version,
            audience=postmortem.audience,
        )

    def _edited(self, postmortem: Postmortem) -> PostmortemEdited:
        return PostmortemEdited(
            unit_id=postmortem.unit_id,
            incident_id=postmortem.incident_id,
            restricted=postmortem.restricted,
            postmortem_id=postmortem.pk,
            version=postmortem.version,
            changed=(*WRITTEN, "cause"),
        )


def _draw_keys(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('postmortems_postmortem', 'id')) FROM generate_series(1, %s)",
            [count],
        )
        return [key for (key,) in cursor.fetchall()]


def _by_name(rows: Iterable[M], short: str) -> dict[str, M]:
    """Rows by what people call them and by their column `short`, which comes first where the two meet."""
    found = list(rows)
    named = {_fold(str(row)): row for row in reversed(found)}
    return named | {_fold(getattr(row, short)): row for row in found}


def _fold(name: str) -> str:
    return " ".join(name.replace("-", " ").replace("_", " ").casefold().split())
