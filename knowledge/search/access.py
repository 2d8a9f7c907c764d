"""The only door to the index: a question, asked on behalf of a person, and the answer that this person may see."""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hub.catalog import access as catalog
from hub.incidents import access as incidents
from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as
from knowledge.postmortems.models import Postmortem
from knowledge.search import elasticsearch, meaning, minilm, postgres, shelves
from knowledge.search.analysis import words
from knowledge.search.documents import Piece
from knowledge.search.filters import Filters
from knowledge.search.highlighting import explain
from knowledge.search.kinds import Kind
from knowledge.search.models import Document
from knowledge.search.plan import Match, Plan, plan
from knowledge.search.query import LONGEST_QUERY, Query, parse
from knowledge.search.ranking import NEAREST, WINDOW, Text, meant, rerank
from knowledge.search.results import (
    MOST_TAGS,
    Candidate,
    Correction,
    Facet,
    Facets,
    Found,
    Hit,
    KindCount,
    Month,
    Named,
    Results,
    TagCount,
)
from knowledge.search.sources import SOURCES
from tenants import access as tenants
from tenants.models import Term

logger = logging.getLogger(__name__)

PAGE: Final = 20
LARGEST_PAGE: Final = 100
DEEPEST: Final = 10_000
"""How far down an answer can be read: beyond it, narrowing the search helps more than another page."""
MOST_FILTERS: Final = 100
LONGEST_TAG: Final = 200
"""Characters; folding can make a tag longer than it was."""
MOST_ALIKE: Final = 3
ALIKE: Final = 0.25
"""The mean cosine from which a text reads like another: of judged pairs, nine in ten that differ are below 0.2."""

FALLEN_BACK: Final = "The search server does not answer just now; these results come from the hub's own index."
TOO_COMMON: Final = "Only words that stand in every text were asked for: here is the newest."
NO_WORDS: Final = "There is no word to look for in this: here is the newest."


def search(
    actor: Actor,
    query: str = "",
    filters: Filters | None = None,
    *,
    first: int = PAGE,
    after: str | None = None,
) -> Results:
    """Published knowledge that `actor` may read and that `query` asks for, best first; the newest first without one.

    Totals, facets, corrections and the order itself are made from what `actor` may read and from nothing else.
    Elasticsearch answers where the settings name a server; while it does not, PostgreSQL's index answers, and the
    results say so.

    Args:
        query: words, "quoted phrases", -excluded ones; see `knowledge.search.query`.
        first: how many hits, at most 100.
        after: the cursor of the hit that came last, from an answer to the same question.

    Raises `Invalid` for a query that is too long, a page that is too large or too far down, or a bad cursor.
    """
    filters = filters or Filters()
    check(query, filters)
    if not 0 <= first <= LARGEST_PAGE:
        raise Invalid(f"`first` is {first}; a page has 0 to {LARGEST_PAGE}.", path=["first"])
    asked = parse(query)
    question = _question(query, filters)
    offset = _position(after, question) if after is not None else 0
    if offset + first > DEEPEST:
        raise Invalid(f"An answer can be read {DEEPEST:,} hits deep; narrow the search instead.", path=["after"])
    with acting_as(actor):
        resolved = plan(asked)
        reading = _Reading(actor, resolved, filters)
        found, notice = reading.find(offset, first)
        rows = reading.rows(found.candidates)
        hits = tuple(
            reading.hit(row, candidate.document_id, _cursor(question, offset + place))
            for place, (candidate, row) in enumerate(zip(found.candidates, rows, strict=True), start=1)
            if row is not None
        )
        return Results(
            hits=hits,
            # What was found and may not be shown was not found.
            total=found.total - sum(row is None for row in rows),
            facets=_facets(actor, found),
            has_more=found.total > offset + len(found.candidates) and bool(found.candidates),
            corrections=tuple(
                Correction(slot.typed, slot.guessed) for slot in resolved.slots if slot.match is Match.CORRECTED
            ),
            unknown=resolved.unknown,
            notice=notice or _of_nothing(asked, query),
        )


def similar(actor: Actor, incident_id: int, *, first: int = MOST_ALIKE) -> tuple[Hit, ...]:
    """Reviews that read like this incident and that `actor` may read, the most alike first; often none.

    What is alike in a word or two only is left out: who is in the middle of an incident has no time for it.

    Raises `NotFound` for the incident.
    """
    with acting_as(actor):
        incident = incidents.incident_for(actor, incident_id)
        # As words alone: what somebody quoted or struck out in a title asks for nothing.
        said = " ".join(words(f"{incident.title} {incident.summary}"))[:LONGEST_QUERY]
        hits = search(actor, said, Filters(kinds=frozenset({Kind.POSTMORTEM})), first=3 * first).hits
        meant = meaning.embed([said])[0]
        vectors = dict(
            Document.objects.filter(postmortem__in=[hit.record for hit in hits]).values_list("postmortem", "vectors")
        )
        alike = (
            hit
            for hit in hits
            if isinstance(hit.record, Postmortem)
            and hit.record.incident_id != incident.pk
            and vectors.get(hit.record.pk)
            and meaning.likeness(meant, bytes(vectors[hit.record.pk])).mean >= ALIKE
        )
        return tuple(itertools.islice(alike, first))


