"""Programs for Node.js, with the packages that tests/clients/package-lock.json pins."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.services.availability import require, unavailable

CLIENTS: Final = Path(__file__).resolve().parents[1] / "clients"
INSTALLING: Final = timedelta(minutes=5)
RUNNING: Final = timedelta(minutes=2)


class ProgramFailed(Exception):
    """The program ended with another status than 0; the message has what it said."""


def run_node(script: str, *arguments: str) -> str:
    """Run a script of tests/clients with the packages that it needs; returns its standard output.

    Raises `ProgramFailed`. Without Node.js, or where the packages cannot be had, the test skips, or fails in CI.
    """
    node = require("node")
    install_packages()
    return run([node, script, *arguments], CLIENTS)


def install_packages() -> None:
    """Install the pinned packages unless they are there. Test processes that ask at the same time wait for one."""
    with open(CLIENTS / ".installing", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        lock, installed = CLIENTS / "package-lock.json", CLIENTS / "node_modules" / ".installed"
        if installed.exists() and installed.read_text() == lock.read_text():
            return
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        try:
            run(command, CLIENTS, within=INSTALLING)
        except ProgramFailed as error:
            unavailable("node", f"its packages cannot be installed: {error}")
        installed.write_text(lock.read_text())


def run(
    command: list[str], directory: Path, environment: Mapping[str, str] | None = None, *, within: timedelta = RUNNING
) -> str:
    """Run a command in a directory, with more in its environment; returns its standard output.

    Raises `ProgramFailed`.
    """
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=within.total_seconds(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(f"{command[0]} did not end within {within}") from error
    if done.returncode:
        raise ProgramFailed(f"{' '.join(command[:3])}: {done.stderr.strip()[-2000:] or done.stdout.strip()[-2000:]}")
    return done.stdout
