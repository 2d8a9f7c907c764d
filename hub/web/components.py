"""The data that components draw: small frozen values that pages fill and the templates in `web/components` read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.http import QueryDict

Verdict = Literal["good", "bad", "neutral"]

# Position in a list is no filter: a changed filter starts from the first page.
POSITION = ("page", "after", "before")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value of a filter.

    Attributes:
        url: the present address with this value added, or removed where it is selected.
        count: how many results it would leave, if known.
    """

    label: str
    value: str
    url: str
    selected: bool = False
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One dimension by which a list is narrowed, kept in the address as `name`."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    clear_url: str

    @classmethod
    def from_query(
        cls,
        query: QueryDict,
        *,
        name: str,
        label: str,
        options: Iterable[tuple[str, str]],
        counts: Mapping[str, int] | None = None,
        single: bool = False,
    ) -> Filter:
        """The filter as the request's address states it.

        Args:
            query: `request.GET`.
            options: (value, label) pairs in the order shown.
            counts: results by value; a value that is absent shows no count.
            single: choosing a value replaces the former one.
        """
        chosen = query.getlist(name)
        choices = []
        for value, text in options:
            selected = value in chosen
            if selected:
                values = [other for other in chosen if other != value]
            else:
                values = [value] if single else [*chosen, value]
            choices.append(
                Choice(
                    label=text,
                    value=value,
                    url=address(query, **{name: values}),
                    selected=selected,
                    count=counts.get(value) if counts else None,
                )
            )
        return cls(name=name, label=label, choices=tuple(choices), clear_url=address(query, **{name: []}))

    @property
    def selected(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.selected)

    @property
    def summary(self) -> str:
        """What is selected, in few words: "SEV1, SEV2" or "4 chosen"."""
        labels = [choice.label for choice in self.selected]
        return ", ".join(labels) if len(labels) <= 2 else f"{len(labels)} chosen"


def address(query: QueryDict, **changes: Sequence[str]) -> str:
    """The present address with some parameters replaced; an empty sequence removes one. Position is dropped."""
    changed = query.copy()
    for name in POSITION:
        changed.pop(name, None)
    for name, values in changes.items():
        changed.setlist(name, list(values))
        if not values:
            del changed[name]
    # A bare "?" keeps the path and clears the query.
    return f"?{changed.urlencode()}"


@dataclass(frozen=True, kw_only=True)
class Tab:
    label: str
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """A stage of a process; `at` is when it was reached."""

    label: str
    state: Literal["done", "current", "ahead"]
    status: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Trend:
    """How a figure moved.

    Attributes:
        change: the amount with its unit: "12%", "4 min".
        verdict: whether the movement is welcome; colour follows it, the arrow follows `direction`.
        against: what it is compared with: "than the 30 days before"; follows the amount.
    """

    direction: Literal["up", "down", "flat"]
    change: str
    verdict: Verdict = "neutral"
    against: str = ""

    @property
    def amount(self) -> str:
        words = {"up": f"{self.change} more", "down": f"{self.change} less", "flat": "Unchanged"}
        return words[self.direction]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a heat map; `level` runs from 0 (none) to 5 (the map's highest)."""

    label: str
    value: int | None
    level: int
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class HeatMap:
    """Counts by row and column, such as incidents by unit and week."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]

    @classmethod
    def from_counts(
        cls,
        *,
        caption: str,
        columns: Sequence[str],
        rows: Mapping[str, Sequence[int | None]],
        unit: str = "incidents",
        urls: Mapping[str, Sequence[str]] | None = None,
    ) -> HeatMap:
        """Levels are shares of the highest count, so that the scale needs no configuration.

        Args:
            rows: counts by row label, one a column; None where nothing was measured.
            urls: addresses by row label, one a column.
        """
        highest = max((count or 0 for counts in rows.values() for count in counts), default=0)
        drawn = []
        for name, counts in rows.items():
            links = urls.get(name, ()) if urls else ()
            cells = []
            for index, (column, count) in enumerate(zip(columns, counts, strict=True)):
                said = "no data" if count is None else f"{count} {unit}"
                cells.append(
                    Cell(
                        label=f"{name}, {column}: {said}",
                        value=count,
                        level=0 if not count else max(1, -(-5 * count // highest)),
                        url=links[index] if index < len(links) else "",
                    )
                )
            drawn.append((name, tuple(cells)))
        return cls(caption=caption, columns=tuple(columns), rows=tuple(drawn))


@dataclass(frozen=True, kw_only=True)
class Series:
    """A line or a set of bars; `tone` names a token such as "sev-1" to draw it with instead of the next plot colour."""

    name: str
    values: tuple[float | None, ...]
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A plot, drawn by `charts.js`; its figures stand below it as a table.

    Attributes:
        summary: what it shows, in a sentence, for those who do not see it.
        unit: of all values: "min", "incidents".
        target: a line to compare with, in the same unit.
    """

    kind: Literal["line", "bar", "stacked"]
    summary: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    target: float | None = None

    @property
    def data(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "unit": self.unit,
            "labels": self.labels,
            "target": self.target,
            "series": [{"name": series.name, "values": series.values, "tone": series.tone} for series in self.series],
        }

    @property
    def rows(self) -> list[tuple[str, list[float | None]]]:
        """The same figures by label, for the table."""
        return [(label, [series.values[index] for series in self.series]) for index, label in enumerate(self.labels)]


@dataclass(frozen=True, kw_only=True)
class Version:
    """A former text of something that was edited."""

    text: str
    at: datetime
    by: str
