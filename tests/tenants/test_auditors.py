"""Whoever may read the audit trail finds it in the tenant admin, and nothing else there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest

from hub.incidents import actions
from hub.incidents.models import Incident, Severity
from hub.lib import clock
from hub.lib.identity import Actor
from tenants.models import AuditEntry, BusinessUnit
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

TRAIL = "/admin/tenants/auditentry/"
OTHERS = ("tenants/person", "tenants/roleassignment", "tenants/term", "catalog/service", "bridge/bridgerule")


@pytest.fixture
def acts(actor: Callable[[str], Actor]) -> tuple[Incident, Incident]:
    """An incident of Payments and a restricted one, declared a moment ago."""
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    one, other = (
        actions.declare_incident(
            actor=actor("commander.payments"), title="T", severity=Severity.SEV4, unit_id=unit.pk, restricted=restricted
        )
        for restricted in (False, True)
    )
    return one, other


def entry(of: Incident) -> AuditEntry:
    with seeding():
        return AuditEntry.objects.get(object_id=of.pk, verb="declare_incident")


@pytest.mark.parametrize("username", ["auditor", "coordinator", "compliance"])
def test_auditors_read_the_trail_and_administer_nothing(
    signed_in: SignedIn, acts: tuple[Incident, Incident], username: str
) -> None:
    browser = signed_in(username)
    assert 'href="/admin/"' in browser.get("/").content.decode()
    plain, restricted = map(entry, acts)

    listed = browser.get(TRAIL, {"q": "declare_incident"}).content.decode()
    assert f"{TRAIL}{plain.pk}/change/" in listed
    assert f"{TRAIL}{restricted.pk}/change/" not in listed
    page = browser.get(f"{TRAIL}{plain.pk}/change/").content.decode()
    assert "declare_incident" in page
    assert not re.search(r'name="_(save|continue|addanother)"', page)
    assert browser.get(f"{TRAIL}{restricted.pk}/change/").status_code == 302
    file = browser.get(f"{TRAIL}export/", {"q": "declare_incident"})
    rows = csv.DictReader(io.StringIO(b"".join(file.streaming_content).decode()))  # type: ignore[attr-defined]
    exported = {row["Object id"] for row in rows}
    assert (str(plain.object_id) in exported, str(restricted.object_id) in exported) == (True, False)

    with seeding():
        before = AuditEntry.objects.count()
    assert browser.post(f"{TRAIL}{plain.pk}/change/", {"verb": "x"}).status_code == 403
    assert browser.post(f"{TRAIL}{plain.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser.get(f"{TRAIL}add/").status_code == 403
    index = browser.get("/admin/").content.decode()
    for other in OTHERS:
        assert f"/admin/{other}/" not in index
        assert browser.get(f"/admin/{other}/").status_code == 403
    with seeding():
        assert AuditEntry.objects.count() == before


def test_a_units_administrator_reads_that_units_and_others_none(
    signed_in: SignedIn, acts: tuple[Incident, Incident]
) -> None:
    plain = entry(acts[0])
    assert signed_in("admin.payments").get(f"{TRAIL}{plain.pk}/change/").status_code == 200
    assert signed_in("admin.logistics").get(f"{TRAIL}{plain.pk}/change/").status_code == 302
    for username in ("observer.payments", "responder.payments", "commander.payments"):
        browser = signed_in(username)
        assert 'href="/admin/"' not in browser.get("/").content.decode()
        assert browser.get(TRAIL, follow=True).status_code == 403


def test_what_was_done_in_no_unit_is_for_whoever_reads_the_enterprises_trail(
    signed_in: SignedIn, actor: Callable[[str], Actor]
) -> None:
    with seeding():
        steward = actor("steward").person_id
        nobodys = AuditEntry.objects.create(
            at=clock.now(), person_id=steward, through="test", verb="publish_taxonomy", noun="x", object_id=1
        )
    assert signed_in("auditor").get(f"{TRAIL}{nobodys.pk}/change/").status_code == 200
    assert signed_in("admin.payments").get(f"{TRAIL}{nobodys.pk}/change/").status_code == 302
