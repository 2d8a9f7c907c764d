"""The two worlds where a real Elasticsearch answers: what is hidden in the twin is in its index, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, Final
from unittest.mock import patch

from django.test import override_settings

from hub.lib.identity import SYSTEM, acting_as
from knowledge.search import actions, elasticsearch
from knowledge.search.elasticsearch.index import ElasticsearchIndex
from knowledge.search.models import Document
from tests.conftest import seeding
from tests.services.elasticsearch import ElasticsearchServer
from tests.tenancy.oracle import SEARCHES, Tally, two_worlds
from tests.tenancy.paths import Request
from tests.tenancy.readers import Actors

READERS: Final = ("outsider.logistics", "commander.payments", "coordinator")


@contextmanager
def answering(server: ElasticsearchServer) -> Iterator[list[int]]:
    """Searches go to the server, on which all that can be found is; yields a list that grows with each answer."""
    answered: list[int] = []
    search = ElasticsearchIndex.search

    def counted(self: ElasticsearchIndex, *given: Any, **more: Any) -> Any:
        found = search(self, *given, **more)
        answered.append(found.total)
        return found

    with (
        override_settings(ELASTICSEARCH_URL=server.url, ELASTICSEARCH_INDEX_PREFIX=f"{server.prefix}leaks"),
        patch.object(ElasticsearchIndex, "search", counted),
    ):
        actions.rebuild(actor=SYSTEM)
        yield answered


def is_search(request: Request) -> bool:
    return request.name.startswith(SEARCHES)


def forget() -> None:
    """Take from the server what the database does not have any more: what was hidden in a twin that was undone."""
    index = elasticsearch.configured()
    assert index is not None
    with acting_as(SYSTEM):
        known = set(Document.objects.values_list("pk", flat=True))
    index.remove((alias, key) for key, aliases in index.contents().items() if key not in known for alias in aliases)


def compare(random: Random, actors: Actors, tally: Tally) -> None:
    """Ask every search in two worlds as each of a few readers."""
    for username in READERS:
        two_worlds(random, actors, tally, username=username, only=is_search, between=forget)


def notices(random: Random, actors: Actors) -> bool:
    """Whether it is seen that a search reads shelves which are not its reader's: a fault that is planted."""

    def every() -> list[int]:
        with seeding():
            shelves = set(Document.objects.values_list("shelf", flat=True))
        return sorted(shelf for shelf in shelves if shelf is not None)

    tally = Tally()
    with patch("knowledge.search.access.shelves.readable", every):
        # What the dice hide in one twin may be on no shelf at all.
        for username in READERS * 3:
            two_worlds(random, actors, tally, username=username, only=is_search, between=forget)
            if tally.leaks:
                return True
    return False
