"""What would happen if nobody did anything: the sweep's own calculation, carried forward and written nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hub.catalog.models import Service
from hub.escalation import access, chains, ticking
from hub.escalation.actions.runs import WATCHED
from hub.escalation.chains import Chain, Course, Facts, Paged, Reached, Somebody, Taken, Target
from hub.escalation.models import Outcome, Policy, RunEnd, Trigger
from hub.escalation.reaching import Directory, Scene, scenes_of
from hub.escalation.ticking import Time
from hub.incidents import access as incidents
from hub.incidents.models import Incident, Severity
from hub.incidents.working import answering
from hub.lib import clock
from hub.lib.identity import Actor
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
        new = Facts(severity=facts.severity, ownership=facts.ownership, is_restricted=facts.is_restricted)
        return _declared(actor, _chain_for(actor, incident), incident.service_id, (new, scene), at)
    found = list(access.live_runs(actor, incident.pk))
    if incident.is_quiet and incident.is_open and not found:
        return _declared(actor, _chain_for(actor, incident), incident.service_id, (facts, scene), clock.now())
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
    service_id = service.pk if service else None
    policy = access.policy_of(actor, unit, service_id)
    chain = access.chain_of(policy) if policy else None
    return _declared(actor, chain, service_id, (facts, _scene(actor, unit, service, severity, at)), at)


def foresee_by(actor: Actor, policy: Policy, service: Service | None, severity: Severity, at: datetime) -> Forecast:
    """What would come by a policy, read whole, for an incident of its unit and a service of its (aware)."""
    facts = Facts(
        severity=severity.value, ownership=access.ownership_of(policy.unit_id, service.unit_id if service else None)
    )
    scene = _scene(actor, policy.unit, service, severity, at)
    return _declared(actor, access.chain_of(policy), service.pk if service else None, (facts, scene), at)


def _chain_for(actor: Actor, incident: Incident) -> Chain | None:
    found = access.chain_for(actor, incident)
    return found[1] if found else None


def _declared(
    actor: Actor, chain: Chain | None, service_id: int | None, known: tuple[Facts, Scene], at: datetime
) -> Forecast:
    """What a chain, if there is one, would do for an incident that is declared at `at`, after any maintenance."""
    quiet_until = incidents.quiet_until(actor, service_id, at)
    if chain is None:
        return Forecast((), (), quiet_until)
    facts, scene = known
    since = quiet_until or at
    begun = (chains.begin(chain, each, since, for_admitted=facts.is_restricted) for each in WATCHED)
    courses = [(chain, course, facts) for course in begun if course and chains.judge(course, facts) is None]
    return replace(_forecast(courses, Directory(actor), scene, Time(at)), quiet_until=quiet_until)


def _forecast(
    courses: Sequence[tuple[Chain, Course, Facts]], directory: Directory, scene: Scene, time: Time
) -> Forecast:
    steps = []
    commanded = _Commanded(directory, scene)
    # What nobody acknowledges first: who takes over by it is on the incident for the others.
    for chain, course, facts in sorted(courses, key=lambda each: each[1].trigger is not Trigger.NOT_ACKNOWLEDGED):
        known = replace(facts, is_central=scene.is_central)
        for now, moved in chains.simulate(chain, course, known, commanded.reach):
            taken = moved.taken
            if taken is None:
                continue
            successor = commanded.passed(chain, course, taken, now)
            steps.append(
                Foreseen(
                    at=time.wall(now),
                    trigger=course.trigger,
                    step=taken.position + 1,
                    passage=taken.round - course.round + course.repeat + 1,
                    outcome=taken.outcome,
                    pages=taken.pages,
                    note=f"{taken.note} {successor.name} takes over command.".strip() if successor else taken.note,
                    is_last=moved.end is RunEnd.EXHAUSTED,
                )
            )
    names = dict.fromkeys(chain.policy for chain, _, _ in courses)
    return Forecast(tuple(names), tuple(sorted(steps, key=lambda step: step.at)))


class _Commanded:
    """An incident whose command passes on as nobody acknowledges; what is asked of a moment is answered as of then."""

    def __init__(self, directory: Directory, scene: Scene) -> None:
        self._directory = directory
        self._scenes = [(datetime.min.replace(tzinfo=UTC), scene)]

    def reach(self, target: Target, moment: datetime) -> Reached:
        """Who a target is. Whoever takes over at that moment is on the incident after it."""
        return self._directory.reach_from(self._at(moment))(target, moment)

    def passed(self, chain: Chain, course: Course, taken: Taken, now: datetime) -> Somebody | None:
        """Who takes over by this step, if anybody does."""
        scene, step = self._at(now), chain.steps[taken.position]
        person = self._directory.successor(scene, course.trigger, step, taken, now=now, began_at=course.began_at)
        if person is None or person.id == scene.commander:
            return None
        self._scenes.append((now, scene.commanded_by(person.id)))
        return person

    def _at(self, moment: datetime) -> Scene:
        return next(scene for since, scene in reversed(self._scenes) if since < moment)


def _scene(actor: Actor, unit: BusinessUnit, service: Service | None, severity: Severity, at: datetime) -> Scene:
    """As it would be declared: whoever is on call for the service responds, and commands unless another unit does."""
    central = incidents.central_ownership(actor, unit.pk, severity)
    commanders = service.commander_schedule_id if service else None
    if central is not None:
        commanders = central.commander_schedule_id
    responders = service.responder_schedule_id if service else None
    wanted = [each for each in (commanders, responders) if each is not None]
    on = answering(actor, wanted, unit.pk, at).people
    first = tuple(on[each].pk for each in wanted if each in on)
    commander = first[0] if commanders in on else None
    return Scene(unit.pk, commanders, responders, first, commander, central is not None)
