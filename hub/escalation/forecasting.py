"""What would happen if nobody did anything: the sweep's own calculation, carried forward and written nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hub.catalog.models import Service
from hub.escalation import access, chains, ticking
from hub.escalation.actions.runs import WATCHED
from hub.escalation.chains import Chain, Course, Facts, Paged
from hub.escalation.models import Outcome, Policy, RunEnd, Trigger
from hub.escalation.reaching import Directory, Scene, scenes_of
from hub.escalation.ticking import Time
from hub.incidents import access as incidents
from hub.incidents.models import Incident, Severity
from hub.lib import clock
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from tenants.models import BusinessUnit


@dataclass(frozen=True)
class Foreseen:
    """A step that comes, or with `end` that nothing comes after it. `step` and `passage` count from 1."""

    at: datetime
    trigger: Trigger
    step: int
    passage: int
    outcome: Outcome
    pages: tuple[Paged, ...]
    note: str
    is_last: bool


@dataclass(frozen=True)
class Forecast:
    """All that comes, in the order of its times, by which policies; no policy stands for the incident without one.

    `quiet_until` is when the maintenance is over that lets nothing begin before.
    """

    policies: tuple[str, ...]
    steps: tuple[Foreseen, ...]
    quiet_until: datetime | None = None


def foresee_incident(actor: Actor, incident: Incident, at: datetime | None = None) -> Forecast:
    """What comes for an incident from here on; or with `at` (aware), if it were declared then, as grave as it is."""
    time = ticking.read()
    directory, scene = Directory(actor), scenes_of(actor, [incident])[incident.pk]
    facts = access.facts_of(actor, [incident], time)[incident.pk]
    if at is not None:
        new = Facts(severity=facts.severity, ownership=facts.ownership)
        return _from_policy(actor, incident.unit, incident.service_id, (new, scene), at)
    found = list(access.live_runs(actor, incident.pk))
    if incident.is_quiet and incident.is_open and not found:
        return _from_policy(actor, incident.unit, incident.service_id, (facts, scene), clock.now())
    quiet_until = incidents.quiet_until(actor, incident.service_id, clock.now()) if incident.is_quiet else None
    answered = access.answered(actor, found)
    courses = []
    for run in found:
        course, known = access.course_of(run), replace(facts, is_answered=run.pk in answered)
        if chains.judge(course, known) is None:
            courses.append((chains.from_json(run.chain), course, known))
    return replace(_forecast(courses, directory, scene, time), quiet_until=quiet_until)


def foresee(actor: Actor, unit: BusinessUnit, service: Service | None, severity: Severity, at: datetime) -> Forecast:
    """What would come for an incident that is declared at `at` (aware); after the maintenance that runs then."""
    facts = Facts(severity=severity.value, ownership=access.ownership_of(unit.pk, service.unit_id if service else None))
    known = (facts, _scene(actor, unit, service, severity, at))
    return _from_policy(actor, unit, service.pk if service else None, known, at)


def foresee_by(actor: Actor, policy: Policy, service: Service | None, severity: Severity, at: datetime) -> Forecast:
    """What would come by a policy, read whole, for an incident of its unit and a service of its (aware)."""
    facts = Facts(
        severity=severity.value, ownership=access.ownership_of(policy.unit_id, service.unit_id if service else None)
    )
    scene = _scene(actor, policy.unit, service, severity, at)
    return _by_policy(actor, policy, service.pk if service else None, (facts, scene), at)


def _from_policy(
    actor: Actor, unit: BusinessUnit, service_id: int | None, known: tuple[Facts, Scene], at: datetime
) -> Forecast:
    policy = access.policy_of(actor, unit, service_id)
    if policy is None:
        return Forecast((), (), incidents.quiet_until(actor, service_id, at))
    return _by_policy(actor, policy, service_id, known, at)


def _by_policy(
    actor: Actor, policy: Policy, service_id: int | None, known: tuple[Facts, Scene], at: datetime
) -> Forecast:
    quiet_until = incidents.quiet_until(actor, service_id, at)
    chain = access.chain_of(policy)
    facts, scene = known
    begun = (chains.begin(chain, each, quiet_until or at) for each in WATCHED)
    courses = [(chain, course, facts) for course in begun if course and chains.judge(course, facts) is None]
    return replace(_forecast(courses, Directory(actor), scene, Time(at)), quiet_until=quiet_until)


def _forecast(
    courses: Sequence[tuple[Chain, Course, Facts]], directory: Directory, scene: Scene, time: Time
) -> Forecast:
    steps = []
    for chain, course, facts in courses:
        for now, moved in chains.simulate(chain, course, facts, directory.reach_from(scene)):
            taken = moved.taken
            if taken is None:
                continue
            steps.append(
                Foreseen(
                    at=time.wall(now),
                    trigger=course.trigger,
                    step=taken.position + 1,
                    passage=taken.round - course.round + course.repeat + 1,
                    outcome=taken.outcome,
                    pages=taken.pages,
                    note=taken.note,
                    is_last=moved.end is RunEnd.EXHAUSTED,
                )
            )
    names = dict.fromkeys(chain.policy for chain, _, _ in courses)
    return Forecast(tuple(names), tuple(sorted(steps, key=lambda step: step.at)))


def _scene(actor: Actor, unit: BusinessUnit, service: Service | None, severity: Severity, at: datetime) -> Scene:
    """As it would be declared: whoever is on call for the service responds, and commands unless another unit does."""
    central = incidents.central_ownership(actor, unit.pk, severity)
    commanders = service.commander_schedule_id if service else None
    if central is not None:
        commanders = central.commander_schedule_id
    responders = service.responder_schedule_id if service else None
    wanted = [each for each in (commanders, responders) if each is not None]
    on = oncall.on_call(actor, wanted, at)
    first = tuple(on[each].people[0] for each in wanted if each in on)
    return Scene(unit.pk, commanders, responders, first)
