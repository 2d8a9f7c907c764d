"""Each backend in turn, with the demonstration's reviews in its index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from hub.lib.identity import SYSTEM, Actor, acting_as
from knowledge.search import access, actions, elasticsearch
from knowledge.search.filters import Filters
from knowledge.search.models import Document
from knowledge.search.results import Results
from tests.services.elasticsearch import ElasticsearchServer

BACKENDS = ("postgresql", "elasticsearch")

Search = Callable[..., Results]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, db: None, settings: Settings) -> str:
    """Each backend in turn."""
    if request.param == "elasticsearch":
        server: ElasticsearchServer = request.getfixturevalue("elasticsearch_server")
        settings.ELASTICSEARCH_URL = server.url
        settings.ELASTICSEARCH_INDEX_PREFIX = f"{server.prefix}library"
        _fill(server, settings.ELASTICSEARCH_INDEX_PREFIX)
    return str(request.param)


def _fill(server: ElasticsearchServer, prefix: str) -> None:
    """Have in Elasticsearch what PostgreSQL's index has. The test before may have left something there: it goes."""
    index = elasticsearch.configured()
    assert index is not None
    if not any(name.startswith(prefix) for name in server.indices()):
        actions.rebuild(actor=SYSTEM)
        return
    with acting_as(SYSTEM):
        known = set(Document.objects.values_list("pk", flat=True))
    index.remove((alias, key) for key, aliases in index.contents().items() if key not in known for alias in aliases)


@pytest.fixture
def search(actor: Callable[[str], Actor]) -> Search:
    """Search as a person of the demonstration organisation: by the coordinator, unless another name is given."""

    def as_person(query: str = "", *, by: str = "coordinator", filters: Filters | None = None, **page: Any) -> Results:
        found = access.search(actor(by), query, filters, **page)
        assert found.notice != access.FALLEN_BACK
        return found

    return as_person
