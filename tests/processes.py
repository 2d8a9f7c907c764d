"""The hub's own processes, run on a test's database as they run in production: web, worker, sequencer."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.database import process_environment
from tests.services.process import HubProcess, ServerProcess, free_port

STARTING: Final = timedelta(seconds=60)
"""How long a web process may take to answer on a busy machine."""


FRAMES: Final = ("--ws", "hub.running.frames:Protocol", "--ws-per-message-deflate", "false")
"""How a web process is told to write to its sockets, as in deploy/."""


class Hub:
    """Processes on one database. Use it as a context manager: whatever was started ends with the block."""

    def __init__(self, database: str, directory: Path, environment: Mapping[str, str] | None = None) -> None:
        self.database = database
        self.directory = directory
        self.environment = dict(environment or {})
        self.processes: list[ServerProcess] = []

    def __enter__(self) -> Hub:
        return self

    def __exit__(self, *exception: object) -> None:
        for process in reversed(self.processes):
            process.stop()

    def web(self, **environment: str) -> str:
        """Start a web process; returns its address without a slash."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        command = ["-m", "uvicorn", "hub.config.asgi:application", "--port", str(port), "--lifespan", "off"]
        command += ["--timeout-graceful-shutdown", "2", *FRAMES]
        process = self._process("web", command, {"HUB_PUBLIC_URL": address, **environment})
        process.start(ready=lambda: _is_healthy(address), timeout=STARTING)
        return address

    def sequencer(self, **environment: str) -> ServerProcess:
        """Start a sequencer."""
        process = self._process("sequencer", ["manage.py", "sequencer"], environment)
        process.start(ready=lambda: True)
        return process

    def worker(self, **environment: str) -> ServerProcess:
        """Start a worker."""
        process = self._process("worker", ["manage.py", "worker"], environment)
        process.start(ready=lambda: True)
        return process

    def _process(self, role: str, command: list[str], environment: Mapping[str, str]) -> ServerProcess:
        process = HubProcess(
            command,
            log=self.directory / f"{role}-{len(self.processes)}.log",
            environment={**process_environment(self.database, role), **self.environment, **environment},
        )
        self.processes.append(process)
        return process


def _is_healthy(address: str) -> bool:
    with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
        return bool(answer.status == 200)
