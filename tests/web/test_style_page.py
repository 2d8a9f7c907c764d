"""The frame in a real browser: looks right to axe, obeys the keyboard, and reads without JavaScript."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page

from hub.web import wording
from hub.web.pages import BODIES
from tests.services.chromium import COLOURS, DESKTOP, PHONE, TABLET, Theme, Visit, expect


@pytest.fixture(scope="module")
def window(long_visit: Visit, style_site: str) -> Page:
    return long_visit.open_page(base_url=style_site, with_axe=True)


@pytest.fixture(scope="module")
def phone(long_visit: Visit, style_site: str) -> Page:
    return long_visit.open_page(base_url=style_site, screen=PHONE, with_axe=True)


@pytest.mark.parametrize("body", BODIES)
def test_a_page_is_accessible_and_fits(same_browser: Visit, window: Page, body: str) -> None:
    window.emulate_media(color_scheme="light")
    window.goto(f"/style/{body}")
    for screen in (PHONE, TABLET, DESKTOP):
        window.set_viewport_size({"width": screen.width, "height": screen.height})
        assert window.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, screen
    assert same_browser.accessibility_violations(window) == []
    window.emulate_media(color_scheme="dark")
    assert same_browser.accessibility_violations(window, rules=COLOURS) == []
    assert same_browser.problems == []


@pytest.mark.parametrize("body", BODIES)
def test_a_page_is_accessible_on_a_phone(same_browser: Visit, phone: Page, body: str) -> None:
    phone.goto(f"/style/{body}")

    assert same_browser.accessibility_violations(phone) == []
    assert same_browser.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_error_page_is_accessible(browser: Visit, style_site: str, theme: Theme) -> None:
    page = browser.open_page(base_url=style_site, screen=PHONE, theme=theme)
    page.goto("/style/errors/503")

    assert browser.accessibility_violations(page) == []


def test_the_palette_finds_commands_and_incidents(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site)
    page.goto("/style/incident")

    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("pay-10")

    expect(page.get_by_role("option", name="Acknowledge PAY-1042")).to_be_visible()
    expect(page.get_by_role("option", name="PAY-1042 Card payments fail")).to_be_visible()
    assert browser.accessibility_violations(page) == []

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Commands")).to_be_hidden()


def test_the_palette_goes_where_it_is_told(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site)
    page.goto("/style")

    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("parcel")
    expect(page.get_by_role("option", name="LOG-318 Parcel tracking")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/style/incident$"))


def test_keys_lead_to_places_and_fields(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site)
    page.goto("/style/incidents")

    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile("/style/overview$"))
    page.wait_for_load_state()  # the address changes before the scripts run that listen for keys

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search knowledge")).to_be_focused()


def test_j_and_k_move_through_the_rows(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site)
    page.goto("/style/incidents")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Parcel tracking shows yesterday's positions")).to_be_focused()

    page.keyboard.press("k")
    expect(page.get_by_role("link", name="Card payments fail at checkout")).to_be_focused()


def test_the_keys_are_listed_and_can_be_switched_off(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site)
    page.goto("/style/incidents")

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog.get_by_text("Go to Incidents")).to_be_visible()
    dialog.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")

    assert page.evaluate("document.activeElement.closest('li')") is None


def test_the_theme_stays_chosen(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site, theme="light")
    page.goto("/style")
    page.get_by_role("button", name="You and your settings").click()
    page.get_by_role("button", name="Dark").click()

    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_a_phone_keeps_what_does_not_fit_under_more(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site, screen=PHONE)
    page.goto("/style")
    rail = page.get_by_role("navigation", name="Main")

    expect(rail.get_by_role("link", name="Incidents")).to_be_visible()
    expect(rail.get_by_role("link", name="Overview")).to_be_hidden()
    rail.get_by_role("button", name="More").click()

    expect(rail.get_by_role("link", name="Overview")).to_be_visible()


def test_the_side_of_an_incident_becomes_tabs_on_a_phone(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site, screen=PHONE)
    page.goto("/style/incident")

    expect(page.get_by_role("heading", name="Roles")).to_be_hidden()
    page.get_by_role("button", name="Roles").click()

    expect(page.get_by_role("heading", name="Roles")).to_be_visible()
    expect(page.get_by_role("textbox", name="Add to the timeline")).to_be_hidden()


def test_pages_read_without_javascript(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site, screen=PHONE, javascript=False)
    page.goto("/style/incident")

    expect(page.get_by_role("heading", name="Card payments fail")).to_be_visible()
    expect(page.get_by_role("heading", name="Roles")).to_be_visible()
    page.get_by_text("14 alerts from Alertmanager").click()
    expect(page.get_by_text("CardGatewayErrorRate")).to_be_visible()
    page.goto("/style/components")
    expect(page.get_by_text("3 min overdue")).to_be_visible()


def test_plots_are_drawn_when_they_come_into_view(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site)
    page.goto("/style/overview")
    canvas = page.get_by_role("img", name="Median time to resolve by unit")

    canvas.scroll_into_view_if_needed()

    expect(canvas).to_have_attribute("width", re.compile(r"[1-9]\d{2}"))
    assert browser.problems == []


def test_the_browser_words_times_as_the_server_does(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site)
    page.goto("/style")
    lengths = [0, 1, 59, 60, 3599, 3600, 5040, 7200, 86399, 86400, 90000, 273600, 604799]

    worded = page.evaluate(
        """async lengths => {
            const { oneUnit, twoUnits } = await import("/static/web/js/time.js");
            return lengths.map(seconds => [oneUnit(seconds), twoUnits(seconds)]);
        }""",
        lengths,
    )

    assert worded == [[wording.one_unit(seconds), wording.two_units(seconds)] for seconds in lengths]


def test_times_tick_past_what_the_server_wrote(browser: Visit, style_site: str) -> None:
    page = browser.open_page(base_url=style_site)
    page.clock.install(time=datetime.now(UTC))
    page.goto("/style/components")
    clock = page.locator("time[data-when=due]").first
    expect(clock).to_have_text(re.compile(r"in 1[12] min"))

    page.clock.run_for(timedelta(minutes=13) // timedelta(milliseconds=1))

    expect(clock).to_have_text(re.compile("overdue"))
    expect(clock).to_have_attribute("data-late", "")
