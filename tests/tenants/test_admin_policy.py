"""The tenant admin lives by the content security policy of every page: nothing within its pages needs more."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from unfold.settings import CONFIG_DEFAULTS

from hub.alerts.models import SeverityRule
from hub.catalog.models import Service
from tenants.models import AuditEntry
from tests.conftest import SignedIn, seeding
from tests.tenants.test_admin import LISTS

pytestmark = pytest.mark.django_db

NONCE = re.compile(r"'nonce-[^']+'")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|<[^>]*\s(?:on[a-z]+|style)=|\bjavascript:", re.IGNORECASE)
"""What a page would run or apply from within itself: the policy refuses each of these."""


def test_the_admin_has_the_policy_of_every_page(signed_in: SignedIn) -> None:
    client = signed_in("admin.payments")
    policy = NONCE.sub("", client.get("/admin/").headers["Content-Security-Policy"])

    assert policy == NONCE.sub("", client.get("/incidents/").headers["Content-Security-Policy"])
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    # An attribute's script asks script-src-attr and then script-src, and nothing else: so one rule refuses them all.
    assert directives["script-src"].split() == ["'self'"]
    assert directives["style-src"].split() == ["'self'"]
    assert not {"script-src-elem", "script-src-attr", "style-src-elem", "style-src-attr"} & directives.keys()


def test_no_page_of_the_admin_needs_what_the_policy_refuses(signed_in: SignedIn) -> None:
    with seeding():
        service = Service.objects.get(slug="wallet")
    client = signed_in("admin.payments")
    added = {
        "unit": service.unit_id,
        "position": 1,
        "matchers": "env=staging",
        "severity": "sev5",
        "explanation": "No.",
    }
    assert client.post("/admin/alerts/severityrule/add/", added).status_code == 302
    with seeding():
        rule, entry = SeverityRule.objects.get(explanation="No."), AuditEntry.objects.latest("pk")
    one = f"/admin/catalog/service/{service.pk}"
    addresses = [f"/admin/{each}/" for each in LISTS]
    addresses += ["/admin/", f"{one}/change/", f"{one}/history/", "/admin/catalog/service/add/"]
    addresses += [f"/admin/alerts/severityrule/{rule.pk}/delete/", f"/admin/tenants/auditentry/{entry.pk}/change/"]

    for address in addresses:
        page = client.get(address)
        assert page.status_code == 200, address
        assert INLINE.findall(page.content.decode()) == [], address


def test_every_colour_that_unfold_would_write_into_its_pages_is_in_the_style_sheet() -> None:
    sheet = finders.find("tenants/administration.css")
    assert isinstance(sheet, str)
    with open(sheet, encoding="utf-8") as lines:
        declared = set(re.findall(r"--color-([a-z0-9-]+):", lines.read()))

    wanted = {f"{name}-{step}" for name, steps in CONFIG_DEFAULTS["COLORS"].items() for step in steps}
    assert wanted - declared == set()
