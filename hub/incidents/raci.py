"""Which cell of a responsibility matrix holds for an incident, and what a matrix lacks. Pure.

RACI: who is responsible does it, who is accountable answers for it and is one, who is consulted is asked, who is
informed is told (ISO/IEC 27035-2 and ITIL 4 both ask for such an assignment).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.incidents.models import Activity, Part, Severity


@dataclass(frozen=True)
class Line:
    """One entry of a matrix.

    Attributes:
        id: of its row.
        incident_type: the id of a term; None for every type.
        severity: this grave, or graver; None for every severity.
        holder: what it names, in words.
    """

    id: int
    activity: Activity
    part: Part
    holder: str
    incident_type: int | None = None
    severity: Severity | None = None


def lines_for(lines: Iterable[Line], *, severity: str, incident_types: Sequence[int]) -> dict[Activity, Sequence[Line]]:
    """The lines that hold for an incident, by activity: those of the most particular cell, and of no other.

    A cell of the incident's type comes before one of every type; then the one for the gravest incidents counts.

    Args:
        incident_types: what kind it is, the most particular term first: the unit's own word, and what that means.
    """
    order: list[int | None] = [*incident_types, None]
    cells: dict[Activity, dict[tuple[int | None, Severity | None], list[Line]]] = {}
    for line in lines:
        fits = line.incident_type in order and (line.severity is None or severity <= line.severity.value)
        if fits:
            cells.setdefault(line.activity, {}).setdefault((line.incident_type, line.severity), []).append(line)
    return {
        activity: of_cell[min(of_cell, key=lambda cell: (order.index(cell[0]), cell[1].value if cell[1] else "~"))]
        for activity, of_cell in cells.items()
    }


def lacking(held: dict[Activity, Sequence[Line]]) -> list[tuple[Activity, str]]:
    """What a matrix does not say, for incidents of one kind: activities that are nobody's."""
    said = []
    for activity in Activity:
        lines = held.get(activity, ())
        if not lines:
            said.append((activity, "nothing says whose it is"))
        elif not any(line.part == Part.RESPONSIBLE for line in lines):
            said.append((activity, "nobody is responsible: only who is accountable can do it"))
    return said
