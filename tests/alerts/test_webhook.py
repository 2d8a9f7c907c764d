"""What Alertmanager's notifications become, posted to a running hub."""

from __future__ import annotations

import pytest

from hub.alerts.models import AlertStatus
from hub.incidents import actions
from hub.incidents.models import EntryKind, IncidentRole, RoleKind, Severity, Status
from hub.live.models import FeedEvent, OutboxEntry
from tenants.models import AuditEntry
from tests.alerts.senders import LiveHub, alert, notification, told
from tests.conftest import seeding


def test_a_group_makes_one_incident_with_its_people(hub: LiveHub) -> None:
    source = hub.source()

    source.send(alert(instance="a"), alert(instance="b"))

    incident = source.incident()
    assert (incident.status, incident.severity, incident.unit.slug) == (Status.DECLARED, "sev2", "payments")
    assert incident.title == "p99 over 2 s"
    assert incident.service == hub.service("checkout-api")
    assert incident.severity_reason == "The alert's severity is “critical”"
    assert told(incident) == ["Firing: HighLatency on Checkout API: p99 over 2 s (2 times)"]
    with seeding():
        roles = set(IncidentRole.objects.filter(incident=incident).values_list("kind", flat=True))
        assert roles == {RoleKind.COMMANDER, RoleKind.RESPONDER}
        assert incident.alerts.filter(status=AlertStatus.FIRING).count() == 2
        assert _events(incident.pk).count("AlertFired") == 1
        verbs = AuditEntry.objects.filter(incident_id=incident.pk, person=source.model.account_id)
        assert set(verbs.values_list("verb", "through")) >= {
            ("declare_incident", "ingest"),
            ("receive_alerts", "ingest"),
        }


def _events(incident_id: int) -> list[str]:
    kinds = [
        list(model.objects.filter(incident_id=incident_id).values_list("type", flat=True))
        for model in (OutboxEntry, FeedEvent)
    ]
    return [*kinds[0], *kinds[1]]


def test_a_repeat_updates_the_alert_and_tells_nobody_again(hub: LiveHub) -> None:
    source = hub.source()
    source.send(alert())
    first_seen = source.alert().first_seen_at

    source.send(alert(summary="p99 over 3 s"))

    seen = source.alert()
    assert (seen.count, seen.summary, seen.first_seen_at) == (2, "p99 over 3 s", first_seen)
    assert seen.last_seen_at > first_seen
    assert len(told(source.incident())) == 1


def test_an_alert_that_joins_its_group_is_told(hub: LiveHub) -> None:
    source = hub.source()
    source.send(alert(instance="a"))

    source.send(alert(instance="a"), alert(instance="b", summary="p99 over 9 s"))

    assert told(source.incident()) == [
        "Firing: HighLatency on Checkout API: p99 over 2 s",
        "Firing: HighLatency on Checkout API: p99 over 9 s",
    ]


def test_the_last_resolution_resolves_the_incident(hub: LiveHub) -> None:
    source = hub.source()
    source.send(alert(instance="a"), alert(instance="b"))

    source.send(alert(instance="a", status="resolved"), alert(instance="b"))
    still = source.incident()
    source.send(alert(instance="b", status="resolved"))

    assert still.status == Status.DECLARED
    assert source.incident().status == Status.RESOLVED
    assert {(each.status, each.ends_at is not None) for each in source.alerts()} == {("resolved", True)}
    assert told(source.incident(), EntryKind.STATUS)[-1] == (
        f"Resolved: all of its alerts are resolved, says {source.model.name}"
    )


def test_a_source_that_leaves_resolving_to_people(hub: LiveHub) -> None:
    source = hub.source(resolves_incidents=False)
    source.send(alert())

    source.send(alert(status="resolved"))

    assert source.alert().status == AlertStatus.RESOLVED
    assert source.incident().status == Status.DECLARED
    assert told(source.incident())[-1] == "Resolved: HighLatency on Checkout API: p99 over 2 s"


def test_alerts_that_were_left_out_keep_the_incident_open(hub: LiveHub) -> None:
    source = hub.source()
    source.send(alert(), truncated=7)

    source.send(alert(status="resolved"), truncated=7)

    assert source.incident().status == Status.DECLARED
    assert told(source.incident())[0].endswith("The sender left out 7 more.")


def test_firing_again_while_it_is_open_joins_it(hub: LiveHub) -> None:
    source = hub.source(resolves_incidents=False)
    source.send(alert())
    source.send(alert(status="resolved"))

    source.send(alert())

    assert len(source.incidents()) == 1
    assert source.alert().status == AlertStatus.FIRING
    assert [line.split(":")[0] for line in told(source.incident())] == ["Firing", "Resolved", "Firing"]


def test_firing_again_after_it_was_over_makes_a_new_one(hub: LiveHub) -> None:
    source = hub.source()
    source.send(alert())
    source.send(alert(status="resolved"))

    source.send(alert())

    former, latter = source.incidents()
    assert (former.status, latter.status) == (Status.RESOLVED, Status.DECLARED)
    assert [(each.incident_id, each.status) for each in source.alerts()] == [
        (former.pk, "resolved"),
        (latter.pk, "firing"),
    ]


