"""Closing action items: with what was agreed to show it, and how many are closed at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from hub.lib import clock
from hub.lib.errors import Forbidden, Invalid, NotFound
from hub.lib.identity import acting_as
from knowledge.postmortems import access, actions
from knowledge.postmortems.models import ActionItem, ActionPriority, Postmortem, Proof
from tenants.models import AuditEntry
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.knowledge.postmortems.conftest import RESOLVED, ActorNamed

__all__ = ["api"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(draft: Postmortem, actor: ActorNamed) -> ActionItem:
    """Aisha shall double the pool, and show the change."""
    return actions.add_action_item(
        actor=actor("responder.payments"),
        postmortem_id=draft.pk,
        title="Double the pool",
        owner_id=actor("responder2.payments").person_id,
        due_on=date(2027, 1, 31),
        priority=ActionPriority.HIGH,
        closes_with=Proof.CHANGE,
    )


def stored(item: ActionItem) -> ActionItem:
    with seeding():
        return ActionItem.objects.get(pk=item.pk)


def test_an_item_is_closed_with_what_shows_it(item: ActionItem, actor: ActorNamed) -> None:
    owner = actor("responder2.payments")

    with pytest.raises(Invalid) as refused:
        actions.complete_action_item(actor=owner, action_item_id=item.pk, outcome="Done", proof="It is doubled")
    with pytest.raises(Invalid) as address:
        actions.complete_action_item(
            actor=owner, action_item_id=item.pk, proof="It is doubled", proof_url="javascript:alert(1)"
        )
    before = stored(item)
    actions.complete_action_item(
        actor=owner, action_item_id=item.pk, proof="It is doubled", proof_url="https://changes.example/7"
    )

    assert refused.value.message == (
        "“Double the pool” is closed with the change: name its address, or the maintenance in which it was made."
    )
    assert (refused.value.path, address.value.path) == (("proofMaintenanceId",), ("proofUrl",))
    assert (before.status, before.proof, before.outcome) == ("open", "", "")
    assert (stored(item).status, stored(item).proof_url) == ("done", "https://changes.example/7")
    with seeding():
        trail = AuditEntry.objects.get(verb="complete_action_item", object_id=item.pk)
        assert trail.change["proof"] == [None, "It is doubled"]
    actions.reopen_action_item(actor=owner, action_item_id=item.pk)
    assert (stored(item).status, stored(item).proof) == ("open", "")


def test_the_database_wants_it_too(item: ActionItem, actor: ActorNamed) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), acting_as(actor("responder2.payments")):
        ActionItem.objects.filter(pk=item.pk).update(status="done", done_at=clock.now())

    assert stored(item).status == "open"


def test_what_is_agreed_is_changed_by_the_review_and_not_by_the_owner_alone(
    item: ActionItem, draft: Postmortem, actor: ActorNamed
) -> None:
    for username, error in (("observer.payments", Forbidden), ("outsider.logistics", NotFound)):
        with pytest.raises(error):
            actions.update_action_item(actor=actor(username), action_item_id=item.pk, closes_with=None)
    kept = stored(item).closes_with
    actions.update_action_item(
        actor=actor("responder.payments"), action_item_id=item.pk, closes_with=None, priority=ActionPriority.LOW
    )

    assert kept == "change"
    assert (stored(item).closes_with, stored(item).priority, stored(item).due_on) == (None, "low", date(2027, 1, 31))
    actions.complete_action_item(actor=actor("responder2.payments"), action_item_id=item.pk)
    assert stored(item).status == "done"


def test_the_page_asks_for_it(item: ActionItem, draft: Postmortem, signed_in: SignedIn) -> None:
    owner = signed_in("responder2.payments")

    page = owner.get(f"/postmortems/{draft.pk}").content.decode()
    mine = owner.get("/actions").content.decode()
    done = {"do": "complete", "mine": "1", "proof": "It is doubled"}
    refused = owner.post(f"/actions/{item.pk}", done)
    closed = owner.post(f"/actions/{item.pk}", {**done, "proof_url": "https://changes.example/7"})

    assert "Closed with: change" in page
    assert 'name="closes_with"' in page
    assert f'data-dialog="done-{item.pk}"' in mine
    assert (refused.status_code, closed.status_code) == (400, 302)
    assert stored(item).proof == "It is doubled"


def test_the_api_knows_it(item: ActionItem, api: ApiOf) -> None:
    owner, key = api("responder2.payments"), global_id("ActionItem", item)
    fields = "... on ActionItem { status priority closesWith proof }"

    said = {"actionItemId": key, "proof": "Doubled"}
    refused = owner.change("completeActionItem", fields, **said).data["completeActionItem"]
    shown = {**said, "proofUrl": "https://changes.example/7"}
    closed = owner.change("completeActionItem", fields, **shown).data["completeActionItem"]

    lacking = [("INVALID", ["input", "proofMaintenanceId"])]
    assert [(each["code"], each["path"]) for each in refused["errors"]] == lacking
    assert (closed["status"], closed["priority"], closed["closesWith"]) == ("DONE", "HIGH", "CHANGE")


def test_overdue_actions_are_listed_for_whoever_reads_the_review(
    published: Callable[..., Postmortem], actor: ActorNamed, signed_in: SignedIn
) -> None:
    review, commander = published("unit"), actor("commander.payments")
    item = actions.add_action_item(
        actor=commander,
        postmortem_id=review.pk,
        title="Give the pool a limit",
        owner_id=commander.person_id,
        due_on=RESOLVED.date() + timedelta(days=7),
    )

    def listed(username: str) -> bool:
        reader = signed_in(username)
        page = reader.get("/postmortems/?view=actions&unit=payments").content.decode()
        is_listed = f'href="/postmortems/{review.pk}#action-{item.pk}"' in page
        # The file holds what the page does, and is offered where there is something in it.
        file = list(csv.DictReader(io.StringIO(reader.get("/postmortems/actions.csv?unit=payments").content.decode())))
        mine = [row for row in file if row["Action"] == "Give the pool a limit"]
        assert [row["Review"] for row in mine] == [review.reference] * is_listed
        assert all(row["Address"].endswith(f"/postmortems/{review.pk}#action-{item.pk}") for row in mine)
        assert ('href="/postmortems/actions.csv?unit=payments"' in page) == bool(file)
        return is_listed

    assert listed("observer.payments")
    assert not listed("outsider.logistics")
    actions.complete_action_item(actor=commander, action_item_id=item.pk)
    assert not listed("observer.payments")


def test_completion_counts_what_fell_due_and_is_seen(
    published: Callable[..., Postmortem], actor: ActorNamed, api: ApiOf, signed_in: SignedIn
) -> None:
    review, commander, outsider = published("unit"), actor("commander.payments"), actor("outsider.logistics")
    with acting_as(commander):
        before = access.completion(commander)
    with acting_as(outsider):
        hidden = access.completion(outsider)
    today = clock.now().date()
    scope = {
        "postmortem": review,
        "unit_id": review.unit_id,
        "incident_id": review.incident_id,
        "shared": review.shared,
        "created_at": review.opened_at,
        "due_on": today - timedelta(days=10),
    }
    at = clock.now()
    with seeding():
        ActionItem.objects.create(title="In time", status="done", done_at=at - timedelta(days=12), **scope)
        ActionItem.objects.create(title="Late", status="done", done_at=at, **scope)
        ActionItem.objects.create(title="Open", **scope)
        ActionItem.objects.create(title="Dropped", status="dropped", outcome="x", **scope)
        ActionItem.objects.create(title="To come", **{**scope, "due_on": today})

    with acting_as(commander):
        after = access.completion(commander)
    with acting_as(outsider):
        assert access.completion(outsider) == hidden
    told = api("commander.payments").ask("{ actionItemCompletion { due doneInTime doneLate open dropped rate } }").data

    assert (after.due, after.in_time, after.late) == (before.due + 3, before.in_time + 1, before.late + 1)
    assert (after.open, after.dropped) == (before.open + 1, before.dropped + 1)
    assert told["actionItemCompletion"]["rate"] == pytest.approx((after.in_time + after.late) / after.due)
    assert (
        f"Of {after.due} actions that fell due" in signed_in("commander.payments").get("/postmortems/").content.decode()
    )
