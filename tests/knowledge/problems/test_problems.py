"""Working on what is behind several incidents, and offering its workaround."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from hub.catalog.models import Service
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, Severity
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.live.models import OutboxEntry
from knowledge.problems import access, actions
from knowledge.problems.models import Problem, ProblemIncident
from knowledge.search.known_errors import known_errors_alike
from tenants.models import AuditEntry, BusinessUnit
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]


def unit_id(slug: str) -> int:
    with seeding():
        return BusinessUnit.objects.get(slug=slug).pk


def declared(who: Actor, title: str, service: str, summary: str = "") -> Incident:
    with seeding():
        service_id = Service.objects.get(slug=service).pk
    return incidents.declare_incident(
        actor=who, title=title, severity=Severity.SEV3, service_id=service_id, summary=summary
    )


def stored(problem: Problem) -> Problem:
    with seeding():
        return Problem.objects.get(pk=problem.pk)


def linked(problem: Problem) -> list[str]:
    with seeding():
        return list(problem.links.values_list("incident__reference", flat=True))


@pytest.fixture
def problem(actor: ActorNamed) -> Problem:
    return actions.open_problem(
        actor=actor("responder.payments"),
        unit_id=unit_id("payments"),
        title="Wallet forgets its limits",
        texts={"symptoms": "Transfers above the limit go through"},
    )


def test_a_problem_is_opened_once(problem: Problem, actor: ActorNamed) -> None:
    with pytest.raises(Conflict) as refused:
        actions.open_problem(
            actor=actor("commander.payments"), unit_id=problem.unit_id, title="wallet  forgets its LIMITS"
        )

    assert refused.value.path == ("title",)
    assert "work on that" in refused.value.message
    assert problem.owner_id == actor("responder.payments").person_id
    with seeding():
        assert Problem.objects.filter(title__iexact="wallet forgets its limits").count() == 1
        assert OutboxEntry.objects.get(type="ProblemOpened").payload == {"problem_id": problem.pk}
        assert AuditEntry.objects.get(verb="open_problem").unit_id == problem.unit_id


def test_a_known_error_says_how_to_live_with_it(problem: Problem, actor: ActorNamed) -> None:
    writer = actor("responder.payments")

    with pytest.raises(Invalid) as refused:
        actions.mark_known_error(actor=writer, problem_id=problem.pk)
    before = stored(problem).state
    actions.mark_known_error(actor=writer, problem_id=problem.pk, workaround="Set the limit by hand")
    with pytest.raises(Invalid, match="keeps a workaround"):
        actions.edit_problem(actor=writer, problem_id=problem.pk, texts={"workaround": " "})
    with pytest.raises(IntegrityError), transaction.atomic(), seeding():
        Problem.objects.filter(pk=problem.pk).update(workaround="")

    assert (refused.value.path, before) == (("workaround",), "open")
    assert (stored(problem).state, stored(problem).workaround) == ("known_error", "Set the limit by hand")


def test_a_problem_ends_with_words_and_comes_back_with_its_workaround(problem: Problem, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    actions.mark_known_error(actor=writer, problem_id=problem.pk, workaround="By hand")

    with pytest.raises(Invalid):
        actions.resolve_problem(actor=writer, problem_id=problem.pk, outcome=" ")
    actions.resolve_problem(actor=writer, problem_id=problem.pk, outcome="Release 5")
    with pytest.raises(Conflict):
        actions.drop_problem(actor=writer, problem_id=problem.pk, reason="x")
    over = stored(problem)
    actions.reopen_problem(actor=writer, problem_id=problem.pk, reason="Seen again")

    assert (over.state, over.outcome, over.ended_at is not None) == ("resolved", "Release 5", True)
    assert (stored(problem).state, stored(problem).outcome) == ("known_error", "")
    with seeding():
        moves = OutboxEntry.objects.filter(type="ProblemStateChanged").order_by("pk").values_list("payload", flat=True)
        assert [each["after"] for each in moves] == ["known_error", "resolved", "known_error"]


def test_one_problem_is_behind_incidents_of_several_units(problem: Problem, actor: ActorNamed) -> None:
    here = declared(actor("responder.payments"), "Limits are gone", "wallet")
    there = declared(actor("responder.retail"), "Vouchers without limits", "web-shop")

    actions.link_incident(actor=actor("responder.payments"), problem_id=problem.pk, incident_id=here.pk)
    with pytest.raises(NotFound):
        actions.link_incident(actor=actor("responder.payments"), problem_id=problem.pk, incident_id=there.pk)
    with pytest.raises(NotFound):
        actions.link_incident(actor=actor("responder.retail"), problem_id=problem.pk, incident_id=there.pk)
    unshared = linked(problem)
    actions.share_problem(actor=actor("commander.payments"), problem_id=problem.pk, shared=True)
    actions.link_incident(actor=actor("responder.retail"), problem_id=problem.pk, incident_id=there.pk)
    with pytest.raises(Conflict, match="already"):
        actions.link_incident(actor=actor("coordinator"), problem_id=problem.pk, incident_id=there.pk)

    assert unshared == [here.reference]
    assert set(linked(problem)) == {here.reference, there.reference}
    for username, seen in (
        ("responder.payments", {here.reference}),
        ("responder.retail", {there.reference}),
        ("coordinator", {here.reference, there.reference}),
    ):
        who = actor(username)
        with acting_as(who):
            assert {link.incident.reference for link in access.links(who, stored(problem))} == seen
    actions.share_problem(actor=actor("commander.payments"), problem_id=problem.pk, shared=False)
    with acting_as(actor("responder.retail")):
        assert not ProblemIncident.objects.filter(problem=problem.pk).exists()


def test_restricting_an_incident_takes_its_link_out_of_sight(problem: Problem, actor: ActorNamed) -> None:
    incident = declared(actor("responder.payments"), "Limits are gone", "wallet")
    actions.link_incident(actor=actor("responder.payments"), problem_id=problem.pk, incident_id=incident.pk)

    incidents.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Fraud")

    with acting_as(actor("responder2.payments")):
        assert not ProblemIncident.objects.filter(problem=problem.pk).exists()
    with acting_as(actor("commander.payments")):
        assert ProblemIncident.objects.filter(problem=problem.pk).exists()


def test_known_errors_are_offered_to_what_looks_like_them(actor: ActorNamed) -> None:
    responder = actor("responder.payments")
    alike = declared(responder, "Events reach Ledger late", "ledger", "Consumer lag grows, balances are minutes old")
    other = declared(responder, "Certificate of Wallet expires in 3 days", "wallet")
    elsewhere = declared(actor("responder.cloud"), "Volume of Object Storage is 94% full", "object-storage")

    offered = known_errors_alike(responder, alike.pk)

    assert offered[0].problem.title == "Ledger falls behind its event stream after month-end statements"
    assert known_errors_alike(responder, other.pk) == []
    assert "snapshots" in known_errors_alike(actor("responder.cloud"), elsewhere.pk)[0].problem.title
    with pytest.raises(NotFound):
        known_errors_alike(responder, elsewhere.pk)
    with seeding():
        Problem.objects.filter(pk=offered[0].problem.pk).update(shared=False)
    assert known_errors_alike(actor("responder.cloud"), elsewhere.pk)
    assert known_errors_alike(responder, alike.pk)


@pytest.mark.parametrize(("username", "error"), [("observer.payments", Forbidden), ("outsider.logistics", NotFound)])
def test_nobody_else_may(problem: Problem, actor: ActorNamed, username: str, error: type[Exception]) -> None:
    incident = declared(actor("responder.payments"), "Limits are gone", "wallet")
    who, before = actor(username), stored(problem).version
    attempts: list[Callable[[], object]] = [
        lambda: actions.edit_problem(actor=who, problem_id=problem.pk, title="x"),
        lambda: actions.mark_known_error(actor=who, problem_id=problem.pk, workaround="x"),
        lambda: actions.resolve_problem(actor=who, problem_id=problem.pk, outcome="x"),
        lambda: actions.drop_problem(actor=who, problem_id=problem.pk, reason="x"),
        lambda: actions.share_problem(actor=who, problem_id=problem.pk, shared=True),
        lambda: actions.link_incident(actor=who, problem_id=problem.pk, incident_id=incident.pk),
    ]

    for attempt in attempts:
        with pytest.raises(error):
            attempt()
    with pytest.raises(Forbidden):
        actions.open_problem(actor=who, unit_id=problem.unit_id, title="Mine")

    assert (stored(problem).version, stored(problem).state, linked(problem)) == (before, "open", [])


def test_sharing_is_guarded_by_the_database_too(problem: Problem, actor: ActorNamed) -> None:
    with pytest.raises(Forbidden):
        actions.share_problem(actor=actor("responder.payments"), problem_id=problem.pk, shared=True)
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("responder.payments")):
        Problem.objects.filter(pk=problem.pk).update(shared=True)

    assert not stored(problem).shared


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_problem_is_worked_on_its_page(actor: ActorNamed, signed_in: SignedIn) -> None:
    incident = declared(actor("responder.payments"), "Limits are gone", "wallet")
    client = signed_in("commander.payments")

    form = text(client.get(f"/problems/new?incident={incident.reference}"))
    opened = client.post(
        "/problems/new", {"incident": incident.reference, "unit": "payments", "title": "Limits", "symptoms": "Gone"}
    )
    path = opened["Location"]
    for given in (
        {"do": "known", "workaround": "By hand"},
        {"do": "edit", "title": "Limits are lost", "owner": "responder2.payments", "workaround": "By hand, twice"},
        {"do": "share"},
        {"do": "unlink", "incident": incident.reference},
        {"do": "link", "incident": incident.reference, "room": "1"},
    ):
        assert client.post(f"{path}/change", given).status_code == 302, given
    stale = {"do": "edit", "title": "Overwritten", "version": "1"}
    assert client.post(f"{path}/change", stale).status_code == 409
    page = text(client.get(path))
    panel = text(client.get(f"/knowledge/known-errors/{incident.reference}"))

    assert incident.title in form
    for shown in ("Limits are lost", "By hand, twice", "Aisha Bello", incident.reference, "Known error"):
        assert shown in page
    assert "This incident is one of it" in panel
    assert "Limits are lost" in text(client.get("/problems/?view=known&q=limits"))
    assert client.post(f"{path}/change", {"do": "resolve", "text": "Mended"}).status_code == 302
    assert client.post(f"{path}/change", {"do": "what"}).status_code == 400
    outsider = signed_in("outsider.logistics")
    assert "<textarea" not in text(outsider.get(path))
    assert outsider.post(f"{path}/change", {"do": "edit", "title": "x"}).status_code == 403
    assert "Limits are lost" in text(client.get("/problems/?view=over"))


def test_problems_are_read_through_the_api(problem: Problem, actor: ActorNamed, api: ApiOf) -> None:
    incident = declared(actor("responder.payments"), "Limits are gone", "wallet")
    linking = api("responder.payments").change(
        "linkIncident",
        "... on Problem { links { incident { reference } } }",
        problemId=global_id("Problem", problem),
        incidentId=global_id("Incident", incident),
    )
    found = api("observer.payments").ask(
        "query ($i: ID!) { problems(filters: {links: {incident: {id: [$i]}}}) { edges { node { title number"
        " state owner { username } links { incident { reference } linkedBy { username } } } } } }",
        i=global_id("Incident", incident),
    )

    assert linking.data["linkIncident"]["links"] == [{"incident": {"reference": incident.reference}}]
    [edge] = found.data["problems"]["edges"]
    assert (edge["node"]["title"], edge["node"]["state"]) == (problem.title, "OPEN")
    assert edge["node"]["links"][0]["linkedBy"] == {"username": "responder.payments"}
