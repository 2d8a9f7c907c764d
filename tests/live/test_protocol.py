"""graphql-transport-ws to the letter: what a client may do when, and with which code a socket is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest
import websockets

from hub.graphql.cost import MOST
from hub.graphql.sessions import signed_in_by, still_opens
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.identity import Actor
from tenants.actions import create_token
from tenants.models import AccessToken, Person
from tests.conftest import seeding
from tests.database import Server
from tests.live.conftest import FEED, connected, off_loop
from tests.processes import Hub

TokenOf = Callable[[str], str]


async def unfit_messages_are_told_why(address: str) -> None:
    deep = '{"type":"ping","payload":' + '{"a":' * 300 + "1" + "}" * 301
    long = '{"type":"ping","payload":{"a":"' + "x" * 300_000 + '"}}'
    for raw, reason in (
        (deep, "A message is nested at most 100 levels deep"),
        (long, f"A message has at most 262144 characters, and this one {len(long)}"),
    ):
        async with connected(address) as client:
            await client.socket.send(raw)
            assert await client.closed() == 4400
            assert client.socket.close_reason == reason


async def what_comes_in_chunks_is_bounded(address: str, secret: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * 512 * 1024

    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{address}/graphql/", content=chunks(), headers=headers)
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"] == {"code": "TOO_LARGE", "limit": 1024 * 1024}


async def test_conduct(hub: Hub, token: TokenOf) -> None:
    """One web process for all of it: starting one is what takes the time."""
    address = hub.web()
    secret = await off_loop(token)("observer.payments")

    async with connected(address, protocol="graphql-ws") as client:
        assert await client.closed() == 4406
    async with connected(address, protocol=None) as client:
        assert await client.closed() == 4406
    for raw in ("{", "[]", '"x"', '{"type": "unheard"}', '{"payload": {}}', '{"type":"subscribe","id":"1"}'):
        async with connected(address) as client:
            await client.init(secret)
            await client.socket.send(raw)
            assert await client.closed() == 4400, raw
    await unfit_messages_are_told_why(address)
    await what_comes_in_chunks_is_bounded(address, secret)
    async with connected(address) as client:
        await client.socket.send(b"\x00")
        assert await client.closed() == 4400
    async with connected(address) as client:
        await client.subscribe(FEED)
        assert await client.closed() == 4401
    async with connected(address) as client:
        await client.init(secret)
        await client.send(type="connection_init")
        assert await client.closed() == 4429
    async with connected(address) as client:
        await client.init(secret)
        await client.subscribe(FEED, key="a")
        await client.subscribe(FEED, key="a")
        assert await client.closed() == 4409
    for payload in ({}, {"Authorization": "Bearer hub_wrong"}, {"token": "hub_wrong"}):
        async with connected(address) as client:
            await client.send(type="connection_init", payload=payload)
            assert await client.closed() == 4403
    async with connected(address) as client:
        await client.send(type="ping", payload={"n": 1})
        assert await client.receive() == {"type": "pong", "payload": {"n": 1}}
        await client.init(secret)
        await client.subscribe("{ viewer { username } }")
        message = await client.receive()
        assert (message["id"], message["type"]) == ("1", "next")
        assert message["payload"]["data"] == {"viewer": {"username": "observer.payments"}}
        assert message["payload"]["extensions"]["cost"]["estimated"] == 1
        assert await client.receive() == {"id": "1", "type": "complete"}
        await client.subscribe("{ nothing }")
        message = await client.receive()
        assert (message["type"], message["id"]) == ("error", "1")
        assert message["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        await client.subscribe(FEED)
        await client.receive()
        await client.send(id="1", type="complete")
        await client.subscribe(FEED)
        assert (await client.event())["type"] == "CONNECTED"


async def test_without_the_database_a_socket_is_told_to_come_back(
    hub: Hub, token: TokenOf, server: Server, own_database: str
) -> None:
    address = hub.web()
    secret = await off_loop(token)("observer.payments")
    payload = {"Authorization": f"Bearer {secret}"}

    def cut() -> None:
        server.execute(f"ALTER DATABASE {own_database} ALLOW_CONNECTIONS false")
        server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{own_database}'")

    async with connected(address) as client:
        await off_loop(cut)()
        await client.send(type="connection_init", payload=payload)
        assert await client.closed() == 1013
    await off_loop(server.execute)(f"ALTER DATABASE {own_database} ALLOW_CONNECTIONS true")

    async with connected(address) as client:
        await client.init(secret)
    assert not any("Traceback" in path.read_text() for path in hub.directory.glob("web-*.log"))


async def test_a_foreign_origin_is_turned_away(hub: Hub) -> None:
    address = hub.web()
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connected(address, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_a_socket_ends_with_its_token_and_with_its_person(
    hub: Hub, token: TokenOf, actor_named: Callable[[str], Actor]
) -> None:
    address = hub.web()
    secrets = [await off_loop(token)(name) for name in ("observer.payments", "observer.retail")]

    def revoke() -> None:
        with seeding():
            AccessToken.objects.filter(person__username="observer.payments").delete()
            Person.objects.filter(username="observer.retail").update(is_active=False)

    async with connected(address) as first, connected(address) as second:
        for client, secret in ((first, secrets[0]), (second, secrets[1])):
            await client.init(secret)
            await client.subscribe(FEED)
            await client.event()
        await off_loop(revoke)()
        assert await first.closed() == 4403
        assert await second.closed() == 4403


async def test_an_event_that_is_out_of_time_says_so_and_the_subscription_goes_on(hub: Hub, token: TokenOf) -> None:
    address = hub.web(HUB_GRAPHQL_STATEMENT_SECONDS="0.000001")
    secret = await off_loop(token)("observer.payments")

    async with connected(address) as client:
        await client.init(secret)
        await client.subscribe(FEED)
        message = await client.receive()
        assert (message["type"], message["payload"]["data"]) == ("next", None)
        assert [each["extensions"]["code"] for each in message["payload"]["errors"]] == ["TIMEOUT"]
        await client.send(type="ping")
        assert await client.receive() == {"type": "pong"}


async def test_what_an_event_costs_is_said_beside_the_first(
    hub: Hub, token: TokenOf, declare: Callable[..., Incident]
) -> None:
    address = hub.web()
    hub.sequencer()
    secret = await off_loop(token)("responder.payments")

    async with connected(address) as client:
        await client.init(secret)
        await client.subscribe(FEED)
        payload = {"query": FEED, "extensions": {"cost": "actual"}}
        await client.send(id="2", type="subscribe", payload=payload)
        first = {message["id"]: message["payload"] for message in (await client.receive(), await client.receive())}
        estimated = {"estimated": 13, "limit": MOST}  # the list of roles counts as ten
        assert first["1"]["extensions"] == {"cost": estimated}
        # It says how the feed is: of no incident, and no entry.
        assert first["2"]["extensions"] == {"cost": {**estimated, "actual": 1}}

        await off_loop(declare)("responder.payments", "ledger", "Ledger lags")
        later = [await client.receive(), await client.receive()]
        assert [sorted(message["payload"]) for message in later] == [["data"], ["data"]]
        assert later[0]["payload"] == later[1]["payload"]


@pytest.mark.django_db
def test_a_session_ends_at_the_very_moment_its_token_does(actor: Callable[[str], Actor]) -> None:
    secret = create_token(actor=actor("observer.payments"), name="short", valid_for=timedelta(days=1))
    session = signed_in_by({"token": secret}, {})
    assert session is not None
    assert still_opens(session)

    with seeding():
        AccessToken.objects.filter(person__username="observer.payments").update(expires_at=clock.now())

    assert not still_opens(session)
