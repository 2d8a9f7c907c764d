"""The overview's figures, against a calculator in Python over the same rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as
from hub.metrics.figures import overview
from tenants.models import BusinessUnit
from tests.conftest import seeding

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]


def mean(lengths: list[timedelta]) -> timedelta | None:
    return sum(lengths, timedelta()) / len(lengths) if lengths else None


def close(left: timedelta | None, right: timedelta | None) -> bool:
    if left is None or right is None:
        return left is right
    return abs(left - right) < timedelta(milliseconds=1)


@pytest.mark.parametrize("username", ["coordinator", "lead.emea", "observer.retail", "outsider.logistics"])
def test_the_figures_are_those_of_the_rows_that_the_reader_sees(actor: ActorNamed, username: str) -> None:
    until = clock.now()
    since = until - timedelta(days=200)
    reader = actor(username)
    with acting_as(reader):
        rows = list(Incident.objects.filter(declared_at__gte=since, declared_at__lt=until))

    found = overview(actor=reader, since=since, until=until)

    assert found.total.declared == len(rows) > 0
    assert found.total.open == sum(row.is_open for row in rows)
    acknowledged = [row.acknowledged_at - row.declared_at for row in rows if row.acknowledged_at]
    resolved = [row.resolved_at - row.declared_at for row in rows if row.resolved_at]
    assert close(found.total.mean_to_acknowledge, mean(acknowledged))
    assert close(found.total.mean_to_resolve, mean(resolved))
    assert sum(figure.declared for figure in found.by_unit) == len(rows)
    assert sum(figure.declared for figure in found.by_severity) == len(rows)
    assert sum(figure.declared for figure in found.by_unit_and_severity) == len(rows)
    assert {figure.unit_id for figure in found.by_unit} == {row.unit_id for row in rows}


def test_a_unit_of_others_counts_nothing(actor: ActorNamed) -> None:
    with seeding():
        payments = BusinessUnit.objects.get(slug="payments").pk
    until = clock.now()

    found = overview(
        actor=actor("outsider.logistics"), since=until - timedelta(days=365), until=until, unit_ids=[payments]
    )

    assert found.total.declared == 0
    assert found.by_unit == ()
    assert found.total.mean_to_resolve is None


def test_a_period_that_ends_before_it_starts_is_refused(actor: ActorNamed) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(Invalid, match="ends before it starts"):
        overview(actor=actor("coordinator"), since=moment, until=moment)
