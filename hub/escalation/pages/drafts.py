"""A policy as its form holds it: text in, text out, so that what is wrong comes back as it was written.

Fields are called `step-0-wait` and `step-0-target-1`, so that a form of any length is one form without a script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict

from hub.escalation.actions import NewPolicy, NewStep, NewTarget
from hub.escalation.actions.policies import MOST_STEPS, MOST_TARGETS, TIMES
from hub.escalation.models import CommandedBy, Ownership, Policy, StepTarget, TargetKind, WhenNobodyOn
from hub.incidents.models import Severity
from hub.lib.errors import HubError, Invalid
from hub.lib.numbers import whole_number
from hub.oncall.hours import DAYS, WeekSpan, spans_of

_DAY: Final = "|".join(rf"{day[:3]}(?:{day[3:]})?" for day in DAYS)
_HOURS: Final = re.compile(
    rf"(?P<first>{_DAY})(?:\s*(?:-|–|to)\s*(?P<last>{_DAY}))?\s+(?P<start>\d\d:\d\d)\s*(?:-|–|to)\s*"
    rf"(?:(?P<until>{_DAY})\s+)?(?P<end>\d\d:\d\d)",
    re.IGNORECASE,
)


@dataclass
class DraftStep:
    """A step as it is written. `targets` are in the form's own words (`written`); the last may be empty."""

    wait: str = "0"
    severities: list[str] = field(default_factory=list)
    hours: str = ""
    time_zone: str = ""
    ownership: str = ""
    commanded_by: str = ""
    when_nobody: str = WhenNobodyOn.FALL_THROUGH.value
    targets: list[str] = field(default_factory=lambda: [""])


@dataclass
class Draft:
    """All that the form says."""

    name: str = ""
    is_default: bool = False
    times: dict[str, str] = field(default_factory=lambda: {"acknowledged_within": "5"})
    repeats: str = "0"
    repeat_after: str = "15"
    services: list[str] = field(default_factory=list)
    steps: list[DraftStep] = field(default_factory=lambda: [DraftStep()])
    as_of: str = ""


def draft_of(policy: Policy) -> Draft:
    """A policy as its form begins; it must be read whole."""
    return Draft(
        name=policy.name,
        is_default=policy.is_default,
        times={name: _text(getattr(policy, name)) for name in TIMES},
        repeats=str(policy.repeats),
        repeat_after=str(policy.repeat_after),
        services=[str(each.service_id) for each in policy.service_policies.all()],
        steps=[
            DraftStep(
                wait=str(step.wait),
                severities=list(step.severities),
                hours="\n".join(str(each) for each in spans_of(step.hours)),
                time_zone=step.time_zone,
                ownership=step.ownership or "",
                commanded_by=step.commanded_by or "",
                when_nobody=step.when_nobody,
                targets=[written(each) for each in step.targets.all()],
            )
            for step in policy.steps.all()
        ],
        as_of=policy.changed_at.isoformat(),
    )


def read(data: QueryDict) -> Draft:
    """What was sent, whatever is wrong with it."""
    steps = []
    for place in range(MOST_STEPS + 1):
        prefix = f"step-{place}-"
        if f"{prefix}wait" not in data:
            break
        targets = [data.get(key, "") for at in range(MOST_TARGETS + 1) if (key := f"{prefix}target-{at}") in data]
        steps.append(
            DraftStep(
                wait=data.get(f"{prefix}wait", ""),
                severities=data.getlist(f"{prefix}severities"),
                hours=data.get(f"{prefix}hours", ""),
                time_zone=data.get(f"{prefix}time_zone", ""),
                ownership=data.get(f"{prefix}ownership", ""),
                commanded_by=data.get(f"{prefix}commanded_by", ""),
                when_nobody=data.get(f"{prefix}when_nobody", ""),
                targets=targets or [""],
            )
        )
    return Draft(
        name=data.get("name", ""),
        is_default="is_default" in data,
        times={name: data.get(name, "") for name in TIMES},
        repeats=data.get("repeats", "0"),
        repeat_after=data.get("repeat_after", "15"),
        services=data.getlist("services"),
        steps=steps or [DraftStep()],
        as_of=data.get("as_of", ""),
    )


