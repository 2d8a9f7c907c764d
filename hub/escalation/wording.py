"""Policies in words: what their steps say, as pages and call lists show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hub.escalation.models import (
    OF_A_SCHEDULE,
    CommandedBy,
    Ownership,
    Policy,
    PolicyStep,
    StepTarget,
    TargetKind,
    WhenNobodyOn,
)
from hub.oncall.hours import spans_of
from hub.web import wording

_OF_SERVICE = {"": "commanders", "commander": "commanders", "responder": "responders"}
_WHO = {
    TargetKind.PRIMARY: "Whoever is on call",
    TargetKind.SECONDARY: "Whoever is second in line",
    TargetKind.NEXT: "Whoever comes on call next",
    TargetKind.TEAM: "Everybody with a place",
}


@dataclass(frozen=True)
class StepInWords:
    """A step: when it comes, whom it pages, and under which conditions."""

    number: int
    when: str
    whom: tuple[str, ...]
    conditions: tuple[str, ...]


def steps_in_words(policy: Policy) -> list[StepInWords]:
    """The policy's steps; they, their targets and what those name must be read with it."""
    return [
        StepInWords(
            step.position,
            _when(step, is_first=place == 0),
            tuple(target_in_words(target) for target in step.targets.all()),
            tuple(_conditions(step)),
        )
        for place, step in enumerate(policy.steps.all())
    ]


def triggers_in_words(policy: Policy) -> list[str]:
    """What the policy watches for."""
    said = []
    if policy.acknowledged_within is not None:
        said.append(f"nobody acknowledges {_within(policy.acknowledged_within)}")
    if policy.updated_within is not None:
        said.append(f"nobody writes an update {_within(policy.updated_within)}")
    if policy.mitigated_within is not None:
        said.append(f"it is not mitigated {_within(policy.mitigated_within)}")
    return said


def repeats_in_words(policy: Policy) -> str:
    """What comes after the last step."""
    if policy.repeats == 0:
        return "After the last step nobody else is paged."
    times = "once" if policy.repeats == 1 else f"{policy.repeats} times"
    return f"{_span(policy.repeat_after)} after the last step it begins again, {times}."


def target_in_words(target: StepTarget) -> str:
    """Whom a target pages."""
    kind = TargetKind(target.kind)
    if kind in OF_A_SCHEDULE:
        named = f"the service's {_OF_SERVICE.get(target.role_key, 'commanders')}"
        if target.schedule_id is not None:
            named = target.schedule.name if target.schedule else "a schedule that is not shown to you"
        return f"{_WHO[kind]} in {named}" if kind is TargetKind.TEAM else f"{_WHO[kind]} for {named}"
    unit = target.of_unit.name if target.of_unit else "the incident's unit"
    match kind:
        case TargetKind.PERSON:
            return target.person.name if target.person else "A person who is not shown to you"
        case TargetKind.ROLE:
            return f"Every {target.role_key.replace('_', ' ')} of {unit}"
        case TargetKind.LEADERSHIP:
            return f"Whoever leads {unit}"
        case TargetKind.UNIT:
            return f"{unit}, as its own policy begins"
        case _:
            return kind.label


def _when(step: PolicyStep, *, is_first: bool) -> str:
    if step.wait == 0:
        return "At once" if is_first else "At the same time"
    return f"{_span(step.wait)} later"


def _conditions(step: PolicyStep) -> list[str]:
    said = []
    if step.severities:
        said.append(f"Only for {', '.join(each.upper() for each in step.severities)}")
    if step.hours:
        zone = f"in {step.time_zone}" if step.time_zone else "where each person is"
        said.append(f"Only {'; '.join(str(each) for each in spans_of(step.hours))}, {zone}")
    if step.ownership:
        said.append(f"Only where: {Ownership(step.ownership).label.lower()}")
    if step.commanded_by:
        said.append(f"Only where: {CommandedBy(step.commanded_by).label.lower()}")
    if step.when_nobody == WhenNobodyOn.DEFER:
        said.append("With nobody there, it waits for who comes on next")
    return said


def _within(minutes: int) -> str:
    return "at once" if minutes == 0 else f"within {_span(minutes)}"


def _span(minutes: int) -> str:
    return wording.span(timedelta(minutes=minutes))
