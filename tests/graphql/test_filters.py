"""Filters: what they find, how they combine, and that they tell nothing of what is hidden."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q

from hub.incidents.models import Incident, Severity, Status
from tenants.models import Term, TermKind
from tests.conftest import seeding
from tests.graphql.api import Api, ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

FOUND = """query ($filters: IncidentFilter) {
  incidents(filters: $filters, first: 100) { totalCount edges { node { reference } } } }"""


def found(own: Api, **filters: Any) -> int:
    incidents = own.ask(FOUND, filters=filters).data["incidents"]
    assert len(incidents["edges"]) == min(incidents["totalCount"], 100)
    return int(incidents["totalCount"])


def expected(condition: Q) -> int:
    with seeding():
        return Incident.objects.filter(condition, restricted=False).count()


def newest() -> Incident:
    with seeding():
        incidents = Incident.objects.filter(unit__slug="payments", restricted=False, commander__isnull=False)
        return incidents.select_related("service", "commander").latest("declared_at")


@pytest.mark.parametrize(
    ("filters", "condition"),
    [
        ({}, Q()),
        ({"unit": {"slug": {"exact": "payments"}}}, Q(unit__slug="payments")),
        ({"unit": {"slug": {"in": ["payments", "retail"]}}}, Q(unit__slug__in=["payments", "retail"])),
        ({"unit": {"name": {"startsWith": "pay"}}}, Q(unit__slug="payments")),
        ({"service": {"slug": {"exact": "ledger"}}}, Q(service__slug="ledger")),
        ({"service": {"tag": "pci"}}, Q(service__tags__contains=["pci"])),
        ({"service": {"criticality": {"lte": 1}}}, Q(service__criticality=1)),
        ({"service": {"unit": {"slug": {"exact": "cloud"}}}}, Q(service__unit__slug="cloud")),
        ({"commander": {"username": {"exact": "commander.payments"}}}, Q(commander__username="commander.payments")),
        ({"led": False}, Q(commander=None)),
        ({"open": True}, ~Q(status__in=["resolved", "closed"])),
        ({"open": False}, Q(status__in=["resolved", "closed"])),
        ({"severity": {"exact": "SEV1"}}, Q(severity="sev1")),
        ({"severity": {"in": ["SEV1", "SEV2"]}}, Q(severity__in=["sev1", "sev2"])),
        ({"status": {"in": ["DECLARED"]}}, Q(status="declared")),
        ({"severity": {"in": []}}, Q(pk__in=[])),
        ({"title": {"contains": "CHECKOUT"}}, Q(title__icontains="checkout")),
        (
            {"text": "ledger"},
            Q(title__icontains="ledger") | Q(summary__icontains="ledger") | Q(reference__icontains="ledger"),
        ),
        ({"text": "100%"}, Q(title__contains="100%") | Q(summary__contains="100%")),
        ({"resolvedAt": {"isNull": True}}, Q(resolved_at=None)),
        ({"reference": {"exact": None}, "open": None, "AND": None, "NOT": None}, Q()),
        ({"severity": {"exact": "SEV1"}, "open": False}, Q(severity="sev1", status__in=["resolved", "closed"])),
        (
            {"AND": [{"severity": {"exact": "SEV1"}}, {"open": False}]},
            Q(severity="sev1", status__in=["resolved", "closed"]),
        ),
        (
            {"OR": [{"severity": {"exact": "SEV1"}}, {"open": True}]},
            Q(severity="sev1") | ~Q(status__in=["resolved", "closed"]),
        ),
        (
            {"unit": {"OR": [{"slug": {"exact": "health"}}, {"slug": {"exact": "media"}}]}},
            Q(unit__slug__in=["health", "media"]),
        ),
        ({"NOT": {"severity": {"exact": "SEV1"}}}, ~Q(severity="sev1")),
        ({"NOT": {"NOT": {"severity": {"exact": "SEV1"}}}}, Q(severity="sev1")),
        ({"NOT": {"commander": {"username": {"exact": "nobody"}}}}, Q()),
        ({"service": {"NOT": {"slug": {"exact": "ledger"}}}}, ~Q(service__slug="ledger")),
        ({"OR": []}, Q(pk__in=[])),
        ({"AND": []}, Q()),
        ({"OR": [{}, {"severity": {"exact": "SEV1"}}]}, Q()),
        ({"NOT": {}}, Q(pk__in=[])),
    ],
    ids=str,
)
def test_a_filter_finds_what_it_says(api: ApiOf, filters: dict[str, Any], condition: Q) -> None:
    assert found(api("coordinator"), **filters) == expected(condition)


def test_ids_and_times_narrow_too(api: ApiOf) -> None:
    incident = newest()
    assert incident.service is not None
    assert incident.commander is not None
    coordinator = api("coordinator")
    week = {"gte": (incident.declared_at - timedelta(days=7)).isoformat(), "lt": incident.declared_at.isoformat()}

    assert found(coordinator, id=[global_id("Incident", incident), "x"]) == 1
    assert found(coordinator, unit={"id": [global_id("BusinessUnit", incident.unit_id)]}) == expected(
        Q(unit_id=incident.unit_id)
    )
    assert found(coordinator, service={"id": [global_id("Service", incident.service)]}) == expected(
        Q(service=incident.service)
    )
    assert found(coordinator, commander={"id": [global_id("Person", incident.commander)]}) == expected(
        Q(commander=incident.commander)
    )
    assert found(coordinator, declaredAt=week) == expected(
        Q(declared_at__gte=incident.declared_at - timedelta(days=7), declared_at__lt=incident.declared_at)
    )
    assert found(coordinator, service={"id": [global_id("BusinessUnit", incident.unit_id)]}) == 0


@pytest.mark.parametrize(
    "filters",
    [
        {"declaredAt": {"gte": "2026-01-01T00:00:00"}},
        {"declaredAt": {"gte": "yesterday"}},
        {"declaredAt": {"gte": "0001-01-01T00:00:00+14:00"}},
        {"declaredAt": {"gte": 5}},
        {"severity": {"exact": "sev1"}},
        {"severity": {"exact": "SEV9"}},
        {"unit": {"slug": "payments"}},
        {"title": {"contains": "\x00"}},
        {"title": {"regex": "("}},
        {"reference": {"in": ["PAY-1"] * 101}},
        {"declared_at": {}},
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_refused(api: ApiOf, filters: dict[str, Any]) -> None:
    answer = api("coordinator").ask(FOUND, filters=filters)

    assert answer.codes == ["BAD_USER_INPUT"]


def hide() -> tuple[Incident, Term]:
    """An incident of payments that only its unit sees, its own words in every column that can be filtered by."""
    with seeding():
        incident = newest()
        term = Term.objects.create(
            kind=TermKind.INCIDENT_TYPE, key="quite-unheard-of", name="X", unit_id=incident.unit_id
        )
        Incident.objects.filter(pk=incident.pk).update(
            title="Quite unheard of",
            summary="Quite unheard of",
            severity=Severity.SEV1,
            status=Status.DECLARED,
            incident_type=term,
        )
        incident.refresh_from_db()
        return incident, term


def test_no_filter_tells_of_what_is_hidden(api: ApiOf) -> None:
    incident, term = hide()
    outsider = api("outsider.logistics")
    visible = found(outsider)
    matching: list[dict[str, Any]] = [
        {"id": [global_id("Incident", incident)]},
        {"reference": {"exact": incident.reference}},
        {"title": {"startsWith": "quite unheard"}},
        {"text": "Quite unheard of"},
        {"unit": {"slug": {"exact": "payments"}}},
        {"incidentType": {"key": {"exact": "quite-unheard-of"}}},
        {"incidentType": {"id": [global_id("Term", term)]}},
        {"AND": [{"unit": {"slug": {"exact": "payments"}}}, {"open": True}]},
    ]

    for filters in matching:
        assert found(outsider, **filters) == 0, filters
        assert found(outsider, NOT=filters) == visible, filters
        assert found(outsider, OR=[filters, {"NOT": filters}]) == visible, filters
        assert found(api("responder.payments"), **filters) > 0, filters


def test_a_hidden_row_behind_a_visible_one_matches_nothing(api: ApiOf) -> None:
    """The incident is in sight, the unit's own word for its kind is not: as if there were none."""
    _, term = hide()
    with seeding():
        visible = Incident.objects.filter(unit__slug="logistics", restricted=False).latest("declared_at")
        Incident.objects.filter(pk=visible.pk).update(incident_type=term)
    outsider = api("outsider.logistics")

    assert found(outsider, id=[global_id("Incident", visible)]) == 1
    assert (
        found(outsider, id=[global_id("Incident", visible)], incidentType={"key": {"exact": "quite-unheard-of"}}) == 0
    )
    assert found(outsider, incidentType={"key": {"startsWith": "quite"}}) == 0
    shown = outsider.ask(
        "query ($id: ID!) { incident(id: $id) { incidentType { key } } }", id=global_id("Incident", visible)
    )
    assert shown.data == {"incident": {"incidentType": None}}


def test_an_order_by_a_hidden_rows_columns_is_not_offered(api: ApiOf) -> None:
    answer = api("outsider.logistics").ask("{ incidents(ordering: [{incidentType: ASC}]) { totalCount } }")

    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
