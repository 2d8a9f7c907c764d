"""Of many alerts in one request the gravest decides, whichever label makes it so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from hub.alerts import access, actions
from hub.alerts.access import KnownSource
from hub.alerts.intake import alertmanager
from hub.alerts.models import SeverityFloor, SeverityRule, SourceKind
from hub.incidents.actions import assess_incident, change_severity
from hub.incidents.models import Impact, Incident, Severity, SeverityThreshold
from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import SYSTEM, Actor
from tenants.models import BusinessUnit
from tests.alerts.senders import alert, notification
from tests.conftest import as_system, seeding
from tests.incidents.graphql.conftest import nothing_changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> KnownSource:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        for kind in (SeverityThreshold, SeverityRule, SeverityFloor):
            kind.objects.all().delete()
        SeverityRule.objects.create(
            unit=unit, position=1, matchers=['instance=~"host-7."'], severity=Severity.SEV3, explanation="The seventies"
        )
        SeverityFloor.objects.create(
            position=1, matchers=["rack=r9"], severity=Severity.SEV2, explanation="It burns", set_at=clock.now()
        )
        SeverityThreshold.objects.create(
            position=1, impact=Impact.SEVERE, severity=Severity.SEV1, explanation="Business stands still"
        )
    with as_system():
        made = actions.create_alert_source(actor=SYSTEM, unit_id=unit.pk, kind=SourceKind.ALERTMANAGER, name="Judged")
    known = access.source_of_key(made.key, SourceKind.ALERTMANAGER)
    assert known is not None
    return known


@pytest.mark.parametrize(
    ("said", "severity", "reason"),
    [
        ({}, "sev3", 'Rule 1: The seventies (instance=~"host-7.")'),
        ({"severity": "Fatal"}, "sev1", "The alert's severity is “Fatal”"),
        ({"priority": "P2"}, "sev2", "The alert's priority is “P2”"),
        ({"rack": "r9"}, "sev2", 'The enterprise\'s rule 1: It burns (rack="r9"); otherwise SEV4'),
        (
            {"impact": " Severe "},
            "sev1",
            "The enterprise's threshold 1: Business stands still (impact severe or graver)",
        ),
    ],
)
def test_one_of_a_hundred_decides(source: KnownSource, said: dict[str, Any], severity: str, reason: str) -> None:
    hosts = [alert(instance=f"host-{number}", severity="warning") for number in range(99)]
    odd = alert(**{"instance": "odd", "severity": "" if said.keys() & {"priority", "impact"} else "warning", **said})
    report = alertmanager.read(orjson.dumps(notification(*hosts, odd, group="judged")))

    actions.receive_alerts(actor=source.actor, source=source, reports=[report])

    with seeding():
        declared = Incident.objects.latest("id")
    assert (declared.severity, declared.severity_reason[: len(reason)]) == (severity, reason)


def told(source: KnownSource, **labels: str) -> Incident:
    report = alertmanager.read(orjson.dumps(notification(alert(**labels), group="held")))
    actions.receive_alerts(actor=source.actor, source=source, reports=[report])
    with seeding():
        return Incident.objects.latest("id")


@pytest.mark.parametrize("early", [True, False])
def test_what_the_enterprise_holds_its_alerts_to_nobody_makes_laxer(
    source: KnownSource, actor: Callable[[str], Actor], early: bool
) -> None:
    responder = actor("responder.payments")
    if early:
        incident = told(source, severity="warning", rack="r9")
    else:
        # People have judged it, and alerts do not overrule them any more; the enterprise's rules do.
        incident = told(source, severity="warning", instance="host-1")
        change_severity(actor=responder, incident_id=incident.pk, severity=Severity.SEV5, reason="Nobody is there")
        incident = told(source, severity="warning", rack="r9")
    assert incident.severity == "sev2"
    change_severity(actor=responder, incident_id=incident.pk, severity=Severity.SEV1, reason="All of it")

    with nothing_changed(), pytest.raises(Invalid) as refused:
        change_severity(actor=responder, incident_id=incident.pk, severity=Severity.SEV3, reason="Not so bad")

    assert refused.value.message == (
        f"{incident.reference} is SEV2 at least, by what its alerts say."
        ' The enterprise\'s rule 1: It burns (rack="r9").'
    )
    change_severity(actor=responder, incident_id=incident.pk, severity=Severity.SEV2, reason="Not so bad")


def test_a_graver_alert_of_the_enterprises_later_holds_it_to_that(
    source: KnownSource, actor: Callable[[str], Actor]
) -> None:
    incident = told(source, severity="emergency", rack="r9")
    with seeding():
        assert (incident.severity, incident.least_severity) == ("sev1", "sev2")
        SeverityFloor.objects.create(
            position=2, matchers=["rack=r1"], severity=Severity.SEV1, explanation="It is all there", set_at=clock.now()
        )

    incident = told(source, severity="warning", rack="r1")

    assert (incident.severity, incident.least_severity) == ("sev1", "sev1")
    with nothing_changed(), pytest.raises(Invalid):
        change_severity(
            actor=actor("responder.payments"), incident_id=incident.pk, severity=Severity.SEV2, reason="Not so bad"
        )


def test_what_an_alert_says_of_the_impact_holds_until_people_know_more(
    source: KnownSource, actor: Callable[[str], Actor]
) -> None:
    incident = told(source, severity="warning", impact="severe")
    responder = actor("responder.payments")
    lesser: dict[str, Any] = {
        "actor": responder,
        "incident_id": incident.pk,
        "severity": Severity.SEV3,
        "reason": "Not so bad",
    }

    with nothing_changed(), pytest.raises(Invalid) as refused:
        change_severity(**lesser)

    assert "If that is no longer so, say first what is known of it by now." in refused.value.message
    assess_incident(actor=responder, incident_id=incident.pk, impact=Impact.MINOR)
    assert change_severity(**lesser).severity == Severity.SEV3
