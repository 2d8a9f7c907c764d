"""Whom a target leads to at a moment. Schedules are asked for all runs of a batch at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from hub.escalation import access
from hub.escalation.chains import Reach, Reached, Somebody, Step, Taken, Target
from hub.escalation.models import OF_A_SCHEDULE, Outcome, TargetKind, Trigger
from hub.escalation.need_to_know import WORDS, Standing
from hub.incidents.access import central_schedules
from hub.incidents.admissions import Admission, admitted
from hub.incidents.models import Incident, IncidentRole, RoleKind
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from hub.oncall.ability import Able, able
from hub.oncall.answers import DutyAhead, OnDuty
from hub.oncall.shifts import Duty
from tenants import access as tenants
from tenants.models import BusinessUnit, Person, Role

RESPONDER: Final = "responder"
"""The role key with which a target without a schedule asks the service's responders, and not its commanders."""
_AHEAD: Final = timedelta(hours=12)
"""How far schedules are read at once: a run that is foreseen asks them for each of its steps."""
DUTIES: Final = {TargetKind.PRIMARY: Duty.PRIMARY, TargetKind.SECONDARY: Duty.SECONDARY}


@dataclass(frozen=True)
class Scene:
    """What targets refer to: the incident's unit, the schedules that command and respond, and the people on it.

    `is_central` says that the schedule that commands is another unit's, by the ownership model of the incident's.
    `admitted_to` is the incident, if it is restricted.
    """

    unit_id: int
    commanders: int | None = None
    responders: int | None = None
    on_it: tuple[int, ...] = ()
    commander: int | None = None
    is_central: bool = False
    admitted_to: int | None = None

    def commanded_by(self, person: int) -> Scene:
        """The same, once somebody has taken over command. Whoever commands stands first among those on it."""
        others = self.on_it if self.commander is None else self.on_it[1:]
        return replace(self, commander=person, on_it=(person, *others))


def scenes_of(actor: Actor, incidents: Iterable[Incident]) -> dict[int, Scene]:
    """The scene of each incident, by id; services must be read with them.

    Its service's schedules respond and command, unless another unit commands it centrally with one of its own.
    """
    found = list(incidents)
    central = central_schedules(actor, found)
    held: dict[int, list[int]] = {}
    roles = IncidentRole.objects.filter(
        incident__in=[each.pk for each in found], ended_at=None, kind__in=[RoleKind.COMMANDER, RoleKind.RESPONDER]
    )
    for incident, person in roles.order_by("kind", "assigned_at", "id").values_list("incident", "person"):
        held.setdefault(incident, []).append(person)
    return {
        each.pk: Scene(
            each.unit_id,
            central.get(each.pk) or (each.service.commander_schedule_id if each.service else None),
            each.service.responder_schedule_id if each.service else None,
            tuple(held.get(each.pk, ())),
            each.commander_id,
            each.pk in central,
            each.pk if each.restricted else None,
        )
        for each in found
    }


