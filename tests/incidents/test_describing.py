"""What an incident says of itself after its declaration, in the words of its unit, on pages and over the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.incidents import actions
from hub.incidents.models import Incident, IncidentRole, ResponsePlan, TimelineEntry
from hub.lib import clock
from hub.lib.identity import Actor
from hub.live.models import OutboxEntry
from hub.oncall.models import Schedule
from tenants.models import AuditEntry, BusinessUnit, Person, Term, TermName, UnitPolicy
from tests.conftest import SignedIn, seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db


def unit(slug: str = "payments") -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug=slug)


def term(key: str, slug: str | None = None) -> Term:
    with seeding():
        return Term.objects.get(key=key, unit__slug=slug) if slug else Term.objects.get(key=key, unit=None)


def declared(own: Api, slug: str = "payments", **more: Any) -> Incident:
    given = {"title": "Described", "severity": "SEV3", "unitId": global_id("BusinessUnit", unit(slug)), **more}
    answer = own.change("declareIncident", "... on Incident { reference }", **given).data["declareIncident"]
    return incident(answer["reference"])


def incident(reference: str) -> Incident:
    with seeding():
        return Incident.objects.select_related("incident_type", "service").get(reference=reference)


def describe(own: Api, of: Incident, **said: Any) -> dict[str, Any]:
    answer = own.change(
        "describeIncident",
        "... on Incident { summary service { slug } incidentType { key label } }",
        incidentId=global_id("Incident", of),
        **said,
    )
    found: dict[str, Any] = answer.data["describeIncident"]
    return found


def refused(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["path"]) for each in answer["errors"]]


def written() -> list[Any]:
    with seeding():
        newest = Incident.objects.order_by("-id").values()[:3]
        return [list(newest), *(each.objects.count() for each in (TimelineEntry, OutboxEntry, AuditEntry))]


def test_what_a_stage_demands_can_be_said_when_it_is_known(api: ApiOf) -> None:
    with seeding():
        UnitPolicy.objects.update_or_create(
            unit=unit(),
            defaults={
                "requirements": {"summary": "resolved", "service": "resolved", "incident_type": "resolved"},
                "changed_at": clock.now(),
            },
        )
        ledger = Service.objects.get(slug="ledger")
    own = api("responder.payments")
    found = declared(own)
    key = global_id("Incident", found)

    missing = own.change("resolveIncident", "", incidentId=key).data["resolveIncident"]
    assert sorted(refused(missing)) == [
        ("INVALID", ["input", "incidentTypeId"]),
        ("INVALID", ["input", "serviceId"]),
        ("INVALID", ["input", "summary"]),
    ]

    said = {
        "summary": "Cards are declined",
        "serviceId": global_id("Service", ledger),
        "incidentTypeId": global_id("Term", term("card-outage", "payments")),
    }
    assert describe(own, found, **said) == {
        "__typename": "Incident",
        "summary": "Cards are declined",
        "service": {"slug": "ledger"},
        "incidentType": {"key": "card-outage", "label": "Card outage"},
    }
    with seeding():
        entry = TimelineEntry.objects.filter(incident=found).latest("id")
        assert entry.body == "Summary: Cards are declined\nService: Ledger\nType: Card outage"
        (trail,) = AuditEntry.objects.filter(object_id=found.pk, verb="describe_incident")
        assert sorted(trail.change) == ["incident_type", "service", "summary"]
        events = OutboxEntry.objects.filter(incident_id=found.pk, type="IncidentDescribed")
        assert [each.payload["what"] for each in events] == [["incident_type", "service", "summary"]]
    before = written()
    assert describe(own, found, **said)["__typename"] == "Incident"
    assert written() == before
    run_jobs()
    resolved = own.change("resolveIncident", "... on Incident { status }", incidentId=key).data["resolveIncident"]
    assert resolved["status"] == "RESOLVED"

    # What its stage needs is not taken back, and a closed one stays as it is.
    before = written()
    assert refused(describe(own, found, incidentTypeId=None)) == [("INVALID", ["input", "incidentTypeId"])]
    assert written() == before
    api("commander.payments").change("closeIncident", "", incidentId=key)
    before = written()
    assert refused(describe(own, found, summary="Too late")) == [("CONFLICT", [])]
    assert written() == before


@pytest.mark.parametrize(
    ("username", "said", "code"),
    [
        ("observer.payments", {"summary": "x"}, "FORBIDDEN"),
        ("outsider.logistics", {"summary": "x"}, "NOT_FOUND"),
        # A word of another unit's, one of another kind, and no service.
        ("responder.payments", {"incidentTypeId": ("site-down", "logistics")}, "NOT_FOUND"),
        ("responder.payments", {"incidentTypeId": ("sev1", None)}, "NOT_FOUND"),
        ("responder.payments", {"serviceId": 10**9}, "NOT_FOUND"),
    ],
)
def test_who_may_not_or_says_what_is_not_there_changes_nothing(
    api: ApiOf, username: str, said: dict[str, Any], code: str
) -> None:
    found = declared(api("commander.payments"))
    given = {name: named(value) for name, value in said.items()}
    own = api(username)
    before = written()

    ((told, path),) = refused(describe(own, found, **given))

    assert told == code
    if username == "responder.payments":
        assert path == ["input", *said]
    assert written() == before


def named(value: str | int | tuple[str, str | None]) -> str:
    """A text as it is, a service by its number, a term by its key and unit."""
    if isinstance(value, tuple):
        return global_id("Term", term(*value))
    return global_id("Service", value) if isinstance(value, int) else value


def test_the_kind_that_it_turns_out_to_be_brings_whom_a_plan_engages_for_it(
    api: ApiOf, actor: Callable[[str], Actor]
) -> None:
    # For the global term: what the unit calls otherwise and means it is of that kind, too.
    outage, availability = term("card-outage", "payments"), term("availability")
    with seeding():
        ResponsePlan.objects.all().delete()
        schedule = global_id("Schedule", Schedule.objects.get(slug="payments-commanders"))
    team = {"scheduleId": schedule, "incidentTypeId": global_id("Term", availability), "role": "TECHNICAL_LEAD"}
    api("admin.payments").change(
        "setResponsePlan", "", unitId=global_id("BusinessUnit", unit()), severity="SEV3", teams=[team]
    )
    own = api("responder.payments")
    found = declared(own)
    run_jobs()

    def leads(of: Incident) -> int:
        with seeding():
            return IncidentRole.objects.filter(incident=of, kind="technical_lead", ended_at=None).count()

    assert leads(found) == 0
    describe(own, found, incidentTypeId=global_id("Term", term("data")))
    run_jobs()
    assert leads(found) == 0
    describe(own, found, incidentTypeId=global_id("Term", outage))
    run_jobs()
    assert leads(found) == 1

    # Nobody to what is open to grants alone.
    commander = api("commander.payments")
    secret = declared(commander)
    actions.restrict_incident(actor=actor("commander.payments"), incident_id=secret.pk, reason="Few")
    assert describe(commander, secret, incidentTypeId=global_id("Term", outage))["incidentType"]["key"] == "card-outage"
    run_jobs()
    assert leads(secret) == 0


def options(page: str, name: str) -> list[str]:
    select = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
    return re.findall(r"<option[^>]*>([^<]*)</option>", select[0]) if select else []


def test_a_units_own_words_are_there_where_an_incident_is_declared_and_read(signed_in: SignedIn) -> None:
    browser = signed_in("commander.media")
    media = unit("media")
    fields = browser.get("/incidents/declare/fields", {"unit": media.pk}).content.decode()
    assert {"Stream trouble", "Availability"} <= set(options(fields, "type"))
    assert options(fields, "word") == ["No word of its own", "Blackout (SEV1)", "Degraded (SEV2)", "Blip (SEV4)"]
    # No other unit's words, and none before a unit is chosen.
    assert not {"Card outage", "Site down"} & set(options(fields, "type"))
    assert options(browser.get("/incidents/declare").content.decode(), "word") == []

    def declare(**said: str) -> Any:
        return browser.post("/incidents/declare", {"title": "Screens are black", "unit": str(media.pk), **said})

    kind, blackout = term("stream-trouble", "media"), term("blackout", "media")
    answer = declare(severity="sev3", type=str(kind.pk), word=str(blackout.pk))
    found = incident(answer["Location"].rsplit("/", 1)[1])
    assert (found.severity, found.local_severity_id, found.incident_type_id) == ("sev1", blackout.pk, kind.pk)
    room = browser.get(answer["Location"]).content.decode()
    assert "SEV1</b> Blackout</span>" in room
    assert "<dt>Type</dt><dd>Stream trouble</dd>" in room
    row = browser.get("/incidents/?view=all").content.decode()
    assert 'title="Blackout"' in row[row.index(f'id="incident-{found.pk}"') :][:400]

    # And in what its people are told.
    browser.post(f"{answer['Location']}/roles", {"role": "scribe", "person": "responder.media"})
    run_jobs()
    with seeding():
        told = Message.objects.filter(incident_id=found.pk, person__username="responder.media").latest("id")
    assert "SEV1 Critical, “Blackout”" in str(told.letter)

    graver = declare(severity="sev2", word=str(term("blip", "media").pk))
    assert incident(graver["Location"].rsplit("/", 1)[1]).severity == "sev2"
    assert declare(severity="sev3", type=str(term("card-outage", "payments").pk)).status_code == 422


def test_what_it_is_can_be_said_on_its_page(api: ApiOf, signed_in: SignedIn) -> None:
    found = declared(api("commander.payments"))
    path = f"/incidents/{found.reference}"
    browser: Client = signed_in("responder.payments")
    kinds = options(browser.get(path).content.decode(), "type")
    assert {"Card outage", "Availability"} <= set(kinds)

    said = {"summary": "Nobody can pay", "service": "", "type": str(term("card-outage", "payments").pk)}
    before = written()
    assert signed_in("observer.payments").post(f"{path}/description", said).status_code == 403
    assert signed_in("outsider.logistics").post(f"{path}/description", said).status_code == 404
    assert written() == before
    assert browser.post(f"{path}/description", said)["Location"] == path
    assert str(incident(found.reference).incident_type) == "Card outage"
    assert incident(found.reference).summary == "Nobody can pay"
    assert options(signed_in("observer.payments").get(path).content.decode(), "type") == []


def test_pages_call_terms_as_their_reader_and_their_unit_do(api: ApiOf, signed_in: SignedIn) -> None:
    availability = term("availability")
    own = declared(api("responder.payments"), incidentTypeId=global_id("Term", availability))
    elsewhere = declared(api("commander.health"), "health", incidentTypeId=global_id("Term", availability))
    with seeding():
        name = TermName.objects.get(term=availability, unit__slug="payments", language="de").name

    def head(username: str, of: Incident) -> str:
        page = signed_in(username).get(f"/incidents/{of.reference}/head").content.decode()
        return str(re.findall(r"<dt>Type</dt><dd>([^<]*)</dd>", page)[0])

    # The reader's language wins, then what the unit calls it, then the global word.
    assert head("observer.payments", own) == name == "Zahlung nicht möglich"
    assert head("responder.payments", own) == "Availability"
    assert head("commander.health", elsewhere) == "Clinical service unavailable"
    fields = signed_in("commander.health").get("/incidents/declare/fields", {"unit": unit("health").pk})
    assert "Clinical service unavailable" in options(fields.content.decode(), "type")


def test_letters_call_terms_as_their_reader_and_their_unit_do(api: ApiOf) -> None:
    availability, blackout = term("availability"), term("blackout", "media")
    readers = {"responder.media": "de", "responder2.media": "fr", "admin.media": "en"}
    with seeding():
        for username, language in readers.items():
            Person.objects.filter(username=username).update(language=language)
        TermName.objects.create(term=blackout, unit=unit("media"), language="de", name="Sendeausfall")
        people = {username: Person.objects.get(username=username) for username in readers}
    own = api("commander.media")
    said = {"incidentTypeId": global_id("Term", availability), "localSeverityId": global_id("Term", blackout)}
    found = declared(own, "media", severity="SEV1", **said)
    for person in people.values():
        given = {
            "incidentId": global_id("Incident", found),
            "role": "RESPONDER",
            "personId": global_id("Person", person),
        }
        assert "errors" not in own.change("assignRole", "... on Incident { id }", **given).data["assignRole"]
    run_jobs()

    def facts(username: str) -> tuple[str, str]:
        with seeding():
            letter = Message.objects.filter(person=people[username], incident_id=found.pk).latest("id").letter
        told = dict((letter or {})["facts"])
        return told["Severity"].split(" – ")[0], told["Type"]

    assert {username: facts(username) for username in readers} == {
        "responder.media": ("SEV1 Kritisch, “Sendeausfall”", "Verfügbarkeit"),
        "responder2.media": ("SEV1 Critical, “Blackout”", "Disponibilité"),
        "admin.media": ("SEV1 Critical, “Blackout”", "Availability"),
    }


def test_a_figure_says_what_was_said_late(api: ApiOf) -> None:
    """What a unit calls it later counts as if it had been called so from its declaration on."""
    found = declared(api("commander.payments"))
    query = """query ($since: DateTime!, $unit: ID!) {
      consolidated(kind: INCIDENT_TYPE, since: $since, unitIds: [$unit]) {
        byTerm { term { key } figures { declared } } } }"""
    since = (clock.now() - timedelta(minutes=1)).isoformat()

    def counted() -> dict[str | None, int]:
        answer = api("coordinator").ask(query, since=since, unit=global_id("BusinessUnit", unit()))
        rows = answer.data["consolidated"]["byTerm"]
        return {(row["term"] or {}).get("key"): row["figures"]["declared"] for row in rows}

    assert counted() == {None: 1}
    describe(api("commander.payments"), found, incidentTypeId=global_id("Term", term("card-outage", "payments")))
    assert counted() == {"availability": 1}
