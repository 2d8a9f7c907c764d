"""What GraphQL's lists tell somebody, against the rules in Python: counts, pages, what is nested, filters and orders.

Each question is asked over HTTP as its reader, in a world where rows are hidden. What a filter on a hidden value finds,
or where a list that is ordered by a hidden column goes on, must follow from the rows that `rules` lets the reader see.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from random import Random
from typing import Any, Final

from django.db import transaction
from django.db.models import ForeignKey, ManyToOneRel, Model
from django.test import Client
from graphql import GraphQLEnumType, GraphQLField, GraphQLInputObjectType, get_named_type

from hub.graphql.schema import schema
from tests.graphql.walking import connections, is_connection, node_type, object_types, query_fields
from tests.tenancy.hidden import CANARY
from tests.tenancy.paths import global_id
from tests.tenancy.predicates import Reader, Row
from tests.tenancy.rules import RULES
from tests.tenancy.tables import Leak, Sample, key, key_of

WHOLE: Final = 10**9
"""More rows than a table has."""
PAGES: Final = 3
"""In how many pages a list is walked, at least, where it has enough rows."""
LARGEST: Final = 100
FILTERS: Final = 3
"""How many filters are drawn for a list, each with its contrary."""

RANKED: Final = {"searchKnowledge"}
"""Lists that are ranked by the words of a question: those are compared between worlds, with their scores."""

NARROWER: Final[dict[str, Callable[[Reader, Row], bool]]] = {
    "inbox": lambda reader, row: row["person_id"] == reader.id,
    "phoneTrees": lambda reader, row: row["retired_at"] is None,
}
"""Lists that show less than all that one may read of a table, and what."""


@dataclass(frozen=True)
class Listing:
    """A list that is asked for by itself, and the model that its rows are of."""

    name: str
    type_name: str
    model: type[Model]
    field: GraphQLField

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def input_fields(self, argument: str) -> dict[str, Any]:
        """What can be given in its filters, or its ordering."""
        if argument not in self.field.args:
            return {}
        named = get_named_type(self.field.args[argument].type)
        assert isinstance(named, GraphQLInputObjectType)
        return dict(named.fields)


@cache
def models() -> dict[str, type[Model]]:
    """The model of each object type whose objects are rows."""
    found = {}
    for named in object_types():
        definition = schema.get_type_by_name(named.name)
        described = getattr(getattr(definition, "origin", None), "__strawberry_django_definition__", None)
        if described is not None and "id" in named.fields:
            found[named.name] = described.model
    return found


@cache
def listings() -> tuple[Listing, ...]:
    """Every list of rows that is asked for by itself."""
    return tuple(
        Listing(name, node_type(field).name, models()[node_type(field).name], field)
        for name, field in query_fields().items()
        if is_connection(field) and name not in RANKED
    )


@cache
def nested() -> tuple[tuple[str, str, ManyToOneRel], ...]:
    """Every list below a row: the type, the name of the list, and the relation that it follows."""
    found = []
    for parent, name, _ in connections():
        if parent.name == "Query":
            continue
        relation = models()[parent.name]._meta.get_field(snake(name))
        assert isinstance(relation, ManyToOneRel), f"{parent.name}.{name} follows no relation: ask for it otherwise"
        found.append((parent.name, name, relation))
    return tuple(found)


def everything(asked: Sequence[Listing]) -> Sample:
    """All rows of these lists, of what is below any row, and of what their filters reach."""
    tables = {each.table for each in asked}
    for parent, _, relation in nested():
        tables |= {models()[parent]._meta.db_table, table_of(relation)}
    for listing in asked:
        filtered = {snake(name) for name in listing.input_fields("filters")}
        related = [each for each in listing.model._meta.get_fields() if isinstance(each, ForeignKey)]
        tables |= {table_of(each) for each in related if each.name in filtered}
    return Sample.taken(sorted(tables & set(RULES)), most=WHOLE)


def table_of(relation: ForeignKey[Any, Any] | ManyToOneRel) -> str:
    """The table at the other end of a relation."""
    assert not isinstance(relation.related_model, str)
    return relation.related_model._meta.db_table


def snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


class Asking:
    """A reader with a browser, and all that the rules let them see of a sample."""

    def __init__(self, client: Client, person_id: int, sample: Sample) -> None:
        self.reader = Reader(person_id, sample.facts)
        self.name = sample.facts.people[person_id]["username"]
        self.sample = sample
        self._client = client
        self._seen: dict[str, dict[Any, Row]] = {}

    def seen(self, table: str) -> dict[Any, Row]:
        """The rows of a table that they may read, by key."""
        if table not in self._seen:
            rule = RULES[table]
            self._seen[table] = {key(table, row): row for row in self.sample.rows[table] if rule(self.reader, row)}
        return self._seen[table]

    def hidden(self, table: str) -> list[Row]:
        """The rows of a table that they may not read."""
        seen = self.seen(table)
        return [row for row in self.sample.rows[table] if key(table, row) not in seen]

    def shown(self, listing: Listing) -> dict[Any, Row]:
        """The rows that a list has for them."""
        fits = NARROWER.get(listing.name)
        seen = self.seen(listing.table)
        return seen if fits is None else {each: row for each, row in seen.items() if fits(self.reader, row)}

    def ask(self, document: str) -> dict[str, Any]:
        """The data of an answer. What asking leaves, such as that a restricted incident was read, is not kept."""
        with transaction.atomic():
            response: Any = self._client.post(
                "/graphql/",
                {"query": document},
                content_type="application/json",
                headers={"Accept": "application/graphql-response+json"},
            )
            transaction.set_rollback(True)
        answer = response.json()
        assert "errors" not in answer, (document[:600], answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data


def listed(random: Random, asking: Asking, asked: Iterable[Listing]) -> Iterator[Leak]:
    """Where a list, its pages, its filters or its order say something else than the rules."""
    for listing in asked:
        shown = asking.shown(listing)
        ids = {global_id(listing.type_name, each): row for each, row in shown.items()}
        said = [*_walked(random, asking, listing, ids), *_filtered(random, asking, listing, ids)]
        for each in said:
            yield Leak(f"list {listing.name}", asking.name, each)


def _walked(random: Random, asking: Asking, listing: Listing, ids: Mapping[str, Row]) -> Iterator[str]:
    """Page after page, forward and backward, in an order that the dice say."""
    column = random.choice(["", *listing.input_fields("ordering")])
    direction = random.choice(["ASC", "DESC"])
    order = f", ordering: [{{{column}: {direction}}}]" if column else ""
    size = min(max(1, -(-len(ids) // PAGES)), LARGEST)
    walks: list[list[str]] = []
    for count, position, more, cursor in (
        ("first", "after", "hasNextPage", "endCursor"),
        ("last", "before", "hasPreviousPage", "startCursor"),
    ):
        walk: list[str] = []
        place = ""
        while len(walk) <= len(ids):
            page = asking.ask(
                f"{{ {listing.name}({count}: {size}{place}{order})"
                f" {{ totalCount pageInfo {{ {more} {cursor} }} edges {{ node {{ id }} }} }} }}"
            )[listing.name]
            if page["totalCount"] != len(ids):
                yield f"counts {page['totalCount']} and not {len(ids)}{order}"
            found = [edge["node"]["id"] for edge in page["edges"]]
            walk = [*walk, *found] if count == "first" else [*found, *walk]
            if not page["pageInfo"][more]:
                break
            place = f', {position}: "{page["pageInfo"][cursor]}"'
        if sorted(walk) != sorted(ids):
            yield f"{count}: has {sorted(set(walk) - set(ids))[:3]}, lacks {sorted(set(ids) - set(walk))[:3]}{order}"
        walks.append(walk)
    if walks[0] != walks[1]:
        yield f"is in another order from its end{order}"
    elif column and (values := [ids[each].get(snake(column)) for each in walks[0] if each in ids]):
        known = [each for each in values if isinstance(each, int | date)]
        if known != sorted(known, reverse=direction == "DESC"):
            yield f"is not in its order{order}"


Test = Callable[[Row], bool] | None
"""Which of the rows that somebody sees a filter finds; None where only its contrary is known to find the others."""


def _filtered(random: Random, asking: Asking, listing: Listing, ids: Mapping[str, Row]) -> Iterator[str]:
    """Filters on what hidden rows say: each finds visible rows alone, and its contrary finds the rest of them."""
    drawn = list(_filters(random, asking, listing))
    for text, test in random.sample(drawn, min(FILTERS, len(drawn))):
        data = asking.ask(
            f"{{ found: {listing.name}(first: {LARGEST}, filters: {text}) {{ totalCount edges {{ node {{ id }} }} }}"
            f" others: {listing.name}(first: 1, filters: {{NOT: {text}}}) {{ totalCount }} }}"
        )
        found, others = data["found"], data["others"]["totalCount"]
        got = {edge["node"]["id"] for edge in found["edges"]}
        if got - set(ids) or found["totalCount"] + others != len(ids):
            yield f"{text} finds {sorted(got - set(ids))[:3]}, {found['totalCount']} and {others} of {len(ids)}"
        if test is not None:
            expected = {each for each, row in ids.items() if test(row)}
            if found["totalCount"] != len(expected) or not got <= expected:
                yield f"{text} finds {found['totalCount']} and not {len(expected)}"


def _filters(random: Random, asking: Asking, listing: Listing) -> Iterator[tuple[str, Test]]:
    """Filters that are made of what one hidden row says, as GraphQL writes them."""
    hidden = asking.hidden(listing.table)
    row = random.choice(hidden or list(asking.seen(listing.table).values()) or [{}])
    for name, field in listing.input_fields("filters").items():
        named, column = get_named_type(field.type), snake(name)
        if name in ("AND", "OR", "NOT"):
            continue
        if named.name == "ID" and name == "id" and row:
            wanted = key(listing.table, row)
            yield f'{{id: ["{global_id(listing.type_name, wanted)}"]}}', _is(key_of(listing.table), wanted)
        elif named.name == "Boolean":
            value = random.random() < 0.5
            yield f"{{{name}: {json.dumps(value)}}}", _is(column, value) if isinstance(row.get(column), bool) else None
        elif named.name == "String" and (words := re.findall(CANARY + r"\d+", str(row))):
            yield f'{{{name}: "{random.choice(words)}"}}', lambda each: False
        elif isinstance(named, GraphQLInputObjectType):
            if (one := _of_column(named, column, row)) is not None:
                yield f"{{{name}: {one}}}", _is(column, row[column])
            elif (other := _of_relation(random, asking, listing, named, column)) is not None:
                yield f"{{{name}: {other[0]}}}", other[1]


def _is(column: str, value: Any) -> Callable[[Row], bool]:
    return lambda row: row[column] == value


def _of_column(named: GraphQLInputObjectType, column: str, row: Row) -> str | None:
    """Exactly the row's value in a column of its own."""
    value = row.get(column)
    if named.name == "TextFilter" and isinstance(value, str):
        return f"{{exact: {json.dumps(value)}}}"
    if named.name == "NumberFilter" and isinstance(value, int):
        return f"{{exact: {value}}}"
    if named.name == "TimeFilter" and isinstance(value, datetime):
        return f'{{gte: "{value.isoformat()}", lte: "{value.isoformat()}"}}'
    exact = named.fields.get("exact")
    if exact is not None and isinstance(choices := get_named_type(exact.type), GraphQLEnumType):
        name = str(value).upper()
        return f"{{exact: {name}}}" if name in choices.values else None
    return None


