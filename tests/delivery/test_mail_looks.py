"""The mail as it arrives, opened in a browser: light and dark, wide and narrow, and readable by everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hub.catalog.models import Service
from hub.delivery.letters import Letter
from hub.incidents import actions
from hub.incidents.models import Incident, Severity
from hub.lib.identity import Actor
from hub.oncall.answers import Uncovered
from hub.oncall.balancing import Collision, Reason
from hub.oncall.letters import digest_letter
from hub.oncall.models import Schedule
from hub.oncall.shifts import Duty, Shift
from tenants.models import Person
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
    assert page.get_by_role("link", name=f"Open {incident.reference}").is_visible()

    page.set_content(a_week().html())

    browser.screenshot(page, f"digest-{theme}-{'phone' if screen.phone else 'desktop'}")
    assert browser.accessibility_violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    headings = [each.text_content() for each in page.get_by_role("heading").all()]
    assert headings == ["On call in the next two weeks", "You are on call", "Nobody covers", "Plans that collide"]
    assert browser.problems == []


def a_week() -> Letter:
    """The weekly digest of somebody for whom it has all that it can have."""
    reader, other = (
        Person(pk=key, name=name, time_zone="Europe/Berlin") for key, name in ((1, "Jonas Weber"), (2, "Elena Petrova"))
    )
    first, second = (
        Schedule(pk=key, name=name) for key, name in ((1, "Payments incident commanders"), (2, "Payments responders"))
    )

    def day(number: int, hour: int = 8) -> datetime:
        return datetime(2026, 11, 30, hour, tzinfo=UTC) + timedelta(days=number)

    return digest_letter(
        reader,
        [(first.name, Shift(1, day(0), day(7))), (second.name, Shift(1, day(2), day(2, 17), Duty.SECONDARY))],
        [Uncovered(second, day(number), day(number, 12), Duty.PRIMARY) for number in range(14)],
        1,
        [
            (Collision(1, first, Reason.LEAVE, day(1), day(2)), reader),
            (Collision(2, first, Reason.DOUBLE_DUTY, day(4), day(4, 15), second), other),
        ],
    )
