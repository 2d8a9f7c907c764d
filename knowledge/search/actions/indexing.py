"""Writing the index. Each of these may run twice, late, or beside another: the rows as they are now decide.

PostgreSQL's index is always kept. Elasticsearch's, where the settings name a server, is written after the transaction
has ended, so no lock waits for the network; it never gets what PostgreSQL does not have.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, F, IntegerField, Q, QuerySet, When

from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from knowledge.postmortems import access as postmortems
from knowledge.search import elasticsearch, meaning, minilm, postgres
from knowledge.search.edition import edition
from knowledge.search.filters import fold
from knowledge.search.kinds import Kind
from knowledge.search.models import Document, SavedSearch
from knowledge.search.postgres import Entry
from knowledge.search.shelves import SHARED
from knowledge.search.sources import SOURCES

logger = logging.getLogger(__name__)

BATCH: Final = 200
TELL: Final = "knowledge.search.jobs.tell_savers"
GONE: Final = "-"
"""The digest of a document that is no longer published."""
REPAIRS: Final = 5
"""How often an index is compared and mended while others write to it."""


@dataclass(frozen=True)
class Drift:
    """How an index differs from what is published, by counts.

    Attributes:
        backend: "PostgreSQL" or "Elasticsearch".
        expected: how many documents there should be.
        missing, stale, surplus: not there, there as they were before, and there though they should not be.
    """

    backend: str
    expected: int
    missing: int
    stale: int
    surplus: int

    @property
    def is_none(self) -> bool:
        return not (self.missing or self.stale or self.surplus)


def index_postmortem(*, actor: Actor, postmortem_id: int) -> None:
    """Bring the index in line with the review: found if it is published, gone if it is not.

    Raises `elasticsearch.Away` when only PostgreSQL's index could be written. Locks the document.
    """
    index_records(actor=actor, kind=Kind.POSTMORTEM, record_ids=[postmortem_id])


def index_postmortem_of(*, actor: Actor, incident_id: int) -> None:
    """The same for an incident's review, if it has one: its scope may have changed with the incident's."""
    with acting_as(actor):
        postmortem = postmortems.postmortem_of(actor, incident_id)
    if postmortem is not None:
        index_postmortem(actor=actor, postmortem_id=postmortem.pk)


def index_records(*, actor: Actor, kind: Kind, record_ids: Sequence[int]) -> None:
    """The same for several records of one kind at once. Locks their documents, in order."""
    entries = _write(actor, kind, record_ids)
    index = elasticsearch.configured()
    if index is not None and entries:
        index.put(entries)


def index_all(*, actor: Actor, progress: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Bring PostgreSQL's index in line with all there is, batch by batch, while people search and write; returns how
    many can be found.

    Elasticsearch is written along, as far as it answers: what it misses, `rebuild` and the drift check find.

    Args:
        progress: called with how many of how many are done.
    """
    with acting_as(actor):
        ids = {
            kind: sorted(
                {*source.published(actor).values_list("pk", flat=True)}
                | {*Document.objects.filter(kind=kind).values_list(f"{kind}_id", flat=True)}
            )
            for kind, source in SOURCES.items()
        }
    index = elasticsearch.configured()
    total = sum(len(each) for each in ids.values())
    published = done = 0
    for kind, batch in ((kind, batch) for kind, each in ids.items() for batch in _batches(each)):
        entries = _write(actor, kind, batch)
        published += sum(entry.content is not None for entry in entries)
        if index is not None:
            try:
                index.put(entries)
            except elasticsearch.Away as error:
                logger.warning(
                    "Elasticsearch is away (%s); what it misses comes in at night, or by `manage.py reindex`.", error
                )
                index = None
        done += len(batch)
        progress(done, total)
    return published


def rebuild(*, actor: Actor, progress: Callable[[int, int], None] = lambda done, of: None) -> list[Drift]:
    """Build the index anew while people search and write, and return what the comparison afterwards says.

    PostgreSQL's is renewed document by document, each in one transaction, so nothing is missing at any moment.
    Elasticsearch's is built beside the present one from what PostgreSQL has, takes its place in one step, and is then
    compared and mended until it holds what was written meanwhile.

    Raises `elasticsearch.Away`.
    """
    index_all(actor=actor, progress=progress)
    with acting_as(actor):
        postgres.forget_unused_words()
    index = elasticsearch.configured()
    if index is not None:
        build_beside(index, actor=actor)
    return compare(actor=actor)


def build_beside(index: elasticsearch.ElasticsearchIndex, *, actor: Actor) -> int:
    """Build Elasticsearch's index anew from what PostgreSQL's has, beside the present one, whose place it takes in one
    step; then mend it until it holds what was written meanwhile. Returns how many documents it was built of.

    Raises `elasticsearch.Away`.
    """
    with acting_as(actor):
        ids = sorted(_expected())
    index.rebuild(_entries(actor, batch) for batch in _batches(ids))
    mend(index, actor=actor)
    return len(ids)


