"""Of many alerts in one request the gravest decides, whichever label makes it so."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hub.alerts import access, actions
from hub.alerts.access import KnownSource
from hub.alerts.intake import alertmanager
from hub.alerts.models import SeverityFloor, SeverityRule, SourceKind
from hub.incidents.models import Impact, Incident, Severity, SeverityThreshold
from hub.lib import clock
from hub.lib.identity import SYSTEM
from tenants.models import BusinessUnit
from tests.alerts.senders import alert, notification
from tests.conftest import as_system, seeding

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
