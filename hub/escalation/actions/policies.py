"""Policies: made, changed and retired as a whole. What is under way keeps the steps that it began with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from django.db import IntegrityError, transaction

from hub.catalog import access as catalog
from hub.escalation import access
from hub.escalation.events import PolicyChanged
from hub.escalation.models import (
    OF_A_SCHEDULE,
    CommandedBy,
    Ownership,
    Policy,
    PolicyStep,
    ServicePolicy,
    StepTarget,
    TargetKind,
    WhenNobodyOn,
)
from hub.incidents.models import Severity
from hub.lib import clock
from hub.lib.errors import Conflict, HubError, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.week import DAY, WEEK
from hub.lib.zones import checked_zone
from hub.live import outbox
from hub.oncall import access as oncall
from hub.oncall.hours import WeekSpan, minutes_of
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit, Role
from tenants.permissions import Permission, can, require_keeper

T = TypeVar("T")

MOST_STEPS: Final = 20
MOST_TARGETS: Final = 10
MOST_REPEATS: Final = 20

TIMES: Final = {
    "acknowledged_within": ("acknowledgedWithin", 0),
    "updated_within": ("updatedWithin", 1),
    "mitigated_within": ("mitigatedWithin", 1),
}


@dataclass(frozen=True)
class NewTarget:
    """Whom a step shall page: see `models.TargetKind` for which id belongs to which kind."""

    kind: TargetKind
    person_id: int | None = None
    schedule_id: int | None = None
    role_key: str = ""
    unit_id: int | None = None


@dataclass(frozen=True)
class NewStep:
    """A step of a policy: `wait` is in minutes after the step before."""

    targets: Sequence[NewTarget]
    wait: int = 0
    severities: Sequence[Severity] = ()
    hours: Sequence[WeekSpan] = ()
    time_zone: str = ""
    ownership: Ownership | None = None
    commanded_by: CommandedBy | None = None
    when_nobody: WhenNobodyOn = WhenNobodyOn.FALL_THROUGH


@dataclass(frozen=True, kw_only=True)
class NewPolicy:
    """All that a policy says; times are in minutes, and None is not watched for."""

    name: str
    steps: Sequence[NewStep]
    is_default: bool = False
    acknowledged_within: int | None = None
    updated_within: int | None = None
    mitigated_within: int | None = None
    repeats: int = 0
    repeat_after: int = 15
    service_ids: Sequence[int] = field(default_factory=tuple)


def create_policy(*, actor: Actor, unit_id: int, new: NewPolicy) -> Policy:
    """Make a policy of a unit. Where it is the default, or of a service, another one was, it takes that one's place.

    Raises `NotFound` for the unit or what a target names, `Forbidden`, `Invalid`, `Conflict` for a name that is taken.
    Locks the unit's default policy.
    """
    with acting_as(actor):
        unit = tenants.unit_for(actor, unit_id)
        require_writer(actor, unit)
        policy = Policy(unit=unit)
        _write(actor, policy, new)
        _changed(actor, policy, "create_policy", {"name": [None, policy.name]})
        return access.whole_policy_for(actor, policy.pk)


def update_policy(*, actor: Actor, policy_id: int, new: NewPolicy, as_of: datetime | None = None) -> Policy:
    """Let a policy say something else, to runs that begin from now on.

    Args:
        as_of: when it had last changed as the actor read it (aware); whatever it says by now is replaced without.

    Raises `NotFound`, `Forbidden`, `Invalid`, `Conflict` for a name that is taken, and where somebody has changed it
    since `as_of`. Locks the policy, then the default.
    """
    with acting_as(actor):
        policy = _for_writing(actor, policy_id)
        if as_of is not None and policy.changed_at != as_of:
            by = f" by {policy.changed_by}" if policy.changed_by else ""
            raise Conflict(f"“{policy.name}” was changed{by} while you wrote: open it again and see what it says now.")
        before = _told(access.whole_policy_for(actor, policy_id))
        _write(actor, policy, new)
        after = _told(access.whole_policy_for(actor, policy_id))
        change = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        _changed(actor, policy, "update_policy", change)
        return access.whole_policy_for(actor, policy.pk)


def retire_policy(*, actor: Actor, policy_id: int) -> Policy:
    """Let nothing begin by a policy any more. Its services follow their unit's default from now on.

    Raises `NotFound`, `Forbidden`. Locks the policy.
    """
    with acting_as(actor):
        policy = _for_writing(actor, policy_id)
        policy.retired_at = clock.now()
        policy.save(update_fields=["retired_at"])
        ServicePolicy.objects.filter(policy=policy).delete()
        _changed(actor, policy, "retire_policy", {"retired": [False, True]})
        return policy


def _write(actor: Actor, policy: Policy, new: NewPolicy) -> None:
    policy.name = _line(new.name)
    policy.is_default = new.is_default
    for attribute, (name, least) in TIMES.items():
        setattr(policy, attribute, _minutes(getattr(new, attribute), least, WEEK, name))
    if all(getattr(policy, each) is None for each in TIMES):
        raise Invalid("Say at least one thing that has to happen in time.", path=["acknowledgedWithin"])
    policy.repeats = _number(new.repeats, 0, MOST_REPEATS, "repeats")
    policy.repeat_after = _number(new.repeat_after, 1, DAY, "repeatAfter")
    policy.changed_at, policy.changed_by_id = clock.now(), actor.person_id
    if not 1 <= len(new.steps) <= MOST_STEPS:
        raise Invalid(f"A policy has 1 to {MOST_STEPS} steps.", path=["steps"])
    steps = []
    for place, step in enumerate(new.steps):
        try:
            steps.append((_step(policy, place, step), [_target(actor, at, each) for at, each in _targets(step)]))
        except HubError as error:
            raise error.at("steps", str(place)) from None
    services = _services(actor, policy, new.service_ids)
    if new.is_default:
        Policy.objects.filter(unit=policy.unit_id, is_default=True, retired_at=None).exclude(pk=policy.pk).update(
            is_default=False
        )
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError:
        raise Conflict(f"{policy.unit} has a policy called “{policy.name}” already.", path=["name"]) from None
    PolicyStep.objects.filter(policy=policy).delete()
    made = PolicyStep.objects.bulk_create(step for step, _ in steps)
    targets = []
    for row, (_, chosen) in zip(made, steps, strict=True):
        for target in chosen:
            target.step, target.unit_id = row, policy.unit_id
            targets.append(target)
    StepTarget.objects.bulk_create(targets)
    ServicePolicy.objects.filter(policy=policy).exclude(service__in=services).delete()
    ServicePolicy.objects.bulk_create(
        [ServicePolicy(service_id=service, policy=policy, unit_id=policy.unit_id) for service in services],
        update_conflicts=True,
        unique_fields=["service"],
        update_fields=["policy", "unit"],
    )


def _step(policy: Policy, place: int, step: NewStep) -> PolicyStep:
    if step.time_zone:
        checked_zone(step.time_zone, "timeZone")
    if step.time_zone and not step.hours:
        raise Invalid("A time zone is for hours: say which.", path=["hours"])
    return PolicyStep(
        policy=policy,
        unit_id=policy.unit_id,
        position=place + 1,
        wait=_number(step.wait, 0, DAY, "wait"),
        severities=sorted({each.value for each in step.severities}),
        hours=minutes_of(step.hours, "hours"),
        time_zone=step.time_zone,
        ownership=step.ownership,
        commanded_by=step.commanded_by,
        when_nobody=step.when_nobody,
    )


def _targets(step: NewStep) -> list[tuple[int, NewTarget]]:
    if not 1 <= len(step.targets) <= MOST_TARGETS:
        raise Invalid(f"A step pages 1 to {MOST_TARGETS} targets.", path=["targets"])
    return list(enumerate(step.targets))


def _target(actor: Actor, place: int, new: NewTarget) -> StepTarget:
    target = StepTarget(position=place, kind=new.kind)
    try:
        if new.kind is TargetKind.ADMITTED:
            raise Invalid(
                "Those admitted to a restricted incident are paged by the hub itself: no policy names them.",
                path=["kind"],
            )
        if new.kind is TargetKind.PERSON:
            target.person_id = _person(actor, new.person_id)
        elif new.kind in OF_A_SCHEDULE:
            if new.schedule_id is not None:
                target.schedule_id = _at("scheduleId", lambda: oncall.schedule_for(actor, new.schedule_id or 0).pk)
            elif new.role_key not in ("", "commander", "responder"):
                raise Invalid("Of a service's schedules there are those of commander and responder.", path=["roleKey"])
            else:
                target.role_key = new.role_key
        elif new.kind is TargetKind.ROLE:
            if not Role.objects.filter(key=new.role_key).exists():
                raise NotFound("role", path=["roleKey"])
            target.role_key = new.role_key
        if new.kind in (TargetKind.ROLE, TargetKind.LEADERSHIP, TargetKind.UNIT) and new.unit_id is not None:
            target.of_unit_id = _at("unitId", lambda: tenants.unit_for(actor, new.unit_id or 0).pk)
        if new.kind is TargetKind.UNIT and target.of_unit_id is None:
            raise Invalid("Say which unit.", path=["unitId"])
    except HubError as error:
        raise error.at("targets", str(place)) from None
    return target


def _person(actor: Actor, person_id: int | None) -> int:
    if person_id is None:
        raise Invalid("Say which person.", path=["personId"])
    person = _at("personId", lambda: tenants.person_for(actor, person_id))
    if person.is_service:
        raise Invalid(f"{person.name} is a service account and cannot be paged.", path=["personId"])
    return person.pk


def _at(field: str, find: Callable[[], T]) -> T:
    try:
        return find()
    except NotFound as error:
        raise error.at(field) from None


def _services(actor: Actor, policy: Policy, service_ids: Sequence[int]) -> list[int]:
    found = []
    for place, service_id in enumerate(dict.fromkeys(service_ids)):
        service = _at("serviceIds", partial(catalog.service_for, actor, service_id))
        if service.unit_id != policy.unit_id:
            raise Invalid(f"{service.name} belongs to {service.unit}.", path=["serviceIds", str(place)])
        found.append(service.pk)
    return found


def _for_writing(actor: Actor, policy_id: int) -> Policy:
    policy = access.policy_for(actor, policy_id)
    require_writer(actor, policy.unit)
    return access.policy_for(actor, policy_id, lock=True)


def require_writer(actor: Actor, unit: BusinessUnit) -> None:
    """Raise `Forbidden` unless `actor` may change the unit's policies."""
    require_keeper(
        actor,
        unit.pk,
        f"Only people who lead or administer {unit} can change its escalation policies.",
    )


