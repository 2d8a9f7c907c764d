"""Something of every kind is hidden in a world, from whom it is hidden, with a word by which it would be known."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model
from graphql import GraphQLObjectType

from hub.lib import identity
from hub.lib.identity import acting_as
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.graphql.walking import object_types
from tests.tenancy.answers import models
from tests.tenancy.changes import GUARDED
from tests.tenancy.hidden import CANARY, Hidden
from tests.tenancy.predicates import Row, anybody, everybody
from tests.tenancy.readers import populate
from tests.tenancy.rules import RULES
from tests.tenancy.tables import rows_of, scoped_tables
from tests.tenancy.words import WORDLESS, texts
from tests.tenancy.worlds import hide, source_for_worlds

pytestmark = pytest.mark.django_db

NOTHING_HIDDEN: Final = {
    "metrics_quarterrelease": "a row a quarter, of no unit: both worlds have one, which a role lets read or not",
    "reach_wrongcode": "holds a digest, and nobody reads it: both worlds have one",
}
"""Tables that not everybody reads, of which nothing is hidden in the worlds, and why."""


class Generous(Random):
    """Dice by which all is written that may be written."""

    def random(self) -> float:
        return 0.0

    def getrandbits(self, k: int, /) -> int:
        return super().getrandbits(k)


def written_by_hiding() -> tuple[Person, Hidden, dict[str, list[Row]]]:
    """What is hidden from somebody, restricted and in a unit that they do not view: every row, by its table."""
    random = Generous(3)
    source_for_worlds()
    actors = populate()
    with seeding():
        blind = Person.objects.get(username="outsider.logistics")
        unit = BusinessUnit.objects.get(slug="payments")
        # A row is written where it was not before, also one that is changed.
        before = {table: [row["placed_at"] for row in _placed(table)] for table in scoped_tables()}
    hidden = Hidden()
    for restricted in (True, False):
        one = hide(random, unit=unit, restricted=restricted, actors=actors, blind=None)
        for name, keys in one.ids.items():
            hidden.ids.setdefault(name, []).extend(keys)
    with seeding():
        return blind, hidden, {table: list(_placed(table, before[table])) for table in scoped_tables()}


def _placed(table: str, before: list[str] | None = None) -> Iterator[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ctid::text AS placed_at, row.* FROM {table} row WHERE ctid <> ALL (%s::tid[])", [before or []]
        )
        names = [column.name for column in cursor.description]
        yield from (dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def test_something_of_every_kind_is_hidden_and_carries_a_word() -> None:
    blind, hidden, written = written_by_hiding()
    guarded = {table for table in scoped_tables() if RULES[table] not in (anybody, everybody)}
    assert {table for table in guarded if not written[table]} == set(NOTHING_HIDDEN)
    with acting_as(identity.person(blind.pk)):
        seen = {
            table: rows
            for table in sorted(guarded)
            if (rows := rows_of(table, f"ctid = ANY ('{{{','.join(_quoted(written[table]))}}}'::tid[])"))
        }
    assert seen == {}
    wordless = {
        (table, field.column)
        for table in sorted(guarded)
        for field in texts(_model_of(table))
        if written[table] and not any(CANARY in str(row[field.column]) for row in written[table])
    }
    unexcused = {(table, name) for table, name in wordless if not {name, f"{table}.{name}"} & set(WORDLESS)}
    assert unexcused == set()
    assert set(WORDLESS) <= {*(name for _, name in wordless), *(f"{table}.{name}" for table, name in wordless)}
    assert {kind for kinds in GUARDED.values() for kind in kinds} <= set(hidden.ids)
    assert set(_nodes_of(guarded)) <= set(hidden.ids)


def _model_of(table: str) -> type[Model]:
    return next(each for each in apps.get_models(include_auto_created=True) if each._meta.db_table == table)


def _quoted(rows: list[Row]) -> list[str]:
    return [f'"{row["placed_at"]}"' for row in rows]


def _nodes_of(tables: set[str]) -> Iterator[str]:
    """The types of nodes that are rows of these tables."""
    for named in object_types():
        model: type[Model] | None = models().get(named.name)
        if model is not None and model._meta.db_table in tables and _is_node(named):
            yield named.name


def _is_node(named: GraphQLObjectType) -> bool:
    return any(each.name == "Node" for each in named.interfaces)
