"""What the overview tells of restricted incidents: to whom, how much, and in which words it keeps quiet."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date

import pytest

from hub.lib import clock
from hub.metrics.models import QuarterRelease
from tenants.models import BusinessUnit
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

HEADING = "Restricted incidents"


@pytest.fixture
def overview(signed_in: SignedIn) -> Callable[..., str]:
    def read(username: str, query: str = "") -> str:
        page = signed_in(username).get(f"/overview{query}").content.decode()
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))

    return read


@pytest.fixture
def released(db: None) -> None:
    """A quarter of which all is told, one told in all, and one of which nothing is."""
    with seeding():
        QuarterRelease.objects.all().delete()
        by_unit = {str(unit.pk): 5 + number for number, unit in enumerate(BusinessUnit.objects.order_by("name"))}
        for starts_on, total, figures in (
            (date(2026, 1, 1), sum(by_unit.values()), by_unit),
            (date(2026, 4, 1), 7, None),
            (date(2026, 7, 1), None, None),
        ):
            QuarterRelease.objects.create(
                starts_on=starts_on, released_at=clock.now(), minimum=5, total=total, by_unit=figures
            )


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize("query", ["", "?unit=payments", "?days=30"])
def test_each_quarter_says_what_is_not_told_and_why(overview: Callable[..., str], query: str) -> None:
    page = overview("coordinator", query)

    told = page[page.index(HEADING) :]
    assert "2026-Q3 – Not told: fewer than 5, or none at all." in told
    assert "2026-Q2 7 Not told by unit: at least one unit had fewer than 5, or none" in told
    with seeding():
        first, second = BusinessUnit.objects.order_by("name")[:2]
    assert f"{first.name} 5, {second.name} 6" in told
    assert told.index("2026-Q3") < told.index("2026-Q2") < told.index("2026-Q1")


def test_before_the_first_release_it_says_so(overview: Callable[..., str]) -> None:
    with seeding():
        QuarterRelease.objects.all().delete()

    assert "No quarter has been told yet" in overview("auditor")


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize("username", ["commander.payments", "lead.emea", "admin.payments", "outsider.logistics"])
def test_only_the_enterprise_reads_it(overview: Callable[..., str], username: str) -> None:
    page = overview(username)

    assert HEADING not in page
    assert "2026-Q2" not in page
