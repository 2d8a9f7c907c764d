"""The feed with clients that people use: the `gql` package, and a browser's session cookie."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from django.conf import settings
from gql import Client as GqlClient
from gql import gql
from gql.transport.websockets import WebsocketsTransport

from hub.incidents.models import Incident
from tests.live.conftest import FEED, connected, off_loop
from tests.processes import Hub

TokenOf = Callable[[str], str]
Declare = Callable[..., Incident]


async def test_the_gql_package_follows_the_feed_and_asks_over_the_same_socket(
    hub: Hub, token: TokenOf, declare: Declare
) -> None:
    hub.sequencer()
    address = hub.web()
    secret = await off_loop(token)("observer.payments")
    transport = WebsocketsTransport(
        url=address.replace("http", "ws", 1) + "/graphql/",
        init_payload={"Authorization": f"Bearer {secret}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    async with GqlClient(transport=transport) as session:
        assert await session.execute(gql("{ viewer { username } }")) == {"viewer": {"username": "observer.payments"}}
        titles = []
        async for result in session.subscribe(gql(FEED)):
            event = result["feed"]
            if event["type"] == "CONNECTED":
                await off_loop(declare)("responder.payments", "ledger", "Ledger lags")
            elif event["type"] == "IncidentDeclared":
                titles.append(event["incident"]["title"])
                break
        assert titles == ["Ledger lags"]


async def test_a_cookie_opens_a_socket_until_its_person_signs_out(hub: Hub) -> None:
    address = hub.web()
    async with httpx.AsyncClient(base_url=address, follow_redirects=False) as browser:
        await sign_in(browser, "observer.payments")
        cookie = f"sessionid={browser.cookies['sessionid']}"
        async with connected(address, additional_headers={"Cookie": cookie}, origin=address) as client:
            await client.init()
            await client.subscribe("{ viewer { username } }")
            assert (await client.receive())["payload"]["data"] == {"viewer": {"username": "observer.payments"}}

            await post(browser, "/sign-out", {})

            assert await client.closed() == 4403


async def test_a_cookie_is_of_no_use_to_a_foreign_page_and_a_bad_token_is_not_rescued_by_it(hub: Hub) -> None:
    address = hub.web()
    async with httpx.AsyncClient(base_url=address) as browser:
        await sign_in(browser, "observer.payments")
        headers = {"Cookie": f"sessionid={browser.cookies['sessionid']}"}
        async with connected(address, additional_headers=headers, origin=address) as client:
            await client.send(type="connection_init", payload={"Authorization": "Bearer hub_wrong"})
            assert await client.closed() == 4403


async def sign_in(browser: httpx.AsyncClient, username: str) -> None:
    await browser.get("/sign-in")
    answer = await post(browser, "/sign-in", {"username": username, "password": settings.DEMO_PASSWORD})
    assert "sessionid" in browser.cookies, answer.text


async def post(browser: httpx.AsyncClient, path: str, form: dict[str, str]) -> httpx.Response:
    headers = {"Referer": str(browser.base_url)}
    return await browser.post(path, data={**form, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}, headers=headers)