def test_what_still_fires_when_people_resolve_goes_on_in_a_new_one(hub: LiveHub) -> None:
    source = hub.source()
    source.send(alert(instance="a"), alert(instance="b"))
    actions.resolve_incident(actor=hub.actor("responder.payments"), incident_id=source.incident().pk)

    source.send(alert(instance="a"))

    former, latter = source.incidents()
    with seeding():
        assert former.alerts.filter(status=AlertStatus.FIRING).count() == 0
        assert latter.alerts.filter(status=AlertStatus.FIRING).count() == 1


def test_a_resolution_of_something_unheard_of_is_kept_without_an_incident(hub: LiveHub) -> None:
    source = hub.source()

    source.send(alert(status="resolved"))
    source.send(alert(status="resolved"))

    assert source.incidents() == []
    assert (source.alert().status, source.alert().count, source.alert().incident_id) == ("resolved", 2, None)


def test_several_owners_get_an_incident_each(hub: LiveHub) -> None:
    source = hub.source("cloud")

    source.send(alert(service="web-shop"), alert(service="ledger"), alert(service="nobody-knows"))

    assert {(each.unit.slug, each.service and each.service.slug) for each in source.incidents()} == {
        ("retail", "web-shop"),
        ("payments", "ledger"),
        ("cloud", None),
    }


def test_the_service_is_found_in_the_labels_of_the_source(hub: LiveHub) -> None:
    source = hub.source("cloud", service_labels=["team_service", "job"], default_service_id=hub.service("cdn").pk)

    source.send(alert(service="ledger", job="unknown", team_service=" Payouts "), group="first")
    source.send(alert(service=None, job="web-shop"), group="second")
    source.send(alert(service="ledger"), group="third")

    assert [each.service and each.service.slug for each in source.incidents()] == ["payouts", "web-shop", "cdn"]


def test_an_alert_that_says_nothing_has_the_severity_of_its_source(hub: LiveHub) -> None:
    source = hub.source(default_severity=Severity.SEV5)

    source.send(alert(severity=None))

    assert source.incident().severity == "sev5"
    assert source.incident().severity_reason.endswith(f"the default of {source.model.name}")


@pytest.mark.parametrize("judged_by_people", [False, True])
def test_a_graver_alert_raises_the_severity_unless_people_have_set_it(hub: LiveHub, judged_by_people: bool) -> None:
    source = hub.source()
    source.send(alert(severity="info"))
    if judged_by_people:
        actions.change_severity(
            actor=hub.actor("responder.payments"),
            incident_id=source.incident().pk,
            severity=Severity.SEV4,
            reason="Only internal users",
        )

    source.send(alert(severity="critical"))

    assert source.incident().severity == ("sev4" if judged_by_people else "sev2")


def test_an_alert_named_twice_in_one_body_counts_once(hub: LiveHub) -> None:
    source = hub.source()
    ended = alert(status="resolved")
    ended["fingerprint"] = alert()["fingerprint"]

    source.send(ended, alert(), ended)

    assert (source.alert().count, source.alert().status) == (1, AlertStatus.FIRING)


def test_odd_texts_and_times_are_kept(hub: LiveHub) -> None:
    source = hub.source()
    odd = alert(name="Nul\x00 and 🐘", summary="line\nbreak\ttab " + "x" * 5_000, **{"weird label": "\x00"})
    odd |= {"startsAt": "0001-01-01T00:00:00+05:30", "endsAt": "9999-12-31T23:59:59-11:45", "future": {"field": [1]}}

    source.send(odd)

    kept = source.alert()
    assert kept.name == "Nul and 🐘"
    assert kept.labels["weird label"] == ""
    assert kept.starts_at == kept.first_seen_at
    assert kept.ends_at is None
    assert len(source.incident().title) == 200
    assert "\n" not in source.incident().title


def test_a_sender_without_fingerprints_is_understood(hub: LiveHub) -> None:
    source = hub.source()
    bare = {"status": "firing", "labels": {"alertname": "Bare", "service": "ledger"}}
    # What programs in Go leave empty, they may send as null.
    nulls = dict.fromkeys(("annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"))
    group = {"groupKey": "bare", "status": "firing"}

    for document in (
        {**group, "alerts": [bare]},
        {**group, "version": None, "truncatedAlerts": None, "alerts": [{**bare, **nulls}]},
    ):
        assert source.post(document).status_code == 200

    assert (source.alert().count, source.alert().link) == (2, "")


def test_an_empty_group_is_accepted(hub: LiveHub) -> None:
    source = hub.source()

    assert source.post(notification()).status_code == 200
    assert source.incidents() == []


def test_five_hundred_alerts_at_once(hub: LiveHub) -> None:
    source = hub.source()

    source.send(*(alert(instance=f"host-{number}", summary=f"Host {number} is slow") for number in range(500)))

    assert len(source.alerts()) == 500
    assert told(source.incident()) == ["Firing: 500 alerts: HighLatency on Checkout API (500 times)"]
    assert source.incident().title == "HighLatency on Checkout API"
