"""Alerts in GraphQL: what is shown of them, to whom, and by which filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from hub.alerts import access, actions
from hub.alerts.access import KnownSource
from hub.alerts.intake import alertmanager
from hub.alerts.models import SourceKind
from hub.incidents.actions import restrict_incident
from hub.incidents.models import Incident
from hub.lib.identity import SYSTEM, Actor
from tenants.models import BusinessUnit
from tests.alerts.senders import alert, notification
from tests.conftest import as_system, seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

NAMES = "edges { node { name } }"


@pytest.fixture
def source() -> KnownSource:
    with as_system():
        unit = BusinessUnit.objects.get(slug="payments")
        made = actions.create_alert_source(
            actor=SYSTEM, unit_id=unit.pk, kind=SourceKind.ALERTMANAGER, name="Prometheus"
        )
    known = access.source_of_key(made.key, SourceKind.ALERTMANAGER)
    assert known is not None
    return known


@pytest.fixture
def alerts(source: KnownSource) -> KnownSource:
    """One group of two in payments, one in retail, and one that is over."""
    receive(source, alert("Slow", instance="a"), alert("Slow", instance="b"), group="slow")
    receive(source, alert("Full", service="web-shop"), group="full")
    receive(source, alert("Over", service="ledger"), group="over")
    receive(source, alert("Over", service="ledger", status="resolved"), group="over")
    return source


def receive(source: KnownSource, *said: dict[str, Any], group: str) -> None:
    """Take a notification, as its endpoint does."""
    report = alertmanager.read(orjson.dumps(notification(*said, group=group)))
    actions.receive_alerts(actor=source.actor, source=source, reports=[report])


def names(api: ApiOf, username: str, filters: str = "") -> list[str]:
    asked = f"(filters: {{ {filters} }})" if filters else ""
    edges = api(username).ask(f"{{ alerts{asked} {{ {NAMES} }} }}").data["alerts"]["edges"]
    return sorted(edge["node"]["name"] for edge in edges)


def test_everything_about_an_alert(api: ApiOf, alerts: KnownSource) -> None:
    query = """{ alerts(filters: { name: { exact: "Over" } }) { totalCount edges { node {
        name summary status labels annotations link fingerprint startsAt endsAt firstSeenAt lastSeenAt changedAt count
        source { name kind } unit { slug } service { slug } incident { status alerts { totalCount } }
    } } } }"""

    found = api("observer.payments").ask(query).data["alerts"]

    node = found["edges"][0]["node"]
    assert found["totalCount"] == 1
    assert (node["status"], node["count"], node["endsAt"]) == ("RESOLVED", 2, "2026-05-01T12:30:00.000000Z")
    assert node["labels"]["service"] == "ledger"
    assert node["annotations"]["summary"] == "p99 over 2 s"
    assert node["source"] == {"name": "Prometheus", "kind": "ALERTMANAGER"}
    assert (node["unit"]["slug"], node["service"]["slug"]) == ("payments", "ledger")
    assert node["incident"] == {"status": "RESOLVED", "alerts": {"totalCount": 1}}


def test_alerts_are_their_units(api: ApiOf, alerts: KnownSource) -> None:
    assert names(api, "observer.payments") == ["Over", "Slow", "Slow"]
    assert names(api, "observer.retail") == ["Full"]
    assert names(api, "coordinator") == ["Full", "Over", "Slow", "Slow"]
    assert names(api, "outsider.logistics") == []


def test_a_source_is_known_to_those_who_see_into_its_unit(api: ApiOf, alerts: KnownSource) -> None:
    query = "{ alertSources { totalCount edges { node { name } } } }"
    found = {
        username: api(username).ask(query).data["alertSources"]
        for username in ("observer.payments", "admin.payments", "coordinator", "observer.retail", "admin.retail")
    }

    known = {"totalCount": 1, "edges": [{"node": {"name": "Prometheus"}}]}
    unknown = {"totalCount": 0, "edges": []}
    assert list(found.values()) == [known, known, known, unknown, unknown]


def test_an_alert_of_another_units_source_is_seen_without_it(api: ApiOf, alerts: KnownSource) -> None:
    query = "{ alerts { totalCount edges { node { name source { name } } } } }"

    seen = api("observer.retail").ask(query).data["alerts"]

    assert seen == {"totalCount": 1, "edges": [{"node": {"name": "Full", "source": None}}]}
    assert names(api, "observer.retail", 'source: { name: { exact: "Prometheus" } }') == []


def test_nobody_sees_none(api: ApiOf, alerts: KnownSource) -> None:
    assert api(None).ask(f"{{ alerts {{ {NAMES} }} }}").codes == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("status: { exact: FIRING }", ["Full", "Slow", "Slow"]),
        ('name: { startsWith: "s" }', ["Slow", "Slow"]),
        ('unit: { slug: { exact: "retail" } }', ["Full"]),
        ('service: { slug: { in: ["ledger", "web-shop"] } }', ["Full", "Over"]),
        ('source: { name: { exact: "Prometheus" } }', ["Full", "Over", "Slow", "Slow"]),
        ("source: { kind: { exact: EVENTS_V2 } }", []),
        ("incident: { open: false }", ["Over"]),
        ("count: { gte: 2 }", ["Over"]),
    ],
)
def test_filters(api: ApiOf, alerts: KnownSource, filters: str, expected: list[str]) -> None:
    assert names(api, "coordinator", filters) == expected


def test_an_incident_knows_its_alerts(api: ApiOf, alerts: KnownSource) -> None:
    with seeding():
        incident = Incident.objects.get(alerts__name="Slow", alerts__labels__instance="a")
    query = f'{{ incident(id: "{global_id("Incident", incident)}") {{ alerts(first: 1) {{ totalCount {NAMES} }} }} }}'

    found = api("responder.payments").ask(query).data["incident"]["alerts"]

    assert (found["totalCount"], len(found["edges"])) == (2, 1)


def test_the_alerts_of_many_incidents_take_no_more_statements(api: ApiOf, alerts: KnownSource) -> None:
    query = (
        "{ incidents(first: %d) { edges { node { alerts(first: 2) { edges { node { name source { name } } } } } } } }"
    )
    coordinator = api("coordinator")
    coordinator.ask(query % 1)

    assert coordinator.ask(query % 1).statements == coordinator.ask(query % 50).statements


def test_restricting_the_incident_hides_its_alerts(
    api: ApiOf, alerts: KnownSource, actor: Callable[[str], Actor]
) -> None:
    with seeding():
        incident = Incident.objects.get(alerts__name="Slow", alerts__labels__instance="a")

    restrict_incident(actor=actor("commander2.payments"), incident_id=incident.pk, reason="May be an intrusion")

    assert names(api, "observer.payments") == ["Over"]
    assert names(api, "coordinator") == ["Full", "Over"]
    assert names(api, "commander2.payments") == ["Over", "Slow", "Slow"]
    assert names(api, "coordinator", 'service: { slug: { exact: "checkout-api" } }') == []
