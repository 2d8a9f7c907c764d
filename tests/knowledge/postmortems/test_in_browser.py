"""The review's page in a real browser: in every theme and size, by keyboard, on paper, and by two people at once."""

from __future__ import annotations

import pytest

from knowledge.postmortems import actions
from knowledge.postmortems.models import Audience, Postmortem, Proof
from knowledge.runbooks import actions as runbooks
from knowledge.runbooks.models import Revision
from knowledge.runbooks.steps import Step
from tenants.models import Person
from tests.conftest import seeding
from tests.knowledge.postmortems.conftest import TEXTS, acting, opened, resolved_incident, signed_in, stored
from tests.services.chromium import DESKTOP, PHONE, TABLET, Screen, Theme, Visit, expect

pytestmark = pytest.mark.usefixtures("own_database")

LONG = "Alert before the connection pool of any service that keeps one of its own is more than four fifths full"


def draft() -> Postmortem:
    """A draft with an action item whose words are long, and wording that blames."""
    writer = acting("responder.payments")
    review = opened(resolved_incident())
    actions.edit_postmortem(
        actor=writer,
        postmortem_id=review.pk,
        version=1,
        texts={
            "root_cause": "Luca Marino forgot to raise `max_connections`.\n\n| pool | size |\n|---|--:|\n| a | 40 |"
        },
    )
    actions.add_action_item(actor=writer, postmortem_id=review.pk, title=LONG)
    return stored(review)


def published() -> Postmortem:
    """The longest of the demonstration's reviews."""
    with seeding():
        return Postmortem.objects.get(title__contains="forty-minute retry storm")


READERS: tuple[tuple[Screen, Theme], ...] = ((DESKTOP, "light"), (PHONE, "dark"))


def test_every_page_is_accessible_and_fits(browser: Visit, site: str) -> None:
    review = draft()
    paths = (
        f"/postmortems/{review.pk}",
        f"/postmortems/{review.pk}?edit=lessons",
        f"/postmortems/{review.pk}/history",
        f"/postmortems/{published().pk}",
        "/postmortems/?view=published",
        "/actions",
    )
    for screen, theme in READERS:
        page = signed_in(
            browser.open_page(base_url=site, screen=screen, theme=theme, with_axe=True), site, "commander.payments"
        )
        for path in paths:
            page.goto(path)
            for width in (screen.width, *([TABLET.width] if screen == DESKTOP else [])):
                page.set_viewport_size({"width": width, "height": screen.height})
                # A phone widens its window to what does not fit, so the window itself is compared.
                assert page.evaluate("innerWidth") == width, (path, width)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            # So tall that no target lies half under what sticks to an edge: that one scrolls away.
            page.set_viewport_size({"width": screen.width, "height": 4_000})
            assert browser.accessibility_violations(page) == [], (path, screen, theme)
        page.context.close()


def test_a_published_review_breaks_no_rule_of_the_page(browser: Visit, site: str) -> None:
    page = signed_in(browser.open_page(base_url=site), site, "outsider.logistics")
    page.goto(f"/postmortems/{published().pk}")

    expect(page.get_by_role("heading", level=1)).to_contain_text("retry storm")
    expect(page.get_by_role("img", name="The incident was acknowledged after 3 min")).to_be_visible()
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    assert browser.problems == []


def test_a_section_is_written_in_place_by_keyboard(browser: Visit, site: str) -> None:
    review = draft()
    page = signed_in(browser.open_page(base_url=site), site, "responder.payments")
    page.goto(f"/postmortems/{review.pk}")

    page.get_by_role("link", name="Write Lessons").press("Enter")
    box = page.get_by_role("textbox", name="Lessons")
    expect(box).to_be_focused()
    box.fill("Put **limits** on the dashboard of what they limit.")
    box.press("Control+Enter")

    expect(page.locator("#lessons strong")).to_have_text("limits")
    expect(page.get_by_role("complementary", name="Facts")).not_to_contain_text("“Lessons” is empty.")
    assert stored(review).lessons == "Put **limits** on the dashboard of what they limit."


def test_who_was_slower_keeps_their_text_and_decides(browser: Visit, site: str) -> None:
    review = draft()
    page = signed_in(browser.open_page(base_url=site), site, "responder.payments")
    page.goto(f"/postmortems/{review.pk}")
    page.get_by_role("link", name="Write Lessons").click()
    page.get_by_role("textbox", name="Lessons").fill("His.")
    actions.edit_postmortem(
        actor=acting("responder2.payments"),
        postmortem_id=review.pk,
        version=review.version,
        texts={"lessons": "Hers."},
    )

    page.get_by_role("button", name="Save lessons").click()

    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Aisha Bello changed “Lessons”")
    expect(notice).to_contain_text("Hers.")
    box = page.get_by_role("textbox", name="Lessons")
    expect(box).to_have_value("His.")
    assert browser.accessibility_violations(page) == []
    box.fill("Hers. And his.")
    page.get_by_role("button", name="Save lessons").click()
    expect(page.locator("#lessons .prose")).to_have_text("Hers. And his.")
    assert stored(review).lessons == "Hers. And his."