def mend(index: elasticsearch.ElasticsearchIndex, *, actor: Actor) -> None:
    """Write to Elasticsearch what it lacks, and take away what it should not have, until it agrees with PostgreSQL's
    index or others write as fast. Raises `elasticsearch.Away`.
    """
    for _ in range(REPAIRS):
        if not _mend(actor, index):
            break


def renew(*, actor: Actor) -> int:
    """Index anew what was indexed otherwise than today, by an earlier release or with another model, and return how
    much that was. People search and write meanwhile; until its turn comes a document is found as it was.

    Elasticsearch is written along, and built anew beside the present one where that was made for other documents.

    Raises `elasticsearch.Away` when only PostgreSQL's index could be written.
    """
    with acting_as(actor):
        former = {kind: list(_of_another_edition(kind)) for kind in SOURCES}
    total = sum(map(len, former.values()))
    if total:
        logger.warning("%s documents were indexed by another release or model and are indexed anew.", total)
    for kind, keys in former.items():
        for batch in _batches(keys):
            index_records(actor=actor, kind=kind, record_ids=batch)
    index = elasticsearch.configured()
    if index is not None and not index.is_of_today():
        logger.warning("Elasticsearch's index was made by another release and is built anew beside it.")
        build_beside(index, actor=actor)
    return total


def compare(*, actor: Actor) -> list[Drift]:
    """How far each index is from what is published now. Raises `elasticsearch.Away`."""
    with acting_as(actor):
        published, indexed = _versions(actor)
    drifts = [
        Drift(
            backend="PostgreSQL",
            expected=len(published),
            missing=len(published.keys() - indexed.keys()),
            stale=sum(indexed.get(key, version) != version for key, version in published.items()),
            surplus=len(indexed.keys() - published.keys()),
        )
    ]
    index = elasticsearch.configured()
    if index is not None:
        difference, expected = _difference(actor, index)
        drifts.append(
            Drift(
                backend="Elasticsearch",
                expected=expected,
                missing=len(difference.missing),
                stale=len(difference.stale),
                surplus=len(difference.surplus),
            )
        )
    return drifts


def catch_up(*, actor: Actor) -> int:
    """Index what PostgreSQL's index lacks, has as it was before or should not have, and return how much that was.

    What a job missed, and what a release has begun to index, comes in without anybody's command. Elasticsearch is
    written along as far as it answers.
    """
    with acting_as(actor):
        published, indexed = _versions(actor)
    behind = {key for key in published.keys() | indexed.keys() if published.get(key) != indexed.get(key)}
    for kind in SOURCES:
        for batch in _batches(sorted(key for of, key in behind if of == kind)):
            index_records(actor=actor, kind=kind, record_ids=batch)
    return len(behind)


def _of_another_edition(kind: Kind) -> QuerySet[Document, int]:
    """The keys of the records that can be found and were indexed otherwise than today, in order."""
    another = Q(edition__lt=edition()) | Q(edition__gt=edition())  # what differs no index finds
    rows = Document.objects.filter(another, kind=kind, shelf__isnull=False)
    return rows.order_by(f"{kind}_id").values_list(f"{kind}_id", flat=True)


def _versions(actor: Actor) -> tuple[dict[tuple[Kind, int], int], dict[tuple[Kind, int], int]]:
    """What can be found, and what stands in PostgreSQL's index: the records' versions, by kind and key.

    What was indexed otherwise than today counts as no version at all.
    """
    published: dict[tuple[Kind, int], int] = {}
    indexed: dict[tuple[Kind, int], int] = {}
    for kind, source in SOURCES.items():
        version = Case(When(~Q(edition=edition()), then=-1), default=F("record_version"), output_field=IntegerField())
        rows = Document.objects.filter(kind=kind, shelf__isnull=False).values_list(f"{kind}_id", version)
        indexed |= {(kind, key): version for key, version in rows}
        published |= {(kind, key): version for key, version in source.published(actor).values_list("pk", "version")}
    return published, indexed


