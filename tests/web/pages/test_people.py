"""People in the tenant admin, in a browser: somebody is found by typing, and somebody new comes."""

from __future__ import annotations

import re

from tests.services.chromium import PHONE, Visit, expect
from tests.web.pages.conftest import SignIn


def test_somebody_is_found_by_typing_and_somebody_new_comes(sign_in: SignIn, browser: Visit, address: str) -> None:
    page = sign_in("admin.payments")
    page.goto("/admin/tenants/roleassignment/add/")
    page.get_by_role("combobox").first.click()
    page.get_by_role("searchbox").fill("responder.media")
    page.locator(".select2-results__option[aria-selected]").first.click()
    expect(page.locator(".select2-selection__rendered").first).not_to_have_text("")

    page.goto("/admin/tenants/person/add/")
    page.locator("#id_username").fill("noor.haddad")
    page.locator("#id_name").fill("Noor Haddad")
    page.locator("#id_for_unit").select_option(label="Payments")
    page.locator("#id_role").select_option(label="Responder")
    page.get_by_role("button", name="Save", exact=True).click()
    invitation = page.locator("code").inner_text()

    theirs = browser.open_page(base_url=address, screen=PHONE, theme="dark")
    theirs.goto(f"/welcome/{invitation.split('/welcome/')[1]}")
    for label in ("Password", "The same again"):
        theirs.get_by_label(label).fill("a-quiet-harbour-at-dawn")
    theirs.get_by_role("button", name="Choose it").click()
    expect(theirs).to_have_url(re.compile("/sign-in$"))
