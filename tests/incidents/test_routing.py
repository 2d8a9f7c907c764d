"""Who is asked first: the owner of the system, then its domain, its severity, its tags, and what must be known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.catalog.models import Service
from hub.incidents.models import Incident, IncidentRole, ResponsePlan, ResponseTeam, TimelineEntry
from hub.lib import clock
from hub.oncall.models import Expertise, Layer, Override, Schedule
from tenants.models import BusinessUnit, MappingVersion, Person, Term, TermKind, TermMapping
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.incidents.test_specialists import declare, tag

__all__ = ["api"]

pytestmark = pytest.mark.django_db

DESKS = {
    "by-domain": "responder.payments",
    "by-severity": "responder2.payments",
    "by-tag": "responder3.payments",
    "by-knowing": "commander2.payments",
}


@pytest.fixture
def desks(db: None) -> dict[str, Schedule]:
    """Four schedules of Payments, each with somebody else on, and no plan yet."""
    made: dict[str, Schedule] = {}
    now = clock.now()
    with seeding():
        ResponsePlan.objects.all().delete()
        unit = BusinessUnit.objects.get(slug="payments")
        for slug, username in DESKS.items():
            schedule = Schedule.objects.create(unit=unit, slug=slug, name=slug, time_zone="UTC")
            Layer.objects.create(schedule=schedule, unit=unit, name="One")
            person = Person.objects.get(username=username)
            Override.objects.create(
                schedule=schedule,
                unit=unit,
                person=person,
                starts_at=now - timedelta(days=1),
                ends_at=now + timedelta(days=1),
                created_by=person,
                created_at=now,
            )
            made[slug] = schedule
        able = Person.objects.get(username=DESKS["by-knowing"])
        Expertise.objects.create(person=able, unit=unit, key="b-trees")
        ledger = Service.objects.get(slug="ledger")
        ledger.domain = Term.objects.get(kind=TermKind.DOMAIN, key="databases")
        ledger.save()
    return made


def team(desks: dict[str, Schedule], slug: str, domain: Term | None = None, **more: Any) -> dict[str, Any]:
    """A team that shall lead technically, as the API takes it."""
    only = {"by-tag": {"tag": "Financial-records"}, "by-knowing": {"expertise": "b-trees"}}.get(slug, {})
    named = {"domainId": global_id("Term", domain)} if domain else {}
    return {"scheduleId": global_id("Schedule", desks[slug]), "role": "TECHNICAL_LEAD", **only, **named, **more}


def plan(api: ApiOf, teams: list[dict[str, Any]], username: str = "admin.payments") -> dict[str, Any]:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    payload: dict[str, Any] = (
        api(username)
        .change(
            "setResponsePlan",
            "... on ResponsePlan { teams { domain { key } } }",
            unitId=global_id("BusinessUnit", unit),
            severity="SEV3",
            teams=teams,
        )
        .data["setResponsePlan"]
    )
    return payload


def lead(own: Any, incident: Incident) -> tuple[str, str | None, str]:
    """Who leads technically, by which route and why, as the API tells it; and that nobody else was given it."""
    told = own.ask(
        "query ($id: ID!) { node(id: $id) { ... on Incident {"
        " service { domain { key } } roles { kind route reason person { username } } } } }",
        id=global_id("Incident", incident),
    ).data["node"]
    [held] = [each for each in told["roles"] if each["kind"] == "TECHNICAL_LEAD"]
    owners = {each["route"] for each in told["roles"] if each["kind"] == "COMMANDER"}
    assert owners == {"OWNER"}
    assert told["service"]["domain"] == {"key": "databases"}
    return held["person"]["username"], held["route"], held["reason"]


def test_the_first_that_is_there_takes_the_role_and_the_reason_stays(
    api: ApiOf, signed_in: SignedIn, desks: dict[str, Schedule]
) -> None:
    """The plan names them the other way round: what decides is what they are asked for."""
    own = api("commander.payments")
    with seeding():
        domain = Term.objects.get(kind=TermKind.DOMAIN, key="databases")
    order = ["by-domain", "by-severity", "by-tag", "by-knowing"]
    routes = ["DOMAIN", "SEVERITY", "TAG", "EXPERTISE"]
    why = ["the domain Databases", "severity", "the tag financial-records", "severity"]
    for place, slug in enumerate(order):
        wanted = [team(desks, each, domain if each == "by-domain" else None) for each in reversed(order[place:])]
        assert "teams" in plan(api, wanted)

        incident = declare(own)

        username, route, reason = lead(own, incident)
        assert (username, route) == (DESKS[slug], routes[place])
        assert reason.startswith(f"on call for {slug}")
        assert reason.endswith(f"engaged by {why[place]}")
        with seeding():
            said = list(TimelineEntry.objects.filter(incident=incident).values_list("body", flat=True))
        passed = [each for each in said if "is not asked for a technical lead" in each]
        assert [each.split(" ")[0] for each in passed] == order[place + 1 :]
        room = signed_in("commander.payments").get(f"/incidents/{incident.reference}").content.decode()
        assert all(each in room for each in (reason, *passed))


def test_the_owner_comes_before_the_domain(api: ApiOf, desks: dict[str, Schedule]) -> None:
    own = api("commander.payments")
    with seeding():
        domain = Term.objects.get(kind=TermKind.DOMAIN, key="databases")
    plan(api, [team(desks, "by-domain", domain, role="COMMANDER")])
    incident = declare(own)
    with seeding():
        [commander] = IncidentRole.objects.filter(incident=incident, kind="commander")
    assert (commander.route, commander.reason) == ("owner", "on call for Payments incident commanders")

    # Where the owner has nobody, the domain is next.
    with seeding():
        Service.objects.filter(slug="ledger").update(commander_schedule=None)
    incident = declare(own)
    with seeding():
        [commander] = IncidentRole.objects.filter(incident=incident, kind="commander")
    assert (commander.route, commander.person.username) == ("domain", DESKS["by-domain"])


def test_a_tag_names_a_domain_and_a_units_own_word_means_a_global_one(api: ApiOf, desks: dict[str, Schedule]) -> None:
    own = api("commander.payments")
    now = clock.now()
    with seeding():
        domain = Term.objects.get(kind=TermKind.DOMAIN, key="databases")
        unit = BusinessUnit.objects.get(slug="payments")
        local = Term.objects.create(kind=TermKind.DOMAIN, key="ledger-stores", name="Ledger stores", unit=unit)
        version = MappingVersion.objects.create(unit=unit, number=900, published_at=now)
        TermMapping.objects.create(
            local=local, unit=unit, version=version, target=domain, relation="equal", valid_from=now - timedelta(days=1)
        )
        Service.objects.filter(slug="ledger").update(domain=None)
    plan(api, [team(desks, "by-domain", domain)])

    def leads(incident: Incident) -> list[str | None]:
        with seeding():
            return [each.route for each in IncidentRole.objects.filter(incident=incident, kind="technical_lead")]

    plain = declare(own)
    assert leads(plain) == []
    tag(own, plain, "Databases")
    assert leads(plain) == ["domain"]
    with seeding():
        Service.objects.filter(slug="ledger").update(domain=local)
    assert leads(declare(own)) == ["domain"]


def test_a_domain_that_is_none_here_is_refused(api: ApiOf, signed_in: SignedIn, desks: dict[str, Schedule]) -> None:
    with seeding():
        retail = BusinessUnit.objects.get(slug="retail")
        theirs = Term.objects.create(kind=TermKind.DOMAIN, key="tills", name="Tills", unit=retail)
        cause = Term.objects.filter(kind=TermKind.CAUSE, unit=None).earliest("pk")
        domain = Term.objects.get(kind=TermKind.DOMAIN, key="databases")
        ledger = Service.objects.get(slug="ledger")
    for term in (theirs, cause):
        refused = plan(api, [team(desks, "by-domain", term)])
        assert [(each["code"], each["path"][-1]) for each in refused["errors"]] == [("INVALID", "domainId")]
        assert signed_in("admin.payments").post(
            f"/admin/catalog/service/{ledger.pk}/change/", {"unit": ledger.unit_id, "domain": term.pk}
        ).status_code == 200  # fmt: skip
    assert plan(api, [team(desks, "by-domain", domain)], "responder.payments")["errors"][0]["code"] == "FORBIDDEN"
    with seeding():
        assert not ResponseTeam.objects.exists()
        assert Service.objects.get(slug="ledger").domain_id == domain.pk

    assert plan(api, [team(desks, "by-domain", domain)])["teams"] == [{"domain": {"key": "databases"}}]
    page = signed_in("admin.payments").get("/units/payments/severity").content.decode()
    assert "domain Databases" in page
