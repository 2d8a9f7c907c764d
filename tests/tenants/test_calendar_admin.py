"""What regional leads and administrators keep in the tenant admin of units' calendars, regulations and command."""

from __future__ import annotations

from datetime import date

import pytest

from hub.incidents.models import EscalationCriteria, Ownership
from hub.oncall.models import Schedule
from tenants.models import AuditEntry, BusinessUnit, Closure, RegulationProfile, UnitRegulation, WorkingHours
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

LISTS = (
    "tenants/unitcalendar",
    "tenants/closure",
    "tenants/regulationprofile",
    "tenants/unitregulation",
    "incidents/ownership",
    "incidents/escalationcriteria",
)
WEEK = {"monday": "09:00-12:30, 13:30-18:00", "tuesday": "09:00-17:00"}


def unit(slug: str) -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug=slug)


def state() -> list[object]:
    with seeding():
        return [
            list(WorkingHours.objects.order_by("id").values()),
            list(Closure.objects.order_by("id").values()),
            list(RegulationProfile.objects.order_by("id").values()),
            list(UnitRegulation.objects.order_by("id").values()),
            list(Ownership.objects.order_by("unit").values()),
            list(EscalationCriteria.objects.order_by("unit").values()),
            AuditEntry.objects.count(),
        ]


@pytest.mark.parametrize("path", LISTS)
def test_leads_and_administrators_open_each_list(signed_in: SignedIn, path: str) -> None:
    for username in ("lead.emea", "admin.payments"):
        assert signed_in(username).get(f"/admin/{path}/?q=a").status_code == 200
    assert signed_in("responder.payments").get(f"/admin/{path}/", follow=True).status_code == 403


def test_a_lead_says_when_a_unit_of_the_region_works(signed_in: SignedIn) -> None:
    payments, client = unit("payments"), signed_in("lead.emea")
    address = f"/admin/tenants/unitcalendar/{payments.pk}/change/"
    assert b"08:00" in client.get(address).content

    saved = client.post(address, {"country": "DE", "subdivision": "BY", "time_zone": "Europe/Berlin", **WEEK})

    assert saved.status_code == 302
    with seeding():
        kept = WorkingHours.objects.filter(unit=payments).values_list("weekday", flat=True)
        assert list(kept) == [0, 0, 1]
        assert AuditEntry.objects.filter(verb="set_calendar", unit=payments).exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"monday": "nine to five"}, "are no hours"),
        ({"country": "XX"}, "No public holidays are known for XX"),
        ({"time_zone": "Europe/Nowhere"}, "is no time zone"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(signed_in: SignedIn, given: dict[str, str], sentence: str) -> None:
    client, before = signed_in("lead.emea"), state()

    answer = client.post(
        f"/admin/tenants/unitcalendar/{unit('payments').pk}/change/",
        {"country": "DE", "subdivision": "", "time_zone": "Europe/Berlin", **given},
    )

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert state() == before


def test_a_closure_is_added_and_removed(signed_in: SignedIn) -> None:
    client, payments = signed_in("admin.payments"), unit("payments")

    client.post(
        "/admin/tenants/closure/add/",
        {"unit": payments.pk, "name": "Move", "starts_on": "2027-03-01", "ends_on": "2027-03-02"},
    )

    with seeding():
        closure = Closure.objects.get(name="Move")
    assert (closure.unit_id, closure.ends_on) == (payments.pk, date(2027, 3, 2))
    client.post(f"/admin/tenants/closure/{closure.pk}/delete/", {"post": "yes"})
    with seeding():
        assert not Closure.objects.filter(name="Move").exists()


def test_regions_keep_their_own_regulation_profiles(signed_in: SignedIn) -> None:
    with seeding():
        profile = RegulationProfile.objects.get(key="gdpr")
    address = f"/admin/tenants/regulationprofile/{profile.pk}/change/"
    given = {"name": "GDPR", "description": "x", "authority": "y", "source": "Art. 33", "first_report_hours": "48"}
    for username in ("lead.apac", "admin.payments"):
        client, before = signed_in(username), state()
        assert client.post(address, given).status_code == 403
        assert state() == before

    assert signed_in("lead.emea").post(address, given).status_code == 302

    with seeding():
        profile.refresh_from_db()
    assert (profile.name, profile.first_report_hours, profile.key) == ("GDPR", 48, "gdpr")


def test_who_commands_is_said_there_too(signed_in: SignedIn) -> None:
    payments = unit("payments")
    with seeding():
        schedule = Schedule.objects.get(slug="retail-commanders")
        Ownership.objects.filter(unit=payments).delete()

    signed_in("lead.emea").post(
        "/admin/incidents/ownership/add/",
        {"unit": payments.pk, "model": "hybrid", "commander_schedule": schedule.pk, "central_from": "sev1"},
    )

    with seeding():
        kept = Ownership.objects.get(unit=payments)
    assert (kept.model, kept.central_unit_id, kept.central_from) == ("hybrid", schedule.unit_id, "sev1")


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("tenants/closure", {"name": "x", "starts_on": "2027-03-01", "ends_on": "2027-03-01"}),
        ("tenants/unitcalendar", {"country": "", "subdivision": "", "time_zone": "UTC"}),
        ("incidents/ownership", {"model": "decentralized"}),
        ("incidents/escalationcriteria", {"units_hit": "3", "considered_from": "sev2"}),
    ],
)
def test_nothing_reaches_a_unit_that_one_does_not_administer(
    signed_in: SignedIn, path: str, given: dict[str, str]
) -> None:
    cloud, client = unit("cloud"), signed_in("admin.payments")
    before = state()

    adding = client.post(f"/admin/{path}/add/", {"unit": cloud.pk, **given})
    changing = client.post(f"/admin/{path}/{cloud.pk}/change/", {"unit": cloud.pk, **given})

    assert adding.status_code == 200
    assert changing.status_code in (302, 403)
    assert state() == before
