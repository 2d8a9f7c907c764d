"""What people may do with a unit's incidents: whoever is on call and may not work on them cannot even open them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import IntEnum

from django.db import connection
from django.db.models import BooleanField, DateTimeField, F, Func, Value


class Able(IntEnum):
    """What somebody may do with a unit's incidents, the least first."""

    NOTHING = 0
    SEE = 1
    WORK = 2


def able(asked: Collection[tuple[int, int]], moment: datetime) -> dict[tuple[int, int], Able]:
    """What each of these people may do in the unit beside them, by person and unit, in one statement.

    Args:
        moment: when (aware); now if that is over.
    """
    if not asked:
        return {}
    people, units = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id, unit_id, degree FROM app.able(%s, %s, %s)", [list(people), list(units), moment]
        )
        return {(person, unit): Able(degree) for person, unit, degree in cursor.fetchall()}


def may_work(unit_id: int, moment: datetime) -> Func:
    """What annotates a query set of people with whether each may work on the unit's incidents then."""
    return Func(
        F("pk"),
        Value(unit_id),
        Value(moment, output_field=DateTimeField()),
        function="app.may_work",
        output_field=BooleanField(),
    )
