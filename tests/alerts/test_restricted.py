"""Alerts of a restricted incident: as hidden as the incident, and never the reason for an open one."""

from __future__ import annotations

import pytest

from hub.alerts.models import Alert, AlertStatus
from hub.incidents import actions
from hub.incidents.models import Status
from hub.lib import identity
from hub.lib.identity import acting_as
from tests.alerts.senders import LiveHub, Source, alert, told
from tests.conftest import seeding


@pytest.fixture
def source(hub: LiveHub) -> Source:
    """A source whose incident has been restricted."""
    source = hub.source()
    source.send(alert(instance="a", token="secret"))
    actions.restrict_incident(
        actor=hub.actor("commander2.payments"), incident_id=source.incident().pk, reason="May be an intrusion"
    )
    return source


def seen_by(source: Source, username: str) -> int:
    with acting_as(source.hub.actor(username)):
        return Alert.objects.filter(source=source.model).count()


def test_its_alerts_are_hidden_with_it(source: Source) -> None:
    assert {name: seen_by(source, name) for name in ("observer.payments", "coordinator", "admin.payments")} == {
        "observer.payments": 0,
        "coordinator": 0,
        "admin.payments": 0,
    }
    assert seen_by(source, "commander2.payments") == 1


def test_further_alerts_join_it_unseen(source: Source) -> None:
    source.send(alert(instance="a", token="secret"), alert(instance="b"))

    assert len(source.incidents()) == 1
    assert [(each.restricted, each.incident_id) for each in source.alerts()] == [(True, source.incident().pk)] * 2
    assert seen_by(source, "observer.payments") == 0
    assert seen_by(source, "commander2.payments") == 2


def test_its_state_is_left_to_its_people(source: Source) -> None:
    before = told(source.incident())

    source.send(alert(instance="a", token="secret", status="resolved"))

    assert source.alert().status == AlertStatus.RESOLVED
    assert source.incident().status == Status.DECLARED
    assert told(source.incident()) == before


def test_firing_after_its_end_opens_a_new_one(source: Source) -> None:
    actions.resolve_incident(actor=source.hub.actor("commander2.payments"), incident_id=source.incident().pk)

    source.send(alert(instance="c"))

    former, latter = source.incidents()
    assert (former.restricted, latter.restricted) == (True, False)
    with seeding():
        assert not former.alerts.filter(restricted=False).exists()


def test_restricting_while_alerts_arrive_hides_all_of_them(hub: LiveHub) -> None:
    source = hub.source()
    source.send(alert(instance="a"), group="race")
    incident = source.incident()

    for number in range(5):
        source.send(alert(instance=f"b{number}"), group="race")
        if number == 2:
            actions.restrict_incident(
                actor=hub.actor("commander2.payments"), incident_id=incident.pk, reason="May be an intrusion"
            )

    assert {each.restricted for each in source.alerts()} == {True}


def test_a_source_writes_for_nobody_else(hub: LiveHub) -> None:
    mine, theirs = hub.source(), hub.source()
    theirs.send(alert())

    with acting_as(identity.person(mine.model.account_id, through="ingest")):
        assert Alert.objects.filter(source=theirs.model).update(name="Changed") == 0
    assert theirs.alert().name == "HighLatency"
