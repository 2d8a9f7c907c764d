"""Lists of the tenant admin as files: what is in them, for whom, and what a spreadsheet makes of it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from hub.catalog.models import Service
from hub.lib import clock
from hub.lib.spreadsheets import cell
from tenants.administration import exporting
from tenants.administration.exporting import asynchronous
from tenants.administration.pages import TenantAdmin
from tenants.models import AuditEntry, BusinessUnit, Person, RoleAssignment
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

Rows = list[dict[str, str]]


def rows_of(answer: Any) -> Rows:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode(), newline="")))


def exports() -> list[AuditEntry]:
    with seeding():
        return list(AuditEntry.objects.filter(verb__startswith="export_").select_related("unit", "person"))


def every_list() -> list[str]:
    return sorted(
        f"{model._meta.app_label}/{model._meta.model_name}"
        for model, page in admin.site._registry.items()
        if isinstance(page, TenantAdmin)
    )


def test_every_list_can_be_exported(signed_in: SignedIn) -> None:
    client, steward = signed_in("admin.enterprise"), signed_in("steward")
    for path in every_list():
        is_stewards = path == "tenants/taxonomyversion"
        rows_of((steward if is_stewards else client).get(f"/admin/{path}/export/"))


def test_the_list_leads_to_its_file_as_it_is_narrowed(signed_in: SignedIn) -> None:
    page = signed_in("admin.payments").get("/admin/catalog/service/?q=a&criticality__exact=1")

    assert 'href="/admin/catalog/service/export/?q=a&amp;criticality__exact=1"' in page.content.decode()
    found = rows_of(signed_in("admin.payments").get("/admin/catalog/service/export/?q=a&criticality__exact=1"))
    assert len(found) == page.context["cl"].result_count > 0


@pytest.mark.parametrize("path", ["catalog/service", "tenants/person", "tenants/roleassignment", "tenants/auditentry"])
def test_nothing_of_another_unit_is_in_a_file(signed_in: SignedIn, path: str) -> None:
    client = signed_in("admin.health")
    with seeding():
        foreign = BusinessUnit.objects.get(slug="payments")

    for query in ("", "?q=Jonas", "?q=Ledger", f"?unit__id__exact={foreign.pk}", "?all=", "?o=-1", "?p=3"):
        answer: Any = client.get(f"/admin/{path}/export/{query}", follow=True)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        for word in ("Jonas Weber", "Checkout API", "jonas.weber", "responder.payments", "Payments,"):
            assert word not in body.decode(), (path, query)


def test_search_filters_and_order_are_those_of_the_list(signed_in: SignedIn) -> None:
    client = signed_in("admin.enterprise")
    with seeding():
        retail = BusinessUnit.objects.get(slug="retail")

    found = rows_of(client.get(f"/admin/catalog/service/export/?q=product&unit__id__exact={retail.pk}&o=-1"))

    assert [(row["Name"], row["Unit"], row["Slug"]) for row in found] == [
        ("Product Search", "Retail", "search-service"),
        ("Product Catalog", "Retail", "product-catalog"),
    ]
    assert found[0]["Tags"] == "customer-facing"
    (entry,) = exports()
    assert (entry.verb, entry.noun, entry.unit_id) == ("export_service", "service", retail.pk)
    assert entry.person is not None
    assert entry.person.username == "admin.enterprise"
    assert entry.change["rows"] == [None, 2]
    assert "q=product" in entry.change["asked"][1]


def test_each_unit_reads_who_took_its_rows_along(signed_in: SignedIn) -> None:
    with seeding():
        counts = {unit.slug: unit.services.count() for unit in BusinessUnit.objects.all()}

    rows_of(signed_in("admin.enterprise").get("/admin/catalog/service/export/"))

    told = {entry.unit.slug: entry.change["rows"][1] for entry in exports() if entry.unit}
    assert told == {slug: count for slug, count in counts.items() if count}
    trail = rows_of(signed_in("admin.health").get("/admin/tenants/auditentry/export/?q=export_service"))
    assert [(row["Person"], row["Unit"], row["Verb"]) for row in trail] == [
        ("Ingrid Solberg", "Health", "export_service")
    ]
    assert json.loads(trail[0]["Change"])["rows"] == [None, counts["health"]]


@pytest.mark.parametrize("username", ["commander.payments", "coordinator", "steward", "security"])
def test_whoever_does_not_administer_exports_nothing(signed_in: SignedIn, username: str) -> None:
    client = signed_in(username)
    # Coordinators read the audit trail (`test_auditors`), and no other list.
    trail = [] if username == "coordinator" else ["tenants/auditentry"]
    for path in ("tenants/person", "catalog/service", "alerts/severityrule", *trail):
        assert client.get(f"/admin/{path}/export/", follow=True).status_code == 403
    assert Client().get("/admin/tenants/person/export/", follow=True).redirect_chain[-1][0].startswith("/sign-in")
    assert exports() == []


def test_an_export_is_asked_for_and_not_posted(signed_in: SignedIn) -> None:
    assert signed_in("admin.payments").post("/admin/tenants/person/export/").status_code == 405
    assert exports() == []


def test_a_filter_that_there_is_not_leads_back_to_the_list(signed_in: SignedIn) -> None:
    client = signed_in("admin.payments")

    answer = client.get("/admin/catalog/service/export/?criticality=x")

    assert (answer.status_code, answer["Location"]) == (302, "../?e=1")
    assert client.get("/admin/catalog/service/export/?unit__parent__secret=1").status_code in (302, 400)
    assert exports() == []


def test_what_a_spreadsheet_would_run_is_words(signed_in: SignedIn) -> None:
    with seeding():
        Service.objects.filter(slug="wallet").update(
            name='=HYPERLINK("http://x.example","Wallet")', description="line\n=2", tags=["@SUM(A1)", "b"]
        )

    (row,) = rows_of(signed_in("admin.payments").get("/admin/catalog/service/export/?q=wallet"))

    assert row["Name"] == '\'=HYPERLINK("http://x.example","Wallet")'
    assert row["Tags"] == "'@SUM(A1); b"
    assert row["Description"] == "line\n=2"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1", "'+49 30 1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("\x00=1", "'=1"),
        ("a=1", "a=1"),
        (-1, "-1"),
        (Decimal("-0.5"), "-0.5"),
        (True, "yes"),
        (None, ""),
        (["=1", 2], "'=1; 2"),
        ({"a": ["ä"]}, '{"a": ["ä"]}'),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
    ],
)
def test_a_cell(value: object, written: str) -> None:
    assert cell(value) == written


def test_a_right_that_ends_meanwhile_ends_the_file(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, person: Callable[[str], Person]
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    answer: Any = signed_in("admin.payments").get("/admin/catalog/service/export/")
    lines = iter(answer.streaming_content)
    first = [next(lines) for _ in range(2)]

    with seeding():
        RoleAssignment.objects.filter(person=person("admin.payments")).update(
            valid_until=clock.now() - timedelta(seconds=1)
        )

    assert len(b"".join(first).splitlines()) == 3
    assert b"".join(lines) == b""


def test_rows_are_read_in_batches_and_not_one_by_one(
    signed_in: SignedIn, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("admin.enterprise")
    answer: Any = client.get("/admin/catalog/service/export/")

    with django_assert_max_num_queries(8):
        body = b"".join(answer.streaming_content)

    assert len(body.splitlines()) > 30


def test_a_server_that_awaits_sends_line_by_line() -> None:
    taken: list[str] = []

    def lines() -> Any:
        for each in ("a", "b"):
            taken.append(each)
            yield each

    async def first() -> str:
        async for line in asynchronous(lines()):
            return line
        return ""

    assert asyncio.run(first()) == "a"
    assert taken == ["a"]