def _write(actor: Actor, kind: Kind, record_ids: Sequence[int]) -> list[Entry]:
    """Write PostgreSQL's index for these records; returns them as they stand in it now."""
    source = SOURCES[kind]
    with acting_as(actor):
        _make_rows(actor, kind, record_ids)
        # The lock comes before the reading: whoever comes second reads what the first one's change has become.
        locked = Document.objects.select_for_update(of=("self",)).filter(**{f"{kind}__in": record_ids})
        documents = {document.record_id: document for document in locked.order_by("pk")}
        entries: list[Entry] = []
        changed: list[Entry] = []
        found_before = {document.pk for document in documents.values() if document.published_at}
        for piece in source.pieces(actor, documents, with_terms=True):
            document, terms = documents[piece.record.pk], source.terms(piece)
            content = piece.content(terms.cause_names, terms.failure_mode_name) if piece.published_at else None
            document.service_id = piece.record.service_id
            document.causes = [term.pk for term in terms.causes]
            document.tags = sorted({fold(tag) for tag in piece.tags})
            document.failure_mode = terms.failure_mode.pk if terms.failure_mode else None
            document.published_at = piece.published_at
            document.record_version = piece.record.version
            document.length = content.length if content else 0
            document.folded = content.folded if content else ""
            entry = Entry(document, content)
            entries.append(entry)
            digest = _digest(entry)
            if (digest, edition()) != (document.digest, document.edition):
                document.digest, document.edition = digest, edition()
                document.version += 1
                document.vectors = meaning.pack(content) if content else b""
                document.fine_vectors = meaning.pack(content, minilm.embed) if content and minilm.is_on() else None
                document.signature = meaning.signature_of(document.vectors) if content else None
                changed.append(entry)
        postgres.write(changed)
        shelves = dict(Document.objects.filter(**{f"{kind}__in": record_ids}).values_list("pk", "shelf"))
        for entry in entries:
            entry.document.shelf = shelves[entry.document.pk]
        _announce(changed, found_before)
        return entries


def _announce(changed: Sequence[Entry], found_before: Collection[int]) -> None:
    """Have people told who keep a search that it matches: of what can be found from now on, or by everybody now."""
    new = [
        entry.document.pk
        for entry in changed
        if entry.document.shelf is not None
        and (
            entry.document.pk not in found_before
            or (entry.document.shelf == SHARED and entry.document.told_on not in (None, SHARED))
        )
    ]
    moved = [entry.document.pk for entry in changed if entry.document.shelf != entry.document.told_on]
    Document.objects.filter(pk__in=moved).update(told_on=F("shelf"))
    if new and SavedSearch.objects.filter(tells=True).exists():
        defer(TELL, document_ids=new)


def _make_rows(actor: Actor, kind: Kind, record_ids: Sequence[int]) -> None:
    """A row without a shelf for each published record that has none yet: something to lock."""
    source = SOURCES[kind]
    column = f"{kind}_id"
    known = Document.objects.filter(**{f"{kind}__in": record_ids}).values(column)
    published = source.published(actor).filter(pk__in=record_ids).exclude(pk__in=known).order_by("pk")
    Document.objects.bulk_create(
        [Document(kind=kind, **{column: row.pop("pk")}, **row) for row in published.values("pk", *source.SCOPE)],
        ignore_conflicts=True,
    )


def _digest(entry: Entry) -> str:
    document = entry.document
    facts = (
        document.unit_id,
        document.incident_id,
        document.restricted,
        document.shared,
        document.service_id,
        document.causes,
        document.failure_mode,
        document.published_at,
        document.record_version,
        document.tags,
        edition(),
    )
    return entry.content.digest(*facts) if entry.content else GONE


def _difference(actor: Actor, index: elasticsearch.ElasticsearchIndex) -> tuple[elasticsearch.Difference, int]:
    """How Elasticsearch differs from PostgreSQL's index, and how many documents that has."""
    there = index.contents()
    with acting_as(actor):
        expected = _expected()
    return index.difference(there, expected), len(expected)


def _expected() -> dict[int, tuple[int, int]]:
    """What stands in PostgreSQL's index: shelf and version by document."""
    rows = Document.objects.filter(shelf__isnull=False).values_list("pk", "shelf", "version")
    return {key: (shelf, version) for key, shelf, version in rows if shelf is not None}


def _entries(actor: Actor, document_ids: Sequence[int]) -> list[Entry]:
    """These documents with their content, without changing anything."""
    entries = []
    with acting_as(actor):
        for kind, source in SOURCES.items():
            rows = Document.objects.filter(kind=kind, pk__in=document_ids, shelf__isnull=False)
            documents = {document.record_id: document for document in rows}
            for piece in source.pieces(actor, documents, with_terms=True):
                terms = source.terms(piece)
                content = piece.content(terms.cause_names, terms.failure_mode_name)
                entries.append(Entry(documents[piece.record.pk], content))
    return entries


def _mend(actor: Actor, index: elasticsearch.ElasticsearchIndex) -> bool:
    """Write to Elasticsearch what it lacks, and take away what it should not have; whether there was anything."""
    difference, _ = _difference(actor, index)
    for batch in _batches(sorted(difference.missing | difference.stale)):
        index.put(_entries(actor, batch))
    index.remove(difference.surplus)
    return bool(difference)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
