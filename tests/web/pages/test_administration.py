"""The mapping page of the tenant admin in a browser, on a phone, in the dark: a meaning is looked at, then said."""

from __future__ import annotations

from tests.services.chromium import PHONE, expect
from tests.web.pages.conftest import SignIn


def test_a_term_is_mapped_after_a_look_at_what_changes(sign_in: SignIn) -> None:
    page = sign_in("admin.payments", screen=PHONE, theme="dark")
    page.goto("/admin/tenants/mappingversion/")
    page.get_by_text("more_horiz").click()
    page.get_by_role("link", name="Map terms").first.click()
    expect(page.get_by_text("incidents of the last year mean a global term")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Scheme advisory")
    expect(row).to_contain_text("Never mapped")

    row.get_by_label("What Scheme advisory shall mean").select_option(label="Availability")
    row.get_by_label("How Scheme advisory relates to it").select_option(label="Overlaps it")
    row.get_by_label("How surely Scheme advisory means it").fill("0.4")
    page.get_by_role("button", name="Preview what changes").click()
    expect(page.get_by_role("region", name="Preview")).to_contain_text("It holds for what happens from now on")
    page.get_by_role("button", name="Publish version").click()

    expect(page.get_by_role("row").filter(has_text="Scheme advisory")).to_contain_text(
        "Availability: overlaps it, 0.40"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
