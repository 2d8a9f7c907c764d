"""One hub for all tests of pages: web and sequencer on a database of its own, and people signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Page

from hub.config.secrets import load_secrets
from tests.database import DATA_DIR, Server
from tests.processes import Hub
from tests.services.chromium import DESKTOP, Visit, expect

Cookies = dict[str, list[Any]]
Pages = dict[tuple[str, str], Page]


class SignIn(Protocol):
    def __call__(self, username: str, **window: Any) -> Page:
        """A page of somebody who is signed in; `window` is what `Visit.open_page` takes."""


class Declare(Protocol):
    def __call__(self, page: Page, title: str, *, service: str = "Wallet", restricted: bool = False) -> str:
        """Declare an incident on the page, which then shows its room; returns the reference."""


@pytest.fixture(scope="session")
def address(server: Server, worker_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the hub is served."""
    with server.clone(f"{worker_name}_pages") as database, Hub(database, tmp_path_factory.mktemp("pages")) as hub:
        hub.sequencer()
        yield hub.web()


@pytest.fixture(scope="session")
def password() -> str:
    """The password of everybody in the demonstration organisation."""
    return load_secrets(DATA_DIR).demo_password


@pytest.fixture(scope="session")
def cookies() -> Cookies:
    """The session of each person who has signed in once."""
    return {}


@pytest.fixture
def sign_in(browser: Visit, address: str, password: str, cookies: Cookies) -> SignIn:
    def open_signed_in(username: str, **window: Any) -> Page:
        page = browser.open_page(base_url=address, **window)
        page.context.add_cookies(cookies_of(username, browser, address, password, cookies))
        return page

    return open_signed_in


@pytest.fixture
def same_window(same_browser: Visit, long_visits: Pages, address: str, password: str, cookies: Cookies) -> SignIn:
    """A person's window that is open already, or is from now on until the module's last test."""

    def open_signed_in(username: str, **window: Any) -> Page:
        key = (username, repr(window))
        if key not in long_visits:
            page = same_browser.open_page(base_url=address, **window)
            page.context.add_cookies(cookies_of(username, same_browser, address, password, cookies))
            long_visits[key] = page
        page = long_visits[key]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": DESKTOP.width, "height": DESKTOP.height})
        return page

    return open_signed_in


@pytest.fixture(scope="module")
def long_visits(long_visit: Visit) -> Pages:
    """The windows of `same_window`."""
    return {}


def cookies_of(username: str, browser: Visit, address: str, password: str, cookies: Cookies) -> list[Any]:
    """The session of somebody who signs in, unless they have already."""
    if username not in cookies:
        page = browser.open_page(base_url=address)
        page.goto("/sign-in")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1, name="Now")).to_be_visible()
        cookies[username] = page.context.cookies()
        page.context.close()
    return cookies[username]


@pytest.fixture
def declare() -> Declare:
    def fill(page: Page, title: str, *, service: str = "Wallet", restricted: bool = False) -> str:
        page.goto("/incidents/declare")
        page.get_by_label("What is wrong?").fill(title)
        page.get_by_label("Which service?").select_option(label=service)
        if restricted:
            page.get_by_label("Restricted: only people with a grant may know").check()
        page.get_by_role("main").get_by_role("button", name="Declare incident").click()
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        page.wait_for_load_state()  # a heading shows before the scripts run that listen for keys
        return str(page.url.rsplit("/", 1)[1])

    return fill


@pytest.fixture
def is_live() -> Callable[[Page], None]:
    """Waits until the page follows the feed."""
    return lambda page: expect(page.locator("#live")).to_have_attribute("data-state", "live")
