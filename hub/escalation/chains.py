"""What a run does next: arithmetic over the policy's steps, what is known of the incident, and who is on.

The sweep carries out what `move` says and the simulation shows it; there is no other calculation. Nothing here asks the
database: who a target is, is answered by the caller (`Reach`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from hub.escalation.models import CommandedBy, Outcome, RunEnd, TargetKind, Trigger, WhenNobodyOn
from hub.lib import week

LONGEST_SIMULATION: Final = 200
"""More moves than any policy has; a policy is smaller, so this is never met by one."""


@dataclass(frozen=True)
class Target:
    """Whom a step pages; which of the ids matters follows from the kind."""

    kind: TargetKind
    person: int | None = None
    schedule: int | None = None
    role: str = ""
    unit: int | None = None


@dataclass(frozen=True)
class Step:
    """`hours` are pairs of minutes of the week in `time_zone`, or with "" in each person's own."""

    wait: timedelta
    targets: tuple[Target, ...]
    severities: tuple[str, ...] = ()
    hours: tuple[tuple[int, int], ...] = ()
    time_zone: str = ""
    ownership: str = ""
    commanded_by: str = ""
    when_nobody: WhenNobodyOn = WhenNobodyOn.FALL_THROUGH


@dataclass(frozen=True)
class Chain:
    """A policy as a run keeps it. `within` has the times of the triggers that it watches."""

    policy: str
    within: Mapping[Trigger, timedelta]
    steps: tuple[Step, ...]
    repeats: int
    repeat_after: timedelta


@dataclass(frozen=True)
class Facts:
    """What is known of the incident, in logical time. `handed_over_at` and `updated_at` may be None.

    Of a run somebody says whether it is answered, and of the scene whether another unit commands centrally.
    """

    severity: str
    ownership: str
    is_open: bool = True
    is_acknowledged: bool = False
    is_mitigated: bool = False
    is_restricted: bool = False
    is_answered: bool = False
    is_central: bool = False
    updated_at: datetime | None = None
    handed_over_at: datetime | None = None


@dataclass(frozen=True)
class Somebody:
    """A person whom a target led to."""

    id: int
    name: str
    time_zone: str
    language: str


@dataclass(frozen=True)
class Reached:
    """Who a target is at a moment, in `words`, and with nobody on when somebody comes (logical), if that is known.

    In a simulation it may be somebody whom its reader may not know of (`is_hidden`).
    """

    people: tuple[Somebody, ...]
    words: str
    comes_at: datetime | None = None
    is_hidden: bool = False


Reach: TypeAlias = Callable[[Target, datetime], Reached]


@dataclass(frozen=True)
class Paged:
    """Somebody, as what, and in words."""

    person: Somebody
    kind: TargetKind
    because: str