def reshaped(draft: Draft, do: str) -> bool:
    """Add, remove or move a step or a target, as a button asks. Says whether it was such a button."""
    verb, _, rest = do.partition(":")
    at = [number for each in rest.split(":") if (number := whole_number(each, digits=3)) is not None]
    steps = draft.steps
    if verb == "add-step" and len(steps) < MOST_STEPS:
        steps.append(DraftStep(wait="10"))
    elif verb == "remove-step" and _there(steps, at, 1) and len(steps) > 1:
        del steps[at[0]]
    elif verb == "move-step" and _there(steps, at, 1) and at[0] > 0:
        steps[at[0] - 1], steps[at[0]] = steps[at[0]], steps[at[0] - 1]
    elif verb == "add-target" and _there(steps, at, 1) and len(steps[at[0]].targets) < MOST_TARGETS:
        steps[at[0]].targets.append("")
    elif verb == "remove-target" and _there(steps, at, 2) and at[1] < len(steps[at[0]].targets):
        del steps[at[0]].targets[at[1]]
        steps[at[0]].targets = steps[at[0]].targets or [""]
    else:
        return verb != "save"
    return True


def policy_from(draft: Draft) -> NewPolicy:
    """What the action takes. Raises `Invalid` with the path of the action's own errors."""
    return NewPolicy(
        name=draft.name,
        steps=[_step(step, str(place)) for place, step in enumerate(draft.steps)],
        is_default=draft.is_default,
        repeats=_number(draft.repeats, "repeats"),
        repeat_after=_number(draft.repeat_after, "repeatAfter"),
        service_ids=[_number(each, "serviceIds") for each in draft.services],
        **_times(draft.times),
    )


def written(target: StepTarget) -> str:
    """A target as an option's value: its kind and what it names, with bars between."""
    named = (target.person_id, target.schedule_id, target.role_key, target.of_unit_id)
    return "|".join([target.kind, *("" if each is None else str(each) for each in named)])


def hours_of(text: str) -> list[WeekSpan]:
    """Hours of the week, one a line: “Monday 08:00 to 18:00”, “Mon-Fri 08:00-18:00”, “Fri 18:00 to Mon 08:00”."""
    spans = []
    for line in filter(None, (each.strip() for each in re.split(r"[\n;,]", text))):
        said = _HOURS.fullmatch(line)
        if said is None:
            raise Invalid(f"“{line[:40]}” are no hours: write Mon-Fri 08:00 to 18:00.", path=["hours"])
        first = _day(said["first"])
        last = _day(said["last"]) if said["last"] else first
        for day in range(first, last + 1 + (7 if last < first else 0)):
            here = (day - 1) % 7 + 1
            until = _day(said["until"]) if said["until"] else here
            spans.append(WeekSpan(here, said["start"], until, said["end"]))
    return spans


def _step(draft: DraftStep, place: str) -> NewStep:
    try:
        if draft.ownership and draft.ownership not in Ownership.values:
            raise Invalid("No such relation of unit and service.", path=["ownership"])
        if draft.commanded_by and draft.commanded_by not in CommandedBy.values:
            raise Invalid("Either the unit commands it itself or another one does.", path=["commandedBy"])
        if unknown := [each for each in draft.severities if each not in Severity.values]:
            raise Invalid(f"“{unknown[0][:10]}” is no severity.", path=["severities"])
        return NewStep(
            targets=[_target(each, str(at)) for at, each in enumerate(filter(None, draft.targets))],
            wait=_number(draft.wait, "wait"),
            severities=[Severity(each) for each in draft.severities],
            hours=hours_of(draft.hours),
            time_zone=draft.time_zone.strip(),
            ownership=Ownership(draft.ownership) if draft.ownership else None,
            commanded_by=CommandedBy(draft.commanded_by) if draft.commanded_by else None,
            when_nobody=WhenNobodyOn(draft.when_nobody)
            if draft.when_nobody in WhenNobodyOn.values
            else WhenNobodyOn.FALL_THROUGH,
        )
    except HubError as error:
        raise error.at("steps", place) from None


def _target(text: str, place: str) -> NewTarget:
    kind, *named = text.replace("\x00", "").split("|")
    if kind not in TargetKind.values or len(named) != 4:
        raise Invalid("Choose whom it pages from the list.", path=["targets", place])
    person, schedule, role, unit = named
    return NewTarget(
        TargetKind(kind),
        person_id=whole_number(person),
        schedule_id=whole_number(schedule),
        role_key=role,
        unit_id=whole_number(unit),
    )


def _times(times: Mapping[str, str]) -> dict[str, Any]:
    return {name: _number(text, TIMES[name][0]) if text.strip() else None for name, text in times.items()}


def _number(text: str, name: str) -> int:
    number = whole_number(text.strip())
    if number is None:
        raise Invalid(f"“{text[:20]}” is no number.", path=[name])
    return number


def _there(steps: list[DraftStep], at: list[int], numbers: int) -> bool:
    return len(at) == numbers and at[0] < len(steps)


def _day(name: str) -> int:
    return next(number for number, day in enumerate(DAYS, start=1) if day[:3].lower() == name[:3].lower())


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
