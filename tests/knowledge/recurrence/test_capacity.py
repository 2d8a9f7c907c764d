"""Where capacity fails again, and when next: the projection against simulated incidents, and who reads of what."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from hub.catalog.models import Service
from hub.lib import clock
from knowledge.postmortems.models import Postmortem
from knowledge.recurrence.capacity import LIKELY, PERIOD, wait
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api
from tests.knowledge.recurrence.test_recurrence import reviewed

__all__ = ["api"]


@pytest.mark.parametrize("count", [2, 5, 20])
def test_the_next_one_comes_as_often_as_projected(count: int) -> None:
    """Rates are drawn as `count` incidents leave them, and waits from each: a share `p` is over by the `p` quantile."""
    random, years = Random(7), PERIOD / timedelta(days=365)
    waits = [random.expovariate(random.gammavariate(count + 0.5, 1 / years)) for _ in range(20_000)]

    for probability in LIKELY:
        by = wait(count, PERIOD, probability) / timedelta(days=365)
        assert sum(each <= by for each in waits) / len(waits) == pytest.approx(probability, abs=0.015)


def test_more_incidents_bring_the_next_one_nearer_and_say_it_surer() -> None:
    spans = [[wait(count, PERIOD, each) for each in LIKELY] for count in range(2, 12)]

    for fewer, more in pairwise(spans):
        assert more[1] < fewer[1]
        assert more[2] - more[0] < fewer[2] - fewer[0]


def ran_out(slug: str, *days: int) -> None:
    """A service of Cloud ran out so many days ago, for its unit alone."""
    with seeding():
        service = Service.objects.get(slug=slug)
        for day in days:
            row = reviewed("cloud", "capacity", "exhausted", clock.now() - timedelta(days=day), audience="unit")
            Postmortem.objects.filter(pk=row.pk).update(service=service)


@pytest.mark.django_db
def test_it_is_told_of_what_one_may_read(api: ApiOf, signed_in: SignedIn) -> None:
    asked = (
        "{ capacityOutlook { service { slug } counts direction since earliest expected latest reviews { reference } } }"
    )

    def outlook(person: str) -> dict[str, object] | None:
        found = api(person).ask(asked).data["capacityOutlook"]
        assert [each["expected"] for each in found] == sorted(each["expected"] for each in found)
        return next((each for each in found if each["service"]["slug"] == "cdn"), None)

    before = outlook("outsider.logistics")
    ran_out("cdn", 2, 9, 20, 31, 40, 52, 66, 71, 90, 120)

    mine = outlook("coordinator")
    assert mine is not None
    assert mine["direction"] == "RISING"
    assert str(mine["earliest"]) < str(mine["expected"]) < str(mine["latest"])
    assert str(mine["expected"]) < (clock.now() + timedelta(days=60)).isoformat()
    assert outlook("outsider.logistics") == before or before is None
    page = signed_in("coordinator").get("/recurrence/capacity").content.decode()
    assert "Eight in ten fall between" in page
    with seeding():
        name = Service.objects.get(slug="cdn").name
    assert name in page