class Directory:
    """Answers who targets are, as far as `actor` may know, and remembers what it has asked."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._ahead: dict[int, DutyAhead] = {}
        self._on: dict[tuple[int, datetime], OnDuty] = {}
        self._teams: dict[tuple[int, datetime], tuple[int, ...]] = {}
        self._schedules: dict[int, tuple[str, int]] = {}
        self._asked: set[int] = set()
        self._units: dict[int, BusinessUnit] = {}
        self._holders: dict[tuple[str, int | None], tuple[int, ...]] = {}
        self._first_steps: dict[int, tuple[Target, ...]] = {}
        self._people: dict[int, Somebody | None] = {}
        self._able: dict[tuple[int, int, datetime], Able] = {}
        self._admitted: dict[int, list[Admission]] = {}

    def reach_from(self, scene: Scene) -> Reach:
        """The answers for one incident."""
        return lambda target, moment: self._reach(scene, target, moment)

    def prepare(self, wanted: Iterable[tuple[Scene, Target]], moment: datetime) -> None:
        """Ask the schedules of all these targets, and the names of who is on, at once."""
        pairs = list(wanted)
        ids = {key for scene, target in pairs if (key := _schedule(scene, target)) is not None}
        self._load_schedules(ids, moment)
        people = {target.person for _, target in pairs if target.person is not None}
        people |= {person for scene, _ in pairs for person in scene.on_it}
        people |= {
            person
            for key in ids
            if (on := self._on.get((key, moment)))
            for person in (*on.people, *on.lapsed, *on.short)
        }
        self._load_admitted({scene.admitted_to for scene, _ in pairs if scene.admitted_to is not None})
        people |= {each.person_id for found in self._admitted.values() for each in found}
        self._named(people)
        self._load_able(
            (
                (person, unit)
                for scene, target in pairs
                for unit in self._units_of(scene, _schedule(scene, target))
                for person in (*self._on_of(_schedule(scene, target), moment), *scene.on_it, target.person or 0)
            ),
            moment,
        )

    def successor(
        self, scene: Scene, trigger: Trigger, step: Step, taken: Taken, *, now: datetime, began_at: datetime
    ) -> Somebody | None:
        """Who takes over from a commander who has not acknowledged: whom the step paged as second to them, if anybody.

        Nobody where no schedule commands, or where the commander is not whom it named when the run began or names
        now (logical): whoever was given command by hand keeps it.
        """
        if trigger is not Trigger.NOT_ACKNOWLEDGED or taken.outcome is not Outcome.PAGED or scene.commanders is None:
            return None
        seconds = [
            each
            for each in step.targets
            if each.kind == TargetKind.SECONDARY and _schedule(scene, each) == scene.commanders
        ]
        if not seconds:
            return None
        primary = Target(TargetKind.PRIMARY, schedule=scene.commanders)
        firsts = {each.id for moment in (now, began_at) for each in self._reach(scene, primary, moment).people}
        if scene.commander is not None and scene.commander not in firsts:
            return None
        ids = {each.id for target in seconds for each in self._reach(scene, target, now).people}
        return next((each.person for each in taken.pages if each.person.id in ids), None)

    def _reach(self, scene: Scene, target: Target, moment: datetime) -> Reached:
        if target.kind in OF_A_SCHEDULE:
            return self._of_schedule(scene, _schedule(scene, target), target.kind, moment)
        if target.kind == TargetKind.UNIT:
            return self._of_unit(scene, target.unit or 0, moment)
        if target.kind in (TargetKind.ROLE, TargetKind.LEADERSHIP):
            unit = self._unit(target.unit or scene.unit_id)
            return self._leading(unit) if target.kind == TargetKind.LEADERSHIP else self._with_role(target.role, unit)
        if target.kind == TargetKind.COORDINATORS:
            held = self._holding("coordinator", None)
            return self._reached(held, "enterprise coordinator", "no enterprise coordinator")
        if target.kind in (TargetKind.ON_IT, TargetKind.ADMITTED):
            return self._of_incident(scene, target, moment)
        # Whom a policy names may be asked to look on; who is on call is asked to work.
        named, words = [target.person or 0], ("named in the policy", "a person who has left")
        return self._working((scene.unit_id,), named, moment, words, least=Able.SEE)

    def _of_schedule(self, scene: Scene, schedule: int | None, kind: TargetKind, moment: datetime) -> Reached:
        if schedule is None:
            return Reached((), "a service without a schedule")
        self._load_schedules({schedule}, moment)
        if schedule not in self._schedules:
            return Reached((), "a schedule that is not shown to you", is_hidden=not self._actor.is_system)
        name, _ = self._schedules[schedule]
        units = self._units_of(scene, schedule)
        if kind == TargetKind.TEAM:
            if (schedule, moment) not in self._teams:
                found = oncall.teams(self._actor, [schedule], moment)
                self._teams[schedule, moment] = found.get(schedule, ())
            team = self._teams[schedule, moment]
            return self._working(units, team, moment, (f"in the turns of {name}", f"the turns of {name}"))
        if kind == TargetKind.NEXT:
            coming = oncall.next_on(self._actor, [schedule], moment).get(schedule)
            following = coming.people if coming else ()
            return self._working(units, following, moment, (f"next on call for {name}", f"next for {name}"))
        duty = DUTIES[kind]
        on, passed = self._on_for(units, schedule, duty, moment)
        why = f" ({passed})" if passed else ""
        reached = self._reached(on, f"{duty.value} on call for {name}{why}", f"{duty.value} for {name}{why}")
        if reached.people:
            return reached
        coming = oncall.next_on(self._actor, [schedule], moment).get(schedule)
        return replace(reached, comes_at=coming.starts_at if coming else None)

    def _on_for(self, units: Sequence[int], schedule: int, duty: Duty, moment: datetime) -> tuple[Sequence[int], str]:
        """Who of a schedule is on who may work in one of the units, and why others are not: the next layer decides.

        Whoever may not work there is on for neither duty.
        """
        first = on = self._on.get((schedule, moment), OnDuty())
        barred: dict[int, None] = {}
        while unable := [each for each in self._unable(units, on.people, moment) if each not in barred]:
            barred |= dict.fromkeys(unable)
            on = self._ahead[schedule].at(moment, without=barred)
        passed = (*first.lapsed, *(each for each in first.on(duty) if each in barred))
        said = [_barred(self._named(passed)), _short(self._named(first.short))]
        return on.on(duty), "; ".join(filter(None, said))

    def _on_of(self, schedule: int | None, moment: datetime) -> Iterable[int]:
        return () if schedule is None else self._on.get((schedule, moment), OnDuty()).people

    def _working(
        self,
        units: Sequence[int],
        ids: Sequence[int],
        moment: datetime,
        said: tuple[str, str],
        *,
        least: Able = Able.WORK,
    ) -> Reached:
        """Those of the people who may do as much in one of the units then. `said`: what they are, and who is absent."""
        words, absent = said
        unable = set(self._unable(units, ids, moment, least))
        if passed := self._named(each for each in ids if each in unable):
            absent = f"{words} ({_barred(passed)})"
        return self._reached([each for each in ids if each not in unable], words, absent)

    def _unable(self, units: Sequence[int], ids: Iterable[int], moment: datetime, least: Able = Able.WORK) -> list[int]:
        wanted = list(ids)
        self._load_able(((each, unit) for each in wanted for unit in units), moment)
        return [each for each in wanted if all(self._able[each, unit, moment] < least for unit in units)]

    def _units_of(self, scene: Scene, schedule: int | None) -> tuple[int, ...]:
        """Where whoever is reached has to work: the incident's unit, or the one whose schedule a policy calls."""
        of_schedule = () if schedule not in self._schedules else (self._schedules[schedule][1],)
        return tuple(dict.fromkeys((scene.unit_id, *of_schedule)))

    def _load_able(self, asked: Iterable[tuple[int, int]], moment: datetime) -> None:
        found = able({each for each in asked if (*each, moment) not in self._able}, moment)
        self._able |= {(*each, moment): degree for each, degree in found.items()}

    def _of_incident(self, scene: Scene, target: Target, moment: datetime) -> Reached:
        if target.kind == TargetKind.ADMITTED:
            return self._of_admitted(scene, Standing(target.role), moment)
        said = ("on the incident", "nobody on the incident")
        return self._working((scene.unit_id,), scene.on_it, moment, said)

    def _of_admitted(self, scene: Scene, standing: Standing, moment: datetime) -> Reached:
        """Those who are admitted to the restricted incident, and will be at that moment, by what they are in it."""
        if scene.admitted_to is None:
            return Reached((), "an incident that is restricted")
        self._load_admitted({scene.admitted_to})
        words, absent = WORDS[standing]
        found = [each for each in self._admitted[scene.admitted_to] if each.until is None or each.until > moment]
        return self._reached([each.person_id for each in found if _stands_so(each, standing)], words, absent)

    def _load_admitted(self, incidents: set[int]) -> None:
        if new := incidents - self._admitted.keys():
            found = admitted(self._actor, new)
            self._admitted |= {key: found.get(key, []) for key in new}

    def _with_role(self, key: str, unit: BusinessUnit) -> Reached:
        role = Role.objects.filter(key=key).order_by("unit").first()
        name = role.name.lower() if role else key
        return self._reached(self._holding(key, unit.pk), f"{name} of {unit.name}", f"no {name} in {unit.name}")

    def _leading(self, unit: BusinessUnit) -> Reached:
        """Who administers the unit; where nobody does, who leads its region."""
        for key, words in (("unit_admin", "leads"), ("regional_lead", "leads the region of")):
            reached = self._reached(self._holding(key, unit.pk), f"{words} {unit.name}", f"nobody leads {unit.name}")
            if reached.people or reached.is_hidden:
                return reached
        return reached

    def _of_unit(self, scene: Scene, unit_id: int, moment: datetime) -> Reached:
        """Whom the other unit's own policy pages first; who leads it where that is nobody."""
        unit = self._unit(unit_id)
        if unit_id not in self._first_steps:
            policy = access.policy_of(self._actor, unit, None)
            steps = access.chain_of(policy).steps if policy else ()
            first = steps[0].targets if steps else ()
            self._first_steps[unit_id] = tuple(each for each in first if each.kind != TargetKind.UNIT)
        there = replace(scene, unit_id=unit_id, commanders=None, responders=None, on_it=())
        people: dict[int, Somebody] = {}
        for target in self._first_steps[unit_id]:
            people |= {each.id: each for each in self._reach(there, target, moment).people}
        if people:
            return Reached(tuple(people.values()), f"asked first by {unit.name}")
        return self._leading(unit)

    def _holding(self, key: str, unit_id: int | None) -> tuple[int, ...] | None:
        """Who holds a role in the unit or above it, or with None in the enterprise; None where that is not shown."""
        if (key, unit_id) not in self._holders:
            with connection.cursor() as cursor:
                cursor.execute("SELECT app.role_holders(%s, %s)", [key, unit_id])
                (found,) = cursor.fetchone()
            if found is None:
                return None
            self._holders[key, unit_id] = tuple(found)
        return self._holders[key, unit_id]

    def _reached(self, ids: Iterable[int] | None, words: str, absent: str) -> Reached:
        if ids is None:
            return Reached((), f"{words}, not shown to you", is_hidden=True)
        people = self._named(ids)
        return Reached(tuple(people), words if people else absent)

    def _named(self, ids: Iterable[int]) -> list[Somebody]:
        wanted = list(dict.fromkeys(ids))
        if unknown := [each for each in wanted if each not in self._people]:
            found = Person.objects.filter(pk__in=unknown, is_active=True, is_service=False)
            named = {each.pk: Somebody(each.pk, each.name, each.time_zone, each.language) for each in found}
            self._people |= {each: named.get(each) for each in unknown}
        return [somebody for each in wanted if (somebody := self._people[each])]

    def _load_schedules(self, ids: set[int], moment: datetime) -> None:
        if new := ids - self._asked:
            self._schedules |= {
                key: (name, unit)
                for key, name, unit in oncall.schedules(self._actor)
                .filter(pk__in=new)
                .values_list("pk", "name", "unit")
            }
            self._asked |= new
        open_ids = {key for key in ids if key in self._schedules and (key, moment) not in self._on}
        if unread := {key for key in open_ids if key not in self._ahead or not self._ahead[key].covers(moment)}:
            self._ahead |= oncall.duty_ahead(self._actor, unread, moment, moment + _AHEAD)
        self._on |= {(key, moment): self._ahead[key].at(moment) for key in open_ids & self._ahead.keys()}

    def _unit(self, unit_id: int) -> BusinessUnit:
        if unit_id not in self._units:
            self._units[unit_id] = tenants.unit_for(self._actor, unit_id)
        return self._units[unit_id]


def _stands_so(admission: Admission, standing: Standing) -> bool:
    roles = admission.roles
    match standing:
        case Standing.COMMANDER | Standing.RESPONDER:
            return RoleKind(standing.value) in roles
        case Standing.IN_ANOTHER_ROLE:
            return bool(roles - {RoleKind.COMMANDER, RoleKind.RESPONDER, RoleKind.OBSERVER})
        case Standing.OWNER:
            return admission.is_owner
        case Standing.ANY:
            return True


def _barred(people: Sequence[Somebody]) -> str:
    return f"{', '.join(each.name for each in people)} may not work here" if people else ""


def _short(people: Sequence[Somebody]) -> str:
    verb = "lacks" if len(people) == 1 else "lack"
    return f"{', '.join(each.name for each in people)} {verb} what is demanded" if people else ""


def _schedule(scene: Scene, target: Target) -> int | None:
    if target.kind not in OF_A_SCHEDULE:
        return None
    if target.schedule is not None:
        return target.schedule
    return scene.responders if target.role == RESPONDER else scene.commanders
