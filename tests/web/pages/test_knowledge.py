"""Searching knowledge in a browser: while one types, by facets, by keyboard, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.services.chromium import COLOURS, DESKTOP, PHONE, TABLET, Visit, expect
from tests.web.pages.conftest import SignIn

SEARCH = "What are you looking for?"
STATES = {
    "newest": "/knowledge",
    "results": "/knowledge?q=expired+certificate",
    "corrected": "/knowledge?q=certifcate+rotaton",
    "nothing": "/knowledge?q=xyzzyplugh",
    "refused": "/knowledge?after=nonsense",
}


def first_title(page: Page) -> str:
    return page.locator("#answer .row-title").first.inner_text()


def test_results_come_while_one_types_and_stay_in_the_address(sign_in: SignIn) -> None:
    page = sign_in("observer.payments")
    page.goto("/knowledge")
    page.get_by_label(SEARCH).press_sequentially("expired certificate", delay=20)

    expect(page.locator("#answer mark").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=expired(\+|%20)certificate"))
    found = first_title(page)

    page.reload()
    assert first_title(page) == found
    expect(page.get_by_label(SEARCH)).to_have_value("expired certificate")


def test_a_facet_narrows_and_is_taken_back(sign_in: SignIn) -> None:
    page = sign_in("coordinator")
    page.goto("/knowledge?q=certificate")
    facet = page.get_by_role("complementary").get_by_role("link", name=re.compile("^Payments"))
    count = re.search(r"\d+", facet.inner_text())
    assert count

    facet.click()
    expect(page.locator("#answer")).to_contain_text(f"{count.group()} result")
    expect(page).to_have_url(re.compile("unit="))
    chosen = page.get_by_role("complementary").get_by_role("link", name=re.compile("^Payments"))
    expect(chosen).to_have_attribute("aria-current", "true")

    page.get_by_role("link", name="Clear filters").click()
    expect(page).not_to_have_url(re.compile("unit="))


def test_a_filter_stays_while_one_types_on(sign_in: SignIn) -> None:
    page = sign_in("coordinator")
    page.goto("/knowledge?q=certificate")
    page.get_by_role("complementary").get_by_role("link", name=re.compile("^Payments")).click()
    expect(page).to_have_url(re.compile("unit="))
    page.get_by_label(SEARCH).press("End")
    page.get_by_label(SEARCH).press_sequentially(" bank", delay=20)

    expect(page).to_have_url(re.compile(r"bank"))
    expect(page).to_have_url(re.compile("unit="))


def test_the_keyboard_does_all(sign_in: SignIn) -> None:
    page = sign_in("observer.payments")
    page.goto("/knowledge?q=certificate")
    second = page.locator("#answer .row-title").nth(1).inner_text()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(second)


def test_what_is_not_found_says_what_to_do(sign_in: SignIn) -> None:
    page = sign_in("observer.payments")
    page.goto("/knowledge?q=xyzzyplugh")

    expect(page.get_by_role("main")).to_contain_text("Nothing found")
    page.locator("#answer a.chip").first.click()
    expect(page.locator("#answer .row-title").first).to_be_visible()


def test_another_units_review_is_not_there(sign_in: SignIn) -> None:
    mine, theirs = sign_in("responder.media"), sign_in("outsider.logistics")
    query = "/knowledge?q=stories+locked+editors"
    mine.goto(query)
    theirs.goto(query)

    title = "Stories stayed locked by editors who had long gone home"
    expect(mine.get_by_role("main")).to_contain_text(title)
    expect(theirs.get_by_role("main")).not_to_contain_text(title)
    expect(theirs.get_by_role("complementary")).to_be_visible()


@pytest.mark.parametrize("state", STATES)
def test_the_page_is_accessible_fits_and_reads_without_javascript(
    same_browser: Visit, same_window: SignIn, state: str
) -> None:
    page = same_window("coordinator", with_axe=True)
    page.goto(STATES[state])
    page.evaluate("document.fonts.ready")
    for screen in (DESKTOP, TABLET, PHONE):
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, screen
    for screen in (PHONE, DESKTOP):
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        page.emulate_media(color_scheme="light")
        assert same_browser.accessibility_violations(page) == [], screen
        page.emulate_media(color_scheme="dark")
        assert same_browser.accessibility_violations(page, rules=COLOURS) == [], screen

    plain = same_window("coordinator", javascript=False)
    plain.goto(STATES[state])
    expect(plain.get_by_role("heading", level=1)).to_be_visible()
