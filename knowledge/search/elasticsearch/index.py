"""The hub's indices on a server: searched, written, built anew and compared with what they should hold."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import bulk, scan

from knowledge.search import shelves
from knowledge.search.elasticsearch.mapping import EDITION, MADE_NOW, MAPPINGS, operation, source_of, tombstone
from knowledge.search.elasticsearch.outcomes import Away, Difference
from knowledge.search.elasticsearch.requests import found, request
from knowledge.search.filters import Filters
from knowledge.search.models import Document
from knowledge.search.plan import Plan
from knowledge.search.postgres import Entry
from knowledge.search.results import Found

PATIENCE: Final = 2.0
"""Seconds that a search waits for an answer; writing and building may take `BULK_PATIENCE`."""
BULK_PATIENCE: Final = 60.0
FEW: Final = 12
"""Up to so many writes are made findable at once; more wait for the index's own refresh."""
QUIET: Final = 10.0
"""Seconds for which a server that did not answer is not asked again."""
TRIES_BEHIND_A_SWAP: Final = 5


class ElasticsearchIndex:
    """The hub's indices on one server."""

    def __init__(self, url: str, prefix: str) -> None:
        """Say where the server is; nothing is asked of it yet.

        Args:
            url: with its port, and a user and password where it wants them.
            prefix: what the names of all indices begin with.
        """
        self.name = f"{prefix}-knowledge"
        self._client = Elasticsearch(url, request_timeout=PATIENCE, max_retries=0, retry_on_timeout=False)
        self._patient = self._client.options(request_timeout=BULK_PATIENCE, max_retries=2)
        self._quiet_until = 0.0
        self._is_taught = False

    def alias(self, shelf: int) -> str:
        return f"{self.name}-{shelves.name(shelf)}"

    def search(
        self,
        plan: Plan,
        filters: Filters,
        *,
        readable: Sequence[int],
        near: Sequence[int] = (),
        meant: Sequence[int] = (),
        limit: int,
        offset: int,
    ) -> Found:
        """Look `plan` up on the reader's shelves; the newest first where no word ranks.

        Args:
            near: documents that come first, as far as they are found.
            meant: documents that are found without any of the plan's words, unless something else excludes them.

        Raises `Away`, at once for some seconds after the server did not answer.
        """
        if not readable:
            return Found((), 0)
        if time.monotonic() < self._quiet_until:
            raise Away("it did not answer a moment ago")
        header = {
            "index": [self.alias(shelf) for shelf in readable],
            "ignore_unavailable": True,
            "search_type": "dfs_query_then_fetch",
        }
        try:
            # As a multi-search, since the names of many shelves are too long for an address.
            with _away():
                answer = self._client.msearch(
                    searches=[
                        header,
                        request(plan, filters, readable, near=near, meant=meant, limit=limit, offset=offset),
                    ]
                )["responses"][0]
        except Away:
            self._quiet_until = time.monotonic() + QUIET
            raise
        failures = answer.get("_shards", {}).get("failures") or answer.get("error", {}).get("root_cause")
        if failures or "error" in answer:
            # A part of the answer is none: what is missing would look like what the reader may not read.
            raise Away(f"a search failed: {failures or answer['error']}")
        return found(answer)

    def put(self, entries: Sequence[Entry]) -> None:
        """Write documents to their shelves, and tombstones where they may have stood before. Raises `Away`."""
        operations: list[dict[str, Any]] = []
        with _away():
            there = self._aliases()
            self._teach(there)
            for entry in entries:
                document, home = entry.document, None
                if entry.content is not None and document.shelf is not None:
                    home = self.alias(document.shelf)
                    if home not in there:
                        self._create(home)
                        there.add(home)
                    operations.append(operation(home, document, source_of(document, entry.content)))
                if document.version > 1 or home is None:
                    former = self._homes(document) & there - {home}
                    operations += [operation(alias, document, tombstone(document)) for alias in former]
            self._write(operations, at_once=len(operations) <= FEW)

    def rebuild(self, batches: Iterable[Sequence[Entry]]) -> None:
        """Build all indices beside the present ones, and put them in their place in one step. Raises `Away`.

        What was written meanwhile went to the old indices; `difference` finds it.
        """
        with _away():
            generation = 1 + max((_generation(name) for name in self._indices()), default=0)
            built: dict[str, str] = {}
            for entries in batches:
                operations = []
                for entry in entries:
                    if entry.content is None or entry.document.shelf is None:
                        continue
                    alias = self.alias(entry.document.shelf)
                    if alias not in built:
                        built[alias] = f"{alias}-v{generation}"
                        self._patient.indices.create(index=built[alias], **MADE_NOW)
                    source = source_of(entry.document, entry.content)
                    operations.append(operation(built[alias], entry.document, source, require_alias=False))
                self._write(operations)
            old = [name for name in self._indices() if name not in built.values()]
            actions: list[Mapping[str, Any]] = [{"remove_index": {"index": name}} for name in old]
            actions += [{"add": {"index": index, "alias": alias}} for alias, index in built.items()]
            if actions:
                self._patient.indices.update_aliases(actions=actions)
            self.refresh()

    def is_of_today(self) -> bool:
        """Whether all indices were made for documents as they are written now. Raises `Away`."""
        with _away():
            made = self._patient.indices.get_mapping(index=f"{self.name}-*")
        return all(each["mappings"].get("_meta", {}).get("edition") == EDITION for each in made.values())

    def refresh(self) -> None:
        """Make everything written so far findable now. Raises `Away`."""
        with _away():
            self._patient.indices.refresh(index=f"{self.name}-*")

    def expunge(self) -> None:
        """Take what has been replaced or taken back out of the statistics as well. Raises `Away`.

        Elasticsearch holds on to it for about half a minute, for replicas that lag behind.
        """
        with _away():
            self._patient.indices.forcemerge(index=f"{self.name}-*", only_expunge_deletes=True)

    def contents(self) -> dict[int, dict[str, int]]:
        """What can be found: versions by alias by document. Raises `Away`."""
        there: dict[int, dict[str, int]] = defaultdict(dict)
        with _away():
            self.refresh()
            for alias in sorted(self._aliases()):
                live = {"query": {"term": {"tombstone": False}}, "_source": False}
                for hit in scan(self._patient, index=alias, query=live, version=True, size=1000):
                    there[int(hit["_id"])][alias] = hit["_version"]
        return there

    def difference(self, there: Mapping[int, Mapping[str, int]], expected: Mapping[int, tuple[int, int]]) -> Difference:
        """Compare `contents` with what should be there: (shelf, version) by document.

        What should be there is to be read after the contents were: then nothing that was just written is surplus.
        """
        missing: set[int] = set()
        stale: set[int] = set()
        places = {(alias, document) for document, aliases in there.items() for alias in aliases}
        for document, (shelf, version) in expected.items():
            home = self.alias(shelf)
            if home not in there.get(document, {}):
                missing.add(document)
            elif there[document][home] != version:
                stale.add(document)
            places.discard((home, document))
        return Difference(frozenset(missing), frozenset(stale), frozenset(places))

    def remove(self, places: Iterable[tuple[str, int]]) -> None:
        """Take documents away that should not be there. Raises `Away`."""
        with _away():
            self._write([{"_op_type": "delete", "_index": alias, "_id": str(key)} for alias, key in places])

    def delete(self) -> None:
        """Delete all indices. Raises `Away`."""
        with _away():
            for name in self._indices():
                self._patient.indices.delete(index=name, ignore_unavailable=True)

    def _write(self, operations: Sequence[dict[str, Any]], *, at_once: bool = False) -> None:
        # A rebuild swaps an alias and deletes what it pointed to: who was on the way there goes the new way. Writing
        # again is harmless, since versions come from outside.
        for attempt in range(TRIES_BEHIND_A_SWAP):
            _, errors = bulk(self._patient, operations, raise_on_error=False, refresh=at_once)
            outcomes = [outcome for error in (errors if isinstance(errors, list) else []) for outcome in error.values()]
            if not any("index_not_found" in str(outcome.get("error")) for outcome in outcomes):
                break
            time.sleep(0.1 * (attempt + 1))
        for outcome in outcomes:
            # A conflict is a later version that is there already; nothing to delete is deleted.
            if outcome["status"] not in (404, 409) or "index_not_found" in str(outcome.get("error")):
                raise Away(f"writing document {outcome['_id']}: {outcome.get('error')}")

    def _create(self, alias: str) -> None:
        """Make the first index of a shelf; whoever else does so at the same moment makes the same one."""
        answer = self._patient.options(ignore_status=400).indices.create(
            index=f"{alias}-v1", aliases={alias: {}}, **MADE_NOW
        )
        error = answer.get("error", {})
        if error and error.get("type") != "resource_already_exists_exception":
            raise Away(str(error.get("reason")))

    def _teach(self, aliases: Collection[str]) -> None:
        """Have indices that an earlier release made learn the fields that have come since, once a process."""
        if aliases and not self._is_taught:
            self._patient.indices.put_mapping(index=sorted(aliases), properties=MAPPINGS["properties"])
            self._is_taught = True

    def _indices(self) -> list[str]:
        return sorted(self._patient.indices.get(index=f"{self.name}-*", expand_wildcards="all"))

    def _aliases(self) -> set[str]:
        found = self._patient.options(ignore_status=404).indices.get_alias(name=f"{self.name}-*")
        return {alias for index in found.values() if isinstance(index, dict) for alias in index.get("aliases", {})}

    def _homes(self, document: Document) -> set[str]:
        """Where the document can have stood."""
        homes = {self.alias(shelves.SHARED), self.alias(document.unit_id)}
        return homes | ({self.alias(-document.incident_id)} if document.incident_id else set())


@lru_cache(maxsize=8)
def connected(url: str, prefix: str) -> ElasticsearchIndex:
    """The index at `url`, the same one each time."""
    return ElasticsearchIndex(url, prefix)


@contextmanager
def _away() -> Iterator[None]:
    """Whatever says that the server cannot answer, as `Away`; that a request is wrong stays an error of ours."""
    try:
        yield
    except TransportError as error:
        raise Away(type(error).__name__) from error
    except ApiError as error:
        if error.status_code == 429 or error.status_code >= 500:
            raise Away(str(error)) from error
        raise


def _generation(index: str) -> int:
    return int(index.rpartition("-v")[2])
