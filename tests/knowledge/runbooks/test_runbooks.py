"""Writing runbooks: proposals, approval by somebody else, what a review found, and what is not covered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.live.models import OutboxEntry
from knowledge.postmortems.models import Postmortem
from knowledge.runbooks import access, actions
from knowledge.runbooks.coverage import coverage
from knowledge.runbooks.models import Revision, RevisionState, Runbook
from knowledge.runbooks.steps import Step
from tenants.models import AuditEntry, BusinessUnit, Term
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
SAYS: dict[str, Any] = {"purpose": "Limits are gone", "steps": [Step("Look"), Step("Set the limit", "`limit set`")]}


def unit_id(slug: str) -> int:
    with seeding():
        return BusinessUnit.objects.get(slug=slug).pk


def stored(runbook: Runbook) -> Runbook:
    with seeding():
        return Runbook.objects.select_related("current").get(pk=runbook.pk)


def waiting(runbook: Runbook) -> Revision:
    with seeding():
        return runbook.revisions.get(state=RevisionState.PROPOSED)


@pytest.fixture
def proposed(actor: ActorNamed) -> Runbook:
    return actions.write_runbook(
        actor=actor("responder.payments"), unit_id=unit_id("payments"), title="Wallet forgets its limits", **SAYS
    )


@pytest.fixture
def approved(proposed: Runbook, actor: ActorNamed) -> Runbook:
    actions.approve_revision(actor=actor("commander.payments"), revision_id=waiting(proposed).pk)
    return stored(proposed)


def test_nobody_approves_what_they_wrote(actor: ActorNamed) -> None:
    writer = actor("commander.payments")
    runbook = actions.write_runbook(actor=writer, unit_id=unit_id("payments"), title="Limits", **SAYS)
    revision = waiting(runbook)

    with pytest.raises(Forbidden, match="You wrote it"):
        actions.approve_revision(actor=writer, revision_id=revision.pk)
    with pytest.raises(Forbidden, match="commander"):
        actions.approve_revision(actor=actor("responder.payments"), revision_id=revision.pk)
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(writer):
        Revision.objects.filter(pk=revision.pk).update(
            state="current", decided_by=writer.person_id, decided_at=clock.now()
        )
    untouched = stored(runbook).current
    actions.approve_revision(actor=actor("commander2.payments"), revision_id=revision.pk, note="Tried it")

    assert untouched is None
    current = stored(runbook).current
    assert current is not None
    assert (current.pk, current.state, current.decision) == (revision.pk, "current", "Tried it")
    with seeding():
        decided = OutboxEntry.objects.get(type="RevisionDecided").payload
        assert (decided["state"], decided["revision_id"]) == ("current", revision.pk)
        assert AuditEntry.objects.get(verb="approve_revision").unit_id == runbook.unit_id


def test_what_is_in_force_stays_until_a_revision_is_approved(approved: Runbook, actor: ActorNamed) -> None:
    writer, decider = actor("responder.payments"), actor("commander.payments")
    first = approved.current
    revise: dict[str, Any] = {"actor": writer, "runbook_id": approved.pk, "reason": "Faster"}

    with pytest.raises(Invalid, match="already"):
        actions.revise_runbook(**revise, **SAYS)
    with pytest.raises(Conflict, match="came into force"):
        actions.revise_runbook(**revise, purpose="x", steps=[Step("x")], based_on=7)
    revision = actions.revise_runbook(**revise, purpose="Other", steps=[Step("Only look")], based_on=1)
    with pytest.raises(Conflict, match="waits for approval"):
        actions.revise_runbook(**revise, purpose="x", steps=[Step("x")])
    actions.edit_revision(
        actor=writer, revision_id=revision.pk, purpose="Better", steps=[Step("Look twice")], reason="Surer"
    )
    meanwhile = stored(approved).current
    actions.approve_revision(actor=decider, revision_id=revision.pk)
    with pytest.raises(Conflict, match="already"):
        actions.edit_revision(actor=writer, revision_id=revision.pk, purpose="x", steps=[Step("x")], reason="x")
    with pytest.raises(IntegrityError), transaction.atomic(), acting_as(decider):
        Revision.objects.filter(pk=revision.pk).update(purpose="Smuggled in")

    current = stored(approved).current
    assert meanwhile == first
    assert current is not None
    assert (current.number, current.purpose, current.steps) == (2, "Better", [{"title": "Look twice", "detail": ""}])
    with seeding():
        assert list(approved.revisions.values_list("number", "state")) == [(2, "current"), (1, "superseded")]


def test_a_proposal_is_declined_with_words_or_taken_back(proposed: Runbook, actor: ActorNamed) -> None:
    revision = waiting(proposed)

    with pytest.raises(Invalid):
        actions.decline_revision(actor=actor("commander.payments"), revision_id=revision.pk, reason=" ")
    with pytest.raises(Forbidden):
        actions.decline_revision(actor=actor("responder2.payments"), revision_id=revision.pk, reason="Mine is better")
    with pytest.raises(Forbidden):
        actions.edit_revision(
            actor=actor("commander.payments"), revision_id=revision.pk, purpose="x", steps=[Step("x")], reason="x"
        )
    actions.decline_revision(actor=actor("responder.payments"), revision_id=revision.pk, reason="Wrong service")
    again = actions.revise_runbook(
        actor=actor("responder2.payments"), runbook_id=proposed.pk, reason="Anew", purpose="x", steps=[Step("x")]
    )

    with seeding():
        revision.refresh_from_db()
    assert (revision.state, revision.decision, again.number) == ("declined", "Wrong service", 2)


def test_outside_the_unit_only_what_is_in_force_is_read(approved: Runbook, actor: ActorNamed) -> None:
    outsider = actor("responder.retail")
    with acting_as(outsider), pytest.raises(NotFound):
        access.runbook_for(outsider, approved.pk)
    with pytest.raises(Forbidden):
        actions.share_runbook(actor=actor("responder.payments"), runbook_id=approved.pk, shared=True)
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("responder.payments")):
        Runbook.objects.filter(pk=approved.pk).update(shared=True)

    actions.share_runbook(actor=actor("commander.payments"), runbook_id=approved.pk, shared=True)
    actions.revise_runbook(
        actor=actor("responder.payments"), runbook_id=approved.pk, reason="Secret", purpose="x", steps=[Step("x")]
    )

    with acting_as(outsider):
        found = access.runbook_for(outsider, approved.pk)
        assert [each.number for each in access.revisions(outsider, found)] == [1]
    with pytest.raises(Forbidden):
        actions.confirm_runbook(actor=outsider, runbook_id=approved.pk)
    with acting_as(actor("observer.payments")):
        assert Revision.objects.filter(runbook=approved.pk).count() == 2


def test_a_runbook_that_was_never_approved_is_not_shared(proposed: Runbook, actor: ActorNamed) -> None:
    with pytest.raises(Conflict, match="never approved"):
        actions.share_runbook(actor=actor("commander.payments"), runbook_id=proposed.pk, shared=True)
    with pytest.raises(Conflict, match="never approved"):
        actions.confirm_runbook(actor=actor("responder.payments"), runbook_id=proposed.pk)

    assert not stored(proposed).shared


def test_a_stale_runbook_is_confirmed(approved: Runbook, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    actions.edit_runbook(actor=writer, runbook_id=approved.pk, check_days=30)
    with seeding():
        long_ago = clock.now() - timedelta(days=40)
        Runbook.objects.filter(pk=approved.pk).update(checked_at=long_ago, check_due_at=long_ago + timedelta(days=30))
    with acting_as(writer):
        was_stale = access.stale(access.runbooks(writer)).filter(pk=approved.pk).exists()

    with pytest.raises(Forbidden):
        actions.confirm_runbook(actor=actor("observer.payments"), runbook_id=approved.pk)
    still_stale = stored(approved).is_stale
    actions.confirm_runbook(actor=writer, runbook_id=approved.pk)

    assert (was_stale, still_stale, stored(approved).is_stale) == (True, True, False)


def test_a_retired_runbook_stays_to_be_read(approved: Runbook, actor: ActorNamed) -> None:
    leader = actor("commander.payments")
    with pytest.raises(Forbidden):
        actions.retire_runbook(actor=actor("responder.payments"), runbook_id=approved.pk, reason="x")
    actions.retire_runbook(actor=leader, runbook_id=approved.pk, reason="Limits are the ledger's now")

    with pytest.raises(Conflict, match="retired"):
        actions.edit_runbook(actor=leader, runbook_id=approved.pk, title="x")
    twin = actions.write_runbook(actor=leader, unit_id=approved.unit_id, title=approved.title, **SAYS)
    with pytest.raises(Conflict, match="already"):
        actions.restore_runbook(actor=leader, runbook_id=approved.pk)
    actions.edit_runbook(actor=leader, runbook_id=twin.pk, title="Another")
    actions.restore_runbook(actor=leader, runbook_id=approved.pk)

    assert stored(approved).is_usable


def test_titles_are_taken_once_and_edits_say_what_they_began_from(approved: Runbook, actor: ActorNamed) -> None:
    writer = actor("responder2.payments")
    with pytest.raises(Conflict) as refused:
        actions.write_runbook(actor=writer, unit_id=approved.unit_id, title="wallet  forgets its LIMITS", **SAYS)
    with pytest.raises(Conflict, match="changed while you wrote"):
        actions.edit_runbook(actor=writer, runbook_id=approved.pk, title="x", version=1)
    with pytest.raises(Invalid):
        actions.edit_runbook(actor=writer, runbook_id=approved.pk, check_days=3)

    assert refused.value.path == ("title",)
    assert stored(approved).title == "Wallet forgets its limits"


def test_a_finding_proposes_a_revision(approved: Runbook, actor: ActorNamed, signed_in: SignedIn) -> None:
    with seeding():
        review = Postmortem.objects.filter(unit__slug="payments", restricted=False).order_by("pk")[0]
    client = signed_in("responder.payments")

    panel = text(client.get(f"/postmortems/{review.pk}/runbooks"))
    chosen = client.get("/runbooks/revise", {"review": review.pk, "runbook": approved.pk})
    form = text(client.get(chosen["Location"]))
    saved = client.post(
        f"/runbooks/{approved.pk}/revise",
        {
            "review": review.pk,
            "based_on": "1",
            "purpose": "Sooner",
            "steps": "Look\n\nSet it by hand\nwith care",
            "reason": "The review found the second step missing",
        },
    )
    page = text(client.get(saved["Location"]))

    assert "Propose it" in panel
    assert review.reference in form
    for shown in ("Set it by hand", "waits for approval", "What it changes against revision 1", review.reference):
        assert shown in page
    assert waiting(approved).postmortem_id == review.pk
    assert "The review found the second step missing" in text(client.get(f"/postmortems/{review.pk}/runbooks"))
    with pytest.raises(NotFound) as refused:
        actions.write_runbook(
            actor=actor("responder.payments"), unit_id=approved.unit_id, title="x", postmortem_id=2**40, **SAYS
        )
    assert refused.value.path == ("postmortemId",)


def test_coverage_names_what_nothing_is_there_for(actor: ActorNamed) -> None:
    reader = actor("commander.payments")
    before = {row.failure_mode.key: row for row in coverage(reader, unit_ids=[unit_id("payments")]).rows}
    mode = next(row.failure_mode for row in before.values() if row.lacking and not row.runbooks)
    with seeding():
        term = Term.objects.get(pk=mode.pk)
    runbook = actions.write_runbook(
        actor=actor("responder.payments"), unit_id=unit_id("payments"), title="x", failure_mode_id=term.pk, **SAYS
    )
    proposed = {row.failure_mode.key: row for row in coverage(reader, unit_ids=[unit_id("payments")]).rows}
    actions.approve_revision(actor=reader, revision_id=waiting(runbook).pk)

    after = {row.failure_mode.key: row for row in coverage(reader, unit_ids=[unit_id("payments")]).rows}

    assert before[mode.key].reviews > 0
    assert not proposed[mode.key].runbooks
    assert (len(after[mode.key].runbooks), after[mode.key].lacking) == (1, ())


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_runbook_is_kept_on_its_pages(signed_in: SignedIn) -> None:
    writer, decider = signed_in("responder.payments"), signed_in("commander.payments")

    opened = writer.post(
        "/runbooks/new",
        {"unit": "payments", "title": "Limits", "purpose": "Gone", "steps": "Look\n\nSet them", "service": ""},
    )
    path = opened["Location"]
    key = path.rsplit("/", 1)[1]
    with seeding():
        revision = Revision.objects.get(runbook=int(key))
    own = text(writer.get(path))
    waits = text(decider.get("/runbooks/?view=waiting"))
    assert decider.post(f"/runbooks/revisions/{revision.pk}", {"do": "approve", "text": "Good"}).status_code == 302
    for given in (
        {"do": "confirm"},
        {"do": "edit", "title": "Limits are lost", "owner": "responder2.payments", "check_days": "30"},
        {"do": "share"},
    ):
        assert decider.post(f"{path}/change", given).status_code == 302, given
    page = text(decider.get(path))

    assert "somebody else approves it" in own
    assert "Limits" in waits
    for shown in ("Limits are lost", "Set them", "In force", "The enterprise reads it", "Good"):
        assert shown in page
    assert "Limits are lost" in text(signed_in("responder.retail").get("/runbooks/?q=limits"))
    assert signed_in("responder.retail").post(f"{path}/change", {"do": "confirm"}).status_code == 403
    assert decider.post(f"{path}/change", {"do": "what"}).status_code == 400
    assert decider.post(f"{path}/change", {"do": "retire", "text": "Gone"}).status_code == 302
    assert "Limits are lost" in text(decider.get("/runbooks/?view=retired"))
    assert "Nothing to go by in" in text(decider.get("/runbooks/coverage?unit=payments"))


def test_runbooks_are_written_through_the_api(api: ApiOf) -> None:
    unit = global_id("BusinessUnit", unit_id("payments"))
    written = api("responder.payments").change(
        "writeRunbook",
        "... on Runbook { id isStale current { number } revisions { id state steps { title detail } } }",
        unitId=unit,
        title="Limits",
        purpose="Gone",
        steps=[{"title": "Look", "detail": "twice"}, {"title": "Set them"}],
    )
    runbook = written.data["writeRunbook"]
    [revision] = runbook["revisions"]
    decided = api("commander.payments").change(
        "approveRevision", "... on RunbookRevision { state decidedBy { username } }", revisionId=revision["id"]
    )
    found = api("observer.payments").ask(
        "query ($i: ID!) { runbooks(filters: {id: [$i], usable: true}) { edges { node { title current { number"
        " steps { title } } } } } runbookRevisions(filters: {runbook: {id: [$i]}}) { edges { node { state } } } }",
        i=runbook["id"],
    )

    assert (runbook["current"], runbook["isStale"], revision["state"]) == (None, False, "PROPOSED")
    assert revision["steps"] == [{"title": "Look", "detail": "twice"}, {"title": "Set them", "detail": ""}]
    assert decided.data["approveRevision"]["state"] == "CURRENT"
    assert decided.data["approveRevision"]["decidedBy"] == {"username": "commander.payments"}
    [edge] = found.data["runbooks"]["edges"]
    assert edge["node"]["current"]["steps"] == [{"title": "Look"}, {"title": "Set them"}]
    assert found.data["runbookRevisions"]["edges"] == [{"node": {"state": "CURRENT"}}]
