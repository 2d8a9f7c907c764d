"""Who answers for a unit's incidents: of those on call, whoever may work on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import BooleanField, F, Func, Value

from hub.lib.identity import Actor
from hub.oncall import access as oncall
from hub.oncall.ability import Able, able
from hub.oncall.shifts import Duty
from tenants.models import Person
from tenants.permissions import Permission


@dataclass(frozen=True)
class Answering:
    """The one person who answers for each schedule, by its id, and those on who may not work in the unit."""

    people: dict[int, Person]
    barred: dict[int, list[Person]] = field(default_factory=dict)

    def why(self, schedule_id: int, name: str, unit: str) -> str:
        """Why those of a schedule who are on are passed over, in a sentence; empty where nobody is."""
        barred = [person.name for person in self.barred.get(schedule_id, ())]
        if not barred:
            return ""
        verb, instead = "is" if len(barred) == 1 else "are", self.people.get(schedule_id)
        follows = f"{instead.name} answers instead" if instead else "nobody else is"
        return f"{', '.join(barred)} {verb} on call for {name} and may not work on incidents of {unit}: {follows}"


def answering(actor: Actor, schedule_ids: Iterable[int], unit_id: int, moment: datetime) -> Answering:
    """Who answers for each schedule at `moment` (aware) and may work on the unit's incidents.

    Whoever may not counts as nobody on: the schedule's next layer decides.
    """
    open_ids = list(schedule_ids)
    people: dict[int, Person] = {}
    barred: dict[int, list[Person]] = {}
    while open_ids:
        without = {person.pk for passed in barred.values() for person in passed}
        on = oncall.on_duty(actor, open_ids, moment, without=without)
        known = _known(
            actor, {person for duties in on.values() for each in duties.values() for person in each}, unit_id
        )
        open_ids = []
        for key, duties in on.items():
            first = next((known[each] for duty in Duty for each in duties[duty] if each in known), None)
            if first is None:
                continue
            person, works = first
            if works:
                people[key] = person
            else:
                barred.setdefault(key, []).append(person)
                open_ids.append(key)
    return Answering(people, barred)


def _known(actor: Actor, ids: Collection[int], unit_id: int) -> dict[int, tuple[Person, bool]]:
    """Those of the people who are still active, and whether they may work in the unit; a person asks it at once."""
    if not ids:
        return {}
    active = Person.objects.filter(pk__in=ids, is_active=True)
    if actor.is_system:
        degrees = able(actor, [(each, unit_id) for each in ids])
        return {person.pk: (person, degrees[person.pk, unit_id] is Able.WORK) for person in active}
    asked = active.annotate(
        responds=_may(Permission.INCIDENT_RESPOND, unit_id), commands=_may(Permission.INCIDENT_COMMAND, unit_id)
    )
    return {person.pk: (person, person.responds or person.commands) for person in asked}


def _may(permission: Permission, unit_id: int) -> Func:
    return Func(F("pk"), Value(permission.value), Value(unit_id), function="app.may", output_field=BooleanField())
