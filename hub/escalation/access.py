"""The only door to policies and runs, and what is known of an incident when a run is judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, Min, Prefetch, Q, QuerySet

from hub.delivery.models import Message
from hub.escalation import chains, need_to_know, ticking
from hub.escalation.chains import Chain, Course, Facts, Step, Target
from hub.escalation.models import (
    Ownership,
    Page,
    Policy,
    PolicyStep,
    Run,
    RunEnd,
    RunStep,
    ServicePolicy,
    StepTarget,
    TargetKind,
    Trigger,
    WhenNobodyOn,
)
from hub.escalation.ticking import Time
from hub.incidents.access import is_admitted, last_updates
from hub.incidents.models import HandOver, HandOverState, Incident, IncidentRole, RoleKind, Status
from hub.lib.errors import NotFound
from hub.lib.identity import SYSTEM, Actor
from tenants.models import BusinessUnit

WITHIN = {
    Trigger.NOT_ACKNOWLEDGED: "acknowledged_within",
    Trigger.NOT_UPDATED: "updated_within",
    Trigger.NOT_MITIGATED: "mitigated_within",
}
"""Where a policy says how long it waits."""


_OF_A_COURSE: Final = (
    "trigger",
    "began_at",
    "counts_from",
    "next_at",
    "round",
    "repeat",
    "position",
    "paused_until",
    "remaining",
    "for_admitted",
    "end",
)
_OF_ITS_INCIDENT: Final = ("unit_id", "severity", "status", "restricted", "service__unit_id")
_JUDGED_BY: Final = (
    *(f"run__{each}" for each in _OF_A_COURSE),
    *(f"run__incident__{each}" for each in _OF_ITS_INCIDENT),
)
"""What of a page's run is asked before it goes out: chains and what incidents say are much, and of no matter then."""


def policies(actor: Actor) -> QuerySet[Policy]:
    """Every policy in use that `actor` may see."""
    return Policy.objects.filter(retired_at=None).select_related("unit")


def whole_policies(actor: Actor) -> QuerySet[Policy]:
    """The policies with their steps, whom those page, and the services that follow them."""
    targets = StepTarget.objects.select_related("person", "schedule", "of_unit")
    return policies(actor).prefetch_related(
        Prefetch("steps", PolicyStep.objects.prefetch_related(Prefetch("targets", targets))),
        "service_policies__service",
    )


def policy_for(actor: Actor, policy_id: int, *, lock: bool = False) -> Policy:
    """The policy in use with this id. Raises `NotFound`."""
    found = policies(actor)
    try:
        return (found.select_for_update(of=("self",)) if lock else found).get(pk=policy_id)
    except Policy.DoesNotExist:
        raise NotFound("escalation policy") from None


def whole_policy_for(actor: Actor, policy_id: int) -> Policy:
    """The policy in use with this id, read whole. Raises `NotFound`."""
    try:
        return whole_policies(actor).get(pk=policy_id)
    except Policy.DoesNotExist:
        raise NotFound("escalation policy") from None


def policy_of(actor: Actor, unit: BusinessUnit, service_id: int | None) -> Policy | None:
    """What an incident of the unit follows: its service's policy, or the default of the unit or the nearest above."""
    found = whole_policies(actor)
    if service_id is not None:
        of_service = found.filter(service_policies__service=service_id).first()
        if of_service is not None:
            return of_service
    defaults = found.filter(unit__in=unit.lineage, is_default=True)
    return max(defaults, key=lambda policy: len(policy.unit.lineage), default=None)


def policies_of(actor: Actor, incidents: Collection[Incident]) -> dict[int, Policy]:
    """`policy_of` for many incidents, by their ids, in two queries; units must be read with them.

    Steps are not read. Incidents without a policy are absent.
    """
    found = policies(actor)
    services = {each.service_id for each in incidents if each.service_id is not None}
    own: dict[int, Policy] = {}
    for link in ServicePolicy.objects.filter(service__in=services, policy__in=found).select_related("policy"):
        own[link.service_id] = link.policy
    units = {unit for each in incidents for unit in each.unit.lineage}
    defaults = {policy.unit_id: policy for policy in found.filter(unit__in=units, is_default=True)}
    chosen: dict[int, Policy] = {}
    for each in incidents:
        # A lineage begins with the unit itself.
        above = (defaults[unit] for unit in each.unit.lineage if unit in defaults)
        policy = own.get(each.service_id or 0) or next(above, None)
        if policy is not None:
            chosen[each.pk] = policy
    return chosen


def chain_of(policy: Policy) -> Chain:
    """The policy, read whole, as runs keep it and the calculation takes it."""
    within = {trigger: getattr(policy, field) for trigger, field in WITHIN.items()}
    return Chain(
        policy=policy.name,
        within={trigger: timedelta(minutes=time) for trigger, time in within.items() if time is not None},
        steps=tuple(_step_of(step) for step in policy.steps.all()),
        repeats=policy.repeats,
        repeat_after=timedelta(minutes=policy.repeat_after),
    )


def chain_for(actor: Actor, incident: Incident) -> tuple[int | None, Chain] | None:
    """What pages whom for an incident, and by which policy; None where nothing does.

    For one that is restricted that is no policy, whichever would stand for it: those who are admitted are paged.
    """
    policy = policy_of(actor, incident.unit, incident.service_id)
    chain = chain_of(policy) if policy else None
    if incident.restricted:
        return None, need_to_know.chain_in_place_of(chain)
    return (policy.pk, chain) if policy and chain else None


def runs(actor: Actor) -> QuerySet[Run]:
    """Every run of the incidents that `actor` may see."""
    return Run.objects.select_related("policy", "paused_by")