@dataclass(frozen=True)
class Taken:
    """What became of a step."""

    round: int
    position: int
    due_at: datetime
    outcome: Outcome
    pages: tuple[Paged, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Course:
    """Where a run stands; see `models.Run`. One `for_admitted` goes on while its incident is restricted."""

    trigger: Trigger
    began_at: datetime
    counts_from: datetime
    next_at: datetime
    round: int = 0
    repeat: int = 0
    position: int = 0
    paused_until: datetime | None = None
    remaining: timedelta | None = None
    for_admitted: bool = False


@dataclass(frozen=True)
class Move:
    """What is to be done now: a step was taken, the run ended, or it only waits longer."""

    course: Course
    end: RunEnd | None = None
    taken: Taken | None = None


def begin(chain: Chain, trigger: Trigger, moment: datetime, *, for_admitted: bool = False) -> Course | None:
    """The run that counts from `moment` (logical); None where the policy does not watch for the trigger."""
    within = timedelta() if trigger is Trigger.BY_HAND else chain.within.get(trigger)
    if within is None or not chain.steps:
        return None
    next_at = moment + within + chain.steps[0].wait
    return Course(trigger, moment, moment, next_at, for_admitted=for_admitted)


def judge(course: Course, facts: Facts) -> RunEnd | None:
    """Why the run is over, if it is. An acknowledgement ends the first trigger alone."""
    if facts.is_restricted and not course.for_admitted:
        return RunEnd.RESTRICTED
    if not facts.is_open:
        return RunEnd.RESOLVED
    if facts.handed_over_at and facts.handed_over_at > course.began_at and course.trigger is not Trigger.BY_HAND:
        return RunEnd.HANDED_OVER
    done, end = {
        Trigger.NOT_ACKNOWLEDGED: (facts.is_acknowledged, RunEnd.ACKNOWLEDGED),
        Trigger.NOT_UPDATED: (False, RunEnd.RESOLVED),
        Trigger.NOT_MITIGATED: (facts.is_mitigated, RunEnd.MITIGATED),
        Trigger.BY_HAND: (facts.is_answered, RunEnd.ANSWERED),
    }[course.trigger]
    return end if done else None


def move(chain: Chain, course: Course, facts: Facts, now: datetime, reach: Reach) -> Move:
    """What a run that is due does at `now` (logical)."""
    if end := judge(course, facts):
        return Move(course, end=end)
    if updated := _updated(chain, course, facts):
        return Move(updated)
    if course.paused_until is not None:
        return Move(resumed(course, now))
    if course.next_at > now:
        return Move(course)
    return _take(chain, course, facts, now, reach)


def simulate(chain: Chain, course: Course, facts: Facts, reach: Reach) -> Iterator[tuple[datetime, Move]]:
    """Every move that comes, with its moment (logical), while nobody does anything about the incident."""
    for _ in range(LONGEST_SIMULATION):
        now = course.next_at
        moved = move(chain, course, facts, now, reach)
        if moved.taken or moved.end:
            yield now, moved
        if moved.end:
            return
        course = moved.course


def resumed(course: Course, now: datetime) -> Course:
    """A paused run that goes on where it was: what was left to wait then is waited from `now` on."""
    return replace(course, paused_until=None, remaining=None, next_at=now + (course.remaining or timedelta()))


def paused(course: Course, now: datetime, until: datetime) -> Course:
    """The run, silent until then. What is left to wait is what was left before the first of several pauses."""
    left = max(course.next_at - now, timedelta()) if course.remaining is None else course.remaining
    return replace(course, paused_until=until, next_at=until, remaining=left)


def is_within(hours: Sequence[Sequence[int]], zone: str, moment: datetime) -> bool:
    """Whether `moment` lies in the hours of the week there; without any, it always does."""
    return not hours or week.is_within(hours, moment, zone)


def opens_at(hours: Sequence[Sequence[int]], zone: str, moment: datetime) -> datetime:
    """When the hours next begin there, after a moment outside of them."""
    place = ZoneInfo(zone)
    local = moment.astimezone(place).replace(second=0, microsecond=0)
    minute = week.minute_of(moment, zone)
    ahead = min((start - minute) % week.WEEK for start, _ in hours)
    return (local.replace(tzinfo=None) + timedelta(minutes=ahead)).replace(tzinfo=place).astimezone(moment.tzinfo)


def _updated(chain: Chain, course: Course, facts: Facts) -> Course | None:
    """An update begins the count anew, and with it the steps."""
    if course.trigger is not Trigger.NOT_UPDATED or facts.updated_at is None or facts.updated_at <= course.counts_from:
        return None
    within = chain.within.get(Trigger.NOT_UPDATED, timedelta())
    next_at = facts.updated_at + within + chain.steps[0].wait
    anew = replace(course, counts_from=facts.updated_at, next_at=next_at, position=0, repeat=0, round=course.round + 1)
    return replace(anew, paused_until=None, remaining=None)


def _take(chain: Chain, course: Course, facts: Facts, now: datetime, reach: Reach) -> Move:
    step = chain.steps[course.position]
    if why := _does_not_apply(step, facts, now):
        return _on(chain, course, now, Outcome.PASSED_OVER, note=why)
    pages: dict[int, Paged] = {}
    comes: list[datetime] = []
    absent: list[str] = []
    hidden: list[str] = []
    for target in step.targets:
        reached = reach(target, now)
        awake = [each for each in reached.people if step.time_zone or is_within(step.hours, each.time_zone, now)]
        for each in awake:
            # Reached in several ways, a person is paged once.
            pages.setdefault(each.id, Paged(each, target.kind, reached.words))
        if reached.is_hidden:
            hidden.append(reached.words)
        if awake or reached.is_hidden:
            continue
        absent.append(reached.words)
        if reached.people:
            comes += [opens_at(step.hours, each.time_zone, now) for each in reached.people]
        elif reached.comes_at:
            comes.append(reached.comes_at)
    if pages or hidden:
        note = " ".join(filter(None, [f"Also {', '.join(hidden)}." if hidden else "", _missed(absent)]))
        return _on(chain, course, now, Outcome.PAGED, pages=tuple(pages.values()), note=note)
    if step.when_nobody == WhenNobodyOn.DEFER and comes:
        taken = Taken(course.round, course.position, course.next_at, Outcome.DEFERRED, note=_missed(absent))
        return Move(replace(course, next_at=max(min(comes), now + timedelta(minutes=1))), taken=taken)
    return _on(chain, course, now, Outcome.NOBODY, note=_missed(absent) or "The step names nobody.")


def _on(
    chain: Chain,
    course: Course,
    now: datetime,
    outcome: Outcome,
    *,
    pages: tuple[Paged, ...] = (),
    note: str = "",
) -> Move:
    """The step is done, and the next one comes: at once where this one paged nobody."""
    taken = Taken(course.round, course.position, course.next_at, outcome, pages, note)
    following = course.position + 1
    if following < len(chain.steps):
        wait = chain.steps[following].wait if outcome is Outcome.PAGED else timedelta()
        return Move(replace(course, position=following, next_at=now + wait), taken=taken)
    if course.repeat < chain.repeats:
        again = replace(
            course,
            position=0,
            round=course.round + 1,
            repeat=course.repeat + 1,
            next_at=now + max(chain.repeat_after, timedelta(minutes=1)),
        )
        return Move(again, taken=taken)
    return Move(course, end=RunEnd.EXHAUSTED, taken=taken)


def _does_not_apply(step: Step, facts: Facts, now: datetime) -> str:
    if step.severities and facts.severity not in step.severities:
        return f"Only for {', '.join(each.upper() for each in step.severities)}."
    if step.ownership and facts.ownership != step.ownership:
        return "Not for this relation of unit and service."
    if step.commanded_by and facts.is_central != (step.commanded_by == CommandedBy.CENTRAL):
        return f"Only where: {CommandedBy(step.commanded_by).label.lower()}."
    if step.time_zone and not is_within(step.hours, step.time_zone, now):
        return f"Not at this hour in {step.time_zone}."
    return ""


def _missed(words: Sequence[str]) -> str:
    return f"Nobody there: {', '.join(words)}."[:300] if words else ""


def to_json(chain: Chain) -> dict[str, Any]:
    """The chain as a run's row keeps it; times are minutes."""
    return {
        "policy": chain.policy,
        "within": {trigger.value: _minutes(time) for trigger, time in chain.within.items()},
        "repeats": chain.repeats,
        "repeat_after": _minutes(chain.repeat_after),
        "steps": [
            {
                "wait": _minutes(step.wait),
                "severities": list(step.severities),
                "hours": [list(pair) for pair in step.hours],
                "time_zone": step.time_zone,
                "ownership": step.ownership,
                "commanded_by": step.commanded_by,
                "when_nobody": step.when_nobody.value,
                "targets": [
                    {
                        "kind": target.kind.value,
                        "person": target.person,
                        "schedule": target.schedule,
                        "role": target.role,
                        "unit": target.unit,
                    }
                    for target in step.targets
                ],
            }
            for step in chain.steps
        ],
    }


def from_json(kept: Mapping[str, Any]) -> Chain:
    """The chain of a run's row."""
    return Chain(
        policy=kept["policy"],
        within={Trigger(trigger): timedelta(minutes=time) for trigger, time in kept["within"].items()},
        repeats=kept["repeats"],
        repeat_after=timedelta(minutes=kept["repeat_after"]),
        steps=tuple(
            Step(
                wait=timedelta(minutes=step["wait"]),
                severities=tuple(step["severities"]),
                hours=tuple((start, end) for start, end in step["hours"]),
                time_zone=step["time_zone"],
                ownership=step["ownership"],
                # Runs that began before steps had this condition have none.
                commanded_by=step.get("commanded_by", ""),
                when_nobody=WhenNobodyOn(step["when_nobody"]),
                targets=tuple(
                    Target(TargetKind(each["kind"]), each["person"], each["schedule"], each["role"], each["unit"])
                    for each in step["targets"]
                ),
            )
            for step in kept["steps"]
        ),
    )


def _minutes(time: timedelta) -> float:
    return time / timedelta(minutes=1)
