"""The scope switch: pages narrowed to one's own units or a region, in the address."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from hub.catalog.models import Service
from hub.incidents.models import Incident
from tenants.models import BusinessUnit
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def offered(text: str) -> list[str]:
    menu = re.search(r'<nav class="menu-panel start" id="scopes".*?</nav>', text, re.DOTALL)
    return re.findall(r'href="([^"]*)"', menu[0]) if menu else []


def units_of_region(code: str) -> set[str]:
    with seeding():
        return set(BusinessUnit.objects.filter(regions__code=code).values_list("slug", flat=True))


def test_the_switch_offers_the_regions_to_the_coordinator_and_keeps_other_filters(signed_in: SignedIn) -> None:
    text = page(signed_in("coordinator"), "/incidents/?severity=sev1&scope=region-emea&page=2")

    addresses = offered(text)
    assert addresses[0] == "?severity=sev1"
    assert "?severity=sev1&amp;scope=region-emea" in addresses
    assert 'aria-current="true">Europe, Middle East and Africa<' in text


@pytest.mark.parametrize("path", ["/incidents/", "/on-call", "/overview", "/services"])
def test_somebody_of_one_unit_has_nothing_to_switch(signed_in: SignedIn, path: str) -> None:
    assert offered(page(signed_in("responder.payments"), path)) == []


def test_a_page_about_one_thing_has_no_switch(signed_in: SignedIn) -> None:
    assert offered(page(signed_in("coordinator"), "/knowledge/")) == []


def test_services_are_those_of_the_region(signed_in: SignedIn) -> None:
    inside = units_of_region("emea")
    with seeding():
        services = {service.name: service.unit.slug for service in Service.objects.select_related("unit")}

    text = page(signed_in("coordinator"), "/services?scope=region-emea")

    shown = {slug for name, slug in services.items() if f">{name}<" in text}
    assert shown == inside & set(services.values())
    assert set(services.values()) - inside, "there is something to leave out"


def test_the_rail_keeps_the_scope_where_it_means_something(signed_in: SignedIn) -> None:
    text = page(signed_in("coordinator"), "/incidents/?scope=region-emea")

    for address in ("/overview", "/services", "/on-call", "/incidents/"):
        assert f'href="{address}?scope=region-emea"' in text
    assert 'href="/knowledge/"' in text
    assert re.search(r'href="/incidents/\?scope=region-emea" aria-current="page"', text)


@pytest.mark.parametrize("scope", ["region-nowhere", "mine'--", "region-emea"])
def test_a_part_of_which_one_sees_nothing_shows_nothing(signed_in: SignedIn, scope: str) -> None:
    outsider = signed_in("outsider.logistics")
    if scope == "region-emea" and "logistics" in units_of_region("emea"):
        pytest.skip("Logistics works there")

    assert "0 incidents" in page(outsider, f"/incidents/?view=all&scope={scope}")


def test_figures_are_those_of_the_region_and_lead_to_its_incidents(signed_in: SignedIn) -> None:
    text = page(signed_in("coordinator"), "/overview?scope=region-emea")

    inside = units_of_region("emea")
    linked = set(re.findall(r"unit=([a-z]+)", text))
    assert inside <= linked
    rows = set(re.findall(r'href="/incidents/\?view=all&amp;unit=([a-z]+)&amp;since', text))
    with seeding():
        busy = set(
            Incident.objects.filter(restricted=False, unit__slug__in=inside).values_list("unit__slug", flat=True)
        )
    assert rows == busy
