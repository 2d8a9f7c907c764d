"""Letting a review out, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from hub.incidents import actions as incidents
from hub.incidents.models import Incident
from hub.lib.errors import Conflict, Forbidden, Invalid, InvalidMany, NotFound
from hub.live.models import OutboxEntry
from knowledge.postmortems import actions
from knowledge.postmortems.models import Audience, Postmortem, PostmortemRevision, PostmortemStatus
from tenants.models import AuditEntry, Person
from tests.conftest import seeding
from tests.knowledge.postmortems.conftest import ActorNamed, stored

pytestmark = pytest.mark.django_db


def test_a_complete_review_is_published_with_its_figures(complete: Postmortem, actor: ActorNamed) -> None:
    publisher = actor("commander.payments")

    review = actions.publish_postmortem(actor=publisher, postmortem_id=complete.pk, audience=Audience.ENTERPRISE)

    assert review.shared
    review = stored(complete)
    assert (review.status, review.audience) == (PostmortemStatus.PUBLISHED, Audience.ENTERPRISE)
    assert (review.published_by_id, review.version) == (publisher.person_id, complete.version + 1)
    assert (review.minutes_to_acknowledge, review.minutes_to_mitigate, review.minutes_to_resolve) == (4, 30, 90)
    with seeding():
        event = OutboxEntry.objects.get(type="PostmortemPublished", incident_id=review.incident_id)
        assert event.payload == {"postmortem_id": review.pk, "version": review.version, "audience": "enterprise"}
        trail = AuditEntry.objects.get(verb="publish_postmortem", object_id=review.pk)
        assert trail.change == {"status": ["draft", "published"], "audience": [None, "enterprise"]}


def test_a_refusal_lists_everything_that_is_missing(
    draft: Postmortem, actor: ActorNamed, person: Callable[[str], Person]
) -> None:
    writer = actor("responder.payments")
    actions.edit_postmortem(
        actor=writer, postmortem_id=draft.pk, version=1, texts={"root_cause": "A pool.", "lessons": "Look."}
    )
    actions.add_action_item(
        actor=writer,
        postmortem_id=draft.pk,
        title="Alert",
        owner_id=person("responder.payments").pk,
        due_on=date(2027, 1, 31),
    )
    actions.add_action_item(actor=writer, postmortem_id=draft.pk, title="Resize")

    with pytest.raises(InvalidMany) as refused:
        actions.publish_postmortem(
            actor=actor("commander.payments"), postmortem_id=draft.pk, audience=Audience.ENTERPRISE
        )

    assert [(error.path, error.message) for error in refused.value.errors] == [
        (("summary",), "“Summary” still says what the hub drafted."),
        (("impact",), "“Impact” still says what the hub drafted."),
        (("detection",), "“Detection” still says what the hub drafted."),
        (("wentWell",), "“What went well” is empty."),
        (("wentBadly",), "“What went badly” is empty."),
        (("cause",), "No root cause is chosen."),
        (("actionItems", "1", "ownerId"), "“Resize” has no owner."),
        (("actionItems", "1", "dueOn"), "“Resize” has no deadline."),
    ]
    assert stored(draft).status == PostmortemStatus.DRAFT
    with seeding():
        assert not OutboxEntry.objects.filter(type="PostmortemPublished", incident_id=draft.incident_id).exists()


def test_every_owner_has_committed_to_a_deadline_before(
    complete: Postmortem, actor: ActorNamed, person: Callable[[str], Person]
) -> None:
    owner, publisher = actor("responder2.payments"), actor("commander.payments")
    item = actions.add_action_item(
        actor=actor("responder.payments"),
        postmortem_id=complete.pk,
        title="Alert on the pool",
        owner_id=owner.person_id,
        due_on=date(2027, 1, 31),
    )

    with pytest.raises(InvalidMany) as refused:
        actions.publish_postmortem(actor=publisher, postmortem_id=complete.pk, audience=Audience.UNIT)
    still = stored(complete).status
    actions.accept_action_item(actor=owner, action_item_id=item.pk)
    actions.publish_postmortem(actor=publisher, postmortem_id=complete.pk, audience=Audience.UNIT)

    name = person("responder2.payments").name
    assert [(error.path, error.message) for error in refused.value.errors] == [
        (("actionItems", "0", "acceptedAt"), f"{name} has not accepted “Alert on the pool” by 31 Jan 2027.")
    ]
    assert still == PostmortemStatus.DRAFT
    assert stored(complete).is_published


def test_another_day_is_committed_to_anew(complete: Postmortem, actor: ActorNamed) -> None:
    writer, owner = actor("responder.payments"), actor("responder2.payments")
    item = actions.add_action_item(
        actor=writer,
        postmortem_id=complete.pk,
        title="Alert on the pool",
        owner_id=owner.person_id,
        due_on=date(2027, 1, 31),
    )
    actions.accept_action_item(actor=owner, action_item_id=item.pk)
    actions.update_action_item(actor=writer, action_item_id=item.pk, due_on=date(2027, 2, 28))

    with pytest.raises(InvalidMany):
        actions.publish_postmortem(actor=actor("commander.payments"), postmortem_id=complete.pk, audience=Audience.UNIT)

    assert not stored(complete).is_published


def test_items_that_are_done_or_dropped_need_no_owner(complete: Postmortem, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    for title in ("Done at once", "Not worth it"):
        actions.add_action_item(actor=writer, postmortem_id=complete.pk, title=title)
    with seeding():
        done, dropped = complete.action_items.order_by("id")
    actions.complete_action_item(actor=writer, action_item_id=done.pk)
    actions.drop_action_item(actor=writer, action_item_id=dropped.pk, reason="The service is retired")

    actions.publish_postmortem(actor=actor("commander.payments"), postmortem_id=complete.pk, audience=Audience.UNIT)

    assert stored(complete).is_published
    assert not stored(complete).shared


def test_a_restricted_review_stays_with_its_grants(complete: Postmortem, incident: Incident, actor: ActorNamed) -> None:
    commander = actor("commander.payments")
    incidents.restrict_incident(actor=commander, incident_id=incident.pk, reason="Card data")

    with pytest.raises(InvalidMany) as refused:
        actions.publish_postmortem(actor=commander, postmortem_id=complete.pk, audience=Audience.ENTERPRISE)
    assert [error.path for error in refused.value.errors] == [("audience",)]

    actions.publish_postmortem(actor=commander, postmortem_id=complete.pk, audience=Audience.UNIT)

    assert stored(complete).is_published


def test_restricting_the_incident_later_takes_the_review_out_of_sight(
    published: Callable[..., Postmortem], incident: Incident, actor: ActorNamed
) -> None:
    review = published("enterprise")

    incidents.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Card data")

    with seeding():
        review = Postmortem.objects.get(pk=review.pk)
        assert (review.restricted, review.shared) == (True, False)
        children = [*review.moments.all(), *review.contributing_causes.all(), *review.revisions.all()]
        assert {(child.restricted, child.shared) for child in children} == {(True, False)}


@pytest.mark.parametrize(
    ("username", "error"),
    [("responder.payments", Forbidden), ("observer.payments", Forbidden), ("outsider.logistics", NotFound)],
)
def test_nobody_else_may(complete: Postmortem, actor: ActorNamed, username: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        actions.publish_postmortem(actor=actor(username), postmortem_id=complete.pk, audience=Audience.UNIT)

    assert not stored(complete).is_published


def test_it_is_published_once(published: Callable[..., Postmortem], actor: ActorNamed) -> None:
    review = published()

    with pytest.raises(Conflict, match="published already"):
        actions.publish_postmortem(actor=actor("coordinator"), postmortem_id=review.pk, audience=Audience.UNIT)

    assert stored(review).audience == Audience.ENTERPRISE


def test_taking_it_back_makes_it_a_draft_and_says_why(published: Callable[..., Postmortem], actor: ActorNamed) -> None:
    review = published()

    actions.retract_postmortem(actor=actor("commander.payments"), postmortem_id=review.pk, reason="It names a customer")

    back = stored(review)
    assert (back.status, back.shared, back.published_at, back.published_by_id) == ("draft", False, None, None)
    with seeding():
        trail = AuditEntry.objects.get(verb="retract_postmortem", object_id=review.pk)
        assert trail.change["reason"] == [None, "It names a customer"]
        event = OutboxEntry.objects.get(type="PostmortemRetracted", incident_id=review.incident_id)
        assert event.payload == {"postmortem_id": review.pk, "version": back.version}
        children = [*back.moments.all(), *PostmortemRevision.objects.filter(postmortem=back)]
        assert {child.shared for child in children} == {False}
    actions.publish_postmortem(actor=actor("commander.payments"), postmortem_id=review.pk, audience=Audience.UNIT)
    assert stored(review).is_published


def test_taking_it_back_takes_a_publisher_and_a_reason(published: Callable[..., Postmortem], actor: ActorNamed) -> None:
    review = published()

    with pytest.raises(Forbidden):
        actions.retract_postmortem(actor=actor("responder.payments"), postmortem_id=review.pk, reason="Mine")
    with pytest.raises(NotFound):
        actions.retract_postmortem(actor=actor("outsider.logistics"), postmortem_id=0, reason="Whose?")
    with pytest.raises(Invalid) as refused:
        actions.retract_postmortem(actor=actor("commander.payments"), postmortem_id=review.pk, reason=" ")

    assert refused.value.path == ("reason",)
    assert stored(review).is_published


def test_a_draft_cannot_be_taken_back(draft: Postmortem, actor: ActorNamed) -> None:
    with pytest.raises(Conflict, match="is a draft"):
        actions.retract_postmortem(actor=actor("commander.payments"), postmortem_id=draft.pk, reason="Why not")
