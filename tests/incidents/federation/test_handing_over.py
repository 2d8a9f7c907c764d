"""Handing an incident to another unit: it stays where it is until that unit accepts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from hub.delivery.models import Message
from hub.incidents import actions
from hub.incidents.actions.handing_over import expire_hand_overs
from hub.incidents.fields import Given
from hub.incidents.models import HandOver, Incident, IncidentRole, RoleKind, Severity, TimelineEntry
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from tenants.actions import Meaning, map_terms
from tenants.models import AuditEntry, BusinessUnit, Person, Term, TermKind, TermRelation
from tests.conftest import seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.incidents.graphql.conftest import nothing_changed
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
OFFER = "... on HandOver { id state answer toUnit { slug } incident { id } }"


@pytest.fixture
def incident(actor: ActorNamed) -> Incident:
    """Of Retail, commanded by commander.retail and with responder.retail on it."""
    with seeding():
        retail = BusinessUnit.objects.get(slug="retail")
        commander = Person.objects.get(username="commander.retail")
    declared = actions.declare_incident(
        actor=actor("responder.retail"), title="Vouchers fail", severity=Severity.SEV3, unit_id=retail.pk
    )
    actions.assign_role(
        actor=actor("responder.retail"), incident_id=declared.pk, role=RoleKind.COMMANDER, person_id=commander.pk
    )
    run_jobs()
    return now(declared)


def now(incident: Incident) -> Incident:
    with seeding():
        return Incident.objects.select_related("unit", "commander").get(pk=incident.pk)


def offered(giver: Api, incident: Incident, **given: Any) -> Any:
    with seeding():
        payments = BusinessUnit.objects.get(slug="payments")
    given = {"toUnitId": global_id("BusinessUnit", payments), "reason": "The wallet refuses them", **given}
    return giver.change("offerHandOver", OFFER, incidentId=global_id("Incident", incident), **given).data[
        "offerHandOver"
    ]


def who_commands(slug: str) -> list[str]:
    """Who is on call now for what commands the unit's services."""
    with acting_as(SYSTEM):
        schedules = Schedule.objects.filter(commands__unit__slug=slug).distinct()
        found = oncall.who_answers(SYSTEM, [each.pk for each in schedules], clock.now())
        return [person.username for person in found.values()]


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer.get("errors", [])]


def lines(incident: Incident) -> list[str]:
    with seeding():
        return list(TimelineEntry.objects.filter(incident=incident).order_by("id").values_list("body", flat=True))


def test_an_offer_changes_nothing_and_tells_the_receiver(api: ApiOf, incident: Incident) -> None:
    offer = offered(api("commander.retail"), incident)
    run_jobs()

    assert offer["state"] == "OFFERED"
    still = now(incident)
    assert (still.unit.slug, still.commander_id) == ("retail", incident.commander_id)
    seen = api("commander.payments").ask("{ handOvers { edges { node { id title incident { id } } } } }").data
    mine = [each["node"] for each in seen["handOvers"]["edges"] if each["node"]["id"] == offer["id"]]
    assert mine == [{"id": offer["id"], "title": "Vouchers fail", "incident": None}]
    with seeding():
        told = Message.objects.filter(subject__contains="Retail offers it to you").values_list("person__username")
        assert ("commander.payments",) in told
        assert ("commander.retail",) not in told
        on_call = who_commands("payments")
        pages = told.filter(is_page=True).values_list("person__username", flat=True)
        assert set(pages) == set(on_call) & {name for (name,) in told}
        assert pages


def test_acceptance_moves_it_with_all_that_belongs_to_it(api: ApiOf, incident: Incident) -> None:
    offer = offered(api("commander.retail"), incident)

    taken = api("commander.payments").change(
        "acceptHandOver",
        "... on Incident { id reference unit { slug } commander { username } }",
        handOverId=offer["id"],
    )
    run_jobs()

    assert taken.data["acceptHandOver"] == {
        "__typename": "Incident",
        "id": global_id("Incident", incident),
        "reference": incident.reference,
        "unit": {"slug": "payments"},
        "commander": {"username": "commander.payments"},
    }
    with seeding():
        assert set(TimelineEntry.objects.filter(incident=incident).values_list("unit__slug", flat=True)) == {"payments"}
        held = IncidentRole.objects.filter(incident=incident, ended_at=None)
        assert [each.person.username for each in held] == ["commander.payments"]
        assert Message.objects.filter(person__username="commander.retail", subject__endswith="accepted").exists()
        assert AuditEntry.objects.filter(verb="accept_hand_over").count() == 1
    gone = api("commander.retail").ask(f'{{ node(id: "{global_id("Incident", incident)}") {{ id }} }}')
    assert gone.data["node"] is None
    outcome = api("commander.retail").ask(f'{{ node(id: "{offer["id"]}") {{ ... on HandOver {{ state }} }} }}')
    assert outcome.data["node"] == {"state": "ACCEPTED"}
    again = api("commander.payments").change("acceptHandOver", "__typename", handOverId=offer["id"])
    assert codes(again.data["acceptHandOver"]) == ["CONFLICT"]


