"""A web process on a database of its own, shared by the tests of a run: each brings its own sources."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.alerts.senders import LiveHub
from tests.conftest import working_on
from tests.database import Server
from tests.processes import Hub


@pytest.fixture(scope="session")
def web_process(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and database of the web process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with server.clone(f"{worker}_alerts") as name, Hub(name, tmp_path_factory.mktemp("alerts")) as running:
        yield running.web(), name


@pytest.fixture
def hub(
    web_process: tuple[str, str], django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> Iterator[LiveHub]:
    """The hub, with this process looking at its database."""
    address, name = web_process
    with working_on(name), django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield LiveHub(address, name)
