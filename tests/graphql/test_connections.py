"""Connections: bounded whatever is asked, and complete when they are walked."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from hub.catalog.models import Service
from hub.incidents.actions import declare_incident
from hub.incidents.models import Incident, Severity, TimelineEntry
from hub.lib.api import DEFAULT_PAGE, LARGEST_PAGE
from hub.lib.api.connections import ConnectionField
from hub.lib.identity import Actor
from tests.conftest import seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.graphql.walking import connections, is_connection, query_fields

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ROOTS = [name for name, field in query_fields().items() if is_connection(field)]
NESTED = {parent.name: name for parent, name, _ in connections() if parent.name != "Query"}


@pytest.fixture
def coordinator(api: ApiOf) -> Api:
    return api("coordinator")


def long_timeline(entries: int) -> Incident:
    """The newest incident, with so many entries more."""
    with seeding():
        incident = Incident.objects.filter(restricted=False).latest("declared_at")
        TimelineEntry.objects.bulk_create(
            TimelineEntry(incident=incident, unit_id=incident.unit_id, body=f"Entry {number}", at=incident.declared_at)
            for number in range(entries)
        )
        return incident


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize(
    ("arguments", "argument"), [("first: 101", "first"), ("first: -1", "first"), ("first: 2147483647", "first")]
)
def test_a_page_that_is_too_large_or_negative_is_refused(
    coordinator: Api, root: str, arguments: str, argument: str
) -> None:
    answer = coordinator.ask(f"{{ {root}({arguments}) {{ totalCount }} }}")

    assert answer.codes == ["BAD_USER_INPUT"]
    assert argument in answer.message


@pytest.mark.parametrize("arguments", ["last: 101", "last: -1", "first: 1, last: 1"])
@pytest.mark.parametrize("root", [root for root in ROOTS if root != "searchKnowledge"])
def test_a_page_from_the_end_is_bounded_too(coordinator: Api, root: str, arguments: str) -> None:
    assert coordinator.ask(f"{{ {root}({arguments}) {{ totalCount }} }}").codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("arguments", ["first: 101", "first: -1", "last: 101", "first: 1, last: 1", 'after: "x"'])
def test_a_page_below_others_is_checked_where_it_stands(coordinator: Api, arguments: str) -> None:
    answer = coordinator.ask(f"{{\n incidents {{ edges {{ node {{\n timeline({arguments}) {{ totalCount }} }} }} }} }}")

    assert answer.codes == ["BAD_USER_INPUT"]
    assert "`timeline`" in answer.message
    assert answer.body["errors"][0]["locations"][0]["line"] == 3


@pytest.mark.parametrize("size", ["", "(first: null)", "(last: null)", "(first: $none)", "(first: $none, last: $none)"])
def test_without_a_number_a_page_has_fifty(coordinator: Api, size: str) -> None:
    incident = long_timeline(200)
    variables = "($none: Int)" if "$none" in size else ""

    answer = coordinator.ask(
        f"query Q{variables} {{ incidents{size} {{ edges {{ node {{ id timeline{size} {{ totalCount edges {{"
        " node { id } } pageInfo { hasNextPage } } } } } }"
    )

    edges = answer.data["incidents"]["edges"]
    (timeline,) = [edge["node"]["timeline"] for edge in edges if edge["node"]["id"] == global_id("Incident", incident)]
    assert len(edges) == DEFAULT_PAGE
    assert len(timeline["edges"]) == DEFAULT_PAGE
    assert timeline["pageInfo"]["hasNextPage"]
    assert timeline["totalCount"] > 200


@pytest.mark.parametrize("name", ["node", "incident", "alias"])
def test_no_way_to_a_connection_leads_around_its_bound(coordinator: Api, name: str) -> None:
    incident = long_timeline(200)
    ways = {
        "node": "node(id: $id) { ... on Incident { timeline { edges { node { id } } } } }",
        "incident": "incident(id: $id) { timeline { edges { node { id } } } }",
        "alias": "it: incident(id: $id) { timeline { edges { node { id } } } last: timeline(last: 1) { totalCount } }",
    }

    answer = coordinator.ask(
        f"query ($id: ID!) {{ found: __typename {ways[name]} }}", id=global_id("Incident", incident)
    )

    (found,) = [value for key, value in answer.data.items() if key != "found"]
    assert len(found["timeline"]["edges"]) == DEFAULT_PAGE


def test_a_mutations_object_is_bounded_too(api: ApiOf, actor: Callable[[str], Actor]) -> None:
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    responder = actor("responder.payments")
    declare_incident(actor=responder, title="Ledger lags", severity=Severity.SEV2, service_id=ledger.pk)
    incident = long_timeline(200)

    answer = api("responder.payments").change(
        "acknowledgeIncident",
        "... on Incident { timeline { edges { node { id } } totalCount } }",
        incidentId=global_id("Incident", incident),
    )

    timeline = answer.data["acknowledgeIncident"]["timeline"]
    assert len(timeline["edges"]) == DEFAULT_PAGE
    assert timeline["totalCount"] > 200


@pytest.mark.parametrize(
    "ordering",
    [
        "",
        "ordering: [{declaredAt: ASC}]",
        "ordering: [{severity: ASC}, {declaredAt: DESC}]",
        "ordering: [{resolvedAt: ASC}]",
        "ordering: [{resolvedAt: DESC}]",
        "ordering: [{resolvedAt: DESC_NULLS_LAST}]",
        "ordering: [{resolvedAt: ASC_NULLS_FIRST}, {status: DESC}]",
        "ordering: [{status: DESC}]",
    ],
)
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_walking_a_list_meets_each_object_once_in_order(coordinator: Api, ordering: str, direction: str) -> None:
    whole = walk(coordinator, ordering, "forward", LARGEST_PAGE)

    walked = walk(coordinator, ordering, direction, 37)

    with seeding():
        incidents = Incident.objects.filter(unit__slug="payments", restricted=False)
        expected = sorted(incidents.values_list("reference", flat=True))
    assert sorted(whole) == expected
    assert walked == whole


def walk(own: Api, ordering: str, direction: str, size: int) -> list[str]:
    """The references of a unit's incidents, page by page, in the list's order."""
    word, cursor_word, end = (
        ("first", "after", "endCursor") if direction == "forward" else ("last", "before", "startCursor")
    )
    more = "hasNextPage" if direction == "forward" else "hasPreviousPage"
    found: list[str] = []
    cursor: str | None = None
    while True:
        answer = own.ask(
            f"""query ($cursor: String) {{
              incidents({word}: {size}, {cursor_word}: $cursor {ordering}
                filters: {{unit: {{slug: {{exact: "payments"}}}}}}) {{
                pageInfo {{ {end} {more} }} edges {{ node {{ reference }} }} }} }}""",
            cursor=cursor,
        )
        page = answer.data["incidents"]
        references = [edge["node"]["reference"] for edge in page["edges"]]
        found = found + references if direction == "forward" else references + found
        cursor = page["pageInfo"][end]
        if not page["pageInfo"][more]:
            return found


def test_a_page_between_two_cursors_lies_between_them(coordinator: Api) -> None:
    query = """query ($after: String, $before: String, $first: Int, $last: Int) {
      incidents(after: $after, before: $before, first: $first, last: $last) {
        pageInfo { hasNextPage hasPreviousPage } edges { cursor node { reference } } } }"""
    ten = coordinator.ask(query, first=10).data["incidents"]["edges"]
    cursors, references = [edge["cursor"] for edge in ten], [edge["node"]["reference"] for edge in ten]

    from_start = coordinator.ask(query, after=cursors[1], before=cursors[7], first=3).data["incidents"]
    from_end = coordinator.ask(query, after=cursors[1], before=cursors[7], last=3).data["incidents"]

    assert [edge["node"]["reference"] for edge in from_start["edges"]] == references[2:5]
    assert from_start["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": True}
    assert [edge["node"]["reference"] for edge in from_end["edges"]] == references[4:7]
    assert from_end["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": True}


def test_a_nested_list_is_walked_in_the_same_way(coordinator: Api) -> None:
    incident = long_timeline(20)
    query = """query ($id: ID!, $after: String) { incident(id: $id) {
      timeline(first: 7, after: $after) { totalCount pageInfo { endCursor hasNextPage } edges { node { id } } } } }"""
    with seeding():
        expected = [global_id("TimelineEntry", entry) for entry in incident.timeline.order_by("at", "id")]

    found: list[str] = []
    cursor = None
    while True:
        page = coordinator.ask(query, id=global_id("Incident", incident), after=cursor).data["incident"]["timeline"]
        found += [edge["node"]["id"] for edge in page["edges"]]
        assert page["totalCount"] == len(expected)
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert found == expected


def test_pages_of_one_list_asked_twice_do_not_mix(coordinator: Api) -> None:
    query = """{ incidents(first: 3) { edges { node {
      first: timeline(first: 1) { edges { node { body } } }
      last: timeline(last: 1) { edges { node { body } } }
      both: timeline { edges { node { body } } } } } } }"""

    for edge in coordinator.ask(query).data["incidents"]["edges"]:
        bodies = {name: [each["node"]["body"] for each in timeline["edges"]] for name, timeline in edge["node"].items()}
        assert bodies["first"] == bodies["both"][:1]
        assert bodies["last"] == bodies["both"][-1:]


def cursors() -> list[str]:
    def encoded(value: Any) -> str:
        return base64.b64encode(json.dumps(value).encode()).decode()

    return [
        "",
        "x",
        "ä",
        "\ufffd",
        encoded([]),
        encoded({}),
        encoded("text"),
        encoded([[[]]] * 3),
        encoded(["00000000", "2026-01-01T00:00:00.000000Z", "1"]),
        base64.b64encode(b"[" * 2000).decode(),
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b"orderedcursor:[]").decode(),
        "W" * 10_000,
    ]


@pytest.mark.parametrize("cursor", cursors())
@pytest.mark.parametrize("argument", ["after", "before"])
def test_a_cursor_of_no_shape_is_refused(coordinator: Api, cursor: str, argument: str) -> None:
    answer = coordinator.ask(
        f"query ($cursor: String) {{ incidents({argument}: $cursor) {{ edges {{ cursor }} }} }}", cursor=cursor
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["errors"][0]["extensions"]["argument"] == ["incidents", argument]


@pytest.mark.parametrize(
    "values",
    [
        ["tomorrow", "1"],
        ["2026-01-01T00:00:00", "1"],
        ["2026-01-01T00:00:00.000000Z", "one"],
        ["2026-01-01T00:00:00.000000Z", None],
        [None, "1"],
        ["2026-01-01T00:00:00.000000Z", 1],
        ["2026-01-01T00:00:00.000000Z", "1\x00"],
        ["2026-01-01T00:00:00.000000Z", "1", "2"],
        ["2026-01-01T00:00:00.000000Z"],
        ["0001-01-01T00:00:00.000000+23:59", "1"],
        ["2026-01-01T00:00:00.000000Z", " 1"],
    ],
)
def test_a_cursor_with_other_values_is_refused(coordinator: Api, values: list[Any]) -> None:
    answer = coordinator.ask("{ incidents(first: 1) { pageInfo { endCursor } } }")
    fingerprint = json.loads(base64.b64decode(answer.data["incidents"]["pageInfo"]["endCursor"]))[0]
    cursor = base64.b64encode(json.dumps([fingerprint, *values]).encode()).decode()

    refused = coordinator.ask("query ($c: String) { incidents(after: $c) { edges { cursor } } }", c=cursor)

    assert refused.codes == ["BAD_USER_INPUT"]


def test_a_number_beyond_any_key_is_a_place_like_another(coordinator: Api) -> None:
    answer = coordinator.ask("{ incidents(first: 1) { pageInfo { endCursor } } }")
    position = json.loads(base64.b64decode(answer.data["incidents"]["pageInfo"]["endCursor"]))
    cursor = base64.b64encode(json.dumps([*position[:2], "9" * 30]).encode()).decode()

    assert coordinator.ask("query ($c: String) { incidents(after: $c) { edges { cursor } } }", c=cursor).data


def test_a_cursor_of_another_list_or_order_is_refused(coordinator: Api) -> None:
    by_name = coordinator.ask("{ services(first: 1) { pageInfo { endCursor } } }").data["services"]["pageInfo"][
        "endCursor"
    ]

    for query in (
        "query ($c: String) { services(after: $c, ordering: [{slug: ASC}]) { edges { cursor } } }",
        "query ($c: String) { services(after: $c, ordering: [{name: DESC}]) { edges { cursor } } }",
        "query ($c: String) { schedules(after: $c) { edges { cursor } } }",
    ):
        assert coordinator.ask(query, c=by_name).codes == ["BAD_USER_INPUT"]


def test_the_arguments_of_every_page_say_how_much_there_is() -> None:
    said = {
        (name, argument.description)
        for field in query_fields().values()
        if isinstance(field.extensions["strawberry-definition"], ConnectionField)
        for name, argument in field.args.items()
        if name in ("first", "last")
    }

    assert said == {
        ("first", f"How many from the start: {DEFAULT_PAGE} unless said, at most {LARGEST_PAGE}."),
        ("last", f"How many from the end, at most {LARGEST_PAGE}; not together with `first`."),
    }
