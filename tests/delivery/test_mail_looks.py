"""The mail as it arrives, opened in a browser: light and dark, wide and narrow, and readable by everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.catalog.models import Service
from hub.incidents import actions
from hub.incidents.models import Incident, Severity
from hub.lib.identity import Actor
from tests.conftest import seeding
from tests.jobs import run_jobs
from tests.services.chromium import DESKTOP, PHONE, Screen, Theme, Visit
from tests.services.smtp import SmtpServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_page_by_mail(
    actor: Callable[[str], Actor], smtp: SmtpServer, browser: Visit, theme: Theme, screen: Screen
) -> None:
    with seeding():
        checkout = Service.objects.get(slug="checkout-api")
    incident = actions.declare_incident(
        actor=actor("coordinator"),
        title="Checkout answers 502 to about one customer in eight, in all European shops",
        summary="Card payments fail at the last step; wallets and invoices still work.",
        severity=Severity.SEV2,
        severity_reason="A critical service is degraded",
        service_id=checkout.pk,
    )
    run_jobs()
    with seeding():
        commander = Incident.objects.select_related("commander").get(pk=incident.pk).commander
    assert commander is not None
    [mail] = smtp.sent_to(commander.email)
    html = mail.message.get_body(("html",))
    assert html is not None

    page = browser.open_page(screen=screen, theme=theme)
    page.set_content(html.get_content())

    browser.screenshot(page, f"mail-{theme}-{'phone' if screen.phone else 'desktop'}")
    assert browser.accessibility_violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.problems == []
    assert page.get_by_role("link", name=f"Open {incident.reference}").is_visible()
