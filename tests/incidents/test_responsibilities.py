"""Who does what about incidents: a unit's matrix, the people it leads to at declaration, and what it lacks."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.incidents.actions.duties import assign_duties, reassign_duties
from hub.incidents.models import Activity, Duty, Incident, IncidentRole, Part, RaciLine, Severity
from hub.incidents.raci import Line, lines_for
from hub.oncall.models import Schedule
from tenants.models import AuditEntry, BusinessUnit, Person
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db

LINES = "... on Responsibilities { lines { part schedule { slug } person { username } roleKey } }"


def unit(slug: str = "payments") -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug=slug)


def node(model: type[Schedule] | type[Person], **known: str) -> str:
    with seeding():
        return global_id(model.__name__, model.objects.get(**known))


def cell(own: Any, activity: str, *lines: dict[str, str], **more: Any) -> dict[str, Any]:
    answer = own.change(
        "setResponsibilities",
        LINES,
        unitId=global_id("BusinessUnit", unit()),
        activity=activity,
        lines=list(lines),
        **more,
    )
    said: dict[str, Any] = answer.data["setResponsibilities"]
    return said


def declared(own: Any, **more: Any) -> Incident:
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    answer = own.change(
        "declareIncident",
        "... on Incident { id reference }",
        **{"title": "Lags", "severity": "SEV2", "serviceId": global_id("Service", ledger), **more},
    )
    run_jobs()
    with seeding():
        return Incident.objects.get(reference=answer.data["declareIncident"]["reference"])


def test_at_declaration_it_leads_to_people_who_are_put_on_it_or_told(api: ApiOf) -> None:
    admin = api("admin.payments")
    on_call = {"scheduleId": node(Schedule, slug="payments-commanders")}
    observer = {"personId": node(Person, username="observer.payments")}
    for lines in ([{"part": "RESPONSIBLE", **on_call}, {"part": "ACCOUNTABLE", "roleKey": "unit_admin"}],):
        assert len(cell(admin, "RECORD", *lines)["lines"]) == 2
    cell(
        admin,
        "REVIEW",
        {"part": "RESPONSIBLE", **observer},
        {"part": "ACCOUNTABLE", "roleKey": "unit_admin"},
        {"part": "INFORMED", "personId": node(Person, username="outsider.logistics")},
    )

    incident = declared(api("responder.payments"))

    with seeding():
        scribe = IncidentRole.objects.get(incident=incident, kind="scribe", ended_at=None)
        told = Message.objects.filter(incident_id=incident.pk, subject__endswith="your part")
        assert scribe.reason.startswith("keeps the timeline, by on call for")
        assert {each.person.username for each in told} == {"admin.payments", "observer.payments"}
        assert not any(each.is_page for each in told)
        letter = told.get(person__username="admin.payments")
        assert "Leads the review afterwards" in letter.text
        assert "Keeps the timeline" in letter.text
        before = Duty.objects.filter(incident=incident).count(), Message.objects.count()
    assign_duties(incident_id=incident.pk)
    with seeding():
        assert (Duty.objects.filter(incident=incident).count(), Message.objects.count()) == before
    asked = api("observer.payments").ask(
        f'{{ incident(reference: "{incident.reference}") {{ duties {{ activity part person {{ username }} gap }}'
        " timeline(last: 30) { edges { node { body } } } } }"
    )
    outsider = next(each for each in asked.data["incident"]["duties"] if each["part"] == "INFORMED")
    assert (outsider["person"], "may not see" in outsider["gap"]) == (None, True)
    assert "The responsibility matrix leads to nobody." in str(asked.data["incident"]["timeline"])


def test_when_it_gets_graver_others_may_answer_for_it(api: ApiOf) -> None:
    admin, commander = api("admin.payments"), api("commander.payments")
    observer = {"personId": node(Person, username="observer.payments")}
    second = {"personId": node(Person, username="responder2.payments")}
    lead = {"personId": node(Person, username="commander.payments")}
    cell(admin, "REVIEW", {"part": "ACCOUNTABLE", **observer}, {"part": "INFORMED", **second})
    cell(admin, "REVIEW", {"part": "ACCOUNTABLE", **lead}, {"part": "INFORMED", **second}, severity="SEV1")
    cell(admin, "REPORT", {"part": "ACCOUNTABLE", "roleKey": "unit_admin"})
    incident = declared(api("responder.payments"))

    def graded(severity: str) -> None:
        commander.change(
            "changeSeverity",
            "... on Incident { id }",
            incidentId=global_id("Incident", incident),
            severity=severity,
            reason="Seen",
        )
        run_jobs()

    def parts() -> tuple[dict[str, list[str]], int]:
        asked = f'{{ incident(reference: "{incident.reference}") {{ duties {{ activity part endedAt'
        answer = commander.ask(asked + " person { username } } timeline(last: 40) { edges { node { body } } } } }")
        found: dict[str, list[str]] = {}
        for each in answer.data["incident"]["duties"]:
            if each["activity"] in ("REVIEW", "REPORT"):
                whose = f"{each['part'][0]} {each['person']['username']}"
                found.setdefault(each["activity"], []).append(whose + (" until then" if each["endedAt"] else ""))
        return {key: sorted(each) for key, each in found.items()}, str(answer.data).count("Other responsibilities hold")

    at_first = {"REVIEW": ["A observer.payments", "I responder2.payments"], "REPORT": ["A admin.payments"]}
    later = {
        "REVIEW": ["A commander.payments", "A observer.payments until then", "I responder2.payments"],
        "REPORT": ["A admin.payments"],
    }
    graded("SEV3")
    assert parts() == (at_first, 0)
    graded("SEV1")
    assert parts() == (later, 1)
    reassign_duties(incident_id=incident.pk)
    graded("SEV2")
    assert parts() == (later, 1)
    with seeding():
        told = Message.objects.filter(incident_id=incident.pk, subject__endswith="your part")
        names = sorted(told.values_list("person__username", flat=True))
        assert names == ["admin.payments", "commander.payments", "observer.payments", "responder2.payments"]


def test_a_restricted_incident_is_nobodys_by_a_matrix(api: ApiOf) -> None:
    cell(api("admin.payments"), "REVIEW", {"part": "ACCOUNTABLE", "roleKey": "unit_admin"})
    incident = declared(api("responder.payments"), restricted=True)
    with seeding():
        assert not Duty.objects.filter(incident=incident).exists()
        assert not Message.objects.filter(incident_id=incident.pk).exists()


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ([{"part": "RESPONSIBLE", "roleKey": "commander"}], ["lines"]),
        ([{"part": "ACCOUNTABLE", "roleKey": "commander"}, {"part": "ACCOUNTABLE", "roleKey": "responder"}], ["lines"]),
        ([{"part": "ACCOUNTABLE"}], ["lines", "0", "scheduleId"]),
        ([{"part": "ACCOUNTABLE", "roleKey": "king"}], ["lines", "0", "roleKey"]),
    ],
)
def test_exactly_one_is_accountable_and_each_line_names_one(
    api: ApiOf, lines: list[dict[str, str]], path: list[str]
) -> None:
    own = api("admin.payments")
    cell(own, "REPORT", {"part": "ACCOUNTABLE", "roleKey": "unit_admin"})
    with seeding():
        before = list(RaciLine.objects.order_by("pk").values()), AuditEntry.objects.count()

    said = cell(own, "REPORT", *lines)

    assert [(each["code"], each["path"]) for each in said["errors"]] == [("INVALID", ["input", *path])]
    with seeding():
        assert (list(RaciLine.objects.order_by("pk").values()), AuditEntry.objects.count()) == before


@pytest.mark.parametrize(("username", "code"), [("commander.payments", "FORBIDDEN"), ("admin.retail", "FORBIDDEN")])
def test_only_who_administers_the_unit_says_it(api: ApiOf, username: str, code: str) -> None:
    own = api(username)
    with seeding():
        before = RaciLine.objects.count(), AuditEntry.objects.count()
    said = cell(own, "REPORT", {"part": "ACCOUNTABLE", "roleKey": "unit_admin"})
    assert [each["code"] for each in said["errors"]] == [code]
    with seeding():
        assert (RaciLine.objects.count(), AuditEntry.objects.count()) == before


def test_gaps_are_reported(api: ApiOf, signed_in: SignedIn) -> None:
    with seeding():
        empty = Schedule.objects.create(unit=unit(), slug="nobody", name="Nobody at all", time_zone="UTC")
    cell(
        api("admin.payments"),
        "INFORM",
        {"part": "RESPONSIBLE", "scheduleId": global_id("Schedule", empty)},
        {"part": "ACCOUNTABLE", "roleKey": "unit_admin"},
    )
    stranger = node(Person, username="responder.logistics")
    cell(api("admin.payments"), "TECHNICAL", {"part": "ACCOUNTABLE", "personId": stranger})
    answer = api("observer.payments").ask(
        f'{{ responsibilityGaps(unitId: "{global_id("BusinessUnit", unit())}") {{ activity part why }} }}'
    )
    found = answer.data["responsibilityGaps"]
    assert {"activity": "INFORM", "part": "RESPONSIBLE", "why": "nobody is on call for Nobody at all"} in found
    assert {"activity": "REPORT", "part": None, "why": "nothing says whose it is"} in found
    [unseen] = [each["why"] for each in found if each["activity"] == "TECHNICAL" and each["part"] == "ACCOUNTABLE"]
    assert unseen.endswith(" may not see incidents here")
    page = signed_in("observer.payments").get("/units/payments/responsibilities").content.decode()
    assert "nobody is on call for Nobody at all" in page
    assert "Change responsibilities" not in page


def test_the_admin_begins_a_cell_with_who_is_accountable(signed_in: SignedIn) -> None:
    admin, at = signed_in("admin.payments"), "/admin/incidents/raciline"
    given = {"unit": unit().pk, "activity": "report", "part": "r", "role_key": "responder"}
    refused = admin.post(f"{at}/add/", given)
    assert "Exactly one is accountable; here nobody is." in refused.content.decode()
    for part in ("a", "r"):
        assert admin.post(f"{at}/add/", {**given, "part": part}).status_code == 302
    with seeding():
        first = RaciLine.objects.get(unit=unit(), activity="report", part="a")
    admin.post(f"{at}/{first.pk}/delete/", {"post": "yes"})
    with seeding():
        # Others still have a part: the one who answers for it stays.
        assert set(RaciLine.objects.filter(unit=unit(), activity="report").values_list("part", flat=True)) == {"a", "r"}


TYPES = (None, 1, 2)


@given(
    cells=st.sets(st.tuples(st.sampled_from(TYPES), st.none() | st.sampled_from(Severity)), max_size=6),
    severity=st.sampled_from(Severity),
    of_types=st.lists(st.sampled_from((1, 2)), max_size=2, unique=True),
)
def test_the_most_particular_cell_holds(
    cells: set[tuple[int | None, Severity | None]], severity: Severity, of_types: list[int]
) -> None:
    lines = [
        Line(number, Activity.REVIEW, Part.ACCOUNTABLE, "x", kind, grave) for number, (kind, grave) in enumerate(cells)
    ]
    # In words: first those of the type, as its unit calls it and then as the enterprise does, the gravest bound first;
    # then those of every type.
    order = [
        (kind, grave)
        for kind, grave in product([*of_types, None], [*(each for each in Severity if severity <= each), None])
        if (kind, grave) in cells
    ]

    held = lines_for(lines, severity=severity, incident_types=of_types)

    assert [(line.incident_type, line.severity) for line in held.get(Activity.REVIEW, ())] == order[:1]
