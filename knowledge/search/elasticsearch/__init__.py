"""The index in Elasticsearch, for hubs that have outgrown PostgreSQL's.

Every shelf is an index of its own, behind an alias (`hub-knowledge-unit-7`). A search names the aliases of its reader's
shelves and gathers its statistics from them alone (`dfs_query_then_fetch`), so that what stands on other shelves,
restricted documents above all, takes no part in totals, facets or scores. What is found are ids; their rows are read
again under row-level security.

Texts arrive as terms, analysed by `knowledge.search.analysis` as for PostgreSQL, and are split at spaces here: both
backends find the same documents, and an index needs no analysis of its own that could differ.

Writes carry the document's version (`external_gte`), so a late write never undoes a later one; a document that left a
shelf leaves a tombstone there, which holds that line until the index is built anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.module_loading import import_string

from knowledge.search.elasticsearch.outcomes import Away, Difference

if TYPE_CHECKING:
    from knowledge.search.elasticsearch.index import ElasticsearchIndex

__all__ = ["Away", "Difference", "ElasticsearchIndex", "configured"]


def configured() -> ElasticsearchIndex | None:
    """The index that the settings name, if they name one.

    The client is loaded only then: every process of a hub without it would start a sixth later for nothing.
    """
    if not settings.ELASTICSEARCH_URL:
        return None
    connected = import_string("knowledge.search.elasticsearch.index.connected")
    return cast("ElasticsearchIndex", connected(settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_INDEX_PREFIX))
