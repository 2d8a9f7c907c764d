"""`manage.py up` where it cannot start: one sentence, status 1, and nothing running."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.running.cluster import Cluster
from hub.running.lock import Lock
from tests.running.processes import processes_of
from tests.services.process import free_port

PROJECT = Path(__file__).parents[2]
CONCERNED = ("HUB_", "DATABASE_", "DJANGO_")


def up(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(CONCERNED)}
    return subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=PROJECT,
        env={
            **inherited,
            "HUB_DATA_DIR": str(directory),
            "HUB_PORT": str(free_port()),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def refusal(finished: subprocess.CompletedProcess[str]) -> str:
    """The one line on standard error of a command that refused."""
    assert finished.returncode == 1, finished.stdout
    assert len(finished.stderr.splitlines()) == 1, finished.stderr
    return finished.stderr.strip()


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A data directory on which nothing is left running."""
    directory = tmp_path / "data"
    yield directory
    assert processes_of(directory) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_noticed_before_anything_starts(directory: Path, host: str) -> None:
    with socket.socket() as other:
        other.bind((host, 0))
        other.listen()
        port = str(other.getsockname()[1])

        said = refusal(up(directory, HUB_PORT=port))

    assert f"Port {port} is taken by another program: set HUB_PORT to a free one." in said
    assert not (directory / "postgres").exists()


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(directory: Path, port: str) -> None:
    assert f"HUB_PORT is “{port}”; it must be a number from 1 to 65535." in refusal(up(directory, HUB_PORT=port))


def test_hosts_are_allowed_beside_loopback(tmp_path: Path) -> None:
    """By which `up` itself asks whether the hub answers."""
    program = "from django.conf import settings; print(*settings.ALLOWED_HOSTS)"
    chosen = {
        "DJANGO_SETTINGS_MODULE": "hub.config.settings.development",
        "HUB_DATA_DIR": str(tmp_path),
        "HUB_ALLOWED_HOSTS": "hub.acme.test, hub.intra.test,",
    }

    said = subprocess.check_output(
        [sys.executable, "-c", program], cwd=PROJECT, env={**os.environ, **chosen}, text=True
    )

    assert said.split() == ["hub.acme.test", "hub.intra.test", "localhost", "127.0.0.1", "[::1]"]


def test_an_unreachable_server_is_named_without_the_password(directory: Path) -> None:
    port = free_port()

    said = refusal(up(directory, DATABASE_URL=f"postgres://root:very-secret@127.0.0.1:{port}/hub"))

    assert f"The database server of DATABASE_URL (127.0.0.1:{port}/hub) cannot be used" in said
    assert "refused" in said
    assert "very-secret" not in said


def test_a_refused_login_is_told_without_the_password(directory: Path, own_cluster: Cluster) -> None:
    url = f"postgres://nobody:very-secret@/hub?host={own_cluster.socket_dir}"

    said = refusal(up(directory, DATABASE_URL=url))

    assert "password authentication failed for user “nobody”" in said.replace('"nobody"', "“nobody”")
    assert "very-secret" not in said


def test_an_address_that_cannot_be_read_is_refused(directory: Path) -> None:
    said = refusal(up(directory, DATABASE_URL="postgres://root:very%secret@db/hub"))

    assert said.startswith("hub: DATABASE_URL cannot be read: expected postgres://")
    assert "secret" not in said


def test_a_second_hub_on_the_data_directory_is_refused(directory: Path) -> None:
    directory.mkdir()
    running = Lock(directory / "up.lock", "held")
    running.acquire()

    said = refusal(up(directory))

    running.release()
    assert f"The hub is already running on the data directory {directory}" in said


def test_a_damaged_database_is_one_sentence(directory: Path) -> None:
    (directory / "postgres").mkdir(parents=True)
    (directory / "postgres" / "base").write_text("")

    said = refusal(up(directory))

    assert f"The database in {directory / 'postgres'} is damaged (PG_VERSION is missing)" in said


def test_it_is_not_for_production(directory: Path) -> None:
    said = refusal(
        up(
            directory,
            DJANGO_SETTINGS_MODULE="hub.config.settings.production",
            HUB_SECRET_KEY="fK3j9-Zr_81hdmQPw4ntyX0v7sLbC2aGeu6oViTpJR5xEqNYHz",
            HUB_CURSOR_KEY="VJGKp5X5zVhDYlN9VwYr2m0pMUZ7GQ3qzZx2yZ2xG1o=",
            HUB_ALLOWED_HOSTS="hub.acme.test",
            HUB_PUBLIC_URL="https://hub.acme.test",
            DATABASE_URL="postgres://hub_app:p@127.0.0.1/hub",
            REDIS_URL="redis://127.0.0.1:6379/0",
        )
    )

    assert "`up` is for one machine; deploy/README.md says how to run a real installation." in said
