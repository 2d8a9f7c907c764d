"""The index in PostgreSQL: postings per word and document, ranked by BM25.

Its tables stand under row-level security like all others, and the statement that searches them names no reader: the
policies leave it the documents, the postings, and thereby the statistics (how many documents there are, how long they
are, how many have a word) of the reader's own shelves. Hidden documents take no part in a score.

A word's weight in a document is its count over all fields, each by the field's weight (BM25F with one length), so that
one match in a title counts as several in the text, and a word in both does not count twice in full.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from knowledge.search.analysis import term
from knowledge.search.documents import Content
from knowledge.search.filters import Filters
from knowledge.search.kinds import Kind
from knowledge.search.models import Document, Posting
from knowledge.search.plan import Plan
from knowledge.search.results import MOST_TAGS, Candidate, Found

K1: Final = 1.2
B: Final = 0.75

# Scores are compared as whole millionths: sums of fractions differ in their last digits with the order of the rows.
_SCORED: Final = f"""
found AS MATERIALIZED (
  SELECT s.slot, p.document_id, sum(p.weight) / 100.0::float8 AS frequency
    FROM unnest(%(slots)s::int[], %(words)s::int[]) AS s (slot, word)
    JOIN search_posting p ON p.word_id = s.word
   GROUP BY s.slot, p.document_id
), whole AS MATERIALIZED (
  SELECT count(*)::float8 AS documents, greatest(avg(length), 1)::float8 AS length
    FROM search_document WHERE shelf IS NOT NULL
), rarity AS (
  SELECT f.slot, (%(boosts)s::float8[])[f.slot] * ln(1 + (w.documents - count(*) + 0.5) / (count(*) + 0.5)) AS idf
    FROM found f CROSS JOIN whole w GROUP BY f.slot, w.documents
), by_words AS MATERIALIZED (
  SELECT f.document_id AS id,
         (1e6 * sum(r.idf * f.frequency * {K1 + 1}
                    / (f.frequency + {K1} * ({1 - B} + {B} * d.length / w.length))))::bigint AS score
    FROM found f JOIN rarity r USING (slot) JOIN search_document d ON d.id = f.document_id AND d.shelf IS NOT NULL
         CROSS JOIN whole w
   GROUP BY f.document_id
), scored AS (
  SELECT id, score FROM by_words
   UNION ALL
  SELECT id, 0 FROM search_document d
   WHERE id = ANY (%(meant)s::bigint[]) AND shelf IS NOT NULL AND NOT EXISTS (SELECT FROM by_words w WHERE w.id = d.id)
)"""

_UNSCORED: Final = "scored AS (SELECT id, 0::bigint AS score FROM search_document WHERE shelf IS NOT NULL)"

_SEARCH: Final = """
WITH {scored}, matched AS MATERIALIZED (
  SELECT d.id, d.kind, coalesce(d.postmortem_id, d.runbook_id, d.problem_id, d.article_id) AS record_id,
         d.unit_id, d.service_id, d.causes, d.tags, d.published_at, s.score,
         d.id = ANY (%(near)s::bigint[]) AS is_near,
         %(kinds)s::text[] = '{{}}' OR d.kind = ANY (%(kinds)s) AS in_kinds,
         %(units)s::bigint[] = '{{}}' OR d.unit_id = ANY (%(units)s) AS in_units,
         %(services)s::bigint[] = '{{}}' OR coalesce(d.service_id = ANY (%(services)s), false) AS in_services,
         %(causes)s::bigint[] = '{{}}' OR d.causes && %(causes)s::bigint[] AS in_causes,
         %(tags)s::text[] = '{{}}' OR coalesce(d.tags && %(tags)s::text[], false) AS in_tags,
         d.published_at >= coalesce(%(from)s::timestamptz, '-infinity')
           AND d.published_at < coalesce(%(until)s::timestamptz, 'infinity') AS in_dates
    FROM scored s JOIN search_document d ON d.id = s.id
   WHERE {conditions}
)
SELECT
  (SELECT count(*) FROM matched WHERE in_kinds AND in_units AND in_services AND in_causes AND in_tags AND in_dates),
  (SELECT coalesce(json_agg(json_build_array(id, kind, record_id, score)
                            ORDER BY is_near DESC, score DESC, published_at DESC, id DESC), '[]')
     FROM (SELECT * FROM matched WHERE in_kinds AND in_units AND in_services AND in_causes AND in_tags AND in_dates
            ORDER BY is_near DESC, score DESC, published_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s) page),
  (SELECT json_object_agg(kind, count)
     FROM (SELECT kind, count(*) FROM matched
            WHERE in_units AND in_services AND in_causes AND in_tags AND in_dates GROUP BY 1) f),
  (SELECT json_object_agg(unit_id, count)
     FROM (SELECT unit_id, count(*) FROM matched
            WHERE in_kinds AND in_services AND in_causes AND in_tags AND in_dates GROUP BY 1) f),
  (SELECT json_object_agg(service_id, count)
     FROM (SELECT service_id, count(*) FROM matched
            WHERE in_kinds AND in_units AND in_causes AND in_tags AND in_dates AND service_id IS NOT NULL
            GROUP BY 1) f),
  (SELECT json_object_agg(cause, count)
     FROM (SELECT cause, count(*) FROM matched, unnest(causes) AS cause
            WHERE in_kinds AND in_units AND in_services AND in_tags AND in_dates GROUP BY 1) f),
  (SELECT json_object_agg(tag, count)
     FROM (SELECT tag, count(*) FROM matched, unnest(tags) AS tag
            WHERE in_kinds AND in_units AND in_services AND in_causes AND in_dates
            GROUP BY 1 ORDER BY 2 DESC, tag COLLATE "C" LIMIT {most_tags}) f),
  (SELECT json_object_agg(month, count)
     FROM (SELECT to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*) FROM matched
            WHERE in_kinds AND in_units AND in_services AND in_causes AND in_tags GROUP BY 1) f)
