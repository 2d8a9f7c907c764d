"""A drill proves who can be reached by what: each verified method gets its own harmless message, and its own code."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from hub.delivery import sending
from hub.delivery.models import ContactKind, ContactMethod, Message
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import Forbidden, Invalid, NotFound
from hub.lib.identity import SYSTEM, Actor
from hub.lib.week import minute_of
from hub.oncall.models import Schedule
from hub.reach import actions
from hub.reach.models import Drill, Probe, ProbeState
from tenants.access import held_now
from tenants.models import AuditEntry, BusinessUnit, Person, RoleAssignment
from tests.conftest import SignedIn, seeding
from tests.delivery.conftest import mail, mail_address, method_of
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs
from tests.services.smtp import SmtpServer

__all__ = ["api", "mail", "mail_address"]

pytestmark = pytest.mark.django_db
ActorNamed = Callable[[str], Actor]
ADMIN, TWO, NONE, NOWHERE = "admin.payments", "commander.payments", "responder.payments", "observer.payments"
CONFIRM = """mutation($code: String!) { confirmDrill(input: {code: $code}) { __typename
  ... on DrillProbe { state isVerified } ... on MutationErrors { errors { code } } } }"""


def unit_id(slug: str = "payments") -> int:
    with seeding():
        return BusinessUnit.objects.get(slug=slug).pk


def held(actor: ActorNamed) -> Drill:
    """A drill of Payments, sent: one has two methods, one cannot be reached by anything, and the others none."""
    method_of(TWO, ContactKind.EMAIL, "first@example.org")
    method_of(TWO, ContactKind.EMAIL, "second@example.org", position=1)
    with seeding():
        Person.objects.filter(username=NOWHERE).update(email="")
    drill = actions.start_drill(actor=actor(ADMIN), unit_id=unit_id())
    run_jobs()
    actions.settle_probes(actor=SYSTEM)
    return drill


def code_in(smtp: SmtpServer, address: str) -> str:
    (told,) = smtp.sent_to(address)
    found = re.search(r"code is (\d{3} \d{3} \d{3})", told.subject)
    assert found is not None
    assert told.subject.startswith("DRILL of Payments, nothing has happened")
    return found[1]


def states(drill: Drill) -> dict[tuple[str, str], str]:
    with seeding():
        found = Probe.objects.filter(drill=drill).select_related("person", "method")
        return {(each.person.username, each.method.address if each.method else ""): each.state for each in found}


@pytest.mark.usefixtures("mail")
def test_each_way_is_tried_confirmed_and_accounted_for(
    actor: ActorNamed, smtp: SmtpServer, client: Client, api: ApiOf, signed_in: SignedIn
) -> None:
    with seeding():
        before = Incident.objects.count()
    drill = held(actor)
    assert states(drill)[TWO, "first@example.org"] == ProbeState.SENT
    assert states(drill)[NOWHERE, ""] == ProbeState.NO_WAY
    assert (len(smtp.sent_to("first@example.org")), len(smtp.sent_to("second@example.org"))) == (1, 1)
    answer = client.post("/call", {"code": code_in(smtp, "first@example.org")}).content.decode()
    assert "This reaches you" in answer
    other = api(NONE).ask(CONFIRM, code=code_in(smtp, "second@example.org")).data["confirmDrill"]
    assert other["errors"] == [{"code": "NOT_FOUND"}]
    own = api(NONE).ask(CONFIRM, code=code_in(smtp, "responder.payments@meridian.example")).data["confirmDrill"]
    assert own == {"__typename": "DrillProbe", "state": "CONFIRMED", "isVerified": False}

    admin = signed_in(ADMIN)
    page = admin.get(f"/drills/{drill.pk}").content.decode()
    assert "second@example.org" not in page
    assert "No way to reach them" in page
    assert re.search(r"Definitions, version \d+\. \d+ people were tried, of whom \d+ % have", page)
    file = admin.get(f"/drills/{drill.pk}.csv")
    assert file["Content-Type"].startswith("text/csv")
    rows = {(row["Person"], row["State"]) for row in csv.DictReader(io.StringIO(file.content.decode()))}
    assert {
        ("Jonas Weber", "Confirmed"),
        ("Jonas Weber", "Sent, not confirmed"),
        ("Luca Marino", "Confirmed"),
        ("Clara Hoffmann", "No way to reach them"),
    } <= rows
    with seeding():
        sent = Message.objects.filter(dedupe_key__startswith="drill:")
        assert (sent.filter(is_page=True).count(), Incident.objects.count()) == (0, before)
        assert AuditEntry.objects.filter(verb="confirm_drill").count() == 2
    actions.send_drill(actor=SYSTEM, drill_id=drill.pk)
    run_jobs()
    assert len(smtp.sent_to("first@example.org")) == 1


@pytest.mark.usefixtures("mail")
def test_quiet_hours_hold_and_are_said(actor: ActorNamed, smtp: SmtpServer) -> None:
    with seeding():
        schedule = Schedule.objects.get(slug="payments-commanders")
        ContactMethod.objects.create(
            person=Person.objects.get(username=TWO),
            kind=ContactKind.EMAIL,
            address="quiet@example.org",
            quiet_hours=[[0, 7 * 24 * 60]],
            verified_at=clock.now(),
        )
    drill = actions.start_drill(actor=actor(ADMIN), schedule_id=schedule.pk)
    run_jobs()
    actions.settle_probes(actor=SYSTEM)
    with seeding():
        quiet = Probe.objects.get(drill=drill, person__username=TWO)
        people = set(Probe.objects.filter(drill=drill).values_list("person__username", flat=True))
    assert (quiet.state, quiet.reason, smtp.sent_to("quiet@example.org")) == (
        ProbeState.FAILED,
        "Its person has quiet hours.",
        [],
    )
    assert people == {"commander.payments", "commander2.payments"}


@pytest.mark.usefixtures("mail")
def test_what_is_quiet_until_the_drill_is_over_goes_out_no_more(actor: ActorNamed, smtp: SmtpServer) -> None:
    method = method_of(TWO, ContactKind.EMAIL, "quiet@example.org")
    now = clock.now()
    with seeding():
        Person.objects.filter(username=TWO).update(time_zone="UTC")
        quiet = [[minute_of(now, "UTC"), minute_of(now, "UTC") + 120]]
        ContactMethod.objects.filter(pk=method.pk).update(quiet_hours=quiet)
        schedule = Schedule.objects.get(slug="payments-commanders")
    drills = [actions.start_drill(actor=actor(ADMIN), schedule_id=schedule.pk, hours=hours) for hours in (1, 3)]
    run_jobs()
    actions.settle_probes(actor=SYSTEM)
    with seeding():
        probes = Probe.objects.filter(person__username=TWO, drill__in=drills).order_by("drill_id")
        assert [each.state for each in probes] == [ProbeState.WAITING] * 2
        Message.objects.filter(pk__in=probes.values("message")).update(due_at=now - timedelta(days=1))

    with clock.at(now + timedelta(hours=2)):
        sending.sweep()
        run_jobs()
        actions.settle_probes(actor=SYSTEM)

    with seeding():
        assert [(each.state, each.reason) for each in probes.all()] == [
            (ProbeState.FAILED, "The drill ended before it went out."),
            (ProbeState.SENT, ""),
        ]
    assert len(smtp.sent_to("quiet@example.org")) == 1


def test_who_does_not_administer_the_unit_begins_and_sees_none(
    actor: ActorNamed, api: ApiOf, signed_in: SignedIn
) -> None:
    with seeding():
        drill = Drill.objects.get(unit__slug="payments")
        count = Drill.objects.count()
    for who, error in ((TWO, Forbidden), ("outsider.logistics", Forbidden), ("admin.payments", Invalid)):
        with pytest.raises(error):
            actions.start_drill(actor=actor(who), unit_id=unit_id(), hours=99 if error is Invalid else 24)
    with pytest.raises(NotFound):
        actions.start_drill(actor=actor("outsider.logistics"), schedule_id=10**9)
    assert signed_in(NONE).get(f"/drills/{drill.pk}.csv").status_code == 404
    asked = "query($id: [ID!]) { drills(filters: {id: $id}) { edges { node { name probes { state } } } } }"
    about = {"id": [global_id("Drill", drill)]}
    assert api(NONE).ask(asked, **about).data["drills"]["edges"] == []
    (seen,) = api(TWO).ask(asked, **about).data["drills"]["edges"]
    assert len(seen["node"]["probes"]) == 7
    with seeding():
        assert Drill.objects.count() == count


@pytest.mark.usefixtures("mail")
def test_a_drill_of_a_role_reaches_those_who_hold_it_in_the_unit(
    actor: ActorNamed, api: ApiOf, signed_in: SignedIn
) -> None:
    start = """mutation($input: StartDrillInput!) { startDrill(input: $input) { __typename
      ... on Drill { name roleKey } ... on MutationErrors { errors { code path } } } }"""
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        schedule = Schedule.objects.get(slug="payments-commanders")
        count = Drill.objects.count()
    about = {"unitId": global_id("BusinessUnit", unit), "roleKey": "commander"}
    for who, given, refused in (
        (TWO, about, ("FORBIDDEN", [])),
        (ADMIN, {**about, "roleKey": "no-such-role"}, ("INVALID", ["input", "roleKey"])),
        (
            ADMIN,
            {"scheduleId": global_id("Schedule", schedule), "roleKey": "commander"},
            ("INVALID", ["input", "roleKey"]),
        ),
    ):
        payload = api(who).ask(start, input=given).data["startDrill"]
        assert [(each["code"], each["path"]) for each in payload["errors"]] == [refused]
    with seeding():
        assert Drill.objects.count() == count
    made = api(ADMIN).ask(start, input=about).data["startDrill"]
    assert (made["__typename"], made["roleKey"]) == ("Drill", "commander")
    assert made["name"].startswith("Payments: ")
    page = signed_in(ADMIN).post("/drills", {"whom": f"unit:{unit.pk}", "role": "responder", "hours": "2"})
    assert page.status_code == 302
    run_jobs()
    with seeding():
        tried = [
            set(Probe.objects.filter(drill__role_key=key).values_list("person__username", flat=True))
            for key in ("commander", "responder")
        ]
        held = [
            set(
                RoleAssignment.objects.filter(
                    held_now(), role__key=key, unit__lineage__contains=[unit.pk], person__is_active=True,
                    person__is_service=False,
                ).values_list("person__username", flat=True)
            )
            for key in ("commander", "responder")
        ]  # fmt: skip
    assert tried == held
    assert TWO in tried[0] - tried[1]


@pytest.mark.usefixtures("mail")
def test_it_is_begun_on_its_page(signed_in: SignedIn) -> None:
    admin = signed_in(ADMIN)
    assert "Write to everybody" not in signed_in(TWO).get("/drills").content.decode()
    assert admin.post("/drills", {"whom": "unit:999999", "hours": "2"}).status_code == 422
    made = admin.post("/drills", {"whom": f"unit:{unit_id()}", "hours": "2"})
    assert made.status_code == 302
    run_jobs()
    assert "Account&#x27;s e-mail" in admin.get(made["Location"]).content.decode()
