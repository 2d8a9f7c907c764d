"""PostgreSQL servers that a test may have to itself: the embedded one, and Debian's older one.

The server that all tests share is `tests.database`; these are for tests that stop a server, or compare versions.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo

from hub.running.cluster import Cluster
from tests.services.process import ServerDidNotStart, ServerProcess, on_free_port

ADMINISTRATOR = "postgres"

# Nothing here outlives the test run, so nothing needs to reach the disk.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "50",
    "timezone": "UTC",
}

FILES = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")


@contextmanager
def embedded_cluster(directory: Path) -> Iterator[Cluster]:
    """The hub's own embedded server on `directory`, new unless there is one; it may be stopped and started again."""
    cluster = Cluster(directory)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


class SystemPostgres:
    """A server from the system's PostgreSQL programs, from construction to `close()`, with new files."""

    def __init__(self, *, programs: Path, directory: Path, port: int) -> None:
        """Make the files and start.

        Arguments:
            programs: the folder of initdb and postgres.
            directory: must not exist; made for the account that runs the server.
        """
        self.port = port
        self._programs = programs
        self._password = secrets.token_hex(16)
        self._user = ADMINISTRATOR if os.geteuid() == 0 else None
        self._make_files(directory)
        self.process = ServerProcess(
            [str(programs / "postgres"), "-D", str(directory / "data"), "-p", str(port)]
            + [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")],
            log=directory / "postgres.log",
            user=self._user,
            stop_signal=signal.SIGINT,
        )
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def admin_dsn(self, name: str = "postgres") -> str:
        """The superuser's connection string, password included, to the database `name`."""
        return make_conninfo(host="127.0.0.1", port=self.port, user=ADMINISTRATOR, password=self._password, dbname=name)

    def start(self) -> None:
        """Start it, again on the same port and files if it was stopped."""
        self.process.start(ready=self._answers)

    def close(self) -> None:
        self.process.stop()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.admin_dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_files(self, directory: Path) -> None:
        directory.mkdir(mode=0o755)
        password = directory / "password"
        password.write_text(self._password)
        if self._user:
            shutil.chown(directory, self._user)
            shutil.chown(password, self._user)
        finished = subprocess.run(
            [
                str(self._programs / "initdb"),
                "-D",
                "data",
                f"--username={ADMINISTRATOR}",
                f"--pwfile={password}",
                *FILES,
            ],
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            raise ServerDidNotStart(finished.stderr)


@contextmanager
def system_postgres(programs: Path) -> Iterator[SystemPostgres]:
    """A server on a free port; its files are in a temporary folder that its own account can walk to."""
    with tempfile.TemporaryDirectory(prefix="hub-postgres-") as directory:
        place = Path(directory)
        place.chmod(0o755)
        with on_free_port(
            lambda port: SystemPostgres(programs=programs, directory=place / str(port), port=port)
        ) as server:
            yield server
