"""Any operation that fits the schema has the same answer from the compiler and the executor, errors included."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.graphql.schema import schema
from hub.lib.api import Context
from hub.lib.identity import Actor, acting_as
from tests.conftest import seeding
from tests.graphql.api import global_id
from tests.graphql.compiler.both import both
from tests.graphql.compiler.generating import Known, Operation, operations
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