"""

_PHRASE: Final = "strpos(d.folded, %(phrase_{0})s) > 0"
_NO_PHRASE: Final = "strpos(d.folded, %(without_phrase_{0})s) = 0"
_NO_WORD: Final = (
    "NOT EXISTS (SELECT FROM search_posting x WHERE x.document_id = d.id AND x.word_id = ANY (%(without)s))"
)


_NEAR: Final = """
SELECT id FROM search_document WHERE shelf IS NOT NULL AND signature IS NOT NULL
 ORDER BY bit_count(signature # %s::bit(256)), id DESC LIMIT %s
"""


def near(signature: str, *, limit: int) -> tuple[int, ...]:
    """The documents whose meaning agrees most with a query's, of what whoever acts in this transaction may read."""
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, [signature, limit])
        return tuple(key for (key,) in cursor.fetchall())


def search(
    plan: Plan, filters: Filters, *, near: Sequence[int] = (), meant: Sequence[int] = (), limit: int, offset: int
) -> Found:
    """Look `plan` up among what whoever acts in this transaction may read; the newest first where no word ranks.

    Args:
        near: documents that come first, as far as they are found: the first ones are compared by their meaning.
        meant: documents that are found without any of the plan's words, unless something else excludes them.
    """
    conditions = ["true"]
    conditions += [_PHRASE.format(index) for index in range(len(plan.phrases))]
    conditions += [_NO_PHRASE.format(index) for index in range(len(plan.without_phrases))]
    conditions += [_NO_WORD] if plan.without else []
    statement = _SEARCH.format(
        scored=_SCORED if plan.ranks else _UNSCORED, conditions=" AND ".join(conditions), most_tags=MOST_TAGS
    )
    places = [(index, key) for index, slot in enumerate(plan.slots, start=1) for key, _ in slot.words]
    values: dict[str, Any] = {
        "slots": [index for index, _ in places],
        "words": [key for _, key in places],
        "boosts": [slot.boost for slot in plan.slots],
        "near": list(near),
        "meant": list(meant),
        "without": [key for slot in plan.without for key, _ in slot.words],
        "kinds": sorted(filters.kinds),
        "units": sorted(filters.units),
        "services": sorted(filters.services),
        "causes": sorted(filters.causes),
        "tags": sorted(filters.tags),
        "from": filters.published_from,
        "until": filters.published_until,
        "limit": limit,
        "offset": offset,
    }
    values |= {f"phrase_{index}": f" {phrase} " for index, phrase in enumerate(plan.phrases)}
    values |= {f"without_phrase_{index}": f" {phrase} " for index, phrase in enumerate(plan.without_phrases)}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        total, page, kinds, units, services, causes, tags, months = cursor.fetchone()
    return Found(
        candidates=tuple(
            Candidate(document_id=one, kind=Kind(kind), record_id=record, score=score)
            for one, kind, record, score in _json(page)
        ),
        total=total,
        kinds=_json(kinds) or {},
        units=_by_key(units),
        services=_by_key(services),
        causes=_by_key(causes),
        tags=_json(tags) or {},
        months={_month(month): count for month, count in (_json(months) or {}).items()},
    )


def having_all(plan: Plan, filters: Filters) -> QuerySet[Document]:
    """The documents that have every word of `plan`, not only any of them, and that the filters leave."""
    rows = Document.objects.filter(shelf__isnull=False)
    postings = Posting.objects.filter(document=OuterRef("pk"))
    for slot in (slot for slot in plan.slots if slot.boost == 1):
        rows = rows.filter(Exists(postings.filter(word__in=[key for key, _ in slot.words])))
    for slot in plan.without:
        rows = rows.exclude(Exists(postings.filter(word__in=[key for key, _ in slot.words])))
    for phrase in plan.phrases:
        rows = rows.filter(folded__contains=f" {phrase} ")
    for phrase in plan.without_phrases:
        rows = rows.exclude(folded__contains=f" {phrase} ")
    narrowed = {
        "kind__in": filters.kinds,
        "unit__in": filters.units,
        "service__in": filters.services,
        "causes__overlap": list(filters.causes),
        "tags__overlap": list(filters.tags),
        "published_at__gte": filters.published_from,
        "published_at__lt": filters.published_until,
    }
    return rows.filter(**{name: value for name, value in narrowed.items() if value})


