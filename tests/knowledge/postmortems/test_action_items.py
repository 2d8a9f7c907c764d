"""Action items: adding, committing, completing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from hub.incidents import actions as incidents
from hub.incidents.models import Incident
from hub.lib.errors import Conflict, Forbidden, Invalid, InvalidMany, NotFound
from hub.lib.identity import acting_as
from hub.live.models import OutboxEntry
from knowledge.postmortems import access, actions
from knowledge.postmortems.models import ActionItem, ActionStatus, Audience, Postmortem
from tenants.models import AuditEntry, Person
from tests.conftest import seeding
from tests.knowledge.postmortems.conftest import ActorNamed

pytestmark = pytest.mark.django_db

PersonNamed = Callable[[str], Person]
DAY = date(2027, 1, 31)


@pytest.fixture
def item(draft: Postmortem, actor: ActorNamed, person: PersonNamed) -> ActionItem:
    """Aisha shall put an alert on the pool; Luca wrote that down."""
    return actions.add_action_item(
        actor=actor("responder.payments"),
        postmortem_id=draft.pk,
        title="Alert when the pool is 80% full",
        owner_id=person("responder2.payments").pk,
        due_on=DAY,
    )


def stored(item: ActionItem) -> ActionItem:
    with seeding():
        return ActionItem.objects.get(pk=item.pk)


class TestAdding:
    def test_an_item_waits_for_its_owner(self, item: ActionItem, draft: Postmortem) -> None:
        row = stored(item)
        assert (row.status, row.accepted_at, row.due_on) == (ActionStatus.OPEN, None, DAY)
        with seeding():
            assert Postmortem.objects.get(pk=draft.pk).version == draft.version + 1
            event = OutboxEntry.objects.get(type="PostmortemEdited", incident_id=draft.incident_id)
            assert event.payload["changed"] == ["action_items"]

    def test_whoever_takes_one_themselves_has_accepted_it(
        self, draft: Postmortem, actor: ActorNamed, person: PersonNamed
    ) -> None:
        item = actions.add_action_item(
            actor=actor("responder.payments"),
            postmortem_id=draft.pk,
            title="Resize the pool",
            owner_id=person("responder.payments").pk,
            due_on=DAY,
        )

        assert stored(item).accepted_at is not None

    @pytest.mark.parametrize(
        ("bad", "path"),
        [
            ({"title": " "}, ("title",)),
            ({"title": "x" * 301}, ("title",)),
            ({"due_on": date(2026, 3, 1)}, ("dueOn",)),
            ({"owner_id": 0}, ("ownerId",)),
        ],
    )
    def test_bad_input_names_its_field(
        self, draft: Postmortem, actor: ActorNamed, bad: dict[str, object], path: tuple[str, ...]
    ) -> None:
        with pytest.raises((Invalid, NotFound)) as refused:
            actions.add_action_item(
                **{"actor": actor("responder.payments"), "postmortem_id": draft.pk, "title": "Fine"} | bad  # type: ignore[arg-type]
            )

        assert refused.value.path == path
        with seeding():
            assert not draft.action_items.exists()

    @pytest.mark.parametrize(
        ("username", "error"), [("observer.payments", Forbidden), ("outsider.logistics", NotFound)]
    )
    def test_readers_add_none(
        self, draft: Postmortem, actor: ActorNamed, username: str, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            actions.add_action_item(actor=actor(username), postmortem_id=draft.pk, title="No")

        with seeding():
            assert not draft.action_items.exists()

    def test_a_published_review_takes_only_commitments(
        self, published: Callable[..., Postmortem], actor: ActorNamed, person: PersonNamed
    ) -> None:
        review = published()

        with pytest.raises(InvalidMany) as refused:
            actions.add_action_item(actor=actor("responder.payments"), postmortem_id=review.pk, title="Someday")
        added = actions.add_action_item(
            actor=actor("responder.payments"),
            postmortem_id=review.pk,
            title="Soon",
            owner_id=person("responder2.payments").pk,
            due_on=DAY,
        )

        assert [error.path for error in refused.value.errors] == [("ownerId",), ("dueOn",)]
        with acting_as(actor("outsider.logistics")):
            assert list(ActionItem.objects.filter(postmortem=review)) == [added]


class TestUpdating:
    def test_another_owner_or_day_is_a_new_commitment(
        self, item: ActionItem, actor: ActorNamed, person: PersonNamed
    ) -> None:
        actions.accept_action_item(actor=actor("responder2.payments"), action_item_id=item.pk)

        actions.update_action_item(
            actor=actor("responder.payments"), action_item_id=item.pk, owner_id=person("responder3.payments").pk
        )

        row = stored(item)
        assert (row.owner_id, row.accepted_at) == (person("responder3.payments").pk, None)
        with seeding():
            trail = AuditEntry.objects.get(verb="update_action_item", object_id=item.pk)
        assert trail.change == {"owner": [item.owner_id, row.owner_id]}

    def test_another_title_is_not(self, item: ActionItem, actor: ActorNamed) -> None:
        actions.accept_action_item(actor=actor("responder2.payments"), action_item_id=item.pk)

        actions.update_action_item(actor=actor("responder.payments"), action_item_id=item.pk, title="Alert at 70%")

        assert stored(item).title == "Alert at 70%"
        assert stored(item).accepted_at is not None

    def test_an_item_of_a_published_review_keeps_owner_and_day(
        self, complete: Postmortem, item: ActionItem, actor: ActorNamed
    ) -> None:
        actions.accept_action_item(actor=actor("responder2.payments"), action_item_id=item.pk)
        actions.publish_postmortem(
            actor=actor("commander.payments"),
            postmortem_id=complete.pk,
            audience=Audience.UNIT,
        )

        with pytest.raises(InvalidMany):
            actions.update_action_item(actor=actor("responder.payments"), action_item_id=item.pk, owner_id=None)

        assert stored(item).owner_id == item.owner_id

    def test_what_is_done_stays_as_it_is(self, item: ActionItem, actor: ActorNamed) -> None:
        actions.complete_action_item(actor=actor("responder2.payments"), action_item_id=item.pk)

        with pytest.raises(Conflict, match="done already"):
            actions.update_action_item(actor=actor("responder.payments"), action_item_id=item.pk, title="Else")


class TestAccepting:
    def test_the_owner_commits(self, item: ActionItem, actor: ActorNamed) -> None:
        actions.accept_action_item(actor=actor("responder2.payments"), action_item_id=item.pk)

        assert stored(item).accepted_at is not None
        with pytest.raises(Conflict, match="already"):
            actions.accept_action_item(actor=actor("responder2.payments"), action_item_id=item.pk)

    @pytest.mark.parametrize(
        ("username", "error"), [("commander.payments", Forbidden), ("outsider.logistics", NotFound)]
    )
    def test_nobody_commits_for_somebody_else(
        self, item: ActionItem, actor: ActorNamed, username: str, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            actions.accept_action_item(actor=actor(username), action_item_id=item.pk)

        assert stored(item).accepted_at is None

    def test_there_must_be_a_day(self, item: ActionItem, actor: ActorNamed) -> None:
        actions.update_action_item(actor=actor("responder.payments"), action_item_id=item.pk, due_on=None)

        with pytest.raises(Conflict, match="no deadline"):
            actions.accept_action_item(actor=actor("responder2.payments"), action_item_id=item.pk)


class TestCompleting:
    def test_the_owner_says_what_was_done(self, item: ActionItem, actor: ActorNamed) -> None:
        actions.complete_action_item(
            actor=actor("responder2.payments"), action_item_id=item.pk, outcome="Alert pool-80 in production"
        )

        row = stored(item)
        assert (row.status, row.outcome) == (ActionStatus.DONE, "Alert pool-80 in production")
        assert row.done_at is not None
        with pytest.raises(Conflict, match="done already"):
            actions.complete_action_item(actor=actor("responder2.payments"), action_item_id=item.pk)

    def test_dropping_takes_a_reason(self, item: ActionItem, actor: ActorNamed) -> None:
        with pytest.raises(Invalid) as refused:
            actions.drop_action_item(actor=actor("responder.payments"), action_item_id=item.pk, reason="")
        actions.drop_action_item(actor=actor("responder.payments"), action_item_id=item.pk, reason="Pool is gone")

        assert refused.value.path == ("reason",)
        assert (stored(item).status, stored(item).outcome) == (ActionStatus.DROPPED, "Pool is gone")

    def test_it_can_be_opened_again(self, item: ActionItem, actor: ActorNamed) -> None:
        actions.complete_action_item(actor=actor("responder2.payments"), action_item_id=item.pk, outcome="Thought so")

        actions.reopen_action_item(actor=actor("responder.payments"), action_item_id=item.pk)

        row = stored(item)
        assert (row.status, row.done_at, row.outcome) == (ActionStatus.OPEN, None, "")

    @pytest.mark.parametrize(
        ("username", "error"), [("observer.payments", Forbidden), ("outsider.logistics", NotFound)]
    )
    def test_nobody_else_may(self, item: ActionItem, actor: ActorNamed, username: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            actions.complete_action_item(actor=actor(username), action_item_id=item.pk)
        with pytest.raises(error):
            actions.drop_action_item(actor=actor(username), action_item_id=item.pk, reason="No")
        with pytest.raises(error):
            actions.reopen_action_item(actor=actor(username), action_item_id=item.pk)

        assert stored(item).status == ActionStatus.OPEN


class TestAnOwnerInAnotherUnit:
    @pytest.fixture
    def lent(self, draft: Postmortem, actor: ActorNamed, person: PersonNamed) -> ActionItem:
        return actions.add_action_item(
            actor=actor("responder.payments"),
            postmortem_id=draft.pk,
            title="Raise the database's connection limit",
            owner_id=person("responder.cloud").pk,
            due_on=DAY,
        )

    def test_sees_the_item_and_nothing_else_of_the_draft(
        self, lent: ActionItem, draft: Postmortem, actor: ActorNamed
    ) -> None:
        owner = actor("responder.cloud")
        with acting_as(owner):
            mine = list(access.my_action_items(owner).filter(pk=lent.pk))
            assert mine == [lent]
            assert mine[0].postmortem is None
            assert not draft.moments.exists()
            with pytest.raises(NotFound):
                access.postmortem_for(owner, draft.pk)
        with acting_as(actor("responder2.cloud")):
            assert not ActionItem.objects.filter(pk=lent.pk).exists()

    def test_accepts_and_completes_it(self, lent: ActionItem, actor: ActorNamed) -> None:
        actions.accept_action_item(actor=actor("responder.cloud"), action_item_id=lent.pk)
        actions.complete_action_item(actor=actor("responder.cloud"), action_item_id=lent.pk, outcome="Raised to 200")

        assert stored(lent).status == ActionStatus.DONE
        with seeding():
            trail = AuditEntry.objects.filter(noun="actionitem", object_id=lent.pk, unit_id=lent.unit_id)
            assert {"accept_action_item", "complete_action_item"} <= set(trail.values_list("verb", flat=True))

    def test_changes_nothing_else(self, lent: ActionItem, actor: ActorNamed, person: PersonNamed) -> None:
        with pytest.raises(Forbidden):
            actions.update_action_item(actor=actor("responder.cloud"), action_item_id=lent.pk, title="Nothing")
        with pytest.raises(Forbidden):
            actions.drop_action_item(actor=actor("responder.cloud"), action_item_id=lent.pk, reason="No")

        assert stored(lent).title == "Raise the database's connection limit"

    def test_no_item_of_a_restricted_review_goes_to_somebody_without_a_grant(
        self, draft: Postmortem, incident: Incident, actor: ActorNamed, person: PersonNamed
    ) -> None:
        commander = actor("commander.payments")
        incidents.restrict_incident(actor=commander, incident_id=incident.pk, reason="Card data")

        with pytest.raises(NotFound) as refused:
            actions.add_action_item(
                actor=commander,
                postmortem_id=draft.pk,
                title="Rotate keys",
                owner_id=person("security").pk,
                due_on=DAY,
            )
        incidents.grant_access(
            actor=commander, incident_id=incident.pk, person_id=person("security").pk, reason="Rotates keys"
        )
        item = actions.add_action_item(
            actor=commander,
            postmortem_id=draft.pk,
            title="Rotate keys",
            owner_id=person("security").pk,
            due_on=DAY,
        )

        assert refused.value.path == ("ownerId",)
        security = actor("security")
        with acting_as(security):
            assert item in access.my_action_items(security)

    def test_loses_sight_when_the_incident_is_restricted(
        self, lent: ActionItem, incident: Incident, actor: ActorNamed
    ) -> None:
        incidents.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Card data")

        with acting_as(actor("responder.cloud")):
            assert not ActionItem.objects.filter(pk=lent.pk).exists()
