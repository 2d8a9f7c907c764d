"""What was handed from unit to unit, as those who administer one of the two read it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from hub.incidents.models import HandOver, HandOverState
from tenants.models import AuditEntry
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

LIST = "/admin/incidents/handover/"


def shown(client: Client, query: str = "") -> list[tuple[str, str, str]]:
    """Giver, receiver and state of each row of the list, in its order."""
    answer: Any = client.get(f"{LIST}{query}")
    assert answer.status_code == 200
    return [(row.from_unit.slug, row.to_unit.slug, row.state) for row in answer.context["cl"].result_list]


def test_both_units_read_the_offer_and_no_third(signed_in: SignedIn) -> None:
    waiting = ("retail", "payments", "offered")

    assert waiting in shown(signed_in("admin.retail"))
    assert shown(signed_in("admin.payments")) == [waiting]
    for username in ("admin.health", "admin.logistics"):
        assert "Vouchers are refused" not in signed_in(username).get(LIST).content.decode()
    assert signed_in("commander.payments").get(LIST, follow=True).status_code == 403


def test_it_is_searched_narrowed_and_taken_along(signed_in: SignedIn) -> None:
    client = signed_in("admin.enterprise")

    assert shown(client, "?q=voucher") == [("retail", "payments", "offered")]
    assert shown(client, "?state__exact=refused") == [("media", "cloud", "refused")]
    answer: Any = client.get(f"{LIST}export/?state__exact=refused")
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode(), newline=""))

    assert (row["From unit"], row["To unit"], row["State"]) == ("Media", "Cloud Platform", "Refused")
    assert row["Answer"].startswith("Object storage answered within 20 ms")
    with seeding():
        told = AuditEntry.objects.filter(verb="export_handover").values_list("unit__slug", flat=True)
        assert set(told) == {"media", "cloud"}


def test_nothing_is_changed_here(signed_in: SignedIn) -> None:
    client = signed_in("admin.retail")
    with seeding():
        offer = HandOver.objects.get(state=HandOverState.OFFERED)
        before = HandOver.objects.filter(pk=offer.pk).values().get()

    page = client.get(f"{LIST}{offer.pk}/change/")

    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert client.post(f"{LIST}{offer.pk}/change/", {"state": "accepted"}).status_code == 403
    assert client.post(f"{LIST}{offer.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert signed_in("admin.health").get(f"{LIST}{offer.pk}/change/").status_code == 302
    with seeding():
        assert HandOver.objects.filter(pk=offer.pk).values().get() == before
