"""How a plan is asked, and how the answer is read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from knowledge.search.elasticsearch.mapping import BOOSTED
from knowledge.search.filters import Filters
from knowledge.search.kinds import Kind
from knowledge.search.plan import Plan, Slot
from knowledge.search.results import Candidate, Found

MOST_FACETS: Final = 1000


FIRST: Final = 16_384.0
"""What is to come first scores so much more than by its words. A power of two: fractions keep their digits."""


def request(
    plan: Plan,
    filters: Filters,
    readable: Sequence[int],
    *,
    near: Sequence[int] = (),
    meant: Sequence[int] = (),
    limit: int,
    offset: int,
) -> dict[str, Any]:
    # The names of the indices say the same as the first filter; should one hold what does not belong there, this does.
    required: list[dict[str, Any]] = [{"terms": {"shelf": list(readable)}}, {"term": {"tombstone": False}}]
    required += [_phrase(phrase) for phrase in plan.phrases]
    forbidden = [_slot(slot) for slot in plan.without] + [_phrase(phrase) for phrase in plan.without_phrases]
    query: dict[str, Any] = {"filter": required, "must_not": forbidden}
    if plan.ranks:
        wanted = [*(_slot(slot) for slot in plan.slots), *([_these(meant, 0.0)] if meant else [])]
        query["must"] = {"bool": {"should": wanted, "minimum_should_match": 1}}
    if near:
        query["should"] = [_these(near, FIRST)]
    narrowed = _narrowed(filters)
    facets = {
        "kinds": "kind",
        "units": "unit_id",
        "services": "service_id",
        "causes": "cause_ids",
        "tags": "tags",
        "months": "month",
    }
    return {
        "query": {"bool": query},
        "post_filter": {"bool": {"filter": list(narrowed.values())}},
        "sort": [{"_score": "desc"}, {"published": "desc"}, {"document_id": "desc"}],
        "size": limit,
        "from": offset,
        "track_total_hits": True,
        "_source": False,
        "docvalue_fields": ["document_id", "kind", "record_id"],
        "aggs": {
            name: {
                "filter": {"bool": {"filter": [each for of, each in narrowed.items() if of != name]}},
                "aggs": {"of": {"terms": {"field": field, "size": MOST_FACETS}}},
            }
            for name, field in facets.items()
        },
    }


def _these(documents: Sequence[int], score: float) -> dict[str, Any]:
    return {"constant_score": {"filter": {"terms": {"document_id": list(documents)}}, "boost": score}}


def _slot(slot: Slot) -> dict[str, Any]:
    return {
        "combined_fields": {
            "query": " ".join(slot.terms),
            "fields": BOOSTED,
            "operator": "or",
            "boost": slot.boost,
        }
    }


def _phrase(phrase: str) -> dict[str, Any]:
    return {"match_phrase": {"folded": phrase}}


def _narrowed(filters: Filters) -> dict[str, dict[str, Any]]:
    """The filters by the facet that each of them narrows."""
    narrowed: dict[str, dict[str, Any]] = {}
    if filters.kinds:
        narrowed["kinds"] = _of_kinds(filters.kinds)
    if filters.units:
        narrowed["units"] = {"terms": {"unit_id": sorted(filters.units)}}
    if filters.services:
        narrowed["services"] = {"terms": {"service_id": sorted(filters.services)}}
    if filters.causes:
        narrowed["causes"] = {"terms": {"cause_ids": sorted(filters.causes)}}
    if filters.tags:
        narrowed["tags"] = {"terms": {"tags": sorted(filters.tags)}}
    if filters.has_dates:
        bounds = {"gte": filters.published_from, "lt": filters.published_until}
        narrowed["months"] = {"range": {"published": {key: at.isoformat() for key, at in bounds.items() if at}}}
    return narrowed


def _of_kinds(kinds: frozenset[Kind]) -> dict[str, Any]:
    if Kind.POSTMORTEM in kinds:
        # What was written when there were no other kinds, and says none, is a review.
        return {"bool": {"must_not": {"terms": {"kind": sorted(set(Kind) - kinds)}}}}
    return {"terms": {"kind": sorted(kinds)}}


def found(answer: Mapping[str, Any]) -> Found:
    hits = answer["hits"]
    buckets = {
        name: {bucket["key"]: bucket["doc_count"] for bucket in facet["of"]["buckets"]}
        for name, facet in answer.get("aggregations", {}).items()
    }
    return Found(
        candidates=tuple(
            Candidate(
                document_id=hit["fields"]["document_id"][0],
                kind=Kind(hit["fields"].get("kind", [Kind.POSTMORTEM])[0]),
                record_id=hit["fields"]["record_id"][0],
                score=(hit["sort"][0] or 0.0) % FIRST,
            )
            for hit in hits["hits"]
        ),
        total=hits["total"]["value"],
        kinds=buckets.get("kinds", {}),
        units=buckets.get("units", {}),
        services=buckets.get("services", {}),
        causes=buckets.get("causes", {}),
        tags=buckets.get("tags", {}),
        months={(int(key[:4]), int(key[5:])): count for key, count in buckets.get("months", {}).items()},
    )