def runs_of(actor: Actor, incident_id: int) -> QuerySet[Run]:
    """The runs of one incident, the latest first, with what they did."""
    steps = RunStep.objects.prefetch_related("pages__person", "pages__message").order_by("at", "id")
    return (
        runs(actor).filter(incident=incident_id).prefetch_related(Prefetch("steps", steps)).order_by("-began_at", "-id")
    )


def live_runs(actor: Actor, incident_id: int, *, lock: bool = False) -> QuerySet[Run]:
    """The runs of one incident that still page somebody."""
    found = Run.objects.filter(incident=incident_id, ended_at=None).order_by("id")
    return found.select_for_update(no_key=True, of=("self",)) if lock else found


def latest_runs(actor: Actor, incident_id: int) -> dict[Trigger, Run]:
    """The run of each trigger that began last, under way or over."""
    found = Run.objects.filter(incident=incident_id).order_by("began_at", "id")
    return {Trigger(run.trigger): run for run in found}


def course_of(run: Run) -> Course:
    """Where the run stands."""
    return Course(
        Trigger(run.trigger),
        run.began_at,
        run.counts_from,
        run.next_at,
        run.round,
        run.repeat,
        run.position,
        run.paused_until,
        run.remaining,
        run.for_admitted,
    )


def facts_of(actor: Actor, incidents: Collection[Incident], time: Time) -> dict[int, Facts]:
    """What is known of each incident, by id, in four queries for any number; services must be read with them."""
    ids = [incident.pk for incident in incidents]
    updated = last_updates(actor, ids)
    commanders = IncidentRole.objects.filter(incident__in=ids, kind=RoleKind.COMMANDER).order_by().values("incident")
    handed: dict[int, datetime] = {
        row["incident"]: row["latest"]
        # To whoever is next in line the hub passes command by itself: the same chain goes on with them.
        for row in commanders.annotate(
            first=Min("assigned_at"), latest=Max("assigned_at", filter=Q(is_succession=False))
        )
        if row["latest"] is not None and row["latest"] > row["first"]
    }
    # Another unit's policy is followed from then on, whoever commands it.
    accepted = HandOver.objects.filter(incident__in=ids, state=HandOverState.ACCEPTED).order_by().values("incident")
    for row in accepted.annotate(latest=Max("decided_at")):
        handed[row["incident"]] = max(row["latest"], handed.get(row["incident"], row["latest"]))
    return {
        incident.pk: Facts(
            severity=incident.severity,
            ownership=ownership_of(incident.unit_id, incident.service.unit_id if incident.service else None),
            is_open=incident.is_open,
            is_acknowledged=incident.status != Status.DECLARED,
            is_mitigated=incident.status == Status.MITIGATED,
            is_restricted=incident.restricted,
            updated_at=time.of(updated[incident.pk]) if incident.pk in updated else None,
            handed_over_at=time.of(handed[incident.pk]) if incident.pk in handed else None,
        )
        for incident in incidents
    }


def ownership_of(unit_id: int, owner_id: int | None) -> Ownership:
    """How a unit stands to a service, by the unit that owns it."""
    if owner_id is None:
        return Ownership.NONE
    return Ownership.OWN if owner_id == unit_id else Ownership.FOREIGN


def answered(actor: Actor, found: Sequence[Run]) -> frozenset[int]:
    """Those of the runs of which somebody has acknowledged a page."""
    return frozenset(
        Page.objects.filter(run__in=[run.pk for run in found], message__acknowledged_at__isnull=False)
        .order_by()
        .values_list("run", flat=True)
        .distinct()
    )


def why_unwanted(messages: Sequence[Message]) -> dict[int, str]:
    """Why pages must not go out any more, in a sentence, by message id; absent are those that must, and others'.

    Asked by whoever is about to send them, as `SYSTEM` (`HUB_MESSAGE_CONDITIONS`), in the same few queries for any
    number.
    """
    pages = list(
        Page.objects.filter(message__in=[message.pk for message in messages])
        .select_related("run__incident__service")
        .only("message", "person_id", *_JUDGED_BY)
    )
    live = [page.run for page in pages if not page.run.end and page.run.paused_until is None]
    facts = facts_of(SYSTEM, [run.incident for run in live], ticking.read()) if live else {}
    known = answered(SYSTEM, live) if live else frozenset()
    said: dict[int, str] = {}
    for page in pages:
        run, end = page.run, RunEnd(page.run.end) if page.run.end else None
        if end is None and run.paused_until is not None:
            said[page.message_id] = "The escalation was paused before it went out."
            continue
        if end is None:
            here = replace(facts[run.incident_id], is_answered=run.pk in known)
            end = chains.judge(course_of(run), here)
            if end is None and run.incident.restricted and not is_admitted(SYSTEM, run.incident, page.person_id):
                said[page.message_id] = "They were no longer admitted when it was to go out."
        if end not in (None, RunEnd.EXHAUSTED):
            said[page.message_id] = f"{end.label} before it went out."
    return said


def _step_of(step: PolicyStep) -> Step:
    return Step(
        wait=timedelta(minutes=step.wait),
        targets=tuple(
            Target(TargetKind(each.kind), each.person_id, each.schedule_id, each.role_key, each.of_unit_id)
            for each in step.targets.all()
        ),
        severities=tuple(step.severities),
        hours=tuple((start, end) for start, end in step.hours),
        time_zone=step.time_zone,
        ownership=step.ownership or "",
        commanded_by=step.commanded_by or "",
        when_nobody=WhenNobodyOn(step.when_nobody),
    )
