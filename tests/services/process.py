"""A server process that never outlives the test run.

It leads a process group, which ends as one, and on Linux the kernel kills it when the thread that started it ends, so
start servers from the main thread. Its output goes to a file, whose end stands in the error when it does not start.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol, Self, TypeVar

from tests.services.preloaded import preloaded
from tests.services.waiting import wait_until

LOG_LINES_SHOWN = 15

Server = TypeVar("Server")


class ServerDidNotStart(Exception):
    """The server ended, or did not answer in time; the message has the end of its output."""


class Running(Protocol):
    """What is known of a program that was started: of `subprocess.Popen`, or of a fork."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...


class ServerProcess:
    """One program, running from `start()` to `stop()`; it can be started again."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Describe the process without starting it.

        Arguments:
            log: the file that its output is added to.
            user: whom to run it as; only root can ask for that.
            environment: variables to set beside those of this process.
            stop_signal: what ends it in good order.
        """
        self.command = list(command)
        self.log = log
        self._user = user
        self._environment = {**os.environ, **(environment or {})}
        self._stop_signal = stop_signal
        self._process: Running | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def name(self) -> str:
        """What errors call it."""
        return self.command[0]

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, ready: Callable[[], bool], timeout: timedelta = timedelta(seconds=20)) -> None:
        """Start the program and return when it is ready; a failure leaves nothing running.

        Arguments:
            ready: whether it answers. A connection that is refused counts as "not yet".

        Raises:
            ServerDidNotStart: it ended by itself, or was not ready in time.
        """
        self._process = self._spawn()
        try:
            wait_until(lambda: not self.running or _answers(ready), what=f"{self.name} to answer", timeout=timeout)
        except TimeoutError as error:
            self.stop()
            raise ServerDidNotStart(f"{error}\n{self._end_of_log()}") from None
        except BaseException:
            self.stop()
            raise
        if not self.running:
            raise ServerDidNotStart(f"{self.command[0]} ended with status {self._process.wait()}\n{self._end_of_log()}")

    def stop(self, *, timeout: timedelta = timedelta(seconds=10)) -> None:
        """End the whole process group: in good order if it does so in time, else at once."""
        if self._process is None:
            return
        self._signal_group(self._stop_signal)
        self.resume()  # a paused process would never get to it
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout.total_seconds())
        self.kill()

    def kill(self) -> None:
        """End the whole process group as a crash would."""
        if self._process is None:
            return
        self._signal_group(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def pause(self) -> None:
        """Freeze the process group: it keeps its connections and answers nothing."""
        self._signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_group(signal.SIGCONT)

    def wait(self, timeout: timedelta = timedelta(seconds=10)) -> int:
        """Its exit status, once it has ended by itself; a signal's number is negative.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        assert self._process is not None, "it was not started"
        return self._process.wait(timeout.total_seconds())

    def _spawn(self) -> Running:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*self._guard(), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _guard(self) -> list[str]:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            if self._user is not None:
                raise ServerDidNotStart(f"running as {self._user} needs the command setpriv (Debian: util-linux)")
            return []
        as_user = ["--reuid", self._user, "--regid", self._user, "--init-groups"] if self._user else []
        return [setpriv, *as_user, "--pdeathsig", "KILL", "--"]

    def _end_of_log(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:])


class HubProcess(ServerProcess):
    """One of the hub's own processes, forked from one that has loaded the hub already: `manage.py …` or `-m …`."""

    @property
    def name(self) -> str:
        return " ".join(self.command[:2])

    def _spawn(self) -> Running:
        return preloaded(tuple(self._guard())).fork(self.command, log=self.log, environment=self._environment)


def _answers(ready: Callable[[], bool]) -> bool:
    try:
        return ready()
    except OSError:
        return False


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def on_free_port(start: Callable[[int], Server]) -> Server:
    """Start something on a free port, and on another should that one have been taken meanwhile.

    Raises:
        ServerDidNotStart: also the third one did not start.
    """
    for _ in range(2):
        with suppress(ServerDidNotStart):
            return start(free_port())
    return start(free_port())
