"""An action item is closed with a revision, an alert, a drill or a change that the hub knows: who may, sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from django.db import IntegrityError, transaction
from django.utils.html import escape

from hub.alerts import access as alerts
from hub.alerts import actions as monitoring
from hub.alerts.intake import alertmanager
from hub.alerts.models import Alert, SourceKind
from hub.incidents.models import MaintenanceWindow
from hub.lib import clock
from hub.lib.errors import Conflict, HubError, Invalid, NotFound
from hub.lib.identity import SYSTEM, acting_as
from hub.reach.models import Drill
from knowledge.postmortems import actions
from knowledge.postmortems.models import ActionItem, Postmortem, Proof
from knowledge.runbooks import actions as runbooks
from knowledge.runbooks.models import Revision, Runbook
from knowledge.runbooks.steps import Step
from tenants.models import AuditEntry, BusinessUnit
from tests.alerts.senders import alert, notification
from tests.conftest import SignedIn, as_system, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.knowledge.postmortems.conftest import RESOLVED, ActorNamed

__all__ = ["api"]

pytestmark = pytest.mark.django_db

TITLE = "Size the pool again"
SHOWN = """... on ActionItem { id status proof
  proofRevision { number runbook { title } } proofDrill { name } }"""
READ = """query($id: ID!) { postmortem(id: $id) { actionItems { proof
  proofRevision { number runbook { title } } proofDrill { name } } } }"""


def revision_of(actor: ActorNamed, *, unit: str = "payments", title: str = TITLE, approve: bool = True) -> Revision:
    """The first revision of a unit's new runbook, in force if it is approved."""
    with seeding():
        unit_id = BusinessUnit.objects.get(slug=unit).pk
    runbook = runbooks.write_runbook(
        actor=actor(f"responder.{unit}"), unit_id=unit_id, title=title, purpose="Full pools", steps=[Step("Look")]
    )
    with seeding():
        revision = Revision.objects.get(runbook=runbook)
    if approve:
        runbooks.approve_revision(actor=actor(f"commander.{unit}"), revision_id=revision.pk)
    with seeding():
        return Revision.objects.select_related("runbook").get(pk=revision.pk)


def drill_of(unit: str = "payments", *, ago: timedelta = timedelta(days=2), hours: int = 24) -> Drill:
    """A drill of everybody of the unit."""
    with seeding():
        owner = BusinessUnit.objects.get(slug=unit)
        began = clock.now() - ago
        return Drill.objects.create(
            unit=owner, name=owner.name, started_at=began, ends_at=began + timedelta(hours=hours), sent_at=began
        )


def alert_from(unit: str = "payments", *, ago: timedelta = timedelta(0), status: str = "firing") -> Alert:
    """What a new source of the unit sent, of one alert."""
    name = f"{unit} {ago} {status}"
    with as_system():
        owner = BusinessUnit.objects.get(slug=unit)
        made = monitoring.create_alert_source(actor=SYSTEM, unit_id=owner.pk, kind=SourceKind.ALERTMANAGER, name=name)
    source = alerts.source_of_key(made.key, SourceKind.ALERTMANAGER)
    assert source is not None
    said = notification(alert("PoolFull", service=None, status=status), group=name)
    with clock.at(clock.now() - ago):
        monitoring.receive_alerts(actor=source.actor, source=source, reports=[alertmanager.read(orjson.dumps(said))])
    with seeding():
        return Alert.objects.select_related("incident").get(source=source.id)


def maintenance_of(
    *, began: timedelta = timedelta(hours=-3), lasts: int = 1, cancelled: bool = False
) -> MaintenanceWindow:
    """Work of Payments that began so long from now."""
    starts_at = clock.now() + began
    with seeding():
        return MaintenanceWindow.objects.create(
            unit=BusinessUnit.objects.get(slug="payments"),
            reason="A larger pool",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=lasts),
            scheduled_at=starts_at,
            stopped_at=starts_at if cancelled else None,
        )


