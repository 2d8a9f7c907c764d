"""Requests with a token over ASGI: answered as by the long way, and by the rights of the very moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application
from django.db import connections
from django.test import override_settings

from hub.graphql.bearers import BearerRequests
from hub.graphql.compiler.pipeline import CALLED, wires_of_loop
from hub.incidents.models import IncidentSighting
from hub.lib import clock, identity
from tenants import tokens
from tenants.actions import create_token
from tenants.models import AccessToken, Person
from tests.conftest import seeding
from tests.database import Server

QUERY = "query ($first: Int) { viewer { username } incidents(first: $first) { totalCount edges { node { title } } } }"
PERSON = "observer.retail"
ADMITTED = "security"


class Ways:
    """An ASGI client of the door for tokens, which counts the requests that took the long way.

    Those are the requests for which a connection of Django's has done something.
    """

    def __init__(self, client: httpx.AsyncClient, server: Server, database: str) -> None:
        self.client = client
        self.server = server
        self.database = database
        self.long = 0

    async def ask(self, token: str, query: str = QUERY, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        body = {"query": query, "variables": more.pop("variables", {"first": 3})}
        before = self._connections_of_django()
        response = await self.client.post("/graphql/", json=body, headers=headers)
        self.long += self._connections_of_django() != before
        return response

    def _connections_of_django(self) -> list[tuple[object, ...]]:
        return self.server.execute(
            "SELECT pid, state_change FROM pg_stat_activity"
            f" WHERE datname = '{self.database}' AND application_name <> '{CALLED}' ORDER BY pid"
        )


@pytest.fixture
def token(own_database: str) -> str:
    return token_of(PERSON)


@pytest.fixture
async def ways(token: str, server: Server, own_database: str) -> AsyncIterator[Ways]:
    transport = httpx.ASGITransport(BearerRequests(get_asgi_application()))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield Ways(client, server, own_database)
    wires_of_loop().close()
    await on_thread(connections.close_all)


async def on_thread(work: Callable[[], Any]) -> Any:
    return await sync_to_async(work, thread_sensitive=False)()


async def test_the_quick_answer_equals_the_long_one(ways: Ways, token: str) -> None:
    new = f"{QUERY} # {uuid4()}"
    first = await ways.ask(token, new)
    second = await ways.ask(token, new)
    through_django = await ways.client.get(
        "/graphql/", params={"query": new, "variables": '{"first": 3}'}, headers={"Authorization": f"Bearer {token}"}
    )

    assert (ways.long, first.headers) == (1, second.headers)
    assert first.json()["data"]["viewer"] == {"username": PERSON}
    assert second.content == first.content == through_django.content
    assert {"x-content-type-options", "referrer-policy", "cache-control", "vary"} <= set(second.headers)


async def test_a_foreign_host_is_refused_in_json(ways: Ways, token: str) -> None:
    await ways.ask(token)

    answer = await ways.ask(token, headers={"Host": "evil.test"})

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json; charset=utf-8")
    assert answer.json()["errors"][0]["message"].startswith("The hub does not answer under the host “evil.test”")


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
async def test_a_token_that_ends_is_refused_at_once(ways: Ways, token: str, column: str) -> None:
    await ways.ask(token)
    assert (await ways.ask(token)).status_code == 200

    await on_thread(lambda: changed(**{column: clock.now() - timedelta(seconds=1)}))

    refused = await ways.ask(token)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_whose_reading_is_recorded_takes_the_long_way(ways: Ways, token: str) -> None:
    query = "query ($only: Boolean!) { incidents(first: 1, filters: {restricted: $only}) { edges { cursor } } }"
    admitted = await on_thread(lambda: token_of(ADMITTED))
    shown = [await ways.ask(admitted, query, variables={"only": only}) for only in (True, False, True, False)]

    assert [len(each.json()["data"]["incidents"]["edges"]) for each in shown] == [1, 1, 1, 1]
    assert shown[0].content == shown[2].content
    assert ways.long == 3
    assert await on_thread(sightings) == [ADMITTED]


async def test_what_is_worked_out_in_python_takes_the_long_way_and_is_the_same_each_time(
    ways: Ways, token: str
) -> None:
    query = "{ viewer { username } figureDefinitions { key meaning } }"

    answers = [await ways.ask(token, query, variables={}) for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert answers[0].json()["data"]["figureDefinitions"]
    assert ways.long == 2


async def test_somebody_who_left_is_refused_at_once(ways: Ways, token: str) -> None:
    await ways.ask(token)

    await on_thread(left)

    assert (await ways.ask(token)).status_code == 401


async def test_a_narrow_key_shows_no_more_than_it_opens(ways: Ways, token: str) -> None:
    await ways.ask(token)
    assert (await ways.ask(token)).json()["data"]["incidents"]["totalCount"] > 0

    narrow = (await ways.ask(await on_thread(narrowed))).json()["data"]

    assert (narrow["viewer"]["username"], narrow["incidents"]["totalCount"]) == (PERSON, 0)
    assert ways.long <= 1


async def test_a_connection_that_broke_is_replaced(ways: Ways, token: str, server: Server, own_database: str) -> None:
    await ways.ask(token)
    before = await ways.ask(token)

    # It returns once they have ended: one that is about to end still says that it is there.
    server.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{own_database}'")

    assert [(await ways.ask(token)).content for _ in range(3)] == [before.content] * 3


async def test_a_threads_connection_that_broke_is_replaced(
    ways: Ways, token: str, server: Server, own_database: str
) -> None:
    await ways.ask(token)

    server.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{own_database}'")

    answer = await ways.ask(token, "{ viewer { username } }", variables={})
    assert (answer.status_code, answer.json()["data"]["viewer"]["username"]) == (200, PERSON)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer hub_unknown"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Host": "elsewhere.example"}, 400),
        ({"Content-Type": "text/plain"}, 415),
        ({"Accept": "text/csv"}, 406),
    ],
)
async def test_what_is_unusual_is_told_by_the_long_way(
    ways: Ways, token: str, headers: dict[str, str], status: int
) -> None:
    await ways.ask(token)

    assert (await ways.ask(token, headers=headers)).status_code == status


async def test_errors_are_the_executors(ways: Ways, token: str) -> None:
    for query, code in (
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ incidents(first: 101) { totalCount } }", "BAD_USER_INPUT"),
    ):
        answers = [await ways.ask(token, query, variables={}) for _ in range(2)]

        assert answers[0].content == answers[1].content
        assert answers[0].json()["errors"][0]["extensions"]["code"] == code


async def test_a_plan_that_takes_too_long_had_its_time(ways: Ways, token: str) -> None:
    slow = (
        "{ incidents(first: 100) { edges { node { timeline(first: 100) { totalCount edges { node { body } } } } } } }"
    )
    await ways.ask(token, slow, variables={})
    assert (await ways.ask(token, slow, variables={})).status_code == 200
    before = ways.long

    with override_settings(GRAPHQL_STATEMENT_SECONDS=0.001):
        answer = await ways.ask(token, slow, variables={}, headers={"Accept": "application/graphql-response+json"})
        unknown = await ways.ask("hub_unknown", slow, variables={})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "TIMEOUT")
    assert ways.long == before + 1
    assert unknown.status_code == 401


def token_of(username: str) -> str:
    with seeding():
        actor = identity.person(Person.objects.get(username=username).pk)
    return create_token(actor=actor, name="quick", valid_for=timedelta(hours=1))


def changed(**values: Any) -> None:
    with seeding():
        AccessToken.objects.filter(name="quick").update(**values)
    connections.close_all()


def sightings() -> list[str]:
    with seeding():
        found = list(IncidentSighting.objects.values_list("person__username", flat=True))
    connections.close_all()
    return found


def left() -> None:
    with seeding():
        Person.objects.filter(username=PERSON).update(is_active=False)
    connections.close_all()


def narrowed() -> str:
    """A key of the same person that opens nothing of incidents."""
    secret = tokens.new_token()
    with seeding():
        kept = AccessToken.objects.get(name="quick")
        kept.pk, kept.name, kept.digest, kept.permissions = None, "narrow", tokens.digest(secret), ["unit.view"]
        kept.save(force_insert=True)
    connections.close_all()
    return secret
