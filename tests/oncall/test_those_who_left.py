"""Somebody whose account is switched off is on call for nothing: whoever comes after them is, or nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.lib import clock
from hub.oncall.models import FixedShift, Layer
from tenants.models import Person, RoleAssignment
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api
from tests.oncall.world import FIRST, SECOND, Desk, desk

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

NOW_ON = """query ($ids: [ID!]!, $slug: String!, $since: DateTime!, $until: DateTime!) {
  peopleOnCall(scheduleIds: $ids) { username }
  schedules(filters: {slug: {exact: $slug}}) { edges { node { onCallNow { primary { username } } } } }
  coverageGaps(scheduleIds: $ids, since: $since, until: $until) { lacks } }"""
THEN_ON = "query ($ids: [ID!]!, $at: DateTime!) { peopleOnCall(scheduleIds: $ids, at: $at) { username } }"
DAY = timedelta(days=1)


def layer(desk: Desk, username: str, priority: int) -> None:
    """Somebody is on in a layer of their own, from two days ago on."""
    now = datetime.now(UTC)
    with seeding():
        unit = desk.schedule.unit
        above = Layer.objects.create(schedule=desk.schedule, unit=unit, name=username, priority=priority)
        FixedShift.objects.create(
            layer=above, unit=unit, person=desk.people[username], starts_at=now - 2 * DAY, ends_at=now + 2 * DAY
        )


def left(username: str) -> None:
    with seeding():
        Person.objects.filter(username=username).update(is_active=False)


def on_now(api: ApiOf, desk: Desk) -> tuple[list[str], list[str], bool]:
    """Who is on, as both questions about now answer it, and whether that is a gap."""
    now = clock.now()
    data: dict[str, Any] = (
        api("observer.payments")
        .ask(
            NOW_ON,
            ids=[desk.id],
            slug=desk.schedule.slug,
            since=now.isoformat(),
            until=(now + timedelta(minutes=1)).isoformat(),
        )
        .data
    )
    (found,) = data["schedules"]["edges"]
    on_call = found["node"]["onCallNow"] or {"primary": []}
    return (
        [each["username"] for each in data["peopleOnCall"]],
        [each["username"] for each in on_call["primary"]],
        bool(data["coverageGaps"]),
    )


def test_the_next_layer_is_on_for_somebody_who_left(api: ApiOf, desk: Desk) -> None:
    layer(desk, "responder2.payments", 5)
    layer(desk, "commander2.payments", 9)
    assert on_now(api, desk) == (["commander2.payments"], ["commander2.payments"], False)

    left("commander2.payments")

    assert on_now(api, desk) == (["responder2.payments"], ["responder2.payments"], False)
    yesterday = api("observer.payments").ask(THEN_ON, ids=[desk.id], at=(clock.now() - DAY).isoformat())
    assert yesterday.data["peopleOnCall"] == [{"username": "commander2.payments"}]


def test_with_nobody_else_it_is_a_gap(api: ApiOf, desk: Desk) -> None:
    left(FIRST)
    left(SECOND)

    assert on_now(api, desk) == ([], [], True)


def test_who_may_work_there_no_longer_leaves_a_gap(api: ApiOf, desk: Desk) -> None:
    query = """query ($ids: [ID!]!, $since: DateTime!, $until: DateTime!) {
      coverageGaps(scheduleIds: $ids, since: $since, until: $until) { startsAt endsAt } }"""
    now = clock.now()
    span = {"ids": [desk.id], "since": (now - DAY).isoformat(), "until": (now + 3 * DAY).isoformat()}
    assert api("observer.payments").ask(query, **span).data["coverageGaps"] == []
    with seeding():
        RoleAssignment.objects.filter(person__username=FIRST).update(valid_until=now - timedelta(minutes=1))

    gaps = api("observer.payments").ask(query, **span).data["coverageGaps"]

    assert len(gaps) == 2
    assert all(gap["endsAt"] > now.isoformat()[:19] for gap in gaps)
    # Somebody in a layer of their own fills it.
    layer(desk, "responder2.payments", 5)
    span["until"] = (now + DAY).isoformat()
    assert api("observer.payments").ask(query, **span).data["coverageGaps"] == []