class _Reading:
    """One answer under way, inside the reader's transaction."""

    def __init__(self, actor: Actor, resolved: Plan, filters: Filters) -> None:
        self.actor = actor
        self.plan = resolved
        self.filters = filters
        self._texts: dict[int, Text] = {}
        self._documents: dict[int, Document] = {}
        self._terms: dict[int, Term] = {}

    def find(self, offset: int, first: int) -> tuple[Found, str]:
        """The page's candidates in their final order, and a notice, if there is one to give."""
        if not self.plan.ranks:
            return self._ask(first, offset)
        asked = meaning.embed([self.plan.meant])[0]
        near = postgres.near(meaning.signature(asked), limit=NEAREST)
        likenesses = {key: text.likeness for key, text in self._read(near, asked).items() if text.likeness}
        others = meant(likenesses, self.plan)
        if not self.plan.slots and not others:
            return Found((), 0), ""
        if offset >= WINDOW:
            return self._ask(first, offset, near, others)
        found, notice = self._ask(max(WINDOW, offset + first), 0, near, others)
        head, tail = found.candidates[:WINDOW], found.candidates[WINDOW:]
        texts = self._read([each.document_id for each in head], asked)
        ordered = [*rerank(head, self._by_network(head, texts), self.plan), *tail]
        return replace(found, candidates=tuple(ordered[offset : offset + first])), notice

    def _read(self, document_ids: Collection[int], asked: meaning.Vector) -> dict[int, Text]:
        """What these documents are compared by, each read once."""
        rows = Document.objects.filter(pk__in=set(document_ids) - self._texts.keys())
        read = {key: (folded, bytes(vectors)) for key, folded, vectors in rows.values_list("pk", "folded", "vectors")}
        likenesses = iter(meaning.likenesses(asked, [vectors for _, vectors in read.values() if vectors]))
        for key, (folded, vectors) in read.items():
            self._texts[key] = Text(folded, next(likenesses) if vectors else None)
        return self._texts

    def _by_network(self, head: Sequence[Candidate], texts: Mapping[int, Text]) -> Mapping[int, Text]:
        """The texts with what the neural network says of their likeness, where it is on and knows all of them.

        Until an index was built anew some were compared by it and some not, and the two scales are different ones.
        """
        if not minilm.is_on():
            return texts
        rows = Document.objects.filter(pk__in=[each.document_id for each in head]).exclude(vectors=b"")
        packed = dict(rows.values_list("pk", "fine_vectors"))
        if not packed or None in packed.values():
            return texts
        asked = minilm.embed([self.plan.meant])[0]
        likenesses = meaning.likenesses(asked, [bytes(each) for each in packed.values() if each is not None])
        found = dict(zip(packed, likenesses, strict=True))
        return {key: replace(text, likeness=found.get(key)) for key, text in texts.items()}

    def rows(self, candidates: Sequence[Candidate]) -> list[Piece | None]:
        """The candidates' own rows, as far as the reader may see them: row-level security has the last word."""
        documents = Document.objects.filter(pk__in=[each.document_id for each in candidates]).defer(
            "folded", "vectors", "fine_vectors"
        )
        self._documents = {document.pk: document for document in documents}
        keys = {key for each in self._documents.values() for key in (*each.causes, each.failure_mode)}
        self._terms = tenants.called(Term.objects.filter(pk__in=keys - {None}), None).in_bulk()
        rows = {
            (piece.kind, piece.record.pk): piece
            for kind, source in SOURCES.items()
            if (ids := [each.record_id for each in candidates if each.kind == kind])
            for piece in source.pieces(self.actor, ids)
        }
        shown: list[Piece | None] = []
        for candidate in candidates:
            row = rows.get((candidate.kind, candidate.record_id))
            if row is None or candidate.document_id not in self._documents:
                row = None
                logger.error(
                    "The index offered person %s the %s %s, which they may not read; it was not shown.",
                    self.actor.person_id,
                    candidate.kind.label.lower(),
                    candidate.record_id,
                )
            # What was just taken back stays readable in its unit, but is no result any more.
            shown.append(row if row is not None and row.published_at else None)
        return shown

    def hit(self, piece: Piece, document_id: int, cursor: str) -> Hit:
        record, document = piece.record, self._documents[document_id]
        causes = [self._terms[key] for key in document.causes if key in self._terms]
        failure_mode = self._terms.get(document.failure_mode or 0)
        content = piece.content([cause.name for cause in causes], failure_mode.name if failure_mode else "")
        explanation = explain(content, self.plan)
        assert piece.published_at is not None
        return Hit(
            kind=piece.kind,
            title=explanation.title,
            snippet=explanation.snippet,
            reason=explanation.reason,
            unit=Named(record.unit_id, record.unit.name),
            service=Named(record.service.pk, record.service.name) if record.service else None,
            causes=tuple(Named(cause.pk, str(cause)) for cause in causes),
            published_at=piece.published_at,
            record=record,
            cursor=cursor,
        )

    def _ask(self, limit: int, offset: int, near: Sequence[int] = (), others: Sequence[int] = ()) -> tuple[Found, str]:
        page: dict[str, Any] = {"near": near, "meant": others, "limit": limit, "offset": offset}
        index = elasticsearch.configured()
        if index is None:
            return postgres.search(self.plan, self.filters, **page), ""
        try:
            return index.search(self.plan, self.filters, readable=shelves.readable(), **page), ""
        except elasticsearch.Away as error:
            logger.warning("Elasticsearch is away (%s); PostgreSQL's index answers.", error)
            return postgres.search(self.plan, self.filters, **page), FALLEN_BACK


