"""A real Alertmanager, told nothing but the address that `manage.py source` prints."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from psycopg import sql

from hub.alerts.models import Alert, AlertSource, AlertStatus
from hub.incidents.models import Incident, Status
from tests.alerts.senders import LiveHub, told
from tests.conftest import seeding, use_database
from tests.database import Server
from tests.services.alertmanager import Alert as Firing
from tests.services.plugin import StartAlertmanager
from tests.services.waiting import wait_until

LATENCY = Firing(
    {"alertname": "HighLatency", "service": "checkout-api", "severity": "critical", "instance": "a"},
    {"summary": "p99 over 2 s"},
)
SAME_GROUP = Firing({**LATENCY.labels, "instance": "b"}, LATENCY.annotations)
DISK = Firing({"alertname": "DiskFull", "service": "web-shop", "severity": "warning"}, {"summary": "Disk is full"})


@pytest.fixture
def address(hub: LiveHub, request: pytest.FixtureRequest) -> str:
    """The address of a new source, as the command prints it."""
    printed = StringIO()
    call_command("source", "payments", "alertmanager", request.node.name, stdout=printed)
    found = re.search(r"^Address +http://[^/]+(/ingest/alertmanager/\w{32})$", printed.getvalue(), re.MULTILINE)
    assert found is not None, printed.getvalue()
    return hub.address + found[1]


def incidents(request: pytest.FixtureRequest) -> list[Incident]:
    """The incidents that the test's source has opened, the oldest first."""
    with seeding():
        source = AlertSource.objects.get(name=request.node.name)
        return list(Incident.objects.filter(declared_by=source.account_id).order_by("id"))


def test_groups_become_incidents_and_their_end_resolves_them(
    address: str, start_alertmanager: StartAlertmanager, request: pytest.FixtureRequest
) -> None:
    alertmanager = start_alertmanager(address)

    alertmanager.post_alerts([LATENCY, SAME_GROUP, DISK])
    wait_until(lambda: len(incidents(request)) == 2, what="two incidents", timeout=timedelta(seconds=30))

    assert {incident.title for incident in incidents(request)} == {"p99 over 2 s", "Disk is full"}
    alertmanager.resolve([LATENCY, SAME_GROUP])
    wait_until(
        lambda: [each.title for each in incidents(request) if each.status == Status.RESOLVED] == ["p99 over 2 s"],
        what="the end of one of them",
        timeout=timedelta(seconds=30),
    )


def test_a_repeat_counts(address: str, start_alertmanager: StartAlertmanager, request: pytest.FixtureRequest) -> None:
    alertmanager = start_alertmanager(address, repeat_interval=timedelta(seconds=1))

    alertmanager.post_alerts([DISK])

    def is_repeated() -> bool:
        with seeding():
            return Alert.objects.filter(source__name=request.node.name, count__gte=3).exists()

    wait_until(is_repeated, what="a repeat", timeout=timedelta(seconds=30))
    (incident,) = incidents(request)
    assert told(incident) == ["Firing: DiskFull on Web Shop: Disk is full"]


def test_nothing_is_lost_while_the_database_is_away(
    hub: LiveHub,
    address: str,
    server: Server,
    start_alertmanager: StartAlertmanager,
    request: pytest.FixtureRequest,
) -> None:
    alertmanager = start_alertmanager(address)
    use_database(hub.database)
    name = sql.Identifier(hub.database)
    server.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(name))
    cut = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
    server.execute(cut.format(sql.Literal(hub.database)))

    alertmanager.post_alerts([LATENCY])
    wait_until(lambda: "503" in alertmanager.process.log.read_text(), what="a refusal", timeout=timedelta(seconds=30))
    server.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true").format(name))

    wait_until(lambda: len(incidents(request)) == 1, what="the incident", timeout=timedelta(seconds=60))
    with seeding():
        assert Alert.objects.get(source__name=request.node.name).status == AlertStatus.FIRING
