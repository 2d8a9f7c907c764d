"""What the hub remembers of its last start holds for the same database, migrations and packages only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.config.databases import Address
from hub.running.cluster import Cluster
from hub.running.memory import Memory
from tests.services.postgres import embedded_cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with embedded_cluster(tmp_path_factory.mktemp("memory")) as cluster:
        yield cluster


@pytest.fixture
def address(cluster: Cluster) -> Iterator[Address]:
    """A database with one migration in it."""
    make_database(cluster)
    yield cluster.admin_address("remembered")
    drop_database(cluster)


def make_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.admin_dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE remembered")
    with psycopg.connect(cluster.admin_dsn("remembered")) as connection:
        connection.execute("CREATE TABLE django_migrations (app text, name text)")
        connection.execute("INSERT INTO django_migrations VALUES ('tenants', '0001_initial')")


def drop_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.admin_dsn(), autocommit=True) as connection:
        connection.execute("DROP DATABASE remembered")


def test_it_begins_without_memories_and_keeps_them_for_the_next_start(tmp_path: Path, address: Address) -> None:
    memory = Memory(tmp_path)
    assert not memory.is_migrated(address)
    assert not memory.is_demonstrated(address)

    memory.keep_migrated(address)
    memory.keep_demonstrated(address)

    assert Memory(tmp_path).is_migrated(address)
    assert Memory(tmp_path).is_demonstrated(address)


def test_a_database_made_anew_under_the_same_name_is_another(
    tmp_path: Path, cluster: Cluster, address: Address
) -> None:
    memory = Memory(tmp_path)
    memory.keep_migrated(address)
    memory.keep_demonstrated(address)

    drop_database(cluster)
    make_database(cluster)

    assert not memory.is_migrated(address)
    assert not memory.is_demonstrated(address)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM django_migrations",
        "INSERT INTO django_migrations VALUES ('x', '1')",
        "DROP TABLE django_migrations",
    ],
)
def test_migrations_that_somebody_changed_are_looked_at_again(tmp_path: Path, address: Address, change: str) -> None:
    memory = Memory(tmp_path)
    memory.keep_migrated(address)

    with psycopg.connect(address.dsn()) as connection:
        connection.execute(change.encode())

    assert not memory.is_migrated(address)


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"migrations": 7}'])
def test_damaged_memories_are_none(tmp_path: Path, address: Address, damage: str) -> None:
    (tmp_path / "prepared.json").write_text(damage)

    assert not Memory(tmp_path).is_migrated(address)
    assert not Memory(tmp_path).is_demonstrated(address)
