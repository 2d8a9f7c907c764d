"""The oracle: which pages had to go out, when, and what became of them. Arithmetic; times are seconds of one clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

EXACT: Final = 0.05
"""How exactly moments are known."""


@dataclass(frozen=True)
class Slot:
    """What a page is for; a policy that repeats its steps fills a slot several times."""

    incident: str
    trigger: str
    step: int


@dataclass(frozen=True)
class Due:
    """One page that is to go out.

    Attributes:
        people: one of them is to get it: whoever was on when it went out.
        after: the first moment at which it may.
        by: from when on it is late.
        until: after which it may not any more: somebody has acknowledged. None for never.
        is_required: whether it must; one that fell due about when somebody acknowledged only may.
    """

    slot: Slot
    people: frozenset[str]
    after: float
    by: float
    until: float | None = None
    is_required: bool = True


@dataclass(frozen=True)
class Arrival:
    """A page that a provider took; `key` is the name that it carried, `is_answered` whether the hub heard of it."""

    slot: Slot
    person: str
    key: str
    at: float
    is_answered: bool = True


@dataclass(frozen=True)
class Disturbance:
    """When something was done to a process or a database, from which moment to which."""

    began: float
    ended: float


@dataclass
class Verdict:
    """What was found. `early` are pages before their time, and such as nothing asked for."""

    pages: int = 0
    lost: list[Due] = field(default_factory=list)
    duplicates: list[Arrival] = field(default_factory=list)
    early: list[Arrival] = field(default_factory=list)
    copies: int = 0
    lateness: list[tuple[float, Arrival]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.duplicates or self.early)

    @property
    def late_p99(self) -> float:
        """Seconds that 99 of 100 pages were late at most."""
        ordered = sorted(seconds for seconds, _ in self.lateness)
        return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] if ordered else 0.0

    def __str__(self) -> str:
        return (
            f"pages {self.pages}, lost {len(self.lost)}, duplicates {len(self.duplicates)}, early {len(self.early)},"
            f" late p99 {self.late_p99:.1f} s"
        )


def judge(
    dues: Iterable[Due], arrivals: Iterable[Arrival], disturbances: Sequence[Disturbance], *, patience: float
) -> Verdict:
    """Hold what a provider took against what had to go out.

    A page that arrives twice under one name is known by it, as providers and mail programs do, and is a duplicate only
    if nothing excuses it: the hub heard of the first, and nothing was done to it about then.

    Args:
        patience: how long the hub waits for a provider's answer.
    """
    verdict = Verdict()
    wanted: dict[tuple[Slot, str], list[Due]] = defaultdict(list)
    every = sorted(dues, key=lambda due: due.after)
    for due in every:
        for person in due.people:
            wanted[due.slot, person].append(due)
    filled: set[int] = set()
    first: dict[str, Arrival] = {}
    latest: dict[str, Arrival] = {}
    for arrival in sorted(arrivals, key=lambda each: each.at):
        if arrival.key in first:
            verdict.copies += 1
            if not _is_excused(latest[arrival.key], disturbances, patience):
                verdict.duplicates.append(arrival)
            latest[arrival.key] = arrival
            continue
        first[arrival.key] = latest[arrival.key] = arrival
        candidates = wanted[arrival.slot, arrival.person]
        left = [due for due in candidates if id(due) not in filled]
        if not left:
            (verdict.duplicates if candidates else verdict.early).append(arrival)
            continue
        due = left[0]
        filled.add(id(due))
        verdict.pages += 1
        verdict.lateness.append((max(0.0, arrival.at - due.by), arrival))
        is_over = due.until is not None and arrival.at > _with_disturbance(due.until, disturbances, patience)
        if arrival.at < due.after - EXACT or is_over:
            verdict.early.append(arrival)
    verdict.lost = [due for due in every if due.is_required and id(due) not in filled]
    return verdict


def missing(dues: Iterable[Due], arrivals: Iterable[Arrival]) -> int:
    """How many required pages no provider has taken yet; quick, for whoever waits for them."""
    left: dict[tuple[Slot, frozenset[str]], int] = defaultdict(int)
    for due in dues:
        if due.is_required:
            left[due.slot, due.people] += 1
    came: dict[Slot, set[tuple[str, str]]] = defaultdict(set)
    for arrival in arrivals:
        came[arrival.slot].add((arrival.person, arrival.key))
    return sum(
        max(0, count - sum(person in people for person, _ in came[slot])) for (slot, people), count in left.items()
    )


def _is_excused(before: Arrival, disturbances: Sequence[Disturbance], patience: float) -> bool:
    """Whether nobody could know that the page had arrived, or whoever knew was stopped before they wrote it down."""
    return not before.is_answered or any(
        each.began <= before.at + patience and each.ended >= before.at - patience for each in disturbances
    )


def _with_disturbance(moment: float, disturbances: Sequence[Disturbance], patience: float) -> float:
    """The end of what was under way at a moment: a page on its way, or held by a process that was frozen then."""
    held = [each.ended for each in disturbances if each.began <= moment + patience and each.ended >= moment]
    return max([moment, *held]) + patience