def item_for(
    draft: Postmortem, actor: ActorNamed, closes_with: Proof | None, owner: str = "responder2.payments"
) -> ActionItem:
    return actions.add_action_item(
        actor=actor("responder.payments"),
        postmortem_id=draft.pk,
        title="Write it down",
        owner_id=actor(owner).person_id,
        due_on=date(2027, 1, 31),
        closes_with=closes_with,
    )


def stored(item: ActionItem) -> ActionItem:
    with seeding():
        return ActionItem.objects.get(pk=item.pk)


def test_a_revision_shows_that_it_was_done(draft: Postmortem, actor: ActorNamed) -> None:
    revision, item, owner = revision_of(actor), item_for(draft, actor, Proof.RUNBOOK), actor("responder2.payments")

    actions.complete_action_item(actor=owner, action_item_id=item.pk, proof_revision_id=revision.pk)

    closed = stored(item)
    assert (closed.status, closed.proof_revision_id, closed.proof) == ("done", revision.pk, "Revision of a runbook")
    with seeding():
        trail = AuditEntry.objects.get(verb="complete_action_item", object_id=item.pk)
        assert trail.change["proof_revision_id"] == [None, revision.pk]
    actions.reopen_action_item(actor=owner, action_item_id=item.pk)
    assert (stored(item).status, stored(item).proof_revision_id, stored(item).proof) == ("open", None, "")


def test_a_drill_shows_it_to_who_leads(draft: Postmortem, actor: ActorNamed) -> None:
    drill, item = drill_of(), item_for(draft, actor, Proof.DRILL, owner="commander.payments")

    actions.complete_action_item(
        actor=actor("commander.payments"), action_item_id=item.pk, proof="All were reached", proof_drill_id=drill.pk
    )

    assert (stored(item).proof_drill_id, stored(item).proof) == (drill.pk, "All were reached")


def test_the_test_of_an_alert_is_an_alert_that_came_since(
    draft: Postmortem, actor: ActorNamed, api: ApiOf, signed_in: SignedIn
) -> None:
    early = alert_from(ago=timedelta(minutes=1))
    item, owner = item_for(draft, actor, Proof.ALERT_TEST), actor("responder2.payments")
    hidden, unheard, tested = alert_from("media"), alert_from(status="resolved"), alert_from()

    for given, error, said, path in (
        ({"proof": "Paged on Tuesday"}, Invalid, "name the alert that came when it was tested", "proofAlertId"),
        ({"proof": "Paged", "proof_url": "https://alerts.example/7"}, Invalid, "name the alert", "proofAlertId"),
        ({"proof_alert_id": early.pk}, Conflict, "fired before this was agreed", "proofAlertId"),
        ({"proof_alert_id": unheard.pk}, Conflict, "over before it was received", "proofAlertId"),
        ({"proof_alert_id": hidden.pk}, NotFound, "There is no such alert", "proofAlertId"),
        ({"proof_alert_id": 10**12}, NotFound, "There is no such alert", "proofAlertId"),
        ({"proof_drill_id": drill_of().pk}, Invalid, "not with a drill", "proofDrillId"),
        ({"proof_maintenance_id": maintenance_of().pk}, Invalid, "not with a change", "proofMaintenanceId"),
        ({"proof_alert_id": tested.pk, "proof_drill_id": 1}, Invalid, "say which", "proofAlertId"),
    ):
        with pytest.raises(error, match=said) as refused:
            actions.complete_action_item(actor=owner, action_item_id=item.pk, **given)
        assert tuple(refused.value.path) == (path,)
    with seeding():
        assert not AuditEntry.objects.filter(verb="complete_action_item", object_id=item.pk).exists()
    assert (stored(item).status, stored(item).proof, stored(item).proof_alert_id) == ("open", "", None)
    hers = signed_in("responder2.payments")
    for page in (f"/postmortems/{draft.pk}", "/actions"):
        body = hers.get(page).content.decode()
        assert f'<option value="{tested.pk}">PoolFull' in body
        assert not any(f'<option value="{each.pk}">PoolFull' in body for each in (early, hidden, unheard))

    closed = hers.post(f"/actions/{item.pk}", {"do": "complete", "mine": "1", "proof_alert_test": str(tested.pk)})

    assert closed.status_code == 302
    assert (stored(item).proof_alert_id, stored(item).proof) == (tested.pk, "Test of an alert")
    assert tested.incident is not None
    assert (
        f'<a href="/incidents/{tested.incident.reference}">PoolFull'
        in hers.get(f"/postmortems/{draft.pk}").content.decode()
    )
    read = "query($id: ID!) { node(id: $id) { ... on ActionItem { proofAlert { name } proofMaintenance { reason } } } }"
    shown = api("responder2.payments").ask(read, id=global_id("ActionItem", item)).data["node"]
    assert shown == {"proofAlert": {"name": "PoolFull"}, "proofMaintenance": None}