def _of_relation(
    random: Random, asking: Asking, listing: Listing, named: GraphQLInputObjectType, column: str
) -> tuple[str, Test] | None:
    """What a row says to which visible ones lead, if possible one that is itself hidden."""
    names = {each.name for each in listing.model._meta.get_fields()}
    relation = listing.model._meta.get_field(column) if column in names else None
    if not isinstance(relation, ForeignKey):
        return None
    table = table_of(relation)
    texts = [name for name, field in named.fields.items() if get_named_type(field.type).name == "TextFilter"]
    if table not in asking.sample.rows or not texts:
        return None
    seen, hidden = asking.seen(table), {key(table, row): row for row in asking.hidden(table)}
    led = {row[relation.attname] for row in asking.seen(listing.table).values()}
    targets = [hidden[each] for each in led & set(hidden)] or list(hidden.values()) or list(seen.values())
    if not targets:
        return None
    text = random.choice(texts)
    value = random.choice(targets).get(snake(text))
    if not isinstance(value, str):
        return None
    matching = {each for each, row in seen.items() if row[snake(text)] == value}
    return f"{{{text}: {{exact: {json.dumps(value)}}}}}", lambda row: row[relation.attname] in matching


def below(random: Random, asking: Asking, most: int = 8) -> Iterator[Leak]:
    """Where a list below a row has or counts something else than the rules say."""
    for parent, name, relation in nested():
        table, child = models()[parent]._meta.db_table, table_of(relation)
        of = relation.field.attname
        parents = list(asking.seen(table))
        random.shuffle(parents)
        # Those first below which something is hidden.
        guarded = {row[of] for row in asking.hidden(child)}
        chosen = sorted(parents, key=lambda each: each not in guarded)[:most]
        if not chosen:
            continue
        ids = ", ".join(f'"{global_id(parent, each)}"' for each in chosen)
        answers = asking.ask(
            f"{{ nodes(ids: [{ids}]) {{ ... on {parent} {{ {name}(first: 20)"
            " { totalCount edges { node { __typename id } } } } } }"
        )["nodes"]
        for each, answer in zip(chosen, answers, strict=True):
            expected = {key(child, row) for row in asking.seen(child).values() if row[of] == each}
            if answer is None:
                yield Leak(f"list {parent}.{name}", asking.name, f"lacks {each}")
                continue
            got = {edge["node"]["id"] for edge in answer[name]["edges"]}
            right = {
                global_id(edge["node"]["__typename"], wanted) for edge in answer[name]["edges"] for wanted in expected
            }
            if answer[name]["totalCount"] != len(expected) or got - right or len(got) != min(20, len(expected)):
                said = f"of {each} counts {answer[name]['totalCount']} and not {len(expected)}, has {got - right}"
                yield Leak(f"list {parent}.{name}", asking.name, said)
