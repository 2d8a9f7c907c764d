"""The list: filters in the address, the keyboard, and what comes in while somebody looks at it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page

from tests.services.chromium import PHONE, expect
from tests.web.pages.conftest import Declare, SignIn


def test_filters_stand_in_the_address(sign_in: SignIn) -> None:
    page = sign_in("responder.payments")
    page.goto("/incidents/?view=all")
    page.locator("summary", has_text="Severity").click()
    page.get_by_role("link", name="SEV1 Critical").click()

    expect(page).to_have_url(re.compile("severity=sev1"))
    severities = page.locator("[data-rows] .sev b").all_text_contents()
    assert severities
    assert set(severities) == {"SEV1"}

    page.get_by_role("searchbox", name="Title or reference").fill("nothing is called this")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    expect(page).to_have_url(re.compile("q=nothing"))
    expect(page.locator("#incidents-summary")).to_have_text("0 incidents")

    page.get_by_role("link", name="Clear them").click()
    expect(page.locator("#incidents-summary")).to_contain_text(" of ")


def test_a_long_list_has_pages(sign_in: SignIn) -> None:
    page = sign_in("responder.payments")
    page.goto("/incidents/?view=all")
    expect(page.locator("#incidents-summary")).to_have_text(re.compile(r"1 to 100 of \d+ incidents"))

    page.get_by_role("link", name="Next").click()
    expect(page.locator("#incidents-summary")).to_have_text(re.compile(r"101 to 200 of \d+ incidents"))


def test_the_keyboard_walks_opens_searches_and_declares(sign_in: SignIn) -> None:
    page = sign_in("responder.payments")
    page.goto("/incidents/?view=all")
    second = page.locator("[data-rows] .row-title").nth(1)
    for key in ("j", "j"):
        page.keyboard.press(key)
    expect(second).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("j")
    target = second.get_attribute("href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{target}$"))
    page.wait_for_load_state()  # the address changes before the scripts run that listen for keys

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search knowledge")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", level=1, name="Declare an incident")).to_be_visible()


def test_a_new_incident_slides_in_marked(sign_in: SignIn, declare: Declare, is_live: Callable[[Page], None]) -> None:
    watching, acting = sign_in("responder2.payments"), sign_in("responder.payments")
    watching.goto("/incidents/")
    is_live(watching)

    reference = declare(acting, "Refunds are booked twice")

    row = watching.locator("[data-rows] > li", has_text=reference)
    expect(row).to_be_visible()
    expect(row).to_have_class(re.compile("is-new"))


def test_a_declaration_without_a_place_is_refused_in_words(sign_in: SignIn) -> None:
    page = sign_in("responder.payments")
    page.goto("/incidents/declare")
    page.get_by_label("What is wrong?").fill("Something")
    page.get_by_role("main").get_by_role("button", name="Declare incident").click()

    expect(page.get_by_text("Choose a service, or below it a unit")).to_be_visible()
    expect(page.get_by_label("What is wrong?")).to_have_value("Something")


def test_the_palette_finds_an_incident_and_opens_it(sign_in: SignIn) -> None:
    page = sign_in("responder.payments", screen=PHONE)
    page.goto("/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("PAY-100")
    expect(page.get_by_role("option", name=re.compile("PAY-100"))).to_be_visible()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/incidents/PAY-100$"))


def test_a_figure_leads_to_its_incidents(sign_in: SignIn) -> None:
    page = sign_in("coordinator")
    page.goto("/overview")
    card = page.locator(".stat", has_text="Declared").nth(1)
    count = card.locator(".value").inner_text()
    card.get_by_role("link").click()

    expect(page.locator("#incidents-summary")).to_have_text(re.compile(rf"\b{count} incidents"))
