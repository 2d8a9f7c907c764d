"""When people lack what a schedule demands of everybody on.

What is demanded changes from a moment on, and what people are able to do begins and ends: whoever lacks something of it
holds no shift as long as they do. That is answered alike to everybody who sees the schedule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import F, Func, JSONField

from hub.oncall.models import Schedule
from hub.oncall.shifts import Span
from hub.oncall.work import EVER, FOREVER, moment_in

Demand: TypeAlias = tuple[datetime | None, list[str]]
"""From when on (aware; None for ever since), and the keys that are demanded until the next one."""


def demands_of(schedule: Schedule) -> list[Demand]:
    """What the schedule has demanded, demands and will demand, the earliest first."""
    if not schedule.demands:
        return [(None, schedule.expertise)]
    return [(moment_in(since), keys) for since, keys in schedule.demands]


def demand(schedule: Schedule, keys: list[str], since: datetime) -> None:
    """Let the schedule demand these keys from a moment on (aware); what was planned for later is given up."""
    kept = [(begins, former) for begins, former in demands_of(schedule) if begins is None or begins < since]
    schedule.expertise = keys
    schedule.demands = [[begins and begins.isoformat(), each] for begins, each in (*kept, (since, keys))]


def lacking_times(pairs: Iterable[tuple[int, int]]) -> dict[int, dict[int, list[Span]]]:
    """When each of these people lacks what the schedule before them demands, by schedule and person, in one statement.

    Absent is who never does.
    """
    asked = list(pairs)
    if not asked:
        return {}
    schedules, people = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schedule_id, person_id, starts_at, ends_at FROM app.lacking_times(%s, %s)",
            [list(schedules), list(people)],
        )
        rows = cursor.fetchall()
    found: dict[int, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for schedule, person, starts_at, ends_at in rows:
        found[schedule][person].append((starts_at or EVER, ends_at or FOREVER))
    return found


def lacking_in_layer() -> Func:
    """What annotates a query set of layers with what `lacking_in` reads: of all who stand in the layer."""
    return Func(F("pk"), function="app.lacking_in_layer", output_field=JSONField())


def lacking_of_stand_in() -> Func:
    """What annotates a query set of stand-ins with what `lacking_in` reads."""
    return Func(F("schedule"), F("person"), function="app.lacking_of_person", output_field=JSONField())


def lacking_in(annotated: Iterable[Any]) -> dict[int, Sequence[Span]]:
    """When people lack something, from rows that are annotated so (`plan_lacks`)."""
    found: dict[int, set[Span]] = defaultdict(set)
    for row in annotated:
        for person, starts_at, ends_at in row.plan_lacks or ():
            found[person].add((moment_in(starts_at) or EVER, moment_in(ends_at) or FOREVER))
    return {person: sorted(spans) for person, spans in found.items()}
