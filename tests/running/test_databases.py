"""DATABASES, from the data directory and from addresses in the environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub.config.databases import databases, parse_address, port_file, production_databases, socket_dir
from hub.config.secrets import load_secrets

PASSWORD = "p%40ss-phrase"


@pytest.fixture(autouse=True)
def no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(variable, raising=False)


def test_an_address_is_decoded() -> None:
    address = parse_address("DATABASE_URL", "postgres://al%20ice:p%40%2Fw%25@db.example:6543/h%C3%BCb")

    assert (address.host, address.port, address.name) == ("db.example", 6543, "hüb")
    assert (address.user, address.password) == ("al ice", "p@/w%")


def test_an_address_may_be_ipv6_with_options() -> None:
    address = parse_address("DATABASE_URL", "postgresql://a:b@[2001:db8::1]/hub?sslmode=verify-full&sslrootcert=/ca")

    assert (address.host, address.port) == ("2001:db8::1", 5432)
    assert address.options == {"sslmode": "verify-full", "sslrootcert": "/ca"}
    assert str(address) == "[2001:db8::1]:5432/hub"


def test_an_address_may_name_a_socket() -> None:
    assert parse_address("DATABASE_URL", "postgres://a@/hub?host=/run/postgresql").host == "/run/postgresql"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://a:{p}@h/hub", "is not a PostgreSQL address"),
        ("host=h dbname=hub password={p}", "is not a PostgreSQL address"),
        ("postgres://a:{p}%zz@h/hub", "cannot be read"),
        ("postgres://a:{p}@rest@h/hub", "cannot be read"),
        ("postgres://a:b/{p}@h/hub", "has a port that is not a number"),
        ("postgres://a:{p}@h:0/hub", "has a port that is not a number from 1 to 65535"),
        ("postgres://a:{p}@h:70000/hub", "has a port that is not a number from 1 to 65535"),
        ("postgres://a:{p}@h/", "has no database name"),
        ("postgres://:{p}@h/hub", "has no user name"),
        ("postgres://a:{p}@/hub", "has no host"),
        ("postgres://a:{p}@h/hub?sslmod=require", "cannot be read"),
    ],
)
def test_a_malformed_address_is_one_sentence_without_the_password(url: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        parse_address("DATABASE_WORKER_URL", url.format(p=PASSWORD))

    assert str(caught.value).startswith(f"DATABASE_WORKER_URL {sentence}")
    assert PASSWORD not in str(caught.value)
    assert "p@ss" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_address_does_not_show_its_password() -> None:
    address = parse_address("DATABASE_URL", f"postgres://a:{PASSWORD}@h/hub")

    assert "p@ss" not in f"{address} {address!r}"


def test_each_process_has_its_login_on_the_embedded_server(tmp_path: Path) -> None:
    secrets = load_secrets(tmp_path)

    logins = {role: databases(tmp_path, secrets, role) for role in ("web", "worker", "sequencer", "seed")}

    assert {role: aliases["default"]["USER"] for role, aliases in logins.items()} == {
        "web": "hub_app",
        "worker": "hub_worker",
        "sequencer": "hub_worker",
        "seed": "hub_seed",
    }
    assert {aliases["owner"]["USER"] for aliases in logins.values()} == {"hub_owner"}
    assert logins["web"]["default"]["PASSWORD"] == secrets.app_password
    assert logins["web"]["default"]["HOST"] == str(tmp_path / "run")


def test_a_process_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="HUB_PROCESS is “wrok”; it must be one of web, worker"):
        databases(tmp_path, load_secrets(tmp_path), "wrok")


def test_a_long_path_gets_a_short_socket_of_its_own(tmp_path: Path) -> None:
    long, other = tmp_path / ("x" * 90), tmp_path / ("y" * 90)

    assert len(str(socket_dir(long) / ".s.PGSQL.5432")) <= 103
    assert socket_dir(long) == socket_dir(long) != socket_dir(other)


def test_where_no_socket_can_be_the_port_is_found(tmp_path: Path) -> None:
    port_file(tmp_path).write_text("54321")

    found = databases(tmp_path, load_secrets(tmp_path), "web")["default"]

    assert (found["HOST"], found["PORT"]) == ("127.0.0.1", "54321")


def test_a_server_of_ones_own_gets_the_same_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://root:rootpw@db:6000/incidents?sslmode=require")
    secrets = load_secrets(tmp_path)

    found = databases(tmp_path, secrets, "worker")["default"]

    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db", "6000", "incidents")
    assert (found["USER"], found["PASSWORD"]) == ("hub_worker", secrets.worker_password)
    assert found["OPTIONS"]["sslmode"] == "require"


def test_production_reads_the_address_of_the_process_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://hub_app:a@db/hub")
    assert set(production_databases("web")) == {"default"}

    with pytest.raises(ImproperlyConfigured, match="DATABASE_WORKER_URL is not set; a sequencer process"):
        production_databases("sequencer")

    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://hub_owner:o@db/hub")
    assert production_databases("web")["owner"]["USER"] == "hub_owner"


def test_production_has_no_place_for_seeding() -> None:
    with pytest.raises(ImproperlyConfigured, match="no place in production"):
        production_databases("seed")
