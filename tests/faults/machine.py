"""The hub on a machine of its own, and what can happen to it: processes, database, Redis and the clock."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tests.database import DATA_DIR, Server
from tests.faults.judging import Disturbance
from tests.faults.skew import Skew
from tests.processes import Hub
from tests.services.process import ServerProcess
from tests.services.redis import RedisServer

HOUR: Final = 3600
PATIENCE: Final = 2.0
"""Seconds that the hub waits for a provider here."""
FROZEN: Final = 2 * PATIENCE + 12
"""How long a process is frozen: longer than it holds a message (`hub.delivery.sending.lease`)."""


@dataclass(frozen=True)
class Ground:
    """What a machine stands on: a server, a database on it, a directory for what processes say, and a clock to set."""

    server: Server
    database: str
    directory: Path
    skew: Skew | None


class Machine:
    """Two workers, two sequencers, a web process, PostgreSQL, and Redis if there is one: all of it breaks on demand."""

    def __init__(self, ground: Ground, *, redis: str | None, start: int) -> None:
        """`redis` is its program; `start` says by how many seconds the clock is wrong from the beginning."""
        self.disturbances: list[Disturbance] = []
        self.done: list[str] = []
        self._server, self._skew, self._start = ground.server, ground.skew, start
        self._hours = 0
        self._thaws: list[tuple[float, ServerProcess]] = []
        self._stack = ExitStack()
        environment = {
            "HUB_DELIVERY_PATIENCE": f"{PATIENCE:g}",
            "HUB_CALL_LISTS_DIR": str(ground.directory / "call-lists"),
            "HUB_SMTP_URL": "",
        }
        self._redis = None
        if redis is not None:
            self._redis = self._stack.enter_context(RedisServer.on_free_port(program=redis, directory=ground.directory))
            environment["REDIS_URL"] = self._redis.url
        self._hub = self._stack.enter_context(Hub(ground.database, ground.directory, environment))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def start(self) -> str:
        """Start the hub; returns its address."""
        self.sequencers = [self._hub.sequencer(), self._hub.sequencer()]
        address = self._hub.web()
        self.web = self._hub.processes[-1]
        self.workers = [self._hub.worker(HUB_PUBLIC_URL=address), self._hub.worker(HUB_PUBLIC_URL=address)]
        return address

    def faults(self) -> dict[str, Callable[[random.Random], None]]:
        """What can happen, by name."""
        every: dict[str, Callable[[random.Random], None]] = {
            "a worker killed": lambda dice: self._kill(dice.choice(self.workers)),
            "web killed": lambda _: self._kill(self.web),
            "a sequencer killed": lambda dice: self._kill(dice.choice(self.sequencers)),
            "a worker frozen": lambda dice: self._freeze(dice.choice(self.workers)),
            "PostgreSQL restarted": lambda dice: self._restart_database(is_crash=dice.random() < 0.5),
        }
        if self._redis is not None:
            every["Redis killed"] = lambda _: self._restart_redis()
        if self._skew is not None:
            every["the clock set by an hour"] = self._set_clock
        return every

    def do(self, name: str, dice: random.Random) -> None:
        """Let it happen."""
        self.done.append(name)
        self.faults()[name](dice)

    def thaw(self, *, everything: bool = False) -> None:
        """Let frozen processes go on whose time has come."""
        for entry in list(self._thaws):
            moment, process = entry
            if everything or time.monotonic() >= moment:
                process.resume()
                self._thaws.remove(entry)
                self.disturbances.append(Disturbance(moment - FROZEN, time.monotonic()))

    def _kill(self, process: ServerProcess) -> None:
        began = time.monotonic()
        self._thaws = [entry for entry in self._thaws if entry[1] is not process]
        process.kill()
        process.start(ready=lambda: True)
        self.disturbances.append(Disturbance(began, time.monotonic()))

    def _freeze(self, process: ServerProcess) -> None:
        if all(frozen is not process for _, frozen in self._thaws):
            process.pause()
            self._thaws.append((time.monotonic() + FROZEN, process))

    def _restart_database(self, *, is_crash: bool) -> None:
        began = time.monotonic()
        if is_crash:
            postmaster = DATA_DIR / "postgres" / "postmaster.pid"
            os.kill(int(postmaster.read_text().split()[0]), signal.SIGKILL)
        self._server.cluster.stop()
        self._server.cluster.start()
        self.disturbances.append(Disturbance(began, time.monotonic()))

    def _restart_redis(self) -> None:
        assert self._redis is not None
        self._redis.process.kill()
        self._redis.start()

    def _set_clock(self, dice: random.Random) -> None:
        assert self._skew is not None
        self._hours = dice.choice([-1, 1]) if self._hours == 0 else 0
        self._skew.set(self._start + self._hours * HOUR)
