"""What an incident's room shows of its alerts: what the sender says, and addresses of the web alone to go to."""

from __future__ import annotations

from typing import Any

import pytest

from hub.alerts.models import Alert
from hub.alerts.panels import LONGEST_VALUE, Said, said_of, web_address
from hub.incidents.models import Incident
from tests.conftest import SignedIn, seeding
from tests.graphql.authorisation.world import alert_of

pytestmark = pytest.mark.django_db


def alert_that_says(**fields: Any) -> Alert:
    """An alert of an incident of Payments."""
    with seeding():
        alert = alert_of(Incident.objects.filter(unit__slug="payments", restricted=False).latest("pk"))
        Alert.objects.filter(pk=alert.pk).update(**fields)
        return alert


def test_the_room_shows_what_the_sender_says_and_where(signed_in: SignedIn) -> None:
    alert = alert_that_says(
        name="QueueStuck",
        summary="Queue is stuck",
        link="https://prometheus.test/graph?g0.expr=up&g0.tab=1",
        labels={"pod": "ledger-7", "severity": "critical"},
        annotations={
            "summary": "Queue is stuck",
            "runbook_url": "https://runbooks.test/queue",
            "custom_details": {"depth": 900, "<b>": "x"},
            "links": [{"href": "https://graphs.test/queue", "text": "Graph"}],
        },
    )
    assert alert.incident is not None

    page = signed_in("responder.payments").get(f"/incidents/{alert.incident.reference}").content.decode()

    assert 'href="https://prometheus.test/graph?g0.expr=up&amp;g0.tab=1"' in page
    assert '<dt>runbook url</dt><dd><div><a href="https://runbooks.test/queue"' in page
    assert "<dt>depth</dt><dd><div>900</div></dd>" in page
    assert "&lt;b&gt;" in page
    assert 'href="https://graphs.test/queue" rel="noopener noreferrer nofollow">Graph</a>' in page
    assert "<code>pod=ledger-7</code>" in page


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "//evil.test", "https://", "http://["],
)
def test_what_is_no_address_of_the_web_is_not_gone_to(signed_in: SignedIn, link: str) -> None:
    alert = alert_that_says(link=link, annotations={"runbook_url": link, "links": [{"href": link}]})
    assert alert.incident is not None

    page = signed_in("responder.payments").get(f"/incidents/{alert.incident.reference}").content.decode()

    assert "Open it where it comes from" not in page
    assert f'href="{link}"' not in page


def test_an_incident_without_alerts_has_no_panel(signed_in: SignedIn) -> None:
    with seeding():
        alerted = Alert.objects.filter(incident__isnull=False).values("incident")
        quiet = Incident.objects.filter(unit__slug="payments", restricted=False).exclude(pk__in=alerted).latest("pk")

    page = signed_in("responder.payments").get(f"/incidents/{quiet.reference}").content.decode()

    assert "<h2>Alerts</h2>" not in page


def test_long_and_nested_values_are_shortened() -> None:
    said = dict(said_of({"description": "x" * 10_000, "parts": [1, None, {"a": [2]}], "summary": "Not twice"}))

    assert [len(each.text) for each in said["description"]] == [LONGEST_VALUE]
    assert list(said["parts"]) == [Said("1"), Said("null"), Said('{"a": [2]}')]
    assert "summary" not in said
    assert web_address("https://a.test/b c") == ""
