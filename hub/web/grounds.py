"""What a page's figures rest on, as a panel: which definitions and terms, and how much is covered, by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.web import wording
from tenants.definitions import Basis, Grounds, percent


@dataclass(frozen=True)
class Rests:
    """The panel.

    Attributes:
        definition, taxonomy: the versions of the definitions and of the global terms; no terms are asked if None.
        heads: of the columns, one for each figure.
        rows: a unit's name, how much is counted, and its coverage by each figure in words; all together last.
        refusals: why nothing is put in order, of the figures to which that happens.
    """

    definition: int
    taxonomy: int | None
    least: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, int, tuple[str, ...]], ...]
    refusals: tuple[str, ...]


def rests_on(parts: Sequence[tuple[str, Grounds]], names: Mapping[int, str]) -> Rests:
    """What these figures rest on, which count the same things: each with the heading of its column.

    Args:
        names: of the units, by key.
    """
    first = parts[0][1]
    found = [(names[unit], [each.by_unit[unit] for _, each in parts]) for unit in first.by_unit if unit in names]
    rows = [*sorted(found, key=lambda row: row[0]), ("All together", [each.whole for _, each in parts])]
    return Rests(
        definition=first.definition_version,
        taxonomy=first.taxonomy_version,
        least=percent(first.least_coverage),
        heads=tuple(label for label, _ in parts),
        rows=tuple((name, each[0].counted, tuple(in_words(basis) for basis in each)) for name, each in rows),
        refusals=tuple(each.refusal for _, each in parts if each.refusal),
    )


def in_words(basis: Basis) -> str:
    """A coverage: "86 %"."""
    return percent(basis.coverage) if basis.coverage is not None else wording.NO_DATA
