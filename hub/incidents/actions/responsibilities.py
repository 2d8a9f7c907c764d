"""A unit's responsibility matrix: who does what about incidents, who answers for it, who is asked and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.incidents import access
from hub.incidents.actions.thresholds import check_keeper
from hub.incidents.models import Activity, Part, RaciLine, Severity
from hub.lib.errors import Conflict, Invalid, NotFound, checked_each
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.oncall import access as oncall
from tenants import access as tenants
from tenants import audit
from tenants.models import Role, TermKind

MOST_LINES: Final = 20


@dataclass(frozen=True)
class Cell:
    """An activity, for incidents of a type and severity or, with None, of every one."""

    activity: Activity
    incident_type_id: int | None = None
    severity: Severity | None = None


@dataclass(frozen=True)
class NewLine:
    """A part for whoever is on call for a schedule, for a person, or for everybody with a role: exactly one of them."""

    part: Part
    schedule_id: int | None = None
    person_id: int | None = None
    role_key: str = ""


def set_responsibilities(*, actor: Actor, unit_id: int, cell: Cell, lines: Sequence[NewLine]) -> list[RaciLine]:
    """Replace what a cell of the unit's matrix says. Without lines the cell is empty, and a less particular one holds.

    It holds for what is declared or gets graver from now on. Raises `NotFound` for the unit or the type, `Forbidden`
    without unit.administer in the unit, `Invalid` unless exactly one line is accountable, `InvalidMany` with the path
    of each line that names not exactly one who is there. Takes the advisory lock on the unit's matrix.
    """
    with acting_as(actor):
        check_keeper(actor, unit_id, "responsibilities")
        _check_type(actor, unit_id, cell)
        if len(lines) > MOST_LINES:
            raise Invalid(f"There are at most {MOST_LINES} lines; these are {len(lines)}.", path=["lines"])
        checked_each("lines", lines, lambda line: _check_line(actor, line))
        if lines:
            _check_accountable([line.part for line in lines])
        _lock(unit_id)
        return _replaced(actor, unit_id, cell, list(dict.fromkeys(lines)))


def place_responsibility(
    *, actor: Actor, unit_id: int, cell: Cell, line: NewLine, former_id: int | None = None
) -> RaciLine:
    """Add one line to a cell, or put it in the place of another one of the same cell.

    Raises `NotFound`, `Forbidden`, `Invalid` as `set_responsibilities` does. Takes the advisory lock on the matrix.
    """
    with acting_as(actor):
        check_keeper(actor, unit_id, "responsibilities")
        _check_type(actor, unit_id, cell)
        _check_line(actor, line)
        _lock(unit_id)
        former = _rows(unit_id, cell)
        kept = [_as_written(row) for row in former if row.pk != former_id]
        if former_id is not None and len(kept) == len(former):
            raise NotFound("responsibility")
        if line in kept:
            raise Invalid("The cell says that already.", path=["part"])
        _check_accountable([*(each.part for each in kept), line.part], too_many="part")
        return _replaced(actor, unit_id, cell, [*kept, line])[-1]


def withdraw_responsibility(*, actor: Actor, line_id: int) -> None:
    """Take one line away.

    Raises `NotFound`, `Forbidden`, and `Conflict` for who is accountable while others have a part.
    """
    with acting_as(actor):
        row = RaciLine.objects.filter(pk=line_id).first()
        if row is None:
            raise NotFound("responsibility")
        check_keeper(actor, row.unit_id, "responsibilities")
        _lock(row.unit_id)
        cell = Cell(Activity(row.activity), row.incident_type_id, Severity(row.severity) if row.severity else None)
        kept = [_as_written(each) for each in _rows(row.unit_id, cell) if each.pk != line_id]
        if kept and all(each.part != Part.ACCOUNTABLE for each in kept):
            raise Conflict("Somebody must be accountable while others have a part: put somebody else in this place.")
        _replaced(actor, row.unit_id, cell, kept)


def _lock(unit_id: int) -> None:
    # An advisory lock: where a cell is empty there are no rows that two administrators could meet on.
    hold("incidents_raciline", unit_id)


def _rows(unit_id: int, cell: Cell) -> list[RaciLine]:
    return list(
        RaciLine.objects.filter(
            unit=unit_id, activity=cell.activity, incident_type=cell.incident_type_id, severity=cell.severity
        )
        .select_related("schedule", "person")
        .order_by("pk")
    )


def _as_written(row: RaciLine) -> NewLine:
    return NewLine(Part(row.part), row.schedule_id, row.person_id, row.role_key)


def _replaced(actor: Actor, unit_id: int, cell: Cell, lines: Sequence[NewLine]) -> list[RaciLine]:
    former = _rows(unit_id, cell)
    RaciLine.objects.filter(pk__in=[row.pk for row in former]).delete()
    RaciLine.objects.bulk_create(
        RaciLine(
            unit_id=unit_id,
            activity=cell.activity,
            incident_type_id=cell.incident_type_id,
            severity=cell.severity,
            part=line.part,
            schedule_id=line.schedule_id,
            person_id=line.person_id,
            role_key=line.role_key,
        )
        for line in lines
    )
    made = _rows(unit_id, cell)
    for row in made[:1] or former[:1]:
        audit.record(
            actor=actor,
            verb="set_responsibilities",
            obj=row,
            unit_id=unit_id,
            change={cell.activity.value: [[access.said_of_line(each) for each in rows] for rows in (former, made)]},
        )
    return made


def _check_type(actor: Actor, unit_id: int, cell: Cell) -> None:
    if cell.incident_type_id is not None:
        try:
            tenants.term_for(actor, TermKind.INCIDENT_TYPE, cell.incident_type_id, unit_id=unit_id)
        except NotFound as error:
            raise error.at("incidentTypeId") from None


def _check_accountable(parts: Sequence[Part], *, too_many: str = "lines") -> None:
    """Raises `Invalid`. `too_many` is the field that makes one accountable who is one too many."""
    accountable = parts.count(Part.ACCOUNTABLE)
    if accountable != 1:
        raise Invalid(
            f"Exactly one is accountable; here {'nobody is' if not accountable else f'{accountable} are'}.",
            path=[too_many if accountable else "lines"],
        )


def _check_line(actor: Actor, line: NewLine) -> None:
    if sum((line.schedule_id is not None, line.person_id is not None, bool(line.role_key))) != 1:
        raise Invalid("Name a schedule, a person or a role, and one of them alone.", path=["scheduleId"])
    try:
        if line.schedule_id is not None:
            oncall.schedule_for(actor, line.schedule_id)
        elif line.person_id is not None:
            tenants.person_for(actor, line.person_id)
    except NotFound as error:
        raise Invalid(error.message, path=["scheduleId" if line.schedule_id else "personId"]) from None
    if line.role_key and not Role.objects.filter(key=line.role_key).exists():
        raise Invalid(f"There is no role “{line.role_key}”.", path=["roleKey"])
