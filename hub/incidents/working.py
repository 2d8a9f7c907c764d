"""Who answers for a unit's incidents: of those on call, whoever may work on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hub.lib.identity import Actor
from hub.oncall import access as oncall
from hub.oncall.ability import may_work
from tenants.models import Person


@dataclass(frozen=True)
class Answering:
    """The one person who answers for each schedule, by its id, and who would be on.

    Attributes:
        barred: those on who may not work in the unit.
        short: those who lack what the schedule demands.
    """

    people: dict[int, Person]
    barred: dict[int, list[Person]] = field(default_factory=dict)
    short: dict[int, list[Person]] = field(default_factory=dict)

    def why(self, schedule_id: int, name: str, unit: str) -> str:
        """Why those of a schedule who are on are passed over, in a sentence; empty where nobody is."""
        barred = [person.name for person in self.barred.get(schedule_id, ())]
        short = [person.name for person in self.short.get(schedule_id, ())]
        said = []
        if barred:
            verb = "is" if len(barred) == 1 else "are"
            said.append(f"{', '.join(barred)} {verb} on call for {name} and may not work on incidents of {unit}")
        if short:
            verb = "lacks" if len(short) == 1 else "lack"
            said.append(f"{', '.join(short)} {verb} what {name} demands of whoever is on")
        instead = self.people.get(schedule_id)
        follows = f"{instead.name} answers instead" if instead else "nobody else is"
        return f"{'; '.join(said)}: {follows}" if said else ""


def answering(actor: Actor, schedule_ids: Iterable[int], unit_id: int, moment: datetime) -> Answering:
    """Who answers for each schedule at `moment` (aware) and may work on the unit's incidents then.

    Whoever may not counts as nobody on: the schedule's next layer decides.
    """
    ahead = oncall.duty_ahead(actor, schedule_ids, moment, moment + timedelta(minutes=1))
    open_ids = list(ahead)
    people: dict[int, Person] = {}
    barred: dict[int, dict[int, Person]] = {}
    short: dict[int, dict[int, Person]] = {}
    while open_ids:
        passed_over = {person for passed in barred.values() for person in passed}
        on = {key: ahead[key].at(moment, without=passed_over) for key in open_ids}
        known = _known(
            {person for each in on.values() for person in (*each.people, *each.lapsed, *each.short)}, unit_id, moment
        )
        open_ids = []
        for key, each in on.items():
            lapsed = {one: known[one] for one in each.lapsed if one in known and not known[one].works}
            barred.setdefault(key, {}).update(lapsed)
            short.setdefault(key, {}).update((one, known[one]) for one in each.short if one in known)
            first = next((known[one] for one in each.people if one in known), None)
            if first is None:
                continue
            if first.works:
                people[key] = first
            else:
                barred[key][first.pk] = first
                open_ids.append(key)
    return Answering(
        people, *({key: list(of.values()) for key, of in passed.items() if of} for passed in (barred, short))
    )


def _known(ids: Collection[int], unit_id: int, moment: datetime) -> dict[int, Any]:
    """Those of the people who are still active, each with whether they may work in the unit (`works`)."""
    if not ids:
        return {}
    found = Person.objects.filter(pk__in=ids, is_active=True)
    return found.annotate(works=may_work(unit_id, moment)).in_bulk()
