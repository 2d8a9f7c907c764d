"""What an index holds, and how a document becomes an entry of it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

from knowledge.search.analysis import term, words
from knowledge.search.documents import Content, Field
from knowledge.search.models import Document
from knowledge.search.postgres import K1, B

REFRESH: Final = "500ms"
"""How soon a written document is found, at the latest."""

# Boosts of fields must not be below 1, so all are doubled, and the saturation with them.
_SCALE: Final = 2
PARTS: Final = "parts"
BOOSTED: Final = [*(f"{field.key}^{_SCALE * field.weight:g}" for field in Field), PARTS]

_TERMS: Final = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
SETTINGS: Final[dict[str, Any]] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    # `expunge` takes away the last of what has left: Lucene counts deleted documents until it merges them away.
    "merge.policy.expunge_deletes_allowed": 0,
    "refresh_interval": REFRESH,
    "similarity": {"default": {"type": "BM25", "k1": _SCALE * K1, "b": B}},
}
MAPPINGS: Final[dict[str, Any]] = {
    "dynamic": "strict",
    "properties": {
        **dict.fromkeys((*(field.key for field in Field), PARTS), _TERMS),
        "folded": {"type": "text", "analyzer": "whitespace", "norms": False, "position_increment_gap": 100},
        "document_id": {"type": "long"},
        "kind": {"type": "keyword"},
        "record_id": {"type": "long"},
        "shelf": {"type": "long"},
        "unit_id": {"type": "long"},
        "service_id": {"type": "long"},
        "cause_ids": {"type": "long"},
        "tags": {"type": "keyword"},
        "published": {"type": "date"},
        "month": {"type": "keyword"},
        "tombstone": {"type": "boolean"},
    },
}

EDITION: Final = hashlib.blake2s(json.dumps([SETTINGS, MAPPINGS]).encode(), digest_size=8).hexdigest()
"""For what documents an index was made; it is kept in the index."""
MADE_NOW: Final[dict[str, Any]] = {"settings": SETTINGS, "mappings": {**MAPPINGS, "_meta": {"edition": EDITION}}}


def operation(
    index: str, document: Document, source: Mapping[str, Any], *, require_alias: bool = True
) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_index": index,
        "_id": str(document.pk),
        "version": document.version,
        "version_type": "external_gte",
        "require_alias": require_alias,
        "_source": source,
    }


def tombstone(document: Document) -> dict[str, Any]:
    return {"document_id": document.pk, "tombstone": True}


def source_of(document: Document, content: Content) -> dict[str, Any]:
    texts: dict[str, list[str]] = defaultdict(list)
    for passage in content.passages:
        for each in passage.words():
            texts[passage.field.key if each.weight == 1 else PARTS].append(term(each.word))
    published = document.published_at
    return {
        **{name: " ".join(terms) for name, terms in texts.items()},
        "folded": [" ".join(words(passage.text)) for passage in content.passages],
        "document_id": document.pk,
        "kind": document.kind,
        "record_id": document.record_id,
        "shelf": document.shelf,
        "unit_id": document.unit_id,
        "service_id": document.service_id,
        "cause_ids": document.causes,
        "tags": document.tags or [],
        "published": published.isoformat() if published else None,
        "month": f"{published.astimezone(UTC):%Y-%m}" if published else None,
        "tombstone": False,
    }