def test_from_the_last_gap_to_publication(browser: Visit, site: str) -> None:
    review = draft()
    actions.edit_postmortem(
        actor=acting("responder.payments"), postmortem_id=review.pk, version=review.version, texts=TEXTS
    )
    page = signed_in(browser.open_page(base_url=site), site, "commander.payments")
    page.goto(f"/postmortems/{review.pk}")

    page.get_by_role("button", name="Choose the root cause").click()
    page.get_by_role("combobox", name="Root cause").select_option(label="Capacity exhaustion")
    page.get_by_role("checkbox", name="Change failure").check()
    page.get_by_role("button", name="Save causes").click()
    expect(page.locator("#cause")).to_contain_text("Capacity exhaustion")

    page.get_by_role("button", name="Change this action").click()
    page.locator("#actionItems tbody").get_by_label("Owner").fill("responder2.payments")
    page.locator("#actionItems tbody").get_by_label("Until").fill("2027-01-31")
    page.get_by_role("button", name="Save action").click()
    expect(page.locator("#actionItems")).to_contain_text("Has not accepted yet")
    owner = signed_in(browser.open_page(base_url=site), site, "responder2.payments")
    owner.goto(f"/postmortems/{review.pk}")
    owner.get_by_role("button", name="Accept").click()
    expect(owner.locator("#actionItems")).not_to_contain_text("Has not accepted yet")

    page.reload()
    expect(page.get_by_role("complementary", name="Facts")).to_contain_text("Nothing is missing.")
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog", name="Publish the review")
    expect(dialog).to_contain_text("Nothing is missing.")
    dialog.get_by_role("radio", name="The whole enterprise").check()
    dialog.get_by_role("button", name="Publish review").click()

    expect(page.locator(".review-head")).to_contain_text("for the whole enterprise")
    assert stored(review).audience == Audience.ENTERPRISE


def test_an_owner_says_on_a_phone_that_it_is_done(browser: Visit, site: str) -> None:
    review = draft()
    with seeding():
        owner = Person.objects.get(username="responder2.payments")
        item = review.action_items.get()
    actions.update_action_item(actor=acting("responder.payments"), action_item_id=item.pk, owner_id=owner.pk)
    page = signed_in(browser.open_page(base_url=site, screen=PHONE), site, "responder2.payments")

    page.goto("/actions")
    mine = page.get_by_role("listitem").filter(has_text=LONG)
    mine.get_by_role("button", name="Done").click()

    expect(page.get_by_text(LONG)).to_have_count(0)


def test_on_paper_there_is_the_article_and_nothing_to_press(browser: Visit, site: str) -> None:
    page = signed_in(browser.open_page(base_url=site), site, "commander.payments")
    page.goto(f"/postmortems/{published().pk}")
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Lessons")).to_be_visible()
    expect(page.get_by_role("img", name="The incident was acknowledged after 3 min")).to_be_visible()
    for hidden in ("button:visible", "a.button:visible", ".rail:visible", ".review aside:visible", ".findings:visible"):
        expect(page.locator(hidden)).to_have_count(0)


def test_without_scripts_a_section_is_read_and_written(browser: Visit, site: str) -> None:
    review = draft()
    page = signed_in(browser.open_page(base_url=site, javascript=False), site, "responder.payments")
    page.goto(f"/postmortems/{review.pk}")

    page.get_by_role("link", name="Write Lessons").click()
    page.get_by_role("textbox", name="Lessons").fill("Look.")
    page.get_by_role("button", name="Save lessons").click()

    expect(page.locator("#lessons .prose")).to_have_text("Look.")


def test_two_people_who_write_at_once_see_each_other_and_keep_both_texts(browser: Visit, site: str) -> None:
    review = draft()
    his, hers = (
        signed_in(browser.open_page(base_url=site), site, f"{name}.payments") for name in ("responder", "responder2")
    )
    for page in (his, hers):
        page.goto(f"/postmortems/{review.pk}?edit=lessons")
    his.get_by_role("textbox", name="Lessons").fill("His.")
    expect(his.locator("#lessons [data-saved]")).to_contain_text("Saved")
    box = hers.get_by_role("textbox", name="Lessons")
    box.fill("Hers.")

    expect(hers.locator("#lessons [data-writers]")).to_contain_text("writes here")
    beside = hers.get_by_role("region", name="What stands there now")
    expect(beside).to_contain_text("His.")
    expect(box).to_have_value("Hers.")
    expect(box).to_be_focused()
    # So tall that no target lies half under what sticks to an edge: that one scrolls away.
    hers.set_viewport_size({"width": DESKTOP.width, "height": 4_000})
    assert browser.accessibility_violations(hers) == []
    beside.get_by_role("button", name="Keep both").click()

    expect(hers.locator("#lessons [data-saved]")).to_contain_text("Saved")
    assert stored(review).lessons == "His.\n\nHers."


def test_an_action_is_closed_with_a_revision_by_keyboard(browser: Visit, site: str) -> None:
    review, owner = draft(), acting("responder.payments")
    with seeding():
        unit_id = review.unit_id
    runbook = runbooks.write_runbook(
        actor=owner, unit_id=unit_id, title="Size the pool", purpose="Full pools", steps=[Step("Look")]
    )
    with seeding():
        revision = Revision.objects.get(runbook=runbook)
    runbooks.approve_revision(actor=acting("commander.payments"), revision_id=revision.pk)
    actions.add_action_item(
        actor=owner, postmortem_id=review.pk, title="Write it down", owner_id=owner.person_id, closes_with=Proof.RUNBOOK
    )
    page = signed_in(browser.open_page(base_url=site, screen=PHONE), site, "responder.payments")
    page.goto(f"/postmortems/{review.pk}")

    page.locator("#actionItems").get_by_role("row", name="Write it down").get_by_role("button", name="Done").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="What shows it?")
    expect(dialog).to_be_visible()
    assert browser.accessibility_violations(page) == []
    chosen = dialog.get_by_label("Revision of a runbook")
    chosen.focus()
    page.keyboard.type("PAY-B")
    dialog.get_by_role("button", name="Close action").focus()
    page.keyboard.press("Enter")

    link = page.locator("#actionItems").get_by_role("link", name="Size the pool, revision 1")
    expect(link).to_be_visible()
    page.set_viewport_size({"width": PHONE.width, "height": 4_000})
    assert browser.accessibility_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE.width
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Size the pool")
