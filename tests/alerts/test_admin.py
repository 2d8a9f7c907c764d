"""Alert sources and severity rules in the tenant admin."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from hub.alerts import access
from hub.alerts.models import AlertSource, SeverityRule, SourceKind
from tenants.models import AuditEntry, BusinessUnit
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

SOURCES = "/admin/alerts/alertsource"
RULES = "/admin/alerts/severityrule"


@pytest.fixture
def payments() -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug="payments")


def source_form(unit: BusinessUnit, **more: object) -> dict[str, object]:
    return {
        "unit": unit.pk,
        "kind": "alertmanager",
        "name": "Prometheus",
        "resolves_incidents": "on",
        "default_severity": "sev3",
        "default_service": "",
        "service_labels": "",
        **more,
    }


def key_in(answer: Any) -> str:
    found = re.search(r"/ingest/alertmanager/([^<\s]+)", html.unescape(answer.content.decode()))
    assert found, answer.content.decode()[-2000:]
    return found[1]


def accepts(key: str) -> bool:
    return access.source_of_key(key, SourceKind.ALERTMANAGER) is not None


def stored() -> AlertSource:
    with seeding():
        return AlertSource.objects.get(name__startswith="Prometheus")


def verbs() -> list[str]:
    with seeding():
        return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_a_new_source_shows_its_address_once(signed_in: SignedIn, payments: BusinessUnit) -> None:
    client = signed_in("admin.payments")

    answer = client.post(f"{SOURCES}/add/", source_form(payments))

    key = key_in(answer)
    assert accepts(key)
    assert "no-store" in answer["Cache-Control"]
    assert verbs()[-1] == "create_alert_source"
    source = stored()
    assert source.service_labels == ["service", "app", "job"]
    for path in (f"{SOURCES}/", f"{SOURCES}/{source.pk}/change/"):
        page = client.get(path).content.decode()
        assert "Prometheus" in page
        assert key not in page


def test_a_source_is_changed_and_audited(signed_in: SignedIn, payments: BusinessUnit) -> None:
    client = signed_in("admin.payments")
    client.post(f"{SOURCES}/add/", source_form(payments))
    source = stored()

    answer = client.post(
        f"{SOURCES}/{source.pk}/change/",
        source_form(payments, name="Prometheus EU", service_labels="team\nservice\n", default_severity="sev2"),
    )

    assert answer.status_code == 302, answer.content.decode()[:3000]
    source = stored()
    assert (source.name, source.service_labels, source.default_severity) == (
        "Prometheus EU",
        ["team", "service"],
        "sev2",
    )
    with seeding():
        trail = AuditEntry.objects.get(verb="change_alert_source", object_id=source.pk)
    assert trail.change["service_labels"] == [["service", "app", "job"], ["team", "service"]]


def test_a_new_key_is_asked_for_and_shown_once(signed_in: SignedIn, payments: BusinessUnit) -> None:
    client = signed_in("admin.payments")
    former = key_in(client.post(f"{SOURCES}/add/", source_form(payments)))
    address = f"{SOURCES}/{stored().pk}/new-key/"

    asked = client.get(address, follow=True).content.decode()
    assert "24 more hours" in html.unescape(asked)
    assert verbs()[-1] == "create_alert_source"
    latter = key_in(client.post(address))

    assert accepts(latter)
    assert accepts(former), "for another day"
    assert verbs()[-1] == "rotate_alert_source_key"


def test_a_revoked_source_is_refused_at_once(signed_in: SignedIn, payments: BusinessUnit) -> None:
    client = signed_in("admin.payments")
    key = key_in(client.post(f"{SOURCES}/add/", source_form(payments)))
    address = f"{SOURCES}/{stored().pk}/revoke/"

    client.get(address)
    assert accepts(key)
    client.post(address)

    assert not accepts(key)
    assert "Revoked" in client.get(f"{SOURCES}/").content.decode()


def test_a_name_is_given_once_a_unit_and_the_page_says_so(signed_in: SignedIn, payments: BusinessUnit) -> None:
    client = signed_in("admin.payments")
    client.post(f"{SOURCES}/add/", source_form(payments))

    answer = client.post(f"{SOURCES}/add/", source_form(payments))

    assert answer.status_code == 200
    assert "Payments has a source called Prometheus already." in html.unescape(answer.content.decode())


def test_another_units_source_is_not_there(signed_in: SignedIn, payments: BusinessUnit) -> None:
    key = key_in(signed_in("admin.payments").post(f"{SOURCES}/add/", source_form(payments)))
    source, other = stored(), signed_in("admin.retail")

    assert f"/{source.pk}/change/" not in other.get(f"{SOURCES}/?q=").content.decode()
    assert other.get(f"{SOURCES}/{source.pk}/change/").status_code == 302
    for verb in ("new-key", "revoke"):
        assert other.post(f"{SOURCES}/{source.pk}/{verb}/").status_code == 404
    assert other.post(f"{SOURCES}/add/", source_form(payments, name="Mine")).status_code == 200
    assert accepts(key)
    with seeding():
        assert AlertSource.objects.filter(unit=payments).count() == 1


def rule_form(unit: BusinessUnit, position: int, matchers: str, severity: str) -> dict[str, object]:
    return {
        "unit": unit.pk,
        "position": position,
        "matchers": matchers,
        "severity": severity,
        "explanation": f"Because of {matchers}",
    }


def rules(unit: BusinessUnit) -> list[tuple[int, list[str], str]]:
    with seeding():
        found = SeverityRule.objects.filter(unit=unit).order_by("position")
        return [(rule.position, rule.matchers, rule.severity) for rule in found]


def test_rules_are_added_moved_and_taken_away(signed_in: SignedIn, payments: BusinessUnit) -> None:
    client = signed_in("admin.payments")
    for given in (rule_form(payments, 1, 'env="test"', "sev5"), rule_form(payments, 1, 'env="prod"\ntier="1"', "sev1")):
        answer = client.post(f"{RULES}/add/", given)
        assert answer.status_code == 302, answer.content.decode()[:3000]
    assert rules(payments) == [(1, ['env="prod"', 'tier="1"'], "sev1"), (2, ['env="test"'], "sev5")]

    with seeding():
        second = SeverityRule.objects.get(unit=payments, position=2)
    client.post(f"{RULES}/{second.pk}/change/", rule_form(payments, 1, 'env=~"test|stage"', "sev5"))
    assert rules(payments) == [(1, ['env=~"test|stage"'], "sev5"), (2, ['env="prod"', 'tier="1"'], "sev1")]

    with seeding():
        first = SeverityRule.objects.get(unit=payments, position=1)
    client.post(f"{RULES}/{first.pk}/delete/", {"post": "yes"})
    assert rules(payments) == [(1, ['env="prod"', 'tier="1"'], "sev1")]
    assert verbs()[-4:] == ["set_severity_rules"] * 4


def test_a_matcher_that_cannot_be_is_said_and_nothing_is_written(signed_in: SignedIn, payments: BusinessUnit) -> None:
    before = verbs()

    answer = signed_in("admin.payments").post(f"{RULES}/add/", rule_form(payments, 1, 'env="prod"\nenv=~"("', "sev1"))

    assert answer.status_code == 200
    assert 'env=~"(": ' in html.unescape(answer.content.decode())
    assert rules(payments) == []
    assert verbs() == before


def test_rules_of_another_unit_are_not_there(signed_in: SignedIn, payments: BusinessUnit) -> None:
    signed_in("admin.payments").post(f"{RULES}/add/", rule_form(payments, 1, 'env="prod"', "sev1"))
    with seeding():
        rule = SeverityRule.objects.get(unit=payments)
    other = signed_in("admin.retail")

    assert other.get(f"{RULES}/{rule.pk}/change/").status_code == 302
    assert other.post(f"{RULES}/{rule.pk}/delete/", {"post": "yes"}).status_code == 302
    assert other.post(f"{RULES}/add/", rule_form(payments, 1, 'env="x"', "sev5")).status_code == 200

    assert rules(payments) == [(1, ['env="prod"'], "sev1")]