_INDEXED: Final = (
    *(
        "service",
        "causes",
        "tags",
        "failure_mode",
        "published_at",
        "record_version",
        "version",
        "digest",
        "edition",
        "length",
        "folded",
    ),
    *("vectors", "fine_vectors", "signature"),
)


@dataclass(frozen=True)
class Entry:
    """A document's row and the content that its postings are made of; None takes the postings away."""

    document: Document
    content: Content | None


def write(entries: Sequence[Entry]) -> None:
    """Write documents and their postings, in the caller's transaction, which holds the documents' rows.

    Words and postings are written in the order of their keys, so that two writers never wait for each other.
    """
    gone = [entry.document.pk for entry in entries if entry.content is None]
    Posting.objects.filter(document__in=gone).delete()
    _update([entry.document for entry in entries])
    places = [
        (entry.document.pk, word, weight)
        for entry in entries
        if entry.content is not None
        for word, weight in entry.content.weights.items()
    ]
    if not places:
        return
    words = sorted({word for _, word, _ in places})
    terms = [term(word) for word in words]
    with connection.cursor() as cursor:
        # What an earlier release found them by; where nothing has changed this is a look at the words' own index.
        cursor.execute(
            "WITH other AS MATERIALIZED (SELECT w.id, n.term FROM unnest(%s::text[], %s::text[]) AS n (word, term)"
            ' JOIN search_word w ON w.word = n.word COLLATE "C" WHERE w.term <> n.term ORDER BY w.word FOR UPDATE OF w)'
            " UPDATE search_word w SET term = other.term FROM other WHERE other.id = w.id",
            [words, terms],
        )
        cursor.execute(
            "INSERT INTO search_word (word, term)"
            " SELECT n.word, n.term FROM unnest(%s::text[], %s::text[]) AS n (word, term)"
            "  WHERE NOT EXISTS (SELECT FROM search_word w WHERE w.word = n.word) ORDER BY n.word"
            " ON CONFLICT (word) DO NOTHING",
            [words, terms],
        )
        values: dict[str, Any] = {
            "documents": [document for document, _, _ in places],
            "words": [word for _, word, _ in places],
            "weights": [weight for _, _, weight in places],
        }
        cursor.execute(
            """
            WITH new AS MATERIALIZED (
              SELECT w.id AS word_id, d.shelf, d.id AS document_id, n.weight
                FROM unnest(%(documents)s::bigint[], %(words)s::text[], %(weights)s::smallint[])
                       AS n (document, word, weight)
                JOIN search_word w ON w.word = n.word COLLATE "C" JOIN search_document d ON d.id = n.document
            ), stale AS (
              DELETE FROM search_posting p
               WHERE p.document_id = ANY (%(documents)s)
                 AND NOT EXISTS (SELECT FROM new WHERE new.document_id = p.document_id AND new.word_id = p.word_id)
            )
            INSERT INTO search_posting (word_id, shelf, document_id, weight)
            SELECT word_id, shelf, document_id, weight FROM new ORDER BY word_id, shelf, document_id
            ON CONFLICT (word_id, shelf, document_id) DO UPDATE SET weight = excluded.weight
             WHERE search_posting.weight <> excluded.weight
            """,
            values,
        )


def _update(documents: Sequence[Document]) -> None:
    """Save what is indexed of these. One statement each, sent together: a single one with a case for each of hundreds
    of documents in each column takes ten times as long.
    """
    fields = [field for field in Document._meta.concrete_fields if field.name in _INDEXED]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE search_document SET {', '.join(f'{field.column} = %s' for field in fields)} WHERE id = %s",
            [
                [*(field.get_db_prep_save(getattr(each, field.attname), connection) for field in fields), each.pk]
                for each in documents
            ],
        )


def forget_unused_words() -> int:
    """Take words out of the dictionary that stand in no document any more, and return how many.

    Waits for writers, and lets none write until the caller's transaction ends: a word that one has just found must
    not go before its posting is there.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE search_word IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            "DELETE FROM search_word w WHERE NOT EXISTS (SELECT FROM search_posting p WHERE p.word_id = w.id)"
        )
        return int(cursor.rowcount)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _by_key(value: Any) -> dict[int, int]:
    return {int(key): count for key, count in (_json(value) or {}).items()}


def _month(text: str) -> tuple[int, int]:
    year, month = text.split("-")
    return int(year), int(month)
