"""Terms: what can be chosen, what readers call it, and what it means in global ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import connection
from django.db.models import BigIntegerField, CharField, F, Func, Q, QuerySet, Value

from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.given import now
from hub.lib.identity import Actor
from tenants.models import (
    MappingVersion,
    TaxonomyVersion,
    Term,
    TermKind,
    TermMapping,
)
from tenants.naming import OWN_LANGUAGE, Called, best_name
from tenants.resolution import Resolution, Statement, Unmapped, resolve, resolve_global


def term_for(actor: Actor, kind: TermKind, term_id: int, *, unit_id: int | None = None) -> Term:
    """A term in use, of this kind: a global one, or `unit_id`'s own. Raises `NotFound`."""
    try:
        term = Term.objects.get(pk=term_id, kind=kind, retired_at=None)
    except Term.DoesNotExist:
        raise NotFound(kind.label.lower()) from None
    if term.unit_id not in (None, unit_id):
        raise NotFound(kind.label.lower())
    return term


def terms_in_use(actor: Actor, kind: TermKind, unit_id: int) -> QuerySet[Term]:
    """The terms of this kind that can be chosen in the unit: the global ones in use, and its own."""
    scope = Q(unit=None) | Q(unit=unit_id)
    return called(Term.objects.filter(scope, kind=kind, retired_at=None), unit_id).order_by("unit_id", "label", "pk")


def called(found: QuerySet[Term], unit_id: int | None) -> QuerySet[Term]:
    """These terms, each with what the reader calls it (`label`) where it is said of the unit, or of none."""
    return found.annotate(label=term_label("pk", Value(unit_id, BigIntegerField())))


def call(actor: Actor, said: Iterable[tuple[Term | None, int | None]]) -> None:
    """Let each of these terms say what the reader calls it where it is said of the unit beside it: by one statement."""
    wanted = [(term, unit_id) for term, unit_id in said if term is not None]
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app.term_name(s.term, s.unit) FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY"
            " s (term, unit, place) ORDER BY s.place",
            [[term.pk for term, _ in wanted], [unit_id for _, unit_id in wanted]],
        )
        for (term, _), (label,) in zip(wanted, cursor.fetchall(), strict=True):
            term.__dict__["label"] = label


@dataclass(frozen=True)
class Vocabulary:
    """What readers call some terms and every global severity, for what is written to them and not read by them."""

    _terms: Mapping[int, Term]

    @classmethod
    def of(cls, actor: Actor, term_ids: Iterable[int | None]) -> Self:
        """Read what these terms are called, by two statements for any number of them."""
        wanted = Q(pk__in={each for each in term_ids if each is not None})
        found = Term.objects.filter(wanted | Q(kind=TermKind.SEVERITY, unit=None)).prefetch_related("names")
        return cls({term.pk: term for term in found})

    def called(self, term_id: int | None, unit_id: int | None, language: str) -> str:
        """What a reader of `language` calls one of the terms where it is said of the unit; nothing for none."""
        term = self._terms.get(term_id or 0)
        if term is None:
            return ""
        own = Called(term.name, OWN_LANGUAGE, is_local=term.unit_id is not None, is_own=True)
        further = [
            Called(each.name, each.language, is_local=each.unit_id is not None)
            for each in term.names.all()
            if each.unit_id in (None, unit_id)
        ]
        return best_name([own, *further], language)

    def severity(self, key: str, unit_id: int | None, language: str) -> str:
        """What they call the global severity of this key; nothing where the taxonomy has none."""
        found = (
            pk
            for pk, each in self._terms.items()
            if (each.kind, each.unit_id) == (TermKind.SEVERITY, None) and each.key == key
        )
        return self.called(next(found, None), unit_id, language)


def terms_named(actor: Actor, kind: TermKind, unit_id: int, keys: Collection[str]) -> set[int]:
    """The terms in use in the unit that these are the keys of, and the global ones that they mean now."""
    if not keys:
        return set()
    found = terms_in_use(actor, kind, unit_id).filter(key__in=keys).order_by()
    return with_meanings(actor, found.values_list("pk", flat=True))


def with_meaning(actor: Actor, term_id: int | None) -> list[int]:
    """The term, and after it the global one that it means now, if that is another; nothing for none."""
    return [] if term_id is None else [term_id, *(with_meanings(actor, [term_id]) - {term_id})]


