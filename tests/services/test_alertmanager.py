"""A real Alertmanager groups, posts, repeats, silences and resolves."""

from datetime import timedelta

import httpx
import pytest

from tests.services.alertmanager import Alert
from tests.services.plugin import StartAlertmanager
from tests.services.webhooks import WebhookReceiver

LATENCY = Alert({"alertname": "HighLatency", "service": "checkout", "instance": "a"}, {"summary": "p99 over 2 s"})
SAME_GROUP = Alert({"alertname": "HighLatency", "service": "checkout", "instance": "b"})
OTHER_GROUP = Alert({"alertname": "DiskFull", "service": "ledger"})


def test_it_posts_a_webhook_of_version_4(webhooks: WebhookReceiver, start_alertmanager: StartAlertmanager) -> None:
    alertmanager = start_alertmanager(f"{webhooks.url}/ingest/alertmanager/a-key")

    alertmanager.post_alerts([LATENCY])

    [post] = webhooks.wait_for(1)
    assert post.path == "/ingest/alertmanager/a-key"
    assert post.headers["Content-Type"] == "application/json"
    assert post.body["version"] == "4"
    assert post.body["status"] == "firing"
    assert post.body["externalURL"] == alertmanager.url
    [alert] = post.body["alerts"]
    assert alert["labels"] == LATENCY.labels
    assert alert["annotations"] == LATENCY.annotations
    assert alert["fingerprint"]


def test_it_posts_a_group_once_and_its_resolution(
    webhooks: WebhookReceiver, start_alertmanager: StartAlertmanager
) -> None:
    alertmanager = start_alertmanager(webhooks.url, group_wait=timedelta(seconds=1))
    alertmanager.post_alerts([LATENCY, SAME_GROUP, OTHER_GROUP])
    by_group = {post.body["groupLabels"]["alertname"]: post.body for post in webhooks.wait_for(2)}
    assert {name: len(body["alerts"]) for name, body in by_group.items()} == {"HighLatency": 2, "DiskFull": 1}

    alertmanager.resolve([OTHER_GROUP])

    resolved = webhooks.wait_for(3)[2].body
    assert (resolved["status"], resolved["groupLabels"]) == ("resolved", {"alertname": "DiskFull"})


def test_it_repeats_what_was_not_accepted(webhooks: WebhookReceiver, start_alertmanager: StartAlertmanager) -> None:
    webhooks.status = 503
    alertmanager = start_alertmanager(webhooks.url)
    alertmanager.post_alerts([LATENCY])
    webhooks.wait_for(1)

    webhooks.status = 200

    first, second = webhooks.wait_for(2)[:2]
    assert first.body == second.body


def test_it_says_nothing_of_a_silenced_alert(webhooks: WebhookReceiver, start_alertmanager: StartAlertmanager) -> None:
    alertmanager = start_alertmanager(webhooks.url)
    silence = alertmanager.silence({"service": "checkout"})

    alertmanager.post_alerts([LATENCY, OTHER_GROUP])

    [post] = webhooks.wait_for(1)
    assert post.body["groupLabels"] == {"alertname": "DiskFull"}
    state = {alert["labels"]["alertname"]: alert["status"]["state"] for alert in alertmanager.alerts()}
    assert state["HighLatency"] == "suppressed"

    alertmanager.end_silence(silence)

    assert webhooks.wait_for(2)[1].body["groupLabels"] == {"alertname": "HighLatency"}


def test_it_repeats_an_unchanged_group_after_the_interval(
    webhooks: WebhookReceiver, start_alertmanager: StartAlertmanager
) -> None:
    alertmanager = start_alertmanager(webhooks.url, repeat_interval=timedelta(seconds=1))

    alertmanager.post_alerts([LATENCY])

    first, second = webhooks.wait_for(2)[:2]
    assert first.body == second.body


def test_it_comes_back_at_the_same_address(webhooks: WebhookReceiver, start_alertmanager: StartAlertmanager) -> None:
    alertmanager = start_alertmanager(webhooks.url)
    alertmanager.process.stop()
    with pytest.raises(httpx.ConnectError):
        alertmanager.post_alerts([LATENCY])

    alertmanager.start()

    alertmanager.post_alerts([LATENCY])
    webhooks.wait_for(1)


def test_it_says_what_is_wrong_with_an_alert(webhooks: WebhookReceiver, start_alertmanager: StartAlertmanager) -> None:
    alertmanager = start_alertmanager(webhooks.url)

    with pytest.raises(ValueError, match="alert"):
        alertmanager.post_alerts([Alert({})])
