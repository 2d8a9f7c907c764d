"""What `manage.py up` does: from an empty directory to a hub that answers, and back to nothing running."""

from __future__ import annotations

import contextlib
import errno
import http.client
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

from hub.config.databases import EMBEDDED_DATABASE, Address, administrator_address
from hub.config.secrets import PROJECT_DIR, Secrets, address_file, load_secrets, secrets_path
from hub.running.bootstrap import prepare_server
from hub.running.cluster import Cluster
from hub.running.errors import RunningError
from hub.running.lock import Lock
from hub.running.memory import Memory
from hub.running.supervisor import Program, Supervisor
from hub.running.welcome import welcome

HOST = "127.0.0.1"
READY_PATIENCE = 300.0
"""Seconds that the web process has to answer for the first time: a few are enough, unless the machine is busy."""

_SAID_AFTER = 20.0  # seconds

_WEB_FIRST = 2.0  # seconds
_DATABASE_DEATHS_ALLOWED = 3


class Up:
    """One run of the hub: its database, its processes, and the lock on its data directory."""

    def __init__(self, data_dir: Path, *, port: int, demonstration: bool, say: Callable[[str], None]) -> None:
        """`demonstration`: whether to load the demonstration organisation into a database that has not had it."""
        self._data_dir = data_dir
        self._port = port
        self._demonstration = demonstration
        self._say = say
        self._supervisor = Supervisor(say)
        self._cluster: Cluster | None = None
        self._database_deaths = 0
        self._stopping = False
        self._lock = Lock(
            data_dir / "up.lock",
            f"The hub is already running on the data directory {data_dir}: stop it first, or set HUB_DATA_DIR and "
            f"HUB_PORT to start another one beside it.",
        )

    def run(self) -> None:
        """Start everything, serve until SIGINT, SIGTERM or SIGHUP, and end everything.

        Raises RunningError, with nothing left running, where the hub cannot start or cannot go on.
        """
        with self._told_to_stop():
            try:
                self._start()
                while not self._stopping:
                    self._supervisor.tick()
                    self._watch_database()
            except KeyboardInterrupt:
                self._say("")
            finally:
                self._stopping = True
                self._stop()

    def _start(self) -> None:
        secrets = load_secrets(self._data_dir)
        self._lock.acquire()
        check_port(self._port)
        self._say(f"Secrets       kept in {secrets_path(self._data_dir)}")
        address = self._start_database(secrets)
        memory = Memory(self._data_dir)
        self._migrate(address, memory)
        if self._demonstration:
            self._load_demonstration(address, memory)
        self._say("Processes     web, worker, sequencer")
        self._supervisor.start(
            self._python("web", "-m", "uvicorn", "hub.config.asgi:application", *self._web_options())
        )
        # On a small machine three processes that load at once would keep the person waiting for the page.
        for name in ("worker", "sequencer"):
            self._supervisor.start(self._python(name, str(PROJECT_DIR / "manage.py"), name), after=_WEB_FIRST)
        self._await_answer()
        address_file(self._data_dir).write_text(f"http://{HOST}:{self._port}\n")
        self._say(welcome(f"http://{HOST}:{self._port}/", secrets.demo_password if self._demonstration else None))

    def _web_options(self) -> Sequence[str]:
        return [
            f"--app-dir={PROJECT_DIR}",
            f"--host={HOST}",
            f"--port={self._port}",
            "--ws=hub.running.frames:Protocol",
            "--ws-per-message-deflate=false",
            "--timeout-graceful-shutdown=3",
            "--log-level=warning",
        ]

    def _start_database(self, secrets: Secrets) -> Address:
        began = time.monotonic()
        address = administrator_address()
        called = "DATABASE_URL"
        if address is None:
            self._cluster = Cluster(self._data_dir)
            made = self._cluster.start()
            address = self._cluster.admin_address(EMBEDDED_DATABASE)
            called = "the embedded PostgreSQL"
            verb = "made and started" if made else "started"
            self._say(f"PostgreSQL    {verb} in {self._cluster.directory} ({time.monotonic() - began:.1f} s)")
        done = prepare_server(address, secrets.role_passwords(), called=called)
        if self._cluster is None:
            self._say(f"PostgreSQL    reached at {address}")
        self._say(f"Roles         {_summary(done)}")
        return address

    def _migrate(self, address: Address, memory: Memory) -> None:
        if memory.is_migrated(address):
            self._say("Migrations    all applied")
            return
        self._say("Migrations    being applied")
        # Without checks: they load every page, and each process makes its own.
        options = ("--database=owner", "--no-input", "--skip-checks")
        self._supervisor.run(self._python("migrate", str(PROJECT_DIR / "manage.py"), "migrate", *options), quiet=True)
        memory.keep_migrated(address)

    def _load_demonstration(self, address: Address, memory: Memory) -> None:
        if memory.is_demonstrated(address):
            self._say("Demonstration loaded before")
            return
        self._say("Demonstration being loaded, once")
        self._supervisor.run(self._python("demo", str(PROJECT_DIR / "manage.py"), "demo", "--if-empty", process="seed"))
        memory.keep_demonstrated(address)

    def _python(self, name: str, *arguments: str, process: str | None = None) -> Program:
        """A program of ours; `process` (by default: its name where that is one) decides its database login."""
        environment = {
            "DJANGO_SETTINGS_MODULE": "hub.config.settings.development",
            "HUB_DATA_DIR": str(self._data_dir),
            "HUB_PORT": str(self._port),
            # Bytecode is kept, whatever the machine says: every process would compile all its code anew.
            "PYTHONDONTWRITEBYTECODE": "",
            "HUB_PROCESS": process or (name if name in ("web", "worker", "sequencer") else "web"),
        }
        return Program(name, [sys.executable, *arguments], environment)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + READY_PATIENCE
        said_at = time.monotonic()
        while not answers(self._port):
            if time.monotonic() - said_at > _SAID_AFTER:
                said_at = time.monotonic()
                self._say("Processes     still starting; this machine is busy")
            if time.monotonic() > deadline:
                raise RunningError(
                    f"The hub did not answer at http://{HOST}:{self._port}/healthz within {READY_PATIENCE:g} seconds; "
                    f"what its processes said is above."
                )
            self._supervisor.tick()

    def _watch_database(self) -> None:
        """Start the embedded PostgreSQL again if it was killed; the processes connect anew by themselves."""
        if self._cluster is None or self._cluster.running:
            return
        self._database_deaths += 1
        if self._database_deaths > _DATABASE_DEATHS_ALLOWED:
            raise RunningError(f"PostgreSQL ended {self._database_deaths} times; the reason is in {self._cluster.log}.")
        self._say("PostgreSQL ended unexpectedly; it starts again.")
        self._cluster.stop()
        self._cluster.start()

    def _stop(self) -> None:
        """Processes first, so that they can finish on a living database."""
        self._supervisor.stop()
        if self._cluster is not None:
            self._cluster.stop()
        self._lock.release()

    @contextlib.contextmanager
    def _told_to_stop(self) -> Iterator[None]:
        """Turn the first stop signal into KeyboardInterrupt; later ones change nothing, for the end is under way."""

        def interrupt(number: int, frame: FrameType | None) -> None:
            if not self._stopping:
                self._stopping = True
                raise KeyboardInterrupt

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(number, interrupt) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)


def _summary(done: Sequence[str]) -> str:
    """What was changed: all of it where that is a few things, a number at the first start."""
    if not done:
        return "as they should be"
    return "; ".join(done) if len(done) <= 4 else f"made, with the database and its extensions ({len(done)} steps)"


def check_port(port: int) -> None:
    """Raise RunningError where the hub could not listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as error:
            why = (
                "is taken by another program" if error.errno == errno.EADDRINUSE else f"is not ours ({error.strerror})"
            )
            raise RunningError(f"Port {port} {why}: set HUB_PORT to a free one.") from None


def answers(port: int) -> bool:
    """Whether the web process says that it is well."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
