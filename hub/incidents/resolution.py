"""A responsibility matrix and the people that it leads to at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from hub.incidents import access
from hub.incidents.models import Activity, Part, RaciLine, Severity
from hub.incidents.raci import Line, lacking, lines_for
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from hub.oncall.ability import Able, able
from tenants import access as tenants
from tenants.models import Person


@dataclass(frozen=True)
class Resolved:
    """Whom a line leads to; with nobody, `gap` says why."""

    line: Line
    people: tuple[Person, ...]
    gap: str = ""


@dataclass(frozen=True)
class MatrixGap:
    """Something about incidents of one kind that is nobody's."""

    activity: Activity
    part: Part | None
    why: str


def resolved_matrix(
    actor: Actor, unit_id: int, *, severity: str, incident_type: int | None, moment: datetime
) -> list[Resolved]:
    """The lines of the unit's matrix that hold for such an incident, and whom they lead to at `moment` (aware)."""
    rows = {row.pk: row for row in access.raci_lines(actor).filter(unit=unit_id)}
    types = tenants.with_meaning(actor, incident_type)
    held = lines_for(map(line_of, rows.values()), severity=severity, incident_types=types)
    lines = [line for activity in Activity for line in held.get(activity, ())]
    lines.sort(key=lambda line: (list(Activity).index(line.activity), list(Part).index(line.part), line.id))
    asked = [rows[line.id].schedule_id for line in lines]
    on = oncall.who_answers(actor, [each for each in asked if each is not None], moment)
    return [_resolved(line, rows[line.id], on) for line in lines]


def gaps(actor: Actor, unit_id: int, *, severity: str, incident_type: int | None, moment: datetime) -> list[MatrixGap]:
    """What of such an incident would be nobody's at `moment` (aware): what is not said, and who is not there."""
    resolved = resolved_matrix(actor, unit_id, severity=severity, incident_type=incident_type, moment=moment)
    held: dict[Activity, Sequence[Line]] = {}
    for each in resolved:
        held[each.line.activity] = [*held.get(each.line.activity, ()), each.line]
    may = able({(person.pk, unit_id) for each in resolved for person in each.people}, moment)
    said = [
        (each, each.gap or _why_unseen([person for person in each.people if may[person.pk, unit_id] < Able.SEE], each))
        for each in resolved
    ]
    return [
        *(MatrixGap(activity, None, why) for activity, why in lacking(held)),
        *(MatrixGap(each.line.activity, each.line.part, why) for each, why in said if why),
    ]


def _why_unseen(blind: Sequence[Person], resolved: Resolved) -> str:
    """Why a line leads to nobody although somebody is named: none of them may see the unit's incidents."""
    return f"{blind[0].name} may not see incidents here" if blind and len(blind) == len(resolved.people) else ""


def line_of(row: RaciLine) -> Line:
    """The line of this row."""
    return Line(
        id=row.pk,
        activity=Activity(row.activity),
        part=Part(row.part),
        holder=access.holder_of(row),
        incident_type=row.incident_type_id,
        severity=Severity(row.severity) if row.severity else None,
    )


def _resolved(line: Line, row: RaciLine, on: dict[int, Person]) -> Resolved:
    if row.role_key:
        people = _active(_holding(row.role_key, row.unit_id))
        return Resolved(line, people, "" if people else f"nobody is {row.role_key.replace('_', ' ')} here")
    if row.person_id is not None:
        people = _active([row.person_id])
        return Resolved(line, people, "" if people else f"{line.holder} is here no longer")
    person = on.get(row.schedule_id or 0)
    return Resolved(line, (person,), "") if person else Resolved(line, (), f"nobody is {line.holder}")


def _active(ids: Iterable[int]) -> tuple[Person, ...]:
    return tuple(Person.objects.filter(pk__in=list(ids), is_active=True, is_service=False).order_by("name", "id"))


def _holding(key: str, unit_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.role_holders(%s, %s)", [key, unit_id])
        (found,) = cursor.fetchone()
        return list(found or ())