def test_a_refusal_leaves_it_where_it_is_and_says_why(api: ApiOf, incident: Incident) -> None:
    offer = offered(api("commander.retail"), incident)
    payments = api("commander.payments")
    silent = payments.change("refuseHandOver", "__typename", handOverId=offer["id"], reason=" ")
    assert codes(silent.data["refuseHandOver"]) == ["INVALID"]

    refused = payments.change("refuseHandOver", OFFER, handOverId=offer["id"], reason="Your cart sends the code twice")
    run_jobs()

    assert refused.data["refuseHandOver"]["state"] == "REFUSED"
    assert now(incident).unit.slug == "retail"
    assert now(incident).commander_id == incident.commander_id
    assert lines(incident)[-1] == "Payments refused it (Jonas Weber): Your cart sends the code twice"
    with seeding():
        assert Message.objects.filter(person__username="commander.retail", subject__endswith="refused").exists()
    assert offered(api("commander.retail"), incident)["state"] == "OFFERED"


def test_an_offer_is_withdrawn_by_its_giver(api: ApiOf, incident: Incident) -> None:
    offer = offered(api("commander.retail"), incident)
    foreign = api("commander.payments").change("withdrawHandOver", "__typename", handOverId=offer["id"])
    assert codes(foreign.data["withdrawHandOver"]) == ["NOT_FOUND"]

    api("commander.retail").change("withdrawHandOver", "__typename", handOverId=offer["id"], reason="Found it")

    late = api("commander.payments").change("acceptHandOver", "__typename", handOverId=offer["id"])
    assert codes(late.data["acceptHandOver"]) == ["CONFLICT"]
    assert now(incident).unit.slug == "retail"
    assert lines(incident)[-1] == "The offer to Payments was withdrawn: Found it"


def test_an_offer_expires_and_the_incident_stays(api: ApiOf, incident: Incident) -> None:
    offer = offered(api("commander.retail"), incident, expiresInMinutes=5)

    with clock.at(clock.now() + timedelta(minutes=6)):
        late = api("commander.payments").change("acceptHandOver", "__typename", handOverId=offer["id"])
        assert codes(late.data["acceptHandOver"]) in (["CONFLICT"], [])
        expire_hand_overs()
        run_jobs()

    with seeding():
        assert HandOver.objects.get(incident=incident).state == "expired"
    assert now(incident).unit.slug == "retail"
    assert lines(incident)[-1] == "Payments did not answer the offer in time: it stays with Retail"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reason": ""}, "INVALID"),
        ({"toUnitId": "retail"}, "INVALID"),
        ({"toUnitId": global_id("BusinessUnit", 10**12)}, "NOT_FOUND"),
        ({"expiresInMinutes": 1}, "INVALID"),
        ({"expiresInMinutes": 99_999}, "INVALID"),
    ],
)
def test_a_bad_offer_changes_nothing(api: ApiOf, incident: Incident, given: dict[str, Any], code: str) -> None:
    if given.get("toUnitId") == "retail":
        given = {"toUnitId": global_id("BusinessUnit", incident.unit)}
    giver = api("commander.retail")
    with nothing_changed():
        answer = offered(giver, incident, **given)

    assert codes(answer) == [code]


def test_what_is_over_restricted_or_offered_is_not_offered(api: ApiOf, incident: Incident, actor: ActorNamed) -> None:
    offered(api("commander.retail"), incident)
    assert codes(offered(api("commander.retail"), incident)) == ["CONFLICT"]
    actions.restrict_incident(actor=actor("commander.retail"), incident_id=incident.pk, reason="Few")

    [error] = offered(api("commander.retail"), incident)["errors"]
    assert (error["code"], "is restricted" in error["message"]) == ("CONFLICT", True)
    seen = api("commander.payments").ask("{ handOvers(first: 100) { edges { node { title } } } }").data
    assert "Vouchers fail" not in str(seen)
    with seeding():
        assert HandOver.objects.get(incident=incident).state == "withdrawn"


