"""When people may work on a unit's incidents, as far as that begins or ends: roles are given for a time.

Whoever sees a schedule sees when its people are away, and a role that ends takes its holder off in the same way: that
is answered to everybody alike, and says nothing of which role it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.db import connection
from django.db.models import F, Func, JSONField

from hub.lib import clock
from hub.oncall.shifts import Span

EVER: Final = datetime.min.replace(tzinfo=UTC)
FOREVER: Final = datetime.max.replace(tzinfo=UTC)

Times = Mapping[int, list[Span]]
"""When each person may work, by id; whoever is absent begins and ends nothing."""


def work_times(people: Collection[int], units: Collection[int]) -> tuple[dict[int, dict[int, list[Span]]], set[int]]:
    """When these people may work on incidents of each unit, by unit and person, and who has left, in one statement.

    Of the times, absent is who may always, and who never could: nothing begins or ends for them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_id, person_id, starts_at, ends_at FROM app.work_times(%s, %s) ORDER BY 1, 2, 3",
            [list(people), list(units)],
        )
        rows = cursor.fetchall()
    found: dict[int, dict[int, list[Span]]] = defaultdict(dict)
    now = clock.now()
    gone = {person for unit, person, _, _ in rows if unit is None}
    for (unit, person), times in groupby(rows, key=itemgetter(0, 1)):
        if unit is not None and (spans := _limited(((each[2], each[3]) for each in times), now)):
            found[unit][person] = spans
    return found, gone


def work_in_layer() -> Func:
    """What annotates a query set of layers with what `times_in` reads: of all who stand in the layer."""
    return Func(F("pk"), function="app.work_in_layer", output_field=JSONField())


def work_of_stand_in() -> Func:
    """What annotates a query set of stand-ins with what `times_in` reads."""
    return Func(F("person"), F("unit"), function="app.work_of_person", output_field=JSONField())


def times_in(annotated: Iterable[Any]) -> dict[int, list[Span]]:
    """When people may work, from rows that are annotated so (`plan_work`)."""
    found: dict[int, list[Span]] = {}
    now = clock.now()
    for row in annotated:
        for person, times in groupby(row.plan_work or (), key=itemgetter(0)):
            if spans := _limited(((moment_in(each[1]), moment_in(each[2])) for each in times), now):
                found[person] = spans
    return found


def _limited(times: Iterable[tuple[datetime | None, datetime | None]], now: datetime) -> list[Span]:
    """The times, the earliest first, as spans without overlaps; empty where they are all the time.

    What has begun by now counts as though it had always been so: who was on before they had their role stays where
    they were.
    """
    spans: list[Span] = []
    for starts_at, ends_at in times:
        begins = EVER if starts_at is None or (not spans and starts_at <= now) else starts_at
        ends = FOREVER if ends_at is None else ends_at
        if spans and begins <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], ends))
        else:
            spans.append((begins, ends))
    return [] if spans == [(EVER, FOREVER)] else spans


def moment_in(text: str | None) -> datetime | None:
    """The moment (aware) that PostgreSQL or `isoformat` wrote into JSON, if there is one."""
    return datetime.fromisoformat(text) if text else None