def with_meanings(actor: Actor, term_ids: Iterable[int]) -> set[int]:
    """These terms, and the global ones that they mean now."""
    wanted = list(term_ids)
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.term_id FROM unnest(%s::bigint[]) t (id), app.resolution(t.id, %s, %s) r"
            " WHERE r.term_id IS NOT NULL",
            [wanted, clock.now(), clock.now()],
        )
        return {*wanted, *(term for (term,) in cursor.fetchall())}


@dataclass(frozen=True)
class Meanings:
    """What some terms mean in global ones, ready to be asked for any moment."""

    _statements: Mapping[int, Sequence[Statement]]
    _retired: Mapping[int, datetime]

    @classmethod
    def of(cls, actor: Actor, terms: Iterable[Term]) -> Self:
        """Read everything that was said about `terms` that `actor` may see, by two statements."""
        local = [term.pk for term in terms if term.unit_id is not None]
        statements: dict[int, list[Statement]] = defaultdict(list)
        for each in TermMapping.objects.filter(local__in=local).select_related("version"):
            statements[each.local_id].append(
                Statement(
                    number=each.version.number,
                    published_at=each.version.published_at,
                    valid_from=each.valid_from,
                    target=each.target_id,
                    relation=each.relation,
                    strength=each.strength,
                )
            )
        retired = Term.objects.filter(unit=None, retired_at__isnull=False).values_list("pk", "retired_at")
        return cls(statements, {pk: moment for pk, moment in retired if moment is not None})

    def at(self, term: Term, *, moment: datetime, known_at: datetime | None = None) -> Resolution | Unmapped:
        """What `term` meant at `moment`, by the mappings published up to `known_at` (both aware); now if left out."""
        known = known_at or clock.now()
        if term.unit_id is None:
            return resolve_global(term.pk, moment=moment, known_at=known, retired=self._retired)
        return resolve(self._statements.get(term.pk, ()), moment=moment, known_at=known, retired=self._retired)


def severities_meant(actor: Actor, words: Collection[Term]) -> dict[int, str]:
    """The key of the global severity that each of these words means now; those that mean none are left out."""
    meanings, now_ = Meanings.of(actor, words), clock.now()
    found = {word.pk: meanings.at(word, moment=now_) for word in words}
    meant = {pk: each.term for pk, each in found.items() if isinstance(each, Resolution)}
    keys = dict(Term.objects.filter(pk__in=meant.values()).values_list("pk", "key"))
    return {pk: keys[term] for pk, term in meant.items() if term in keys}


def terms(actor: Actor) -> QuerySet[Term]:
    """The global terms, and those of the units that `actor` may view."""
    return Term.objects.all()


def global_terms(actor: Actor, kind: TermKind) -> QuerySet[Term]:
    """The global terms of this kind that are in use, in their order, as the reader calls them."""
    return called(terms(actor).filter(kind=kind, unit=None, retired_at=None), None).order_by("rank", "pk")


def term_label(term: str, unit: str | Value) -> Func:
    """What the reader shall call a term, as an expression: `tenants.naming` says by which rule.

    Args:
        term, unit: the columns that hold the term and the unit whose own words count, or that unit.
    """
    return Func(term, unit, function="app.term_name", output_field=CharField())


def global_term(term: str, moment: str) -> Func:
    """The key of the global term that a term meant at a moment, as an expression: `tenants.resolution` says how.

    Args:
        term, moment: the columns that hold the term and the moment.
    """
    return Func(
        F(term),
        F(moment),
        now(),
        template="(SELECT g.key FROM app.resolution(%(expressions)s) r JOIN tenants_term g ON g.id = r.term_id)",
        output_field=CharField(),
    )


def taxonomy_version_at(actor: Actor, moment: datetime) -> int | None:
    """The latest version of the global terms that was published up to `moment` (aware); None before the first."""
    published = TaxonomyVersion.objects.filter(published_at__lte=moment).order_by("-number")
    return published.values_list("number", flat=True).first()


def mapping_versions(actor: Actor) -> QuerySet[MappingVersion]:
    """What the units that `actor` may view said about their terms."""
    return MappingVersion.objects.all()


def next_mapping_number(actor: Actor, unit_id: int) -> int:
    """The number that the next version of the unit's mapping will have."""
    last = MappingVersion.objects.filter(unit=unit_id).order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1