def _changed(actor: Actor, policy: Policy, verb: str, change: Mapping[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=policy, unit_id=policy.unit_id, change=dict(change))
    if can(actor, Permission.INCIDENT_VIEW, policy.unit_id):
        outbox.record(actor=actor, event=PolicyChanged(unit_id=policy.unit_id, policy_id=policy.pk, what=verb))


def _told(policy: Policy) -> dict[str, Any]:
    """A policy as the audit trail keeps it."""
    return {
        "name": policy.name,
        "is_default": policy.is_default,
        **{each: getattr(policy, each) for each in TIMES},
        "repeats": policy.repeats,
        "repeat_after": policy.repeat_after,
        "services": sorted(each.service.slug for each in policy.service_policies.all()),
        "steps": [
            {
                "wait": step.wait,
                "severities": step.severities,
                "hours": step.hours,
                "time_zone": step.time_zone,
                "ownership": step.ownership,
                "commanded_by": step.commanded_by,
                "when_nobody": step.when_nobody,
                "targets": [
                    {
                        "kind": target.kind,
                        "person": target.person_id,
                        "schedule": target.schedule_id,
                        "role": target.role_key,
                        "unit": target.of_unit_id,
                    }
                    for target in step.targets.all()
                ],
            }
            for step in policy.steps.all()
        ],
    }


def _line(value: str) -> str:
    text = " ".join(value.replace("\x00", "").split())
    if not text:
        raise Invalid("It needs a name.", path=["name"])
    if len(text) > 100:
        raise Invalid(f"At most 100 characters; these are {len(text)}.", path=["name"])
    return text


def _minutes(value: int | None, least: int, most: int, name: str) -> int | None:
    return None if value is None else _number(value, least, most, name)


def _number(value: int, least: int, most: int, name: str) -> int:
    if not least <= value <= most:
        raise Invalid(f"From {least} to {most}.", path=[name])
    return value
