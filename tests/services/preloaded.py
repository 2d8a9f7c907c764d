"""The hub's processes without the seconds that each takes to load: one process has loaded the hub, and forks the rest.

Run as a program it is that process: it reads orders from a socket, one JSON document in each packet, and answers each.
A fork reads the settings anew, from the environment that it is given, before it becomes `manage.py …` or `-m …`; that
works because nothing in the hub keeps a setting from the time of its import. Starting from nothing, as everybody does
outside the tests, is what `tests/running` and `tests/scenarios` see.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import django
from django.conf import settings
from django.core.cache import caches
from django.db import connections
from django.utils.log import configure_logging

from hub.lib import garbage

ROOT: Final = Path(__file__).parents[2]
SETTINGS: Final = "hub.config.settings.testing"
LOADED: Final = (
    "uvicorn.main",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "hub.running.frames",
    "channels.routing",
    "hub.config.urls",
    "hub.alerts.ingest.application",
    "hub.graphql.bearers",
    "hub.graphql.websocket",
    "hub.live.management.commands.sequencer",
    "hub.running.management.commands.worker",
)
"""What the processes use beside the applications that Django loads; `hub.config.asgi` itself reads settings."""
_LARGEST_ORDER: Final = 1 << 17
_PR_SET_PDEATHSIG: Final = 1


class Fork:
    """One forked process, to be asked as `subprocess.Popen` is."""

    def __init__(self, parent: Preloaded, pid: int) -> None:
        self._parent = parent
        self.pid = pid
        self._status: int | None = None

    def poll(self) -> int | None:
        """Its exit status, or None while it runs; a signal's number is negative."""
        if self._status is None:
            self._status = self._parent.ask(pid=self.pid)
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended.

        Arguments:
            timeout: seconds.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.01)
        return status


class Preloaded:
    """The process that has loaded the hub; it ends with this one, and its forks end with it."""

    def __init__(self, guard: Sequence[str]) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [*guard, sys.executable, "-W", "ignore::RuntimeWarning", "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS, "OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def fork(self, arguments: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> Fork:
        """Start `python ARGUMENTS` as a fork; its output is added to `log`."""
        return Fork(self, self.ask(arguments=list(arguments), log=str(log), environment=dict(environment)))

    def ask(self, **order: Any) -> Any:
        """Give an order, and return what it is answered with."""
        self._socket.send(json.dumps(order).encode())
        return json.loads(self._socket.recv(_LARGEST_ORDER))


@cache
def preloaded(guard: tuple[str, ...]) -> Preloaded:
    """This test process's own, started when it is first asked for."""
    return Preloaded(guard)


def _serve(orders: socket.socket) -> None:
    """Answer orders until nobody gives any; returns in a fork too, which has become what it was told to be."""
    ended: dict[int, int] = {}

    def reap(*_: object) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            ended[pid] = os.waitstatus_to_exitcode(status)

    signal.signal(signal.SIGCHLD, reap)
    while received := orders.recv(_LARGEST_ORDER):
        order = json.loads(received)
        if "pid" in order:
            answer = ended.get(order["pid"])
        elif (answer := os.fork()) == 0:
            orders.close()
            _become(**order)
            return
        orders.send(json.dumps(answer).encode())


def _become(*, arguments: list[str], log: str, environment: dict[str, str]) -> None:
    """Be `python ARGUMENTS`, in a session of its own, with this output and environment."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(environment)
    _read_settings_anew()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


def _read_settings_anew() -> None:
    for module in ("hub.config.settings.base", SETTINGS):
        read = importlib.reload(sys.modules[module])
    for name in filter(str.isupper, dir(read)):
        setattr(settings, name, getattr(read, name))
    for used in connections.all(initialized_only=True):
        del connections[used.alias]
    for handler in (connections, caches):
        vars(handler).pop("settings", None)
        vars(handler).update(_settings=None)
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


if __name__ == "__main__":
    django.setup()
    for name in LOADED:
        importlib.import_module(name)
    garbage.settle()
    _serve(socket.socket(fileno=int(sys.argv[1])))
