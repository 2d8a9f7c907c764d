"""The demonstration's escalation policies: a default for each unit, and a few services that need another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hub.catalog.models import Service
from hub.demo.organisation import Organisation
from hub.escalation.models import Policy, PolicyStep, ServicePolicy, StepTarget, TargetKind, WhenNobodyOn
from hub.lib import clock
from hub.oncall.models import Schedule

DAY: Final = 24 * 60
OFFICE: Final = [[day * DAY + 8 * 60, day * DAY + 18 * 60] for day in range(5)]
GRAVE: Final = ("sev1", "sev2")

Targets = Sequence[tuple[TargetKind, dict[str, Any]]]
Steps = Sequence[tuple[dict[str, Any], Targets]]

DEFAULT: Final[Steps] = (
    ({}, ((TargetKind.PRIMARY, {}), (TargetKind.PRIMARY, {"role_key": "responder"}))),
    ({"wait": 5}, ((TargetKind.SECONDARY, {}),)),
    ({"wait": 10, "severities": GRAVE}, ((TargetKind.LEADERSHIP, {}),)),
    ({"wait": 15, "severities": ("sev1",)}, ((TargetKind.COORDINATORS, {}),)),
)
CARDS: Final[Steps] = (
    ({}, ((TargetKind.ON_IT, {}), (TargetKind.PRIMARY, {}))),
    ({"wait": 3}, ((TargetKind.SECONDARY, {}),)),
    (
        {"wait": 5, "severities": GRAVE},
        ((TargetKind.TEAM, {"role_key": "responder"}), (TargetKind.UNIT, {"of_unit": "cloud"})),
    ),
    ({"wait": 10}, ((TargetKind.LEADERSHIP, {}),)),
    ({"wait": 10, "severities": ("sev1",)}, ((TargetKind.COORDINATORS, {}),)),
)
DESK: Final[Steps] = (
    (
        {"hours": OFFICE, "time_zone": "Europe/London", "when_nobody": WhenNobodyOn.DEFER},
        ((TargetKind.PRIMARY, {"schedule": "retail-desk"}),),
    ),
    ({"wait": 10}, ((TargetKind.PRIMARY, {}),)),
    ({"wait": 15, "severities": GRAVE}, ((TargetKind.LEADERSHIP, {}),)),
)
PLATFORM: Final[Steps] = (
    ({}, ((TargetKind.PRIMARY, {"schedule": "cloud-follow-the-sun"}), (TargetKind.ON_IT, {}))),
    ({"wait": 5}, ((TargetKind.NEXT, {"schedule": "cloud-follow-the-sun"}),)),
    ({"wait": 10, "severities": GRAVE}, ((TargetKind.ROLE, {"role_key": "commander"}),)),
    ({"wait": 15, "severities": ("sev1",)}, ((TargetKind.COORDINATORS, {}),)),
)
SPECIAL: Final = (
    ("payments", "Card payments", CARDS, ("checkout-api", "card-gateway"), (3, 30, 120)),
    ("retail", "Trading desk", DESK, ("loyalty",), (10, None, 480)),
    ("cloud", "Follow the sun", PLATFORM, ("kubernetes",), (5, 30, 180)),
)


def load_policies(organisation: Organisation) -> None:
    """Write the policies."""
    schedules = {schedule.slug: schedule for schedule in Schedule.objects.all()}
    services = {service.slug: service for service in Service.objects.all()}
    for unit in organisation.units.values():
        _policy(
            organisation, unit.slug, f"{unit.name} default", DEFAULT, (5, 60, 240), schedules=schedules, is_default=True
        )
    for slug, name, steps, followers, times in SPECIAL:
        policy = _policy(organisation, slug, name, steps, times, schedules=schedules)
        ServicePolicy.objects.bulk_create(
            ServicePolicy(service=services[each], policy=policy, unit_id=policy.unit_id)
            for each in followers
            if each in services and services[each].unit_id == policy.unit_id
        )


def _policy(
    organisation: Organisation,
    slug: str,
    name: str,
    steps: Steps,
    times: tuple[int | None, int | None, int | None],
    *,
    schedules: dict[str, Schedule],
    is_default: bool = False,
) -> Policy:
    unit = organisation.units[slug]
    acknowledged, updated, mitigated = times
    policy = Policy.objects.create(
        unit=unit,
        name=name,
        is_default=is_default,
        acknowledged_within=acknowledged,
        updated_within=updated,
        mitigated_within=mitigated,
        repeats=1,
        repeat_after=20,
        changed_at=clock.now(),
        changed_by=organisation.people.get(f"admin.{slug}"),
    )
    for position, (step, targets) in enumerate(steps, start=1):
        said = {key: list(value) if isinstance(value, tuple) else value for key, value in step.items()}
        made = PolicyStep.objects.create(policy=policy, unit=unit, position=position, **said)
        for place, (kind, about) in enumerate(targets):
            StepTarget.objects.create(
                step=made,
                unit=unit,
                position=place,
                kind=kind,
                schedule=schedules[about["schedule"]] if "schedule" in about else None,
                role_key=about.get("role_key", ""),
                of_unit=organisation.units[about["of_unit"]] if "of_unit" in about else None,
            )
    return policy
