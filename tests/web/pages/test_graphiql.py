"""GraphiQL in a browser, under the strict policy: it answers a query, and follows a subscription over the socket."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.services.chromium import Visit, expect
from tests.web.pages.conftest import SignIn


def test_people_try_a_query_and_a_subscription(browser: Visit, sign_in: SignIn) -> None:
    page = sign_in("coordinator")
    page.goto("/graphql/?" + urlencode({"query": "query Me { viewer { username } }"}))
    result = page.locator(".result-window")
    page.get_by_role("button", name="Execute query").click()
    expect(result).to_contain_text('"username": "coordinator"')

    page.goto("/graphql/?" + urlencode({"query": "subscription Live { feed { __typename } }"}))
    with page.expect_websocket() as socket:
        page.get_by_role("button", name="Execute query").click()
    with socket.value.expect_event("framesent", lambda frame: "subscription Live" in str(frame)):
        pass
    expect(page.get_by_role("button", name="Stop query")).to_be_visible()
    assert browser.problems == []
