"""The picture of an analysis: effects as boxes, the primary one on the left, their causes to the right.

Pure: an analysis with its effects and links goes in, places and lines come out; the template draws them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap
from typing import Final

from fast_sugiyama import from_edges

from knowledge.postmortems.models import Analysis, CauseRole, Effect

WIDTH: Final = 208
HEIGHT: Final = 92
GAP_X: Final = 44
GAP_Y: Final = 20
"""In pixels at the size of the text."""

INSET: Final = 12
LETTERS: Final = 27
MOST_LINES: Final = 3
"""Of a box: what does not fit stands in full in the list beside the picture."""


@dataclass(frozen=True)
class Box:
    """An effect with the left upper corner of its box, and its text cut into lines."""

    effect: Effect
    x: float
    y: float
    roles: str
    lines: tuple[str, ...]
    evidence: int

    @property
    def left(self) -> float:
        """Where its text begins."""
        return self.x + INSET

    @property
    def right(self) -> float:
        """The middle of its mark."""
        return self.x + WIDTH - INSET - 6

    @property
    def top(self) -> float:
        """The line of its role."""
        return self.y + 20

    @property
    def end(self) -> str:
        """The bar at the end of a branch."""
        return f"M{self.x + WIDTH:.0f} {self.y + INSET:.0f}v{HEIGHT - 2 * INSET}"

    @property
    def rows(self) -> list[tuple[float, str]]:
        """The lines with their places."""
        return [(self.y + 42 + 16 * number, line) for number, line in enumerate(self.lines)]

    @property
    def state(self) -> str:
        if self.effect.is_open:
            return "open"
        return "ended" if self.effect.ended_because else "explained"


@dataclass(frozen=True)
class Line:
    """From an effect to a cause of it."""

    path: str
    role: str


@dataclass(frozen=True)
class Picture:
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float
    words: str
    box_width: int = WIDTH
    box_height: int = HEIGHT


def picture(analysis: Analysis) -> Picture | None:
    """The drawing of an analysis; None for one without effects."""
    effects = {effect.pk: effect for effect in analysis.effects.all()}
    links = list(analysis.links.all())
    primary = next((effect for effect in effects.values() if effect.is_primary), None)
    if primary is None:
        return None
    places = _places(primary.pk, [(link.effect_id, link.cause_id) for link in links])
    roles: defaultdict[int, list[str]] = defaultdict(list)
    for link in links:
        roles[link.cause_id].append(CauseRole(link.role).label)
    boxes = tuple(
        Box(
            effect=effects[key],
            x=x,
            y=y,
            roles=", ".join(dict.fromkeys(roles[key])) or "Primary effect",
            lines=_lines(effects[key].text),
            evidence=len(effects[key].evidence.all()),
        )
        for key, (x, y) in places.items()
        if key in effects
    )
    return Picture(
        boxes=boxes,
        lines=tuple(Line(_curve(places[link.effect_id], places[link.cause_id]), link.role) for link in links),
        width=max(box.x for box in boxes) + WIDTH + 2,
        height=max(box.y for box in boxes) + HEIGHT + 2,
        words=_words(primary, list(effects.values())),
    )


def _places(primary: int, edges: Sequence[tuple[int, int]]) -> Mapping[int, tuple[float, float]]:
    """Left upper corners: the layout's layers become columns, what it puts side by side stands one under another."""
    if not edges:
        return {primary: (1.0, 1.0)}
    raw: dict[int, tuple[float, float]] = from_edges(edges).to_dict()  # type: ignore[no-untyped-call]
    depths = sorted({y for _, y in raw.values()}, reverse=raw[edges[0][0]][1] > raw[edges[0][1]][1])
    columns = {depth: place for place, depth in enumerate(depths)}
    rows = sorted({x for x, _ in raw.values()})
    # What stands in one column keeps a box's distance; in between, the layout's own proportions.
    closest = min(
        (
            second - first
            for depth in depths
            for first, second in _neighbours([x for x, y in raw.values() if y == depth])
        ),
        default=0,
    )
    scale = (HEIGHT + GAP_Y) / closest if closest else 0
    return {
        key: (1 + columns[y] * (WIDTH + GAP_X), 1 + (x - rows[0]) * scale)
        for key, (x, y) in sorted(raw.items(), key=lambda each: (columns[each[1][1]], each[1][0]))
    }


def _neighbours(values: list[float]) -> list[tuple[float, float]]:
    ordered = sorted(values)
    return [(first, second) for first, second in pairwise(ordered) if second > first]


def _curve(effect: tuple[float, float], cause: tuple[float, float]) -> str:
    x, y = effect[0] + WIDTH, effect[1] + HEIGHT / 2
    to_x, to_y = cause[0], cause[1] + HEIGHT / 2
    bend = GAP_X / 2
    return f"M{x:.0f} {y:.0f}C{x + bend:.0f} {y:.0f} {to_x - bend:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}"


def _lines(text: str) -> tuple[str, ...]:
    lines = wrap(text, LETTERS, max_lines=MOST_LINES, placeholder=" …", break_long_words=True)
    return tuple(lines)


def _words(primary: Effect, effects: Sequence[Effect]) -> str:
    """The picture in a sentence; the list beside it tells the rest."""
    asked = sum(effect.is_open for effect in effects)
    still = f", {asked} of them with an open question" if asked else ""
    causes = len(effects) - 1
    return f"Why “{primary.text}”: {causes} cause{'' if causes == 1 else 's'}{still}."
