"""The hub as a subgraph: its schema for a gateway, and its objects by their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLUnionType, ObjectTypeDefinitionNode, parse, print_ast

from hub.graphql.compiler.executing import executed_only
from hub.graphql.federation import MOST_REPRESENTATIONS
from hub.graphql.schema import ENTITIES
from hub.incidents.models import Incident
from tests.conftest import seeding
from tests.graphql.api import Answer, Api, ApiOf, api, global_id
from tests.graphql.walking import SCHEMA

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ENTITY = """query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Incident { id reference title service { name } commander { name } roles { person { name } } }
    ... on Person { name }
    ... on BusinessUnit { slug }
  }
}"""


@pytest.fixture
def own(api: ApiOf) -> Api:
    return api("responder.payments")


def entities(own: Api, *representations: Any) -> Answer:
    return own.ask(ENTITY, representations=list(representations))


@pytest.fixture
def incidents() -> list[Incident]:
    with seeding():
        return list(Incident.objects.filter(unit__slug="payments", restricted=False)[:30])


def test_the_schema_for_a_gateway_has_the_keys_and_the_link(own: Api) -> None:
    sdl = own.ask("{ _service { sdl } }").data["_service"]["sdl"]

    definitions = {
        each.name.value: each for each in parse(sdl).definitions if isinstance(each, ObjectTypeDefinitionNode)
    }
    assert sdl.startswith('extend schema @link(url: "https://specs.apollo.dev/federation/v2')
    assert "_Entity" not in sdl
    for entity in ENTITIES:
        keys = [each for each in definitions[entity.name].directives or () if each.name.value == "key"]
        assert [print_ast(key) for key in keys] == [f'@key(fields: "{key}")' for key in entity.keys]


def test_whatever_has_a_global_id_has_it_for_a_key() -> None:
    named = {name for name, each in SCHEMA.type_map.items() if any(of.name == "Node" for of in interfaces_of(each))}

    assert {entity.name for entity in ENTITIES if entity.keys[0] == "id"} == named
    union = SCHEMA.type_map["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    assert {each.name for each in union.types} == named


def interfaces_of(each: Any) -> Sequence[Any]:
    return each.interfaces if isinstance(each, GraphQLObjectType) else ()


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_a_key_is_a_field_of_its_own_and_tells_apart(entity: Any) -> None:
    named = SCHEMA.type_map[entity.name]
    assert isinstance(named, GraphQLObjectType)
    for key in entity.keys:
        assert key in named.fields
        field = entity.model._meta.pk if key == "id" else entity.model._meta.get_field(key)
        assert field.unique


def test_objects_come_in_the_order_asked_by_any_of_their_keys(own: Api, incidents: list[Incident]) -> None:
    first, second = incidents[:2]

    answer = entities(
        own,
        {"__typename": "Incident", "reference": second.reference},
        {"__typename": "BusinessUnit", "slug": "payments"},
        {"__typename": "Incident", "id": global_id("Incident", first)},
        {"__typename": "Person", "username": "coordinator", "name": "Whatever"},
        {"__typename": "Incident", "reference": second.reference},
    )

    found = answer.data["_entities"]
    assert [each["__typename"] for each in found] == ["Incident", "BusinessUnit", "Incident", "Person", "Incident"]
    assert [found[0]["reference"], found[2]["reference"]] == [second.reference, first.reference]
    assert found[4] == found[0]
    assert found[1]["slug"] == "payments"


def test_many_take_as_few_statements_as_one(own: Api, incidents: list[Incident]) -> None:
    def asked(count: int) -> Answer:
        return entities(own, *({"__typename": "Incident", "reference": each.reference} for each in incidents[:count]))

    one, many = asked(1), asked(30)
    with executed_only():
        executed = asked(30)

    assert len(many.data["_entities"]) == 30
    assert None not in many.data["_entities"]
    assert one.statements == many.statements
    assert many.data == executed.data


@pytest.mark.parametrize(
    "below",
    [
        "... on Incident { a: timeline(first: 1) { edges { cursor } } b: timeline(first: 2) { edges { cursor } } }",
        "... on Node { id } ... on Incident { unit { slug } }",
    ],
)
def test_what_is_below_them_is_read_for_all_of_them(own: Api, incidents: list[Incident], below: str) -> None:
    by_key = f"query ($given: [_Any!]!) {{ _entities(representations: $given) {{ __typename {below} }} }}"
    by_id = f"query ($given: [ID!]!) {{ nodes(ids: $given) {{ __typename {below} }} }}"

    with executed_only():
        for query, given in (
            (by_key, [{"__typename": "Incident", "reference": each.reference} for each in incidents]),
            (by_id, [global_id("Incident", each) for each in incidents]),
        ):
            one, many = own.ask(query, given=given[:1]), own.ask(query, given=given)

            assert [len(*answer.data.values()) for answer in (one, many)] == [1, 30]
            assert one.statements == many.statements


def test_what_one_may_not_see_is_as_absent_as_what_is_not_there(api: ApiOf) -> None:
    with seeding():
        restricted = Incident.objects.filter(restricted=True).first()
    assert restricted is not None
    hidden = [
        {"__typename": "Incident", "reference": restricted.reference},
        {"__typename": "Incident", "id": global_id("Incident", restricted)},
        {"__typename": "Incident", "reference": "NO-1"},
        {"__typename": "Incident", "id": global_id("Person", 1)},
        {"__typename": "Incident", "id": "x"},
    ]

    assert entities(api("outsider.logistics"), *hidden).data == {"_entities": [None] * 5}
    assert entities(api("coordinator"), *hidden).data == {"_entities": [None] * 5}


@pytest.mark.parametrize(
    "representation",
    [7, None, "Incident", [], {}, {"__typename": "Incident"}, {"__typename": "Query"}, {"__typename": ["Incident"]},
     {"__typename": "Incident", "id": None}, {"__typename": "Incident", "reference": 7}],
)  # fmt: skip
def test_what_represents_nothing_is_refused(own: Api, representation: Any) -> None:
    assert set(entities(own, representation).codes) <= {"BAD_USER_INPUT"}


def test_representations_are_limited(own: Api) -> None:
    one = {"__typename": "BusinessUnit", "slug": "payments"}

    assert len(entities(own, *[one] * MOST_REPRESENTATIONS).data["_entities"]) == MOST_REPRESENTATIONS
    assert entities(own, *[one] * (MOST_REPRESENTATIONS + 1)).codes == ["BAD_USER_INPUT"]


def test_nobody_gets_the_schema(api: ApiOf) -> None:
    assert api(None).ask("{ _service { sdl } }").codes == ["UNAUTHENTICATED"]