def test_what_the_givers_own_fields_said_stays_in_words(api: ApiOf, actor: ActorNamed) -> None:
    with seeding():
        payments, retail = BusinessUnit.objects.get(slug="payments"), BusinessUnit.objects.get(slug="retail")
    declared = actions.declare_incident(
        actor=actor("commander.payments"), title="Terminals fail", severity=Severity.SEV3, unit_id=payments.pk,
        fields=[Given("affected-terminals", 12), Given("card-scheme", "Debit")],
    )  # fmt: skip
    offer = offered(api("commander.payments"), declared, toUnitId=global_id("BusinessUnit", retail))

    taken = api("commander.retail").change(
        "acceptHandOver", "... on Incident { unit { slug } fields { __typename } }", handOverId=offer["id"]
    )

    assert taken.data["acceptHandOver"] == {"__typename": "Incident", "unit": {"slug": "retail"}, "fields": []}
    said = "What Payments's own fields said: Affected terminals: 12; Card scheme: Debit"
    assert said in lines(declared)


@pytest.mark.parametrize(("relation", "stays"), [("equal", True), ("narrower", True), ("overlapping", False)])
def test_what_the_givers_own_type_means_goes_with_it(
    api: ApiOf, actor: ActorNamed, relation: TermRelation, stays: bool
) -> None:
    with seeding():
        payments, retail = BusinessUnit.objects.get(slug="payments"), BusinessUnit.objects.get(slug="retail")
        meant = Term.objects.filter(kind=TermKind.INCIDENT_TYPE, unit=None, retired_at=None)[0]
        own = Term.objects.create(
            kind=TermKind.INCIDENT_TYPE, unit=payments, key="terminals-dark", name="Dark terminals"
        )
    strength = Decimal(1) if relation == "equal" else Decimal("0.7")
    map_terms(
        actor=actor("admin.payments"),
        unit_id=payments.pk,
        meanings=[Meaning(own.pk, meant.pk, TermRelation(relation), strength)],
    )
    declared = actions.declare_incident(
        actor=actor("commander.payments"), title="Terminals fail", severity=Severity.SEV3, unit_id=payments.pk,
        incident_type_id=own.pk,
    )  # fmt: skip
    offer = offered(api("commander.payments"), declared, toUnitId=global_id("BusinessUnit", retail))

    api("commander.retail").change("acceptHandOver", "... on Incident { id }", handOverId=offer["id"])

    assert now(declared).incident_type_id == (meant.pk if stays else None)
    assert "What Payments's own fields said: Type: Dark terminals" in lines(declared)


def test_the_receivers_ownership_decides_who_commands(api: ApiOf, incident: Incident) -> None:
    with seeding():
        health = BusinessUnit.objects.get(slug="health")
        schedule = Schedule.objects.get(slug="group-duty")
        duty = oncall.on_call(Actor(None), [schedule.pk], clock.now())[schedule.pk].people[0]
    offer = offered(api("commander.retail"), incident, toUnitId=global_id("BusinessUnit", health))

    api("commander.health").change("acceptHandOver", "__typename", handOverId=offer["id"])

    assert (now(incident).unit.slug, now(incident).commander_id) == ("health", duty)


def test_nobody_moves_an_incident_past_the_receivers_word(api: ApiOf, incident: Incident, actor: ActorNamed) -> None:
    offer = offered(api("commander.retail"), incident)
    with seeding():
        payments = BusinessUnit.objects.get(slug="payments")
        key = HandOver.objects.get(incident=incident).pk
    for username in ("lead.emea", "coordinator", "commander.retail"):
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor(username)):
            Incident.objects.filter(pk=incident.pk).update(unit=payments)
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("commander.retail")):
        HandOver.objects.filter(pk=key).update(state="accepted", decided_at=clock.now())
    reader = api("responder.payments").change("acceptHandOver", "__typename", handOverId=offer["id"])

    assert codes(reader.data["acceptHandOver"]) == ["FORBIDDEN"]
    assert now(incident).unit.slug == "retail"


def test_the_page_shows_the_offer_and_accepts_it(incident: Incident, api: ApiOf) -> None:
    offered(api("commander.retail"), incident)
    client = Client()
    with seeding():
        receiver = Person.objects.get(username="commander.payments")
        key = HandOver.objects.get(incident=incident).pk
    client.force_login(receiver, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get("/incidents/between-units").content.decode()
    assert "Retail offers it to Payments: The wallet refuses them" in page
    answer = client.post(f"/incidents/between-units/{key}/accept")

    assert (answer.status_code, answer["Location"]) == (302, f"/incidents/{incident.reference}")
    assert "Handed over from Retail to Payments" in client.get(answer["Location"]).content.decode()