def test_a_change_is_the_maintenance_it_was_made_in_or_an_address(
    draft: Postmortem, actor: ActorNamed, api: ApiOf
) -> None:
    item, owner, hers = item_for(draft, actor, Proof.CHANGE), actor("responder2.payments"), api("responder2.payments")
    made = maintenance_of()

    for given, error, said in (
        ({"proof": "Merged"}, Invalid, "name its address, or the maintenance"),
        ({"proof_maintenance_id": maintenance_of(began=timedelta(days=-3000)).pk}, Conflict, "was before this"),
        ({"proof_maintenance_id": maintenance_of(cancelled=True).pk}, Conflict, "was cancelled"),
        ({"proof_maintenance_id": maintenance_of(lasts=8).pk}, Conflict, "is not over yet"),
        ({"proof_maintenance_id": 10**12}, NotFound, "There is no such maintenance"),
    ):
        with pytest.raises(error, match=said) as refused:
            actions.complete_action_item(actor=owner, action_item_id=item.pk, **given)
        assert tuple(refused.value.path) == ("proofMaintenanceId",)
    assert (stored(item).status, stored(item).proof, stored(item).proof_maintenance_id) == ("open", "", None)
    shown = "... on ActionItem { id status proof proofMaintenance { reason } }"
    closed = hers.change(
        "completeActionItem", shown, actionItemId=global_id("ActionItem", item),
        proofMaintenanceId=global_id("MaintenanceWindow", made),
    ).data["completeActionItem"]  # fmt: skip

    assert (closed["status"], closed["proof"]) == ("DONE", "Change")
    assert closed["proofMaintenance"] == {"reason": "A larger pool"}
    actions.reopen_action_item(actor=owner, action_item_id=item.pk)
    actions.complete_action_item(actor=owner, action_item_id=item.pk, proof_url="https://changes.example/7")
    assert (stored(item).proof, stored(item).proof_maintenance_id) == ("Change", None)


def test_an_item_that_wants_nothing_in_particular_takes_either(draft: Postmortem, actor: ActorNamed) -> None:
    item = item_for(draft, actor, None)

    actions.complete_action_item(
        actor=actor("responder2.payments"), action_item_id=item.pk, proof_revision_id=revision_of(actor).pk
    )

    assert stored(item).proof == "Revision of a runbook"


def waiting_revision(actor: ActorNamed) -> dict[str, Any]:
    return {"proof_revision_id": revision_of(actor, approve=False).pk}


def declined_revision(actor: ActorNamed) -> dict[str, Any]:
    revision = revision_of(actor, approve=False)
    runbooks.decline_revision(actor=actor("commander.payments"), revision_id=revision.pk, reason="No")
    return {"proof_revision_id": revision.pk}


def former_revision(actor: ActorNamed) -> dict[str, Any]:
    revision = revision_of(actor)
    with seeding():
        # As of before the incident: nothing that came of its review.
        before = RESOLVED - timedelta(days=300)
        Revision.objects.filter(pk=revision.pk).update(decided_at=before)
    return {"proof_revision_id": revision.pk}


def hidden_revision(actor: ActorNamed) -> dict[str, Any]:
    return {"proof_revision_id": revision_of(actor, unit="media").pk}


def missing_revision(actor: ActorNamed) -> dict[str, Any]:
    return {"proof_revision_id": 10**12}


def two_things(actor: ActorNamed) -> dict[str, Any]:
    return {"proof_revision_id": revision_of(actor).pk, "proof_drill_id": drill_of().pk}


