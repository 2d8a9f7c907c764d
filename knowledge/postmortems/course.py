"""The course of an incident as a drawing: how long until each stage, and when what happened.

Pure: a review and its moments go in, places and words come out; the template draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from knowledge.postmortems.drafting import span
from knowledge.postmortems.models import Postmortem, PostmortemMoment

WIDTH: Final = 1000
"""Of the drawing, in its own units; the page stretches it."""

LONG_PAUSE: Final = timedelta(minutes=15)
LONG_SHARE: Final = 0.15
"""A pause between two moments is told when it is longer than both: this time, and this share of the incident."""


@dataclass(frozen=True)
class Phase:
    """The time until a stage was reached.

    Attributes:
        state: the status that the incident had meanwhile.
        label: what it ends with: "Acknowledged".
        after: from the declaration until then, in words.
    """

    state: str
    label: str
    after: str
    x: float
    width: float


@dataclass(frozen=True)
class Told:
    """A moment with its place.

    Attributes:
        state: the status that the incident had then.
        elapsed: since the declaration, in words: "+12 min".
        pause: how long nothing was told before it, in words, if that was long.
    """

    moment: PostmortemMoment
    state: str
    elapsed: str
    pause: str
    x: float


@dataclass(frozen=True)
class Course:
    phases: tuple[Phase, ...]
    moments: tuple[Told, ...]

    @property
    def words(self) -> str:
        """The drawing in a sentence."""
        stages = ", ".join(f"{phase.label.lower()} after {phase.after}" for phase in self.phases)
        return f"The incident was {stages}." if stages else "The incident reached no further stage."


STAGES: Final = (
    ("declared", "Acknowledged", "minutes_to_acknowledge"),
    ("acknowledged", "Mitigated", "minutes_to_mitigate"),
    ("mitigated", "Resolved", "minutes_to_resolve"),
)


def course(postmortem: Postmortem, moments: Sequence[PostmortemMoment]) -> Course:
    """The incident's course. Stages out of order, and moments before or after it, stay inside the drawing."""
    reached = [
        (state, label, minutes)
        for state, label, column in STAGES
        if (minutes := getattr(postmortem, column)) is not None
    ]
    whole = max([minutes for _, _, minutes in reached], default=0)
    phases = []
    before = 0
    for state, label, minutes in reached:
        ends = max(before, minutes)
        phases.append(
            Phase(
                state=state,
                label=label,
                after=span(minutes),
                x=_place(before, whole),
                width=_place(ends, whole) - _place(before, whole),
            )
        )
        before = ends
    told = []
    last: datetime | None = None
    for moment in moments:
        minutes = round((moment.at - postmortem.occurred_at).total_seconds() / 60)
        told.append(
            Told(
                moment=moment,
                state=_state(minutes, reached),
                elapsed=f"{'+' if minutes >= 0 else '−'}{span(abs(minutes))}",
                pause=_pause(last, moment.at, whole),
                x=_place(minutes, whole),
            )
        )
        last = moment.at
    return Course(phases=tuple(phases), moments=tuple(told))


def _place(minutes: int, whole: int) -> float:
    return WIDTH * min(max(minutes / whole, 0), 1) if whole else 0


def _state(minutes: int, reached: Sequence[tuple[str, str, int]]) -> str:
    for state, _, end in reached:
        if minutes < end:
            return state
    return "resolved"


def _pause(before: datetime | None, at: datetime, whole: int) -> str:
    if before is None:
        return ""
    gap = at - before
    minutes = round(gap.total_seconds() / 60)
    return f"{span(minutes)} later" if gap > LONG_PAUSE and minutes > LONG_SHARE * whole else ""
