"""What holds for every page: accessible in both themes on every screen, never too wide, and readable as plain HTML."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.services.chromium import COLOURS, DESKTOP, PHONE, TABLET, Visit, expect
from tests.web.pages.conftest import Declare, SignIn

PAGES = {
    "now": ("commander2.payments", "/"),
    "list": ("coordinator", "/incidents/"),
    "empty-list": ("observer.payments", "/incidents/?q=nothing"),
    "declare": ("responder.payments", "/incidents/declare"),
    "room": ("commander.payments", "/incidents/PAY-100"),
    "restricted": ("commander.payments", "/incidents/PAY-R7C41F0A2"),
    "overview": ("coordinator", "/overview"),
    "on-call": ("coordinator", "/on-call?scope=region-emea"),
    "load": ("coordinator", "/on-call/balance"),
    "schedule": ("commander.payments", "/on-call/1"),
    "next-rotation": ("commander.payments", "/on-call/1/balance?layer=1&since=&weeks=4"),
    "services": ("coordinator", "/services?scope=region-emea"),
    "service": ("coordinator", "/services/checkout-api"),
    "units": ("coordinator", "/units/"),
    "unit": ("admin.payments", "/units/payments"),
    "coverage": ("lead.emea", "/on-call/coverage"),
    "between-units": ("commander.payments", "/incidents/between-units"),
    "unit-responsibilities": ("admin.health", "/units/health/responsibilities"),
    "unit-severity": ("admin.payments", "/units/payments/severity?impact=severe&reach=units"),
    "maintenance": ("commander.payments", "/maintenance"),
    "policies": ("commander.payments", "/escalation?unit=payments"),
    "policy": ("commander.payments", "/escalation/9?severity=sev1"),
    "policy-editor": ("commander.payments", "/escalation/new?unit=payments"),
    "analyses": ("commander.payments", "/postmortems/1/analyses?effect=2"),
    "problem": ("commander.payments", "/problems/1"),
    "recurrence": ("coordinator", "/recurrence/"),
    "trends": ("coordinator", "/recurrence/trends"),
    "runbook": ("commander.payments", "/runbooks/3?revision=2"),
    "runbook-coverage": ("commander.payments", "/runbooks/coverage"),
    "article": ("commander.payments", "/articles/1"),
    "training-coverage": ("admin.payments", "/training/coverage?unit=payments"),
    "review-meetings": ("commander.health", "/postmortems/47/meetings"),
    "call-list": ("commander.payments", "/units/payments/call-list"),
}


WIDE_CARDS = """[...document.querySelectorAll(".table-wrap:has(> .cards)")]
    .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.ariaLabel)"""
"""The tables that become cards on a phone, and have to be scrolled sideways nevertheless."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits(same_browser: Visit, same_window: SignIn, name: str) -> None:
    username, path = PAGES[name]
    page = same_window(username, with_axe=True)
    page.goto(path)
    page.evaluate("document.fonts.ready")

    for screen in (DESKTOP, TABLET, PHONE):
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, screen
    assert page.evaluate(WIDE_CARDS) == [], PHONE
    for screen in (PHONE, DESKTOP):
        # So tall that no target lies half under what sticks to an edge: that one scrolls away.
        page.set_viewport_size({"width": screen.width, "height": 3_000})
        page.emulate_media(color_scheme="light")
        assert same_browser.accessibility_violations(page) == [], screen
        page.emulate_media(color_scheme="dark")
        assert same_browser.accessibility_violations(page, rules=COLOURS) == [], screen
    assert same_browser.problems == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_without_javascript(same_window: SignIn, name: str) -> None:
    username, path = PAGES[name]
    page = same_window(username, javascript=False)
    page.goto(path)

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert len(page.get_by_role("main").inner_text()) > 80


def test_a_room_at_work_is_accessible(browser: Visit, sign_in: SignIn, declare: Declare) -> None:
    page = sign_in("commander.payments")
    declare(page, "Chargebacks are counted twice")
    for text in ("It began with the release.", "/decision Take the release back because nothing else changed"):
        page.get_by_label("Add to the timeline").fill(text)
        page.keyboard.press("Control+Enter")
        expect(page.get_by_label("Add to the timeline")).to_have_value("")
    page.locator("[data-kind=note] summary", has_text="Correct").click()

    assert browser.accessibility_violations(page) == []

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Assign").first.click()
    assert browser.accessibility_violations(page) == []


def assign(page: Page, role: str, name: str) -> None:
    page.get_by_label("Add to the timeline").fill(f"/role {role} {name}")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text(f"{name} is {role}")


def test_acknowledging_takes_one_press_on_now(sign_in: SignIn, declare: Declare) -> None:
    leading = sign_in("commander.payments")
    reference = declare(leading, "Standing orders are skipped")
    page = sign_in("responder2.payments", screen=PHONE)
    assign(leading, "scribe", "Aisha Bello")
    page.goto("/")
    expect(page.locator("section", has_text="Your open incidents")).to_contain_text(reference)
    expect(page.get_by_role("button", name=f"Acknowledge {reference}")).to_have_count(0)

    assign(leading, "responder", "Aisha Bello")
    page.goto("/")
    page.get_by_role("button", name=f"Acknowledge {reference}").tap()

    expect(page.locator("#toasts")).to_contain_text(f"{reference} is acknowledged")
    row = page.locator("section", has_text="Your open incidents").locator("li", has_text=reference)
    expect(row).to_contain_text("Acknowledged")


def test_notes_are_written_without_javascript_too(sign_in: SignIn, declare: Declare) -> None:
    page = sign_in("responder.payments", javascript=False)
    reference = declare(page, "Limits are forgotten")
    page.get_by_label("Add to the timeline").fill("Written on an old device.")
    page.get_by_role("button", name="Add note").click()

    expect(page).to_have_url(re.compile(f"/incidents/{reference}$"))
    expect(page.get_by_text("Written on an old device.").first).to_be_visible()


def test_on_call_says_who_and_until_when_in_the_readers_zone(sign_in: SignIn) -> None:
    page = sign_in("commander2.payments")
    page.goto("/on-call")

    row = page.get_by_role("row", name=re.compile("^Payments incident commanders Payments"))
    expect(row).to_contain_text("@meridian.example")
    expect(row).to_contain_text("EET")
    expect(page.get_by_text("Europe/Sofia")).to_be_visible()