def drill_instead(actor: ActorNamed) -> dict[str, Any]:
    return {"proof_drill_id": drill_of().pk}


@pytest.mark.parametrize(
    ("named", "error", "said", "path"),
    [
        (waiting_revision, Conflict, "waits for approval", "proofRevisionId"),
        (declined_revision, Conflict, "was declined", "proofRevisionId"),
        (former_revision, Conflict, "was in force before this", "proofRevisionId"),
        (hidden_revision, NotFound, "There is no such revision", "proofRevisionId"),
        (missing_revision, NotFound, "There is no such revision", "proofRevisionId"),
        (two_things, Invalid, "say which", "proofRevisionId"),
        (drill_instead, Invalid, "closed with the revision of a runbook, not with a drill", "proofDrillId"),
    ],
)
def test_what_shows_nothing_or_may_not_be_seen_closes_nothing(
    draft: Postmortem,
    actor: ActorNamed,
    *,
    named: Callable[[ActorNamed], dict[str, Any]],
    error: type[HubError],
    said: str,
    path: str,
) -> None:
    item, given = item_for(draft, actor, Proof.RUNBOOK), named(actor)

    with pytest.raises(error, match=said) as refused:
        actions.complete_action_item(actor=actor("responder2.payments"), action_item_id=item.pk, **given)

    assert tuple(refused.value.path) == (path,)
    assert (stored(item).status, stored(item).proof, stored(item).proof_revision_id) == ("open", "", None)
    with seeding():
        assert not AuditEntry.objects.filter(verb="complete_action_item", object_id=item.pk).exists()


@pytest.mark.parametrize(
    ("ago", "unit", "error", "said"),
    [
        (timedelta(hours=1), "payments", Conflict, "not over yet"),
        (timedelta(days=3000), "payments", Conflict, "was before this"),
        (timedelta(days=2), "media", NotFound, "There is no such drill"),
    ],
)
def test_drills_that_show_nothing_close_nothing(
    draft: Postmortem, actor: ActorNamed, *, ago: timedelta, unit: str, error: type[HubError], said: str
) -> None:
    item, drill = item_for(draft, actor, Proof.DRILL, owner="commander.payments"), drill_of(unit, ago=ago)

    with pytest.raises(error, match=said) as refused:
        actions.complete_action_item(actor=actor("commander.payments"), action_item_id=item.pk, proof_drill_id=drill.pk)

    assert tuple(refused.value.path) == ("proofDrillId",)
    assert stored(item).status == "open"


def test_the_database_takes_evidence_of_the_kind_that_is_wanted_alone(draft: Postmortem, actor: ActorNamed) -> None:
    item, revision = item_for(draft, actor, Proof.DRILL), revision_of(actor)

    for values in ({"status": "done", "done_at": clock.now(), "proof": "x"}, {}):
        with pytest.raises(IntegrityError), transaction.atomic(), acting_as(actor("responder.payments")):
            ActionItem.objects.filter(pk=item.pk).update(proof_revision=revision, **values)

    assert stored(item).proof_revision_id is None


def test_an_owner_from_elsewhere_names_what_they_see(draft: Postmortem, actor: ActorNamed) -> None:
    item = item_for(draft, actor, Proof.RUNBOOK, owner="responder.media")
    own = revision_of(actor, unit="media", title="Newsroom pools")
    foreign = revision_of(actor)

    with pytest.raises(NotFound):
        actions.complete_action_item(
            actor=actor("responder.media"), action_item_id=item.pk, proof_revision_id=foreign.pk
        )
    actions.complete_action_item(actor=actor("responder.media"), action_item_id=item.pk, proof_revision_id=own.pk)

    assert stored(item).proof_revision_id == own.pk


