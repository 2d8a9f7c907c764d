"""What is asked of the hub, and what follows from that: policies of short waits, and the pages that each one owes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tests.faults.judging import Due, Slot

FIRST, SECOND, THIRD = "responder.payments", "responder2.payments", "commander.payments"
BEFORE, AFTER = "responder3.payments", "commander2.payments"
"""On call until the night's hand-over, and from it on."""
ON_CALL: Final = "on call"
MINUTE: Final = 60.0


@dataclass(frozen=True)
class Plan:
    """A policy of a service: how many minutes it waits for what, and whom each step pages how long after the last."""

    service: str
    steps: tuple[tuple[int, tuple[str, ...]], ...]
    acknowledged_within: int | None = None
    mitigated_within: int | None = None
    repeats: int = 0

    @property
    def triggers(self) -> Mapping[str, float]:
        """What it watches for, in seconds."""
        within = {"not_acknowledged": self.acknowledged_within, "not_mitigated": self.mitigated_within}
        return {trigger: minutes * MINUTE for trigger, minutes in within.items() if minutes is not None}


PLANS: Final = (
    Plan("ledger", ((0, (FIRST,)), (1, (SECOND,)), (1, (ON_CALL, THIRD))), acknowledged_within=0),
    Plan("wallet", ((0, (ON_CALL,)), (1, (FIRST, SECOND))), acknowledged_within=1),
    Plan("payouts", ((0, (THIRD,)), (1, (ON_CALL,))), acknowledged_within=0, mitigated_within=1),
    Plan("card-gateway", ((0, (SECOND,)),), acknowledged_within=0, repeats=2),
)
TREE: Final = ((FIRST,), (SECOND, THIRD))
"""A phone tree that waits for a minute: who is called first, and who below. Nobody answers."""
REPEAT_AFTER: Final = 1
"""Minutes from a policy's last step to its first, where it repeats."""


@dataclass
class Asked:
    """An incident, and what people did about it; each moment as an interval in which it happened.

    Attributes:
        counts_from: from when its policy's times count, at the earliest and at the latest.
        known_from: when the hub began to run, so that nobody could have paged for it before.
    """

    title: str
    plan: Plan
    counts_from: tuple[float, float]
    known_from: float = 0.0
    acknowledged: tuple[float, float] | None = None
    escalated: tuple[float, float] | None = None
    called: tuple[float, float] | None = None
    id: str = field(default="", compare=False)


@dataclass(frozen=True)
class Night:
    """When `AFTER` comes on call, and when the last fault was over: pages that are due later are not waited for."""

    hand_over: float
    ends: float


def dues_of(asked: Asked, night: Night) -> Iterator[Due]:
    """Every page that the incident owes, whether its time has come or not."""
    yield from _called(asked, night)
    begins = {trigger: (asked.counts_from, within) for trigger, within in asked.plan.triggers.items()}
    if asked.escalated is not None:
        begins["by_hand"] = (asked.escalated, 0.0)
    for trigger, ((earliest, latest), within) in begins.items():
        offset, first_by = 0.0, max(latest + within, asked.known_from)
        for _ in range(asked.plan.repeats + 1):
            for number, (wait, people) in enumerate(asked.plan.steps, 1):
                offset += wait * MINUTE
                for person in people:
                    due = Due(
                        Slot(asked.title, trigger, number),
                        frozenset([person]),
                        after=earliest + within + offset,
                        by=first_by + offset,
                        is_required=first_by + offset <= night.ends,
                    )
                    yield from _unless_acknowledged(_for_whoever_is_on(due, night), asked)
            offset += REPEAT_AFTER * MINUTE


def _called(asked: Asked, night: Night) -> Iterator[Due]:
    """What the phone tree owes: the first at once, and those below once the first has not answered."""
    if asked.called is None:
        return
    earliest, latest = asked.called
    for number, people in enumerate(TREE, 1):
        offset = (number - 1) * MINUTE
        for person in people:
            yield Due(
                Slot(asked.title, "phone_tree", number),
                frozenset([person]),
                after=earliest + offset,
                by=latest + offset,
                is_required=latest + offset <= night.ends,
            )


def _for_whoever_is_on(due: Due, night: Night) -> Due:
    """One that goes out late reaches whoever is on by then."""
    if due.people != {ON_CALL}:
        return due
    return replace(due, people=frozenset([AFTER] if due.after >= night.hand_over else [BEFORE, AFTER]))


def _unless_acknowledged(due: Due, asked: Asked) -> Iterator[Due]:
    if due.slot.trigger != "not_acknowledged" or asked.acknowledged is None:
        yield due
    elif due.after <= asked.acknowledged[1]:
        yield replace(due, until=asked.acknowledged[1], is_required=False)
