"""Carrying a runbook out in an incident's room: ticks with who and when, in the timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.catalog.models import Service
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, Severity
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from knowledge.runbooks import access, actions
from knowledge.runbooks.models import Revision, RevisionState, Runbook, RunbookRun, RunbookRunStep, StepState
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]


def declared(who: Actor, service: str) -> Incident:
    with seeding():
        service_id = Service.objects.get(slug=service).pk
    return incidents.declare_incident(actor=who, title="Limits", severity=Severity.SEV3, service_id=service_id)


def runbook_for(slug: str, *, shared: bool = False) -> Runbook:
    with seeding():
        service = Service.objects.get(slug=slug)
        now = clock.now()
        runbook = Runbook.objects.create(
            unit=service.unit, service=service, number=900, title="Set limits", written_at=now, edited_at=now
        )
        runbook.current = Revision.objects.create(
            runbook=runbook,
            unit=service.unit,
            number=1,
            state=RevisionState.CURRENT,
            purpose="Gone",
            steps=[{"title": "Look", "detail": "At **all**"}, {"title": "Set them", "detail": ""}],
            reason="First",
            proposed_at=now,
            decided_at=now,
        )
        runbook.checked_at = runbook.check_due_at = now
        runbook.save()
        Runbook.objects.filter(pk=runbook.pk).update(shared=shared)
        return runbook


def told(incident: Incident) -> list[tuple[str, str | None]]:
    with seeding():
        return [
            (entry.body, entry.author.username if entry.author else None)
            for entry in incident.timeline.select_related("author").filter(kind="system", body__startswith="Runbook")
        ]


def steps_of(run: RunbookRun) -> list[RunbookRunStep]:
    with seeding():
        return list(run.steps.select_related("settled_by"))


def test_ticks_stand_in_the_timeline_with_who_and_when(actor: ActorNamed) -> None:
    one, other = actor("responder.payments"), actor("responder2.payments")
    incident, runbook = declared(one, "wallet"), runbook_for("wallet")

    run = actions.start_runbook(actor=one, incident_id=incident.pk, runbook_id=runbook.pk)
    first, second = steps_of(run)
    actions.settle_step(actor=one, step_id=first.pk, state=StepState.DONE, note="Two are gone")
    with pytest.raises(Conflict, match=r"done by .* already"):
        actions.settle_step(actor=other, step_id=first.pk, state=StepState.DONE)
    with pytest.raises(Invalid) as refused:
        actions.settle_step(actor=other, step_id=second.pk, state=StepState.SKIPPED)
    actions.settle_step(actor=other, step_id=second.pk, state=StepState.SKIPPED, note="Set by itself")
    actions.settle_step(actor=one, step_id=first.pk, state=StepState.OPEN)
    with pytest.raises(Invalid, match="a step is open"):
        actions.end_runbook(actor=one, run_id=run.pk)
    actions.end_runbook(actor=one, run_id=run.pk, outcome="It lacks the ledger")
    with pytest.raises(Conflict, match="was ended"):
        actions.settle_step(actor=one, step_id=first.pk, state=StepState.DONE)

    assert refused.value.path == ("note",)
    first, second = steps_of(run)
    assert (first.state, first.settled_at, first.note) == ("open", None, "")
    assert second.settled_by is not None
    assert (second.state, second.settled_by.username, second.note) == (
        "skipped",
        "responder2.payments",
        "Set by itself",
    )
    assert told(incident) == [
        ("Runbook “Set limits” (revision 1, 2 steps) begun", "responder.payments"),
        ("Runbook “Set limits”, step 1 done: Look (Two are gone)", "responder.payments"),
        ("Runbook “Set limits”, step 2 skipped: Set them (Set by itself)", "responder2.payments"),
        ("Runbook “Set limits”, step 1 open again: Look", "responder.payments"),
        ("Runbook “Set limits” ended early: It lacks the ledger", "responder.payments"),
    ]


def test_a_run_stays_as_it_read_when_it_began(actor: ActorNamed) -> None:
    who = actor("responder.payments")
    incident, runbook = declared(who, "wallet"), runbook_for("wallet")
    run = actions.start_runbook(actor=who, incident_id=incident.pk, runbook_id=runbook.pk)

    with seeding():
        Revision.objects.filter(runbook=runbook).update(state=RevisionState.SUPERSEDED)
        Runbook.objects.filter(pk=runbook.pk).update(title="Other", retired_at=clock.now(), retired_because="x")

    assert [step.title for step in steps_of(run)] == ["Look", "Set them"]
    with pytest.raises(Conflict, match="not in force"):
        actions.start_runbook(actor=who, incident_id=declared(who, "wallet").pk, runbook_id=runbook.pk)


def test_it_is_carried_out_once_at_a_time_and_while_the_incident_goes_on(actor: ActorNamed) -> None:
    who = actor("commander.payments")
    incident, runbook = declared(who, "wallet"), runbook_for("wallet")
    run = actions.start_runbook(actor=who, incident_id=incident.pk, runbook_id=runbook.pk)

    with pytest.raises(Conflict, match="already"):
        actions.start_runbook(actor=who, incident_id=incident.pk, runbook_id=runbook.pk)
    with seeding():
        Incident.objects.filter(pk=incident.pk).update(status="resolved", resolved_at=clock.now())
    with pytest.raises(Conflict, match="is over"):
        actions.start_runbook(actor=who, incident_id=incident.pk, runbook_id=1)

    with seeding():
        assert RunbookRun.objects.filter(incident=incident).count() == 1
        assert run.ended_at is None


@pytest.mark.parametrize(("username", "error"), [("observer.payments", Forbidden), ("outsider.logistics", NotFound)])
def test_nobody_else_may(actor: ActorNamed, username: str, error: type[Exception]) -> None:
    who = actor("responder.payments")
    incident, runbook = declared(who, "wallet"), runbook_for("wallet", shared=True)
    run = actions.start_runbook(actor=who, incident_id=incident.pk, runbook_id=runbook.pk)
    before = told(incident)
    attempts: list[Callable[[], object]] = [
        lambda: actions.start_runbook(actor=actor(username), incident_id=incident.pk, runbook_id=runbook.pk),
        lambda: actions.settle_step(actor=actor(username), step_id=steps_of(run)[0].pk, state=StepState.DONE),
        lambda: actions.end_runbook(actor=actor(username), run_id=run.pk, outcome="x"),
    ]

    for attempt in attempts:
        with pytest.raises(error):
            attempt()

    assert told(incident) == before
    assert [step.state for step in steps_of(run)] == ["open", "open"]


def test_another_units_runbook_is_used_if_it_is_shared(actor: ActorNamed) -> None:
    who = actor("responder.retail")
    incident, runbook = declared(who, "web-shop"), runbook_for("wallet")
    with pytest.raises(NotFound) as refused:
        actions.start_runbook(actor=who, incident_id=incident.pk, runbook_id=runbook.pk)
    with seeding():
        Runbook.objects.filter(pk=runbook.pk).update(shared=True)

    run = actions.start_runbook(actor=who, incident_id=incident.pk, runbook_id=runbook.pk)

    assert refused.value.path == ("runbookId",)
    with acting_as(actor("commander.payments")):
        assert not RunbookRun.objects.filter(pk=run.pk).exists()
    with seeding():
        Runbook.objects.filter(pk=runbook.pk).update(shared=False)
    with acting_as(who):
        [seen] = access.runs_in(who, incident)
        assert (seen.title, seen.runbook, seen.steps.count()) == ("Set limits", None, 2)


def test_restricting_the_incident_hides_the_run(actor: ActorNamed) -> None:
    who = actor("responder.payments")
    incident, runbook = declared(who, "wallet"), runbook_for("wallet")
    run = actions.start_runbook(actor=who, incident_id=incident.pk, runbook_id=runbook.pk)

    incidents.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Fraud")

    with acting_as(actor("responder2.payments")):
        assert not RunbookRun.objects.filter(pk=run.pk).exists()
        assert not RunbookRunStep.objects.filter(run=run.pk).exists()


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_room_has_its_checklist(actor: ActorNamed, signed_in: SignedIn) -> None:
    incident, runbook = declared(actor("responder.payments"), "wallet"), runbook_for("wallet")
    client = signed_in("responder.payments")
    path, part = f"/incidents/{incident.reference}/runbooks", {"HX-Request": "true", "HX-Target": "room-runbooks"}

    offered = text(client.get(f"/incidents/{incident.reference}"))
    assert client.post(path, {"do": "start", "key": runbook.pk}).status_code == 302
    with seeding():
        run = RunbookRun.objects.get(incident=incident)
    first, second = steps_of(run)
    ticked = text(client.post(path, {"do": "done", "key": first.pk}, headers=part))
    client.post(path, {"do": "skip", "key": second.pk, "text": "Not needed"}, headers=part)
    ended = text(client.post(path, {"do": "end", "key": run.pk, "text": "Helped"}, headers=part))

    assert "Begin runbook Set limits" in offered
    assert "At <strong>all</strong>" in ticked
    assert "1 of 2" in ticked
    for shown in ("2 of 2", "Not needed", "Helped", "Skipped"):
        assert shown in ended
    assert "tick-" not in text(signed_in("observer.payments").get(f"/incidents/{incident.reference}"))
    assert incident.reference in text(client.get(f"/runbooks/{runbook.pk}"))
    assert client.post(path, {"do": "what"}).status_code == 400


def test_a_runbook_is_carried_out_through_the_api(actor: ActorNamed, api: ApiOf) -> None:
    incident, runbook = declared(actor("responder.payments"), "wallet"), runbook_for("wallet")
    client = api("responder.payments")
    started = client.change(
        "startRunbook",
        "... on RunbookRun { id steps { id state title } }",
        incidentId=global_id("Incident", incident),
        runbookId=global_id("Runbook", runbook),
    ).data["startRunbook"]

    settled = client.change(
        "settleStep",
        "... on RunbookRunStep { state settledBy { username } run { id } }",
        stepId=started["steps"][0]["id"],
        state="DONE",
    )
    found = api("observer.payments").ask(
        "query ($i: ID!) { runbookRuns(filters: {incident: {id: [$i]}}) { edges { node { title runbook { title }"
        " steps { position state } } } } }",
        i=global_id("Incident", incident),
    )

    assert settled.data["settleStep"] == {
        "__typename": "RunbookRunStep",
        "state": "DONE",
        "settledBy": {"username": "responder.payments"},
        "run": {"id": started["id"]},
    }
    [edge] = found.data["runbookRuns"]["edges"]
    assert edge["node"]["steps"] == [{"position": 1, "state": "DONE"}, {"position": 2, "state": "OPEN"}]