def test_readers_see_it_as_far_as_they_may(
    published: Callable[..., Postmortem], actor: ActorNamed, api: ApiOf, signed_in: SignedIn
) -> None:
    review, revision, drill = published("enterprise"), revision_of(actor), drill_of()
    commander = actor("commander.payments")
    first = item_for(review, actor, Proof.RUNBOOK, owner="commander.payments")
    second = item_for(review, actor, Proof.DRILL, owner="commander.payments")
    actions.complete_action_item(actor=commander, action_item_id=first.pk, proof_revision_id=revision.pk)
    actions.complete_action_item(
        actor=commander, action_item_id=second.pk, proof="All were reached", proof_drill_id=drill.pk
    )
    with seeding():
        number = Runbook.objects.get(pk=revision.runbook_id).number
    runbook, drill_name = f"PAY-B{number} {TITLE}, revision 1", f"Drill of Payments, {drill.started_at:%-d %b %Y}"

    mine = signed_in("commander.payments").get(f"/postmortems/{review.pk}").content.decode()
    responders = signed_in("responder.payments").get(f"/postmortems/{review.pk}").content.decode()
    theirs = signed_in("outsider.logistics").get(f"/postmortems/{review.pk}").content.decode()

    assert f'<a href="/runbooks/{revision.runbook_id}?revision=1">{escape(runbook)}</a>' in mine
    assert f'<a href="/drills/{drill.pk}">{drill_name}</a>, All were reached' in mine
    assert escape(runbook) in responders
    assert f"/drills/{drill.pk}" not in responders
    assert "Drill: All were reached" in responders
    assert TITLE not in theirs
    assert f"/runbooks/{revision.runbook_id}" not in theirs
    assert "Closed with: revision of a runbook" in theirs
    key = global_id("Postmortem", review)
    assert api("commander.payments").ask(READ, id=key).data["postmortem"]["actionItems"] == [
        {"proof": "Revision of a runbook", "proofRevision": {"number": 1, "runbook": {"title": TITLE}},
         "proofDrill": None},
        {"proof": "All were reached", "proofRevision": None, "proofDrill": {"name": "Payments"}},
    ]  # fmt: skip
    assert api("outsider.logistics").ask(READ, id=key).data["postmortem"]["actionItems"] == [
        {"proof": "Revision of a runbook", "proofRevision": None, "proofDrill": None},
        {"proof": "All were reached", "proofRevision": None, "proofDrill": None},
    ]


def test_clients_close_with_it(draft: Postmortem, actor: ActorNamed, api: ApiOf) -> None:
    item, revision = item_for(draft, actor, Proof.RUNBOOK), revision_of(actor)
    hidden = revision_of(actor, unit="media")
    owner = api("responder2.payments")

    def close(**given: Any) -> Any:
        return owner.change("completeActionItem", SHOWN, actionItemId=global_id("ActionItem", item), **given).data

    refused = close(proofRevisionId=global_id("RunbookRevision", hidden))["completeActionItem"]
    wrong = close(proofRevisionId=global_id("Drill", revision))["completeActionItem"]
    closed = close(proofRevisionId=global_id("RunbookRevision", revision))["completeActionItem"]

    assert [(each["code"], each["path"]) for each in refused["errors"]] == [("NOT_FOUND", ["input", "proofRevisionId"])]
    assert [each["code"] for each in wrong["errors"]] == ["NOT_FOUND"]
    assert closed["proofRevision"] == {"number": 1, "runbook": {"title": TITLE}}
    assert closed["proofDrill"] is None


def test_the_page_offers_what_could_show_it(draft: Postmortem, actor: ActorNamed, signed_in: SignedIn) -> None:
    item, revision = item_for(draft, actor, Proof.RUNBOOK), revision_of(actor)
    waiting, hidden = revision_of(actor, title="Waits", approve=False), revision_of(actor, unit="media", title="Theirs")
    owner = signed_in("responder2.payments")

    for page in (f"/postmortems/{draft.pk}", "/actions"):
        body = owner.get(page).content.decode()
        assert f'<option value="{revision.pk}">PAY-B' in body
        assert f'<option value="{waiting.pk}">' not in body
        assert f'<option value="{hidden.pk}">' not in body
    closed = owner.post(f"/actions/{item.pk}", {"do": "complete", "mine": "1", "proof_runbook": str(revision.pk)})

    assert closed.status_code == 302
    assert stored(item).proof_revision_id == revision.pk
