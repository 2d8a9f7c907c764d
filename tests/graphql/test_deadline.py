"""No operation takes longer than its time, whatever it spends it on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import override_settings
from graphql import get_introspection_query
from psycopg.errors import QueryCanceled

from hub.graphql import timing
from hub.graphql.compiler.executing import executed_only
from hub.incidents.models import Incident
from hub.lib.api import deadline
from hub.lib.api.deadline import OutOfTime
from hub.lib.identity import Actor, acting_as
from tests.graphql.api import Answer, Api, ApiOf, api, global_id
from tests.incidents.graphql.conftest import incident, nothing_changed

__all__ = ["api", "incident"]

pytestmark = pytest.mark.django_db

TIMELINES = "{ incidents(first: 100) { edges { node { title timeline(first: 3) { edges { node { body } } } } } } }"


@pytest.fixture
def own(api: ApiOf) -> Api:
    return api("responder.payments")


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets each look at the clock find it so many seconds later than the last."""

    def set_(step: float) -> None:
        looks = iter(range(10**9))
        monkeypatch.setattr(deadline, "time", _Clock(lambda: step * next(looks)))

    return set_


class _Clock:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic


def assert_out_of_time(answer: Answer, limit: float) -> None:
    assert answer.status == 503
    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "TIMEOUT", "limit": limit}
    assert error["message"] == "This takes too long: ask for less."
    assert "data" not in answer.body


@override_settings(GRAPHQL_STATEMENT_SECONDS=0.01)
def test_the_schema_is_not_told_past_the_end(own: Api) -> None:
    assert_out_of_time(own.ask(get_introspection_query()), 0.01)


@override_settings(GRAPHQL_STATEMENT_SECONDS=2)
@pytest.mark.parametrize("looks", [0, 1, 20, 90])
def test_the_executor_stops_between_objects(own: Api, slow_clock: Callable[[float], None], looks: int) -> None:
    slow_clock(2 / (looks + 0.5))

    with executed_only():
        assert_out_of_time(own.ask(TIMELINES), 2)


@override_settings(GRAPHQL_STATEMENT_SECONDS=2)
def test_data_that_is_worked_out_stops_between_columns(own: Api, slow_clock: Callable[[float], None]) -> None:
    query = "{ figureDefinitions { key meaning } }"
    assert own.ask(query).data["figureDefinitions"]
    slow_clock(1.5)

    assert_out_of_time(own.ask(query), 2)


def test_with_time_enough_the_same_is_answered(own: Api) -> None:
    with executed_only():
        answer = own.ask(TIMELINES)

    assert answer.data["incidents"]["edges"]
    assert own.ask(get_introspection_query()).data["__schema"]["types"]


def test_a_mutation_that_runs_out_of_time_changes_nothing(
    own: Api, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def over() -> None:
        raise OutOfTime("the operation's time is over")

    given: dict[str, Any] = {"incidentId": global_id("Incident", incident)}
    # The first object that is begun is the one that the action has returned.
    with monkeypatch.context() as patched, nothing_changed():
        patched.setattr(deadline, "check", over)
        answer = own.change("acknowledgeIncident", "... on Incident { status }", **given)

    assert (answer.status, answer.codes) == (503, ["TIMEOUT"])
    assert own.change("acknowledgeIncident", "... on Incident { status }", **given).data


@contextmanager
def limited(actor: Actor, seconds: float) -> Iterator[float]:
    with override_settings(GRAPHQL_STATEMENT_SECONDS=seconds), acting_as(actor), timing.limited_in_time():
        yield time.monotonic()


def sleep(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def test_statements_have_only_what_those_before_them_left(actor: Callable[[str], Actor]) -> None:
    with limited(actor("responder.payments"), 0.6) as begun:
        sleep(0.4)
        with pytest.raises(OperationalError) as canceled, transaction.atomic():
            sleep(5)
        assert isinstance(canceled.value.__cause__, QueryCanceled)
        assert time.monotonic() - begun < 1.2
        time.sleep(max(0, begun + 0.65 - time.monotonic()))
        with pytest.raises(OutOfTime), transaction.atomic():
            sleep(0)


def test_after_its_end_nothing_is_limited(actor: Callable[[str], Actor]) -> None:
    with limited(actor("responder.payments"), 0.05):
        pass
    time.sleep(0.06)

    assert deadline.left() is None
    deadline.check()
