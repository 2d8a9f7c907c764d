"""Any operation that fits the schema has the same answer from the compiler and the executor, errors included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.relay import to_base64

from hub.graphql.schema import ENTITIES, schema
from hub.lib.api import Context
from hub.lib.identity import Actor, acting_as
from tests.conftest import seeding
from tests.graphql.api import global_id
from tests.graphql.compiler.both import both
from tests.graphql.compiler.generating import Known, Operation, entity_operations, operations
from tests.graphql.walking import is_connection, query_fields
from tests.graphql.worlds import full_world

__all__ = ["full_world"]

pytestmark = pytest.mark.django_db

PEOPLE = ("coordinator", "commander.payments", "observer.retail", "outsider.logistics", "lead.emea", "security")
TABLES = ("Incident", "Service", "Person", "BusinessUnit", "Postmortem", "ActionItem", "Alert", "Term")


@pytest.fixture
def known(actor: Callable[[str], Actor], full_world: None) -> Known:
    """What there is in the database, as the coordinator sees it."""
    coordinator = actor("coordinator")
    cursors, ids = {}, {"Nothing": [global_id("Nothing", 1), global_id("Incident", 10**9)]}
    with acting_as(coordinator):
        for name, field in query_fields().items():
            if not is_connection(field) or name == "searchKnowledge":
                continue
            answer = schema.execute_sync(
                f"{{ {name}(first: 3) {{ edges {{ cursor node {{ id }} }} }} }}", context_value=Context(coordinator)
            )
            edges = (answer.data or {}).get(name, {}).get("edges", [])
            cursors[name] = [edge["cursor"] for edge in edges]
            ids[name] = [edge["node"]["id"] for edge in edges]
    with seeding():
        texts = ["payments", "retail", "PAY-1", "pay-142", "the", "checkout", "ledger", "coordinator"]
    return Known(texts, ids, cursors)


@pytest.fixture
def by_type(known: Known) -> Known:
    """The same, with ids by the name of their type, and objects of every type that has any."""
    ids: dict[str, list[str]] = {"Nothing": list(known.ids["Nothing"])}
    with seeding():
        for entity in ENTITIES:
            keys = entity.model._default_manager.order_by("-pk").values_list("pk", flat=True)[:3]
            ids[entity.name] = [to_base64(entity.name, key) for key in keys]
    return replace(known, ids=ids)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_any_operation_has_one_answer(actor: Callable[[str], Actor], known: Known, data: st.DataObject) -> None:
    operation: Operation = data.draw(operations(known))
    person = actor(data.draw(st.sampled_from(PEOPLE)))

    answers = both(person, operation.text, operation.variables)

    assert answers.compiled == answers.executed
    assert answers.reason is None or "compiler failed" not in answers.reason


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_any_entities_have_one_answer(actor: Callable[[str], Actor], by_type: Known, data: st.DataObject) -> None:
    operation: Operation = data.draw(entity_operations(by_type))
    person = actor(data.draw(st.sampled_from(PEOPLE)))

    answers = both(person, operation.text, operation.variables)

    assert answers.compiled == answers.executed
    assert answers.reason is None or "compiler failed" not in answers.reason


@pytest.mark.parametrize("username", ["coordinator", "outsider.logistics"])
def test_entities_of_every_type_are_compiled(actor: Callable[[str], Actor], by_type: Known, username: str) -> None:
    query = "query ($given: [_Any!]!) { _entities(representations: $given) { __typename ... on Node { id } } }"
    ids = [{"__typename": name, "id": each} for name, some in by_type.ids.items() if name != "Nothing" for each in some]
    named = [
        {"__typename": "Incident", "reference": "PAY-1"},
        {"__typename": "Incident", "reference": "pay-1"},
        {"__typename": "Person", "username": "coordinator", "name": "Whatever"},
        {"__typename": "BusinessUnit", "slug": "payments"},
        {"__typename": "Region", "code": "emea"},
        {"__typename": "Service", "slug": "checkout-api"},
        {"__typename": "Service", "slug": "checkout-api"},
    ]

    for asked in ([], [*ids, *named], named[:1]):
        answers = both(actor(username), query, {"given": asked})

        assert (answers.compiled, answers.reason) == (answers.executed, None)
    written = both(
        actor(username), '{ _entities(representations: {__typename: "Region", code: "emea"}) { __typename } }'
    )
    assert (written.compiled, written.reason) == (written.executed, None)
