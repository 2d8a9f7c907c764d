"""What every measurement needs: a hub on a database of its own, interleaved rounds, and lines that print alike."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import connections

from hub.lib import garbage
from tests.database import Server
from tests.processes import Hub

NAME_WIDTH: Final = 66


@dataclass(frozen=True)
class Line:
    """One figure.

    Attributes:
        value: as measured, in `unit`.
        ratio: the value divided by the baseline's of the same run, None for the baseline itself.
        goal: what the ratio should be: "at least 1.5".
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    goal: str = ""

    def __str__(self) -> str:
        figure = f"{self.value:>10,.2f}" if self.value < 100 else f"{self.value:>10,.0f}"
        ratio = f"{self.ratio:>8.2f} ×" if self.ratio is not None else "  baseline"
        goal = f"   goal: {self.goal}" if self.goal else ""
        return f"  {self.name:<{NAME_WIDTH}}{figure} {self.unit:<11}{ratio}{goal}"


def against(baseline: str, unit: str, figures: Mapping[str, float]) -> list[Line]:
    """The figures as lines, the baseline's first, each of the others with its ratio to it."""
    base = figures[baseline]
    others = [Line(name, value, unit, value / base) for name, value in figures.items() if name != baseline]
    return [Line(baseline, base, unit), *others]


def side_by_side(rounds: int, works: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Do each of the works once a round, in turn, so that what disturbs the machine disturbs all of them.

    A work returns its own figure. One round before the first is not counted.
    """
    measured: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            figure = work()
            if number:
                measured[name].append(figure)
    return measured


def ratio(figures: Mapping[str, list[float]], one: str, other: str) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(figures[one], figures[other], strict=True))


def medians_of_rounds(rounds: int, works: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each work's figures, taken side by side."""
    return {name: statistics.median(figures) for name, figures in side_by_side(rounds, works).items()}


@contextmanager
def use(database: str) -> Iterator[None]:
    """Let this process work on another database of the server."""
    former = connections["default"].settings_dict["NAME"]
    try:
        _use(database)
        yield
    finally:
        _use(former)


@contextmanager
def hub_of(server: Server, name: str) -> Iterator[Hub]:
    """A hub without any process yet on a clone of the demonstration's database, which this process uses as well."""
    with (
        tempfile.TemporaryDirectory() as directory,
        server.clone(f"bench_{name}") as database,
        use(database),
        Hub(database, Path(directory)) as hub,
    ):
        yield hub


@contextmanager
def durable(server: Server) -> Iterator[None]:
    """Let commits wait for the disk, as they do in production and not in tests."""
    server.wait_for_disk(True)
    try:
        yield
    finally:
        server.wait_for_disk(False)


def _use(database: str) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = database
    connections.settings["default"]["NAME"] = database


@contextmanager
def test_server() -> Iterator[Server]:
    """The server that the tests use, started unless it runs already; this process is settled, as a web process is."""
    garbage.settle()
    server = Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def alone(measure: Callable[[Server], list[Line]]) -> None:
    """Run one measurement and print it."""
    with test_server() as server:
        for line in measure(server):
            print(line)