def _of_nothing(asked: Query, query: str) -> str:
    """What is said where the newest is shown although something was typed."""
    if not asked.is_empty or not query.strip():
        return ""
    return TOO_COMMON if words(query) else NO_WORDS


def check(query: str, filters: Filters) -> None:
    """Raises `Invalid` for a query or filters that cannot be asked."""
    if len(query) > LONGEST_QUERY:
        raise Invalid(f"The query is {len(query):,} characters long; {LONGEST_QUERY:,} is the most.", path=["query"])
    for name, values in (
        ("units", filters.units),
        ("services", filters.services),
        ("causes", filters.causes),
        ("tags", filters.tags),
    ):
        if len(values) > MOST_FILTERS:
            raise Invalid(f"{len(values)} values are too many; {MOST_FILTERS} is the most.", path=["filters", name])
    longest = max(map(len, filters.tags), default=0)
    if longest > LONGEST_TAG:
        raise Invalid(
            f"A tag has {longest:,} characters; {LONGEST_TAG} is the most of any that there is.",
            path=["filters", "tags"],
        )


def _facets(actor: Actor, found: Found) -> Facets:
    units = {unit.pk: unit.name for unit in tenants.units(actor).filter(pk__in=found.units)}
    services = {service.pk: service.name for service in catalog.services(actor).filter(pk__in=found.services)}
    causes = {term.pk: str(term) for term in tenants.called(Term.objects.filter(pk__in=found.causes), None)}
    kinds = (KindCount(kind, found.kinds[kind]) for kind in Kind if kind in found.kinds)
    return Facets(
        kinds=tuple(sorted(kinds, key=lambda each: -each.count)),
        units=_named(found.units, units),
        services=_named(found.services, services),
        causes=_named(found.causes, causes),
        tags=tuple(
            TagCount(tag, count)
            for tag, count in sorted(found.tags.items(), key=lambda each: (-each[1], each[0]))[:MOST_TAGS]
        ),
        months=tuple(Month(*month, count) for month, count in sorted(found.months.items(), reverse=True)),
    )


def _named(counts: Mapping[int, int], names: Mapping[int, str]) -> tuple[Facet, ...]:
    facets: Iterable[Facet] = (Facet(key, names[key], count) for key, count in counts.items() if key in names)
    return tuple(sorted(facets, key=lambda facet: (-facet.count, facet.name)))


def _question(query: str, filters: Filters) -> str:
    """The same for the same question, so that a cursor of another one is refused."""
    asked = [
        query.strip(),
        sorted(filters.kinds),
        *(sorted(each) for each in (filters.units, filters.services, filters.causes)),
        sorted(filters.tags),
    ]
    dates = [at.isoformat() if at else "" for at in (filters.published_from, filters.published_until)]
    return hashlib.blake2s(json.dumps([asked, dates]).encode(), digest_size=6).hexdigest()


def _cursor(question: str, place: int) -> str:
    return base64.urlsafe_b64encode(f"{question}:{place}".encode()).decode()


def _position(cursor: str, question: str) -> int:
    try:
        asked, _, place = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
        if asked != question or not (place.isascii() and place.isdigit() and len(place) < 9):
            raise ValueError
        position = int(place)
        if _cursor(question, position) != cursor:
            raise ValueError
    except (ValueError, binascii.Error):
        raise Invalid("`after` is no cursor of this search.", path=["after"]) from None
    return position
