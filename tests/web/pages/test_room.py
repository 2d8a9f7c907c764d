"""The incident's room: two people at work in it, by hand and by keyboard, and who is kept out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.services.chromium import PHONE, Visit, expect
from tests.web.pages.conftest import Declare, SignIn

Live = Callable[[Page], None]

HIDDEN_BY_THE_COMPOSER = """() => {
  scrollTo(0, document.documentElement.scrollHeight);
  const entry = document.querySelector(".timeline > :last-child").getBoundingClientRect();
  return entry.bottom - document.querySelector("#composer").getBoundingClientRect().top;
}"""
"""Pixels of the oldest entry at the end of the page; asked at once, as the timeline may be replaced at any moment."""


def write(page: Page, text: str) -> None:
    page.get_by_label("Add to the timeline").fill(text)
    page.keyboard.press("Control+Enter")


def test_two_people_see_the_same_note_live(sign_in: SignIn, declare: Declare, is_live: Live) -> None:
    acting, watching = sign_in("responder.payments"), sign_in("responder2.payments")
    reference = declare(acting, "Payouts stop at the border")
    watching.goto(f"/incidents/{reference}")
    is_live(watching)

    write(acting, "The partner bank closed our connection.")

    for page in (acting, watching):
        expect(
            page.locator(".timeline").get_by_role("paragraph").get_by_text("The partner bank closed")
        ).to_be_visible()
    composer = acting.get_by_label("Add to the timeline")
    expect(composer).to_have_value("")
    expect(composer).to_be_focused()


def test_an_incident_from_the_first_key_to_the_last(sign_in: SignIn, declare: Declare, browser: Visit) -> None:
    page = sign_in("commander.payments")
    declare(page, "Wallets show another customer's balance")
    head = page.locator(".head-line")

    page.keyboard.press("e")
    expect(head.get_by_text("Acknowledged")).to_be_visible()

    write(page, "/decision Switch the cache off because wrong is worse than slow")
    decision = page.locator("[data-kind=decision]")
    expect(decision).to_contain_text("Switch the cache off")
    expect(decision).to_contain_text("Why: wrong is worse than slow")

    page.get_by_role("button", name="Take the role scribe").click()
    expect(page.locator("#incident-side")).to_contain_text("Jonas Weber")
    write(page, "/role communications_lead Luca Marino")
    expect(page.locator(".timeline")).to_contain_text("Luca Marino is communications lead")

    page.get_by_role("button", name="Mitigate").click()
    page.get_by_role("button", name="Resolve").click()
    expect(head.get_by_text("Resolved")).to_be_visible()
    # An action takes the place of a refresh that is under way, which htmx reports as an error.
    aborted = ("htmx:afterRequest", "htmx:sendAbort")
    assert [problem for problem in browser.problems if not any(word in problem for word in aborted)] == []


def test_a_person_is_found_by_name_and_released_again(sign_in: SignIn, declare: Declare) -> None:
    page = sign_in("commander.payments")
    declare(page, "Invoices go out without an address")
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Assign a role")
    dialog.get_by_label("Person").fill("Piotr Nowak (responder3.payments)")
    page.keyboard.press("Enter")
    expect(page.locator("#incident-side")).to_contain_text("Piotr Nowak")

    page.get_by_role("button", name="Release Piotr Nowak from responder").click()
    expect(page.locator(".timeline")).to_contain_text("Piotr Nowak is no longer responder")


def test_a_command_that_there_is_not_keeps_the_text(sign_in: SignIn, declare: Declare) -> None:
    page = sign_in("responder.payments")
    declare(page, "Statements are late")
    write(page, "/escalate everybody")

    expect(page.locator("#toasts")).to_contain_text("There is no command “/escalate”")
    expect(page.get_by_label("Add to the timeline")).to_have_value("/escalate everybody")


def test_one_corrects_ones_own_note_only(sign_in: SignIn, declare: Declare) -> None:
    author, reader = sign_in("responder.payments"), sign_in("responder2.payments")
    reference = declare(author, "Card limits are not read")
    write(author, "It began at two.")
    note = author.locator("[data-kind=note]")
    note.locator("summary", has_text="Correct").click()
    note.get_by_label("What it should say").fill("It began at three.")
    note.get_by_role("button", name="Save correction").click()
    expect(note.get_by_text("Edited 1 time")).to_be_visible()

    reader.goto(f"/incidents/{reference}")
    note = reader.locator("[data-kind=note]")
    expect(note).to_contain_text("It began at three.")
    expect(note.locator("summary", has_text="Correct")).to_have_count(0)


def test_a_correction_begun_while_the_timeline_is_on_its_way_stays(sign_in: SignIn, declare: Declare) -> None:
    author, other = sign_in("responder.payments"), sign_in("responder2.payments")
    reference = declare(author, "Card limits are read twice")
    write(author, "It began at two.")
    note = author.locator("[data-kind=note]").filter(has_text="It began at")
    expect(note).to_be_visible()
    other.goto(f"/incidents/{reference}")
    under_way: list[Any] = []
    author.route("**/timeline**", lambda route: route.continue_() if under_way else under_way.append(route))
    write(other, "Nobody was told.")
    while not under_way:
        author.wait_for_timeout(50)

    note.locator("summary", has_text="Correct").click()
    note.get_by_label("What it should say").fill("It began at three.")
    with author.expect_response("**/timeline**"):
        under_way[0].continue_()
    author.wait_for_timeout(300)

    expect(note.get_by_label("What it should say")).to_have_value("It began at three.")
    note.get_by_role("button", name="Save correction").click()
    expect(note.get_by_text("Edited 1 time")).to_be_visible()
    expect(author.locator(".timeline")).to_contain_text("Nobody was told.")


def test_what_came_since_the_last_visit_stands_above_a_line(sign_in: SignIn, declare: Declare) -> None:
    author, reader = sign_in("responder.payments"), sign_in("responder2.payments")
    reference = declare(author, "Direct debits are refused")
    reader.goto(f"/incidents/{reference}")
    expect(reader.locator("#unread")).to_have_count(0)
    reader.goto("/incidents/")
    reader.wait_for_timeout(1_000)  # the last visit is remembered to the second
    write(author, "Only those of one bank.")
    expect(author.locator(".timeline")).to_contain_text("Only those of one bank.")

    reader.goto(f"/incidents/{reference}")
    expect(reader.locator("#unread")).to_contain_text("New since")
    expect(reader.locator(".timeline > :first-child")).to_contain_text("Only those of one bank.")


def test_a_lost_connection_is_said_and_made_good(sign_in: SignIn, declare: Declare, is_live: Live) -> None:
    acting, watching = sign_in("responder.payments"), sign_in("responder2.payments")
    reference = declare(acting, "Exchange rates are a day old")
    watching.goto(f"/incidents/{reference}")
    is_live(watching)

    watching.context.set_offline(True)
    expect(watching.locator("#connection")).to_contain_text("Connection lost")
    write(acting, "The provider moved its address.")
    expect(acting.locator(".timeline")).to_contain_text("The provider moved its address.")
    watching.context.set_offline(False)

    expect(watching.locator("#connection")).to_contain_text(re.compile(r"\d events? replayed"), timeout=20_000)
    expect(watching.locator(".timeline")).to_contain_text("The provider moved its address.")


def test_a_restricted_room_is_marked_and_opens_to_the_admitted(sign_in: SignIn, declare: Declare) -> None:
    page, other = sign_in("commander.payments"), sign_in("responder3.payments")
    reference = declare(page, "An employee reads salaries", restricted=True)
    expect(page.get_by_text("Restricted.", exact=True)).to_be_visible()
    assert "salaries" not in page.title()
    missing = other.goto(f"/incidents/{reference}")
    assert missing
    assert missing.status == 404

    page.get_by_role("button", name="Admit").click()
    dialog = page.get_by_role("dialog", name="Admit somebody")
    dialog.get_by_label("Person").fill("responder3.payments")
    dialog.get_by_label("Why must they know?").fill("Reads the access logs")
    dialog.get_by_role("button", name="Admit to the incident").click()
    expect(page.locator("#incident-side")).to_contain_text("Reads the access logs")

    other.goto(f"/incidents/{reference}")
    expect(other.get_by_role("heading", level=1, name="An employee reads salaries")).to_be_visible()


def test_on_a_phone_the_composer_is_under_the_thumb_and_hides_nothing(sign_in: SignIn, declare: Declare) -> None:
    page = sign_in("responder.payments", screen=PHONE)
    declare(page, "Receipts are sent twice")
    for number in range(6):
        write(page, f"Observation {number}, in a sentence that is long enough to take up more than one line.")
        expect(page.locator(".timeline")).to_contain_text(f"Observation {number}")
    composer = page.locator("#composer")
    page.evaluate("document.activeElement.blur()")
    page.evaluate("scrollTo(0, 200)")
    expect(composer).to_be_in_viewport(ratio=1)

    assert page.evaluate(HIDDEN_BY_THE_COMPOSER) <= 0


def test_an_observer_reads_and_has_nothing_to_press(sign_in: SignIn) -> None:
    page = sign_in("observer.payments")
    page.goto("/incidents/PAY-100")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#composer")).to_have_count(0)
    expect(page.get_by_role("button", name="Resolve")).to_have_count(0)
