"""Which severity follows from what is known of an incident, and why. Pure.

Facts are on scales, and a threshold asks for so much or more. Of all thresholds that hold the gravest counts: no
threshold of a unit can undo one of the enterprise, which is how a unit is stricter and never laxer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Final

from hub.catalog.models import Sensitivity
from hub.incidents.models import Impact, Reach, Severity

_IMPACTS: Final = [each.value for each in Impact]
_REACHES: Final = [each.value for each in Reach]
_SENSITIVITIES: Final = [each.value for each in Sensitivity]


@dataclass(frozen=True)
class Facts:
    """What is known of an incident; None for what nobody knows.

    Attributes:
        criticality: of the service, from 1, the highest, to 4.
        recovery_minutes: the service's recovery time objective.
    """

    impact: Impact | None = None
    criticality: int | None = None
    recovery_minutes: int | None = None
    reach: Reach | None = None
    sensitivity: Sensitivity | None = None


@dataclass(frozen=True)
class Threshold:
    """One row of a severity matrix, ready to be asked. Conditions that are None ask for nothing.

    Attributes:
        position: its place among its unit's, or the enterprise's, from 1.
        explanation: its author's reason.
        is_floor: whether it is the enterprise's.
    """

    position: int
    severity: Severity
    explanation: str
    is_floor: bool = False
    impact: Impact | None = None
    criticality: int | None = None
    recovery_minutes: int | None = None
    reach: Reach | None = None
    sensitivity: Sensitivity | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether every condition is fulfilled."""
        return all(
            _is_at_least(name, getattr(facts, name), wanted)
            for name in _CONDITIONS
            if (wanted := getattr(self, name)) is not None
        )

    @property
    def conditions(self) -> str:
        """What it asks for, in words."""
        return ", ".join(_said(name, wanted) for name in _CONDITIONS if (wanted := getattr(self, name)) is not None)

    @property
    def words(self) -> str:
        """The reason that it gives to an incident."""
        whose = "The enterprise's threshold" if self.is_floor else "Threshold"
        return f"{whose} {self.position}: {self.explanation} ({self.conditions})"


@dataclass(frozen=True)
class Proposal:
    """What follows from the facts.

    Attributes:
        severity: the gravest of the thresholds that hold; None where none does.
        floor: the gravest of the enterprise's that hold: no incident like this may be laxer.
        thresholds: those that hold, the gravest first, the enterprise's before the unit's.
    """

    severity: Severity | None
    floor: Severity | None
    thresholds: tuple[Threshold, ...]

    @property
    def reasons(self) -> list[str]:
        return [f"{each.severity.upper()}: {each.words}" for each in self.thresholds]

    @property
    def reason(self) -> str:
        """Why it is as grave as is proposed; empty where nothing is."""
        return self.thresholds[0].words if self.thresholds else ""

    @property
    def floor_reason(self) -> str:
        """Why the enterprise holds it to be that grave; empty where it does not."""
        return next((each.words for each in self.thresholds if each.is_floor), "")


_CONDITIONS: Final = tuple(field.name for field in fields(Facts))


def propose(facts: Facts, thresholds: Iterable[Threshold]) -> Proposal:
    """The severity that follows from what is known."""
    held = sorted(
        (each for each in thresholds if each.holds(facts)),
        key=lambda each: (each.severity.value, not each.is_floor, each.position),
    )
    floors = [each.severity for each in held if each.is_floor]
    return Proposal(held[0].severity if held else None, floors[0] if floors else None, tuple(held))


def overruled_by(threshold: Threshold, floors: Iterable[Threshold]) -> Threshold | None:
    """The gravest of the enterprise's thresholds that holds whenever this one does and is graver, if there is one.

    Such a threshold would never decide anything: its author is told, rather than left to believe that it does.
    """
    held = [
        floor
        for floor in floors
        if floor.severity.value < threshold.severity.value
        and all(
            _is_at_least(name, getattr(threshold, name), wanted)
            for name in _CONDITIONS
            if (wanted := getattr(floor, name)) is not None
        )
    ]
    return min(held, key=lambda floor: (floor.severity.value, floor.position), default=None)


def _is_at_least(name: str, known: object, wanted: object) -> bool:
    if known is None:
        return False
    if name in _SCALES:
        scale = _SCALES[name]
        return scale.index(str(known)) >= scale.index(str(wanted))
    # The highest criticality is 1, and the shorter objective is the stricter one.
    return int(str(known)) <= int(str(wanted))


_SCALES: Final[dict[str, Sequence[str]]] = {"impact": _IMPACTS, "reach": _REACHES, "sensitivity": _SENSITIVITIES}


def _said(name: str, wanted: object) -> str:
    if name == "impact":
        return f"impact {Impact(str(wanted)).value} or graver"
    if name == "criticality":
        return "criticality 1" if wanted == 1 else f"criticality {wanted} or higher"
    if name == "recovery_minutes":
        return f"to recover within {minutes_said(int(str(wanted)))}"
    if name == "reach":
        return f"reach: {Reach(str(wanted)).label.split(',')[0].lower()}, or more"
    return f"data {Sensitivity(str(wanted)).value} or more sensitive"


def minutes_said(minutes: int) -> str:
    """A number of minutes as people say it: 90 minutes, 4 hours, 2 days."""
    if minutes % 1440 == 0:
        return f"{minutes // 1440} day{'' if minutes == 1440 else 's'}"
    if minutes % 60 == 0:
        return f"{minutes // 60} hour{'' if minutes == 60 else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
