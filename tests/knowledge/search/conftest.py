"""Each backend in turn, with the demonstration's sixty reviews in its index."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from hub.lib.identity import SYSTEM, Actor
from knowledge.search import access, actions, elasticsearch
from knowledge.search.results import Filters, Results
from tests.services.elasticsearch import ElasticsearchServer

BACKENDS = ("postgresql", "elasticsearch")

Search = Callable[..., Results]


def elasticsearch_of(request: pytest.FixtureRequest) -> ElasticsearchServer:
    server: ElasticsearchServer = request.getfixturevalue("elasticsearch_server")
    return server


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, db: None, settings: Settings) -> str:
    """A backend that tests only read from: Elasticsearch's index is filled once for all of them."""
    if request.param == "elasticsearch":
        server = elasticsearch_of(request)
        settings.ELASTICSEARCH_URL = server.url
        settings.ELASTICSEARCH_INDEX_PREFIX = f"{server.prefix}library"
        if not any(name.startswith(settings.ELASTICSEARCH_INDEX_PREFIX) for name in server.indices()):
            actions.rebuild(actor=SYSTEM)
    return str(request.param)


@pytest.fixture(params=BACKENDS)
def own_backend(request: pytest.FixtureRequest, db: None, settings: Settings) -> Iterator[str]:
    """A backend with an index of the test's own, to write to."""
    if request.param == "postgresql":
        yield "postgresql"
        return
    server = elasticsearch_of(request)
    settings.ELASTICSEARCH_URL = server.url
    settings.ELASTICSEARCH_INDEX_PREFIX = f"{server.prefix}{uuid.uuid4().hex[:6]}"
    actions.rebuild(actor=SYSTEM)
    yield "elasticsearch"
    index = elasticsearch.configured()
    assert index is not None
    index.delete()


@pytest.fixture
def search(actor: Callable[[str], Actor]) -> Search:
    """Search as a person of the demonstration organisation: by the coordinator, unless another name is given."""

    def as_person(query: str = "", *, by: str = "coordinator", filters: Filters | None = None, **page: Any) -> Results:
        found = access.search(actor(by), query, filters, **page)
        assert found.notice != access.FALLEN_BACK
        return found

    return as_person
