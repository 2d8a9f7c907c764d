"""Runs programs side by side: their output under one prefix each, restarts with patience, and an end to all of them."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.running.errors import RunningError
from hub.running.processes import kill_group, spawn

QUICK_DEATH = 10.0
"""A program that lived for fewer seconds than this died at its start."""
QUICK_DEATHS_ALLOWED = 5
LONGEST_WAIT = 15.0
"""Seconds between two starts of a program that keeps dying, at most."""
STOP_PATIENCE = 4.0
"""Seconds that the programs have to end by themselves when they are asked to."""

_TICK = 0.1
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True)
class Program:
    """Something to run: a name for its lines of output, a command, and what its environment has besides ours."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    start_at: float | None = None
    pending: bytes = b""
    last_words: str = ""
    held_back: list[str] | None = None
    """Lines to show only if it fails; None where they are shown at once."""


class Supervisor:
    """Starts programs and keeps them running until `stop`. Not for use from several threads."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` gets each line to show."""
        self._say = say
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()

    def run(self, program: Program, *, quiet: bool = False) -> None:
        """Run a program to its end; raise RunningError where it fails. `quiet` shows its lines only then."""
        child = _Child(program, held_back=[] if quiet else None)
        self._children.append(child)
        self._start(child)
        try:
            while child.process is not None and child.process.poll() is None:
                self._read(_TICK)
            self._collect(child)
        finally:
            self._children.remove(child)
        if child.process is not None and child.process.returncode != 0:
            for line in child.held_back or ():
                self._say(line)
            raise RunningError(f"The step “{program.name}” failed: {child.last_words or 'it said nothing'}")

    def start(self, program: Program, *, after: float = 0.0) -> None:
        """Start a program that is meant to run until `stop`, at once or `after` some seconds of ticks."""
        child = _Child(program)
        self._children.append(child)
        if after:
            child.start_at = time.monotonic() + after
        else:
            self._start(child)

    def tick(self) -> None:
        """Show what the programs said and start again those that died; returns after a tenth of a second or so.

        Raises RunningError where a program has died at its start QUICK_DEATHS_ALLOWED times running.
        """
        self._read(_TICK)
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._collect(child)
                self._mourn(child, child.process.returncode, now)
                child.process = None
            elif child.start_at is not None and child.start_at <= now:
                self._start(child)

    def stop(self) -> None:
        """End every program: asked first, all at once, and killed after STOP_PATIENCE seconds."""
        alive = [child for child in self._children if child.process is not None and child.process.poll() is None]
        for child in alive:
            _ask(child)
        deadline = time.monotonic() + STOP_PATIENCE
        while any(_runs(child) for child in alive) and time.monotonic() < deadline:
            self._read(_TICK)
        for child in alive:
            if child.process is not None:
                if _runs(child):
                    self._say(f"{child.program.name} did not end when asked, and was killed.")
                kill_group(child.process)  # whatever it may have started ends too
                self._collect(child)
        self._children.clear()
        self._selector.close()

    def _start(self, child: _Child) -> None:
        child.start_at = None
        child.started = time.monotonic()
        environment = {"PYTHONUNBUFFERED": "1", **child.program.environment}
        child.process = spawn(child.program.command, environment=environment, output=subprocess.PIPE)
        if child.process.stdout is not None:
            os.set_blocking(child.process.stdout.fileno(), False)
            self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _mourn(self, child: _Child, status: int, now: float) -> None:
        name = child.program.name
        child.quick_deaths = child.quick_deaths + 1 if now - child.started < QUICK_DEATH else 1
        how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        if child.quick_deaths >= QUICK_DEATHS_ALLOWED:
            said = f"; it said: {child.last_words}" if child.last_words else ""
            raise RunningError(
                f"The process “{name}” ended {child.quick_deaths} times right after its start, at last {how}{said}"
            )
        wait = min(LONGEST_WAIT, 0.5 * 2 ** (child.quick_deaths - 1))
        child.start_at = now + wait
        self._say(f"{name} ended {how}; it starts again in {wait:g} s.")

    def _read(self, patience: float) -> None:
        if not self._selector.get_map():
            time.sleep(patience)
            return
        for key, _ in self._selector.select(patience):
            self._take(key.data)

    def _take(self, child: _Child) -> bool:
        """Read what there is; False at the end of the output or where nothing is there now."""
        pipe = child.process.stdout if child.process is not None else None
        if pipe is None or pipe.closed:
            return False
        try:
            data = os.read(pipe.fileno(), _LONGEST_LINE)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(pipe)
            pipe.close()
            return False
        *lines, child.pending = (child.pending + data).split(b"\n")
        if len(child.pending) >= _LONGEST_LINE:
            lines.append(child.pending)
            child.pending = b""
        for line in lines:
            self._show(child, line)
        return True

    def _collect(self, child: _Child) -> None:
        """Show the rest of what a program that has ended said, and close its pipe."""
        while self._take(child):
            pass
        if child.pending:
            self._show(child, child.pending)
            child.pending = b""
        pipe = child.process.stdout if child.process is not None else None
        if pipe is not None and not pipe.closed:  # something it started holds the other end
            self._selector.unregister(pipe)
            pipe.close()

    def _show(self, child: _Child, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        if text:
            child.last_words = text.strip()
            shown = f"{child.program.name:<9} | {text}"
            if child.held_back is None:
                self._say(shown)
            else:
                child.held_back.append(shown)


def _runs(child: _Child) -> bool:
    return child.process is not None and child.process.poll() is None


def _ask(child: _Child) -> None:
    if child.process is not None:
        child.process.terminate()
