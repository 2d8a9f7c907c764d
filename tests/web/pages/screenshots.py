"""Every page at every width, light and dark, in screenshots/: no test, but what people look at (`make screenshots`).

`SCREENSHOTS_OF` narrows it to names that match it, a regular expression.
"""

from __future__ import annotations

import os
import re

import pytest

from tests.services.chromium import DESKTOP, PHONE, TABLET, Visit
from tests.web.pages.conftest import SignIn
from tests.web.pages.test_every_page import PAGES
from tests.web.pages.test_knowledge import STATES

OF_KNOWLEDGE = {
    "reviews": ("commander.payments", "/postmortems/"),
    "reviews-overdue": ("coordinator", "/postmortems/?view=overdue"),
    "actions-overdue": ("coordinator", "/postmortems/?view=actions"),
    "review": ("commander.payments", "/postmortems/1"),
    "review-editor": ("commander.payments", "/postmortems/{draft}?edit=lessons"),
    "review-history": ("commander.payments", "/postmortems/{draft}/history"),
    "disclosures": ("legal", "/postmortems/1/disclosures"),
    "my-actions": ("responder3.cloud", "/actions"),
    "capacity": ("coordinator", "/recurrence/capacity"),
    "runbooks": ("commander.payments", "/runbooks/"),
    "runbook-new": ("responder.payments", "/runbooks/new"),
    "articles": ("commander.payments", "/articles/"),
    "problems": ("commander.payments", "/problems/"),
    "my-training": ("responder.payments", "/training/"),
    "saved-searches": ("observer.payments", "/knowledge/saved"),
}
SHOWN = {**PAGES, **OF_KNOWLEDGE, **{f"search-{name}": ("observer.payments", path) for name, path in STATES.items()}}
CHOSEN = [name for name in SHOWN if re.search(os.environ.get("SCREENSHOTS_OF", ""), name)]


@pytest.fixture
def draft(sign_in: SignIn) -> str:
    """The number of a review that Payments is writing."""
    page = sign_in("commander.payments")
    page.goto("/postmortems/?view=drafts&unit=payments")
    href = page.locator(".reviews .row-title").first.get_attribute("href")
    assert href is not None
    return href.rsplit("/", 1)[-1]


@pytest.mark.parametrize("name", CHOSEN)
def test_show(browser: Visit, sign_in: SignIn, draft: str, name: str) -> None:
    username, path = SHOWN[name]
    page = sign_in(username)
    page.goto(path.format(draft=draft))
    page.evaluate("document.fonts.ready")
    for screen in (DESKTOP, TABLET, PHONE):
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            browser.screenshot(page, f"{name}-{screen.width}-{theme}")
    page.emulate_media(color_scheme="light", media="print")
    browser.screenshot(page, f"{name}-print")
