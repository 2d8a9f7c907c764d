"""No figure, and no difference of figures, gives away a restricted incident: shown by trying all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from django.db import DatabaseError, connection, transaction

from hub.incidents.models import Incident, Severity, Status
from hub.lib import clock
from hub.metrics.actions import quarter_starts, release_quarters
from hub.metrics.disclosure import MINIMUM, told
from hub.metrics.models import QuarterRelease
from tenants.models import BusinessUnit
from tests.conftest import as_system, seeding
from tests.graphql.api import ApiOf, api

__all__ = ["api"]

Table = tuple[int, ...]


def tables(cells: int, most: int) -> Iterator[Table]:
    """Every way to spread up to `most` incidents over so many cells."""
    if cells == 0:
        yield ()
        return
    for first in range(most + 1):
        for rest in tables(cells - 1, most - first):
            yield (first, *rest)


@pytest.mark.parametrize(("units", "minimum", "most"), [(1, 2, 7), (2, 2, 8), (2, 3, 9), (3, 2, 9), (4, 2, 9)])
def test_no_combination_of_figures_determines_a_small_number(units: int, minimum: int, most: int) -> None:
    """The reader knows this code, and every figure: worlds that look alike to them leave every small sum open.

    A sum over any set of cells is either known to be large (the minimum or more), or may be anything from 0 to just
    below the minimum, as far as the whole leaves room for that.
    """
    cells = range(units)
    alike: dict[object, list[Table]] = defaultdict(list)
    for table in tables(len(cells), most):
        alike[repr(told(dict(zip(cells, table, strict=True)), minimum))].append(table)
    for said, worlds in alike.items():
        for size in range(1, len(cells) + 1):
            for chosen in combinations(range(len(cells)), size):
                sums = {sum(world[cell] for cell in chosen) for world in worlds}
                if min(sums) < minimum:
                    assert set(range(minimum)) <= sums, (said, chosen, sums)


def test_hiding_only_a_second_part_would_not_do() -> None:
    """Why none of the parts is told: with the customary rule, which second one is hidden tells the others' size."""

    def customary(parts: Table, minimum: int = 3) -> tuple[int | None, ...]:
        hidden = {place for place, part in enumerate(parts) if part < minimum}
        shown = sorted((part, place) for place, part in enumerate(parts) if place not in hidden)
        while hidden and shown and sum(parts[place] for place in hidden) < minimum:
            hidden.add(shown.pop(0)[1])
        return (sum(parts), *(None if place in hidden else part for place, part in enumerate(parts)))

    alike = defaultdict(list)
    for table in tables(3, 9):
        alike[customary(table)].append(table)
    told_of_one = [worlds for worlds in alike.values() if 1 <= min(world[0] for world in worlds) < 3]
    assert told_of_one, "some worlds give away that the first part is not empty"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({1: 2, 2: 2}, (None, None)),
        ({1: 5, 2: 0}, (5, None)),
        ({1: 5, 2: 4, 3: 9}, (18, None)),
        ({1: 5, 2: 5}, (10, {1: 5, 2: 5})),
    ],
)
def test_what_is_told(counts: dict[int, int], expected: tuple[object, ...]) -> None:
    said = told(counts)
    assert (said.total, said.by_unit) == expected


def restricted(unit: BusinessUnit, day: date, count: int, severity: Severity = Severity.SEV2) -> None:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    Incident.objects.bulk_create(
        Incident(
            unit=unit,
            reference=f"{unit.prefix}-R{day:%y%m%d}{number:02}",
            title="Hidden",
            severity=severity,
            status=Status.DECLARED,
            restricted=True,
            declared_at=moment,
            updated_at=moment,
        )
        for number in range(count)
    )


@pytest.mark.django_db
def test_a_quarter_is_released_once_and_stays_as_it_was(api: ApiOf) -> None:
    start, following = quarter_starts(clock.now().date(), 2)[:2]
    with seeding():
        QuarterRelease.objects.all().delete()
        units = list(BusinessUnit.objects.all())
        restricted(units[0], start, 7)
        restricted(units[1], following, MINIMUM - 1)
    release_quarters()
    with seeding():
        restricted(units[0], start + timedelta(days=1), 1)
    release_quarters()

    question = "{ restrictedFigures { quarter minimum restricted byUnit { restricted } } }"
    told_of = {each["quarter"]: each for each in api("coordinator").ask(question).data["restrictedFigures"]}
    first, second = (QuarterRelease(starts_on=day).name for day in (start, following))
    assert told_of[first]["restricted"] == 7
    assert told_of[first]["byUnit"] is None
    assert told_of[second]["restricted"] is None
    running = QuarterRelease(starts_on=quarter_starts(clock.now().date(), 0)[0]).name
    assert running not in told_of


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["commander.payments", "lead.emea", "outsider.logistics"])
def test_only_the_enterprise_reads_it(api: ApiOf, username: str) -> None:
    release_quarters()
    assert api(username).ask("{ restrictedFigures { quarter } }").data["restrictedFigures"] == []


@pytest.mark.django_db
def test_nobody_changes_what_was_released() -> None:
    release_quarters()
    with as_system(), connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute("UPDATE metrics_quarterrelease SET total = 1")
