"""Fixtures of every test: the database, an identity, and the people of the demonstration organisation by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from django.test import Client
from hypothesis import settings

from hub.lib import garbage, identity
from hub.lib.identity import SEED, SYSTEM, Actor
from tenants.models import Person
from tests.database import ROOT, Server

SignedIn = Callable[[str], Client]

pytest_plugins = ["tests.services.plugin"]

LONGEST_FIRST = ("scenarios", "web", "tenancy", "running", "graphql", "knowledge", "delivery", "live")
"""Where the files are that take a minute. Each file is one process's, so that what its tests share is made once: with
these at the end, one process would work on the last of them while the other has nothing left to do."""

# How long an example takes says more of what else the machine does than of the example.
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")

_server = Server()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        _server.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _server.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take longest begin first; within a file, and among the others, nothing moves."""
    places = {folder: place for place, folder in enumerate(LONGEST_FIRST)}

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return places.get(folder, len(places))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the garbage collector took a seventh of the tests' time to find that out anew."""
    garbage.settle()


@pytest.fixture(scope="session")
def server() -> Server:
    """The embedded PostgreSQL server, for tests that need databases of their own."""
    return _server


@pytest.fixture(scope="session")
def django_db_setup(server: Server, django_db_blocker: object) -> Iterator[None]:
    """Each test process works on a clone of the template, and each test inside a transaction that is rolled back."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with server.clone(worker) as name:
        use_database(name)
        yield
        for connection in connections.all():
            connection.close()


@pytest.fixture
def own_database(server: Server, django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh clone with real commits, for tests with threads or processes; yields its name."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with (
        server.clone(f"{worker}_own") as name,
        working_on(name),
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
    ):
        yield name


@contextmanager
def working_on(name: str) -> Iterator[None]:
    """Let this process work on another database of the tests meanwhile."""
    former = connections["default"].settings_dict["NAME"]
    use_database(name)
    try:
        yield
    finally:
        for connection in connections.all():
            connection.close()
        use_database(former)


def use_database(name: str) -> None:
    """Let this process work on another database of the tests."""
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        connections.settings[alias]["NAME"] = name


@pytest.fixture
def person(db: None) -> Callable[[str], Person]:
    """A person of the demonstration organisation, by username."""
    return lambda username: Person.objects.get(username=username)


@pytest.fixture
def actor(person: Callable[[str], Person]) -> Callable[[str], Actor]:
    """The actor for a person of the demonstration organisation, by username."""
    return lambda username: identity.person(person(username).pk, through="test")


@pytest.fixture
def signed_in(person: Callable[[str], Person]) -> SignedIn:
    """A browser of its own in which a person of the demonstration organisation has signed in, by username."""

    def browser_of(username: str) -> Client:
        client = Client()
        client.force_login(person(username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return browser_of


@contextmanager
def seeding() -> Iterator[None]:
    """Write or read past row-level security, for a test's given and for its proof that nothing changed."""
    with identity.acting_as(SEED):
        yield


@contextmanager
def as_system() -> Iterator[None]:
    """Act as the system's jobs do."""
    with identity.acting_as(SYSTEM):
        yield
