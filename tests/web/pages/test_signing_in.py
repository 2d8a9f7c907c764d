"""Signing in: the way in, the sentence for a wrong password, and the limit on guessing."""

from __future__ import annotations

import re

from tests.services.chromium import Visit, expect


def test_a_person_comes_back_to_the_page_they_wanted(browser: Visit, address: str, password: str) -> None:
    page = browser.open_page(base_url=address)
    page.goto("/overview")
    page.get_by_label("Username").fill("observer.payments")
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/overview$"))

    page.get_by_role("button", name="You and your settings").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_wrong_password_gets_a_sentence_and_too_many_are_refused(browser: Visit, address: str) -> None:
    page = browser.open_page(base_url=address)
    page.goto("/sign-in")
    for _ in range(10):
        page.get_by_label("Username").fill("responder.media")
        page.get_by_label("Password").fill("not this")
        with page.expect_navigation() as answered:
            page.keyboard.press("Enter")
        if answered.value.status == 429:
            break
        expect(page.get_by_role("alert")).to_contain_text("do not go together")

    assert (answered.value.status, answered.value.headers["retry-after"]) == (429, "900")
    expect(page.get_by_text("until 15 minutes after the last of them")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many attempts")
