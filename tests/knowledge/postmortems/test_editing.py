"""Writing in a review, alone and together."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from hub.lib.errors import Forbidden, Invalid, InvalidMany, NotFound
from hub.lib.identity import acting_as
from hub.live.models import OutboxEntry
from knowledge.postmortems import access, actions
from knowledge.postmortems.actions import StaleEdit
from knowledge.postmortems.models import Postmortem, PostmortemRevision
from tenants.models import AuditEntry, Person
from tests.conftest import seeding
from tests.knowledge.postmortems.conftest import ActorNamed, stored

pytestmark = pytest.mark.django_db


def test_an_edit_takes_the_next_version_and_keeps_the_former_text(draft: Postmortem, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    drafted = draft.summary

    edited = actions.edit_postmortem(
        actor=writer, postmortem_id=draft.pk, version=1, texts={"summary": "  The pool was too small.\r\nVery. "}
    )

    assert (edited.version, edited.summary) == (2, "The pool was too small.\nVery.")
    assert edited.edited_by_id == writer.person_id
    with acting_as(writer):
        [revision] = access.revisions(writer, edited)
        assert (revision.section, revision.body, revision.version) == ("summary", drafted, 2)
        assert revision.replaced_by_id == writer.person_id
    with seeding():
        event = OutboxEntry.objects.get(type="PostmortemEdited", incident_id=draft.incident_id)
        assert event.payload == {"postmortem_id": draft.pk, "version": 2, "changed": ["summary"]}
        assert AuditEntry.objects.filter(verb="edit_postmortem", object_id=draft.pk).count() == 1


def test_the_same_text_again_changes_nothing(draft: Postmortem, actor: ActorNamed) -> None:
    actions.edit_postmortem(
        actor=actor("responder.payments"), postmortem_id=draft.pk, version=1, texts={"summary": draft.summary}
    )

    assert stored(draft).version == 1
    with seeding():
        assert not OutboxEntry.objects.filter(type="PostmortemEdited", incident_id=draft.incident_id).exists()


def test_two_people_in_different_sections_do_not_meet(draft: Postmortem, actor: ActorNamed) -> None:
    for username, texts in (
        ("responder.payments", {"root_cause": "A pool too small."}),
        ("responder2.payments", {"lessons": "Watch the pool."}),
    ):
        actions.edit_postmortem(actor=actor(username), postmortem_id=draft.pk, version=1, texts=texts)

    review = stored(draft)
    assert (review.root_cause, review.lessons, review.version) == ("A pool too small.", "Watch the pool.", 3)


def test_a_stale_edit_says_who_was_faster_and_saves_nothing(draft: Postmortem, actor: ActorNamed) -> None:
    first, second = actor("responder.payments"), actor("responder2.payments")
    actions.edit_postmortem(actor=first, postmortem_id=draft.pk, version=1, texts={"root_cause": "A pool."})

    with pytest.raises(StaleEdit, match="Luca Marino changed “Root cause”") as refused:
        actions.edit_postmortem(
            actor=second, postmortem_id=draft.pk, version=1, texts={"root_cause": "A leak.", "lessons": "Look."}
        )

    assert (refused.value.current, refused.value.version, refused.value.path) == ("A pool.", 2, ("rootCause",))
    review = stored(draft)
    assert (review.root_cause, review.lessons, review.version) == ("A pool.", "", 2)


def test_several_stale_sections_are_all_named(draft: Postmortem, actor: ActorNamed) -> None:
    texts = {"root_cause": "A pool.", "lessons": "Look."}
    actions.edit_postmortem(actor=actor("responder.payments"), postmortem_id=draft.pk, version=1, texts=texts)

    with pytest.raises(InvalidMany) as refused:
        actions.edit_postmortem(
            actor=actor("responder2.payments"),
            postmortem_id=draft.pk,
            version=1,
            texts={name: f"{text} Or not." for name, text in texts.items()},
        )

    assert {error.path for error in refused.value.errors} == {("rootCause",), ("lessons",)}
    assert {error.code for error in refused.value.errors} == {"CONFLICT"}


def test_after_reading_anew_the_edit_goes_through(draft: Postmortem, actor: ActorNamed) -> None:
    actions.edit_postmortem(
        actor=actor("responder.payments"), postmortem_id=draft.pk, version=1, texts={"root_cause": "A pool."}
    )

    actions.edit_postmortem(
        actor=actor("responder2.payments"), postmortem_id=draft.pk, version=2, texts={"root_cause": "A leak."}
    )

    assert stored(draft).root_cause == "A leak."


def test_the_lead_can_be_handed_over(draft: Postmortem, actor: ActorNamed, person: Callable[[str], Person]) -> None:
    elena = person("commander2.payments")

    actions.edit_postmortem(
        actor=actor("responder.payments"), postmortem_id=draft.pk, version=1, texts={}, author_id=elena.pk
    )

    assert stored(draft).author_id == elena.pk


@pytest.mark.parametrize(
    ("texts", "path"),
    [
        ({"title": "  "}, ("title",)),
        ({"title": "x" * 201}, ("title",)),
        ({"went_well": "x" * 50_001}, ("wentWell",)),
        ({"weather": "fine"}, ("weather",)),
    ],
)
def test_a_bad_text_names_its_field(
    draft: Postmortem, actor: ActorNamed, texts: dict[str, str], path: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.edit_postmortem(
            actor=actor("responder.payments"), postmortem_id=draft.pk, version=1, texts={"lessons": "Kept?"} | texts
        )

    assert refused.value.path == path
    assert stored(draft).lessons == ""


def test_a_version_to_come_is_refused(draft: Postmortem, actor: ActorNamed) -> None:
    with pytest.raises(Invalid, match="version 1"):
        actions.edit_postmortem(
            actor=actor("responder.payments"), postmortem_id=draft.pk, version=7, texts={"lessons": "Look."}
        )


@pytest.mark.parametrize(
    ("username", "error"),
    [("observer.payments", Forbidden), ("outsider.logistics", NotFound), ("auditor", Forbidden)],
)
def test_readers_do_not_write(draft: Postmortem, actor: ActorNamed, username: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        actions.edit_postmortem(actor=actor(username), postmortem_id=draft.pk, version=1, texts={"lessons": "No"})

    assert stored(draft).lessons == ""


def test_a_published_review_is_changed_by_those_who_publish(
    published: Callable[..., Postmortem], actor: ActorNamed
) -> None:
    review = published()

    with pytest.raises(Forbidden, match="published"):
        actions.edit_postmortem(
            actor=actor("responder.payments"), postmortem_id=review.pk, version=review.version, texts={"lessons": "No"}
        )
    actions.edit_postmortem(
        actor=actor("commander2.payments"), postmortem_id=review.pk, version=review.version, texts={"lessons": "Yes"}
    )

    assert stored(review).lessons == "Yes"


class TestTheDatabaseItself:
    """What holds also for a statement that no action made."""

    def test_refuses_a_change_without_a_version(self, draft: Postmortem, actor: ActorNamed) -> None:
        with (
            acting_as(actor("responder.payments")),
            pytest.raises(DatabaseError, match="next version"),
            transaction.atomic(),
        ):
            Postmortem.objects.filter(pk=draft.pk).update(lessons="Slipped in")

        assert stored(draft).lessons == ""

    def test_keeps_the_former_text_of_any_statement(self, draft: Postmortem, actor: ActorNamed) -> None:
        writer = actor("responder.payments")

        with acting_as(writer):
            Postmortem.objects.filter(pk=draft.pk).update(version=2, summary="Short.", edited_at=draft.edited_at)

            assert PostmortemRevision.objects.get(postmortem=draft).body == draft.summary

    def test_lets_nobody_change_or_delete_history(self, draft: Postmortem, actor: ActorNamed) -> None:
        writer = actor("responder.payments")
        actions.edit_postmortem(actor=writer, postmortem_id=draft.pk, version=1, texts={"lessons": "Look."})

        for statement in (
            "UPDATE postmortems_postmortemrevision SET body = ''",
            "DELETE FROM postmortems_postmortemrevision",
            "DELETE FROM postmortems_postmortem",
            "DELETE FROM postmortems_actionitem",
        ):
            with (
                acting_as(writer),
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    @pytest.mark.parametrize(
        "change", [{"status": "draft", "published_at": None}, {"audience": "unit"}, {"cause": None}]
    )
    def test_lets_only_publishers_touch_what_is_published(
        self, published: Callable[..., Postmortem], actor: ActorNamed, change: dict[str, object]
    ) -> None:
        review = published()

        with (
            acting_as(actor("responder.payments")),
            pytest.raises(DatabaseError, match="may publish"),
            transaction.atomic(),
        ):
            Postmortem.objects.filter(pk=review.pk).update(**change)

        assert stored(review).is_published

    def test_lets_a_responder_publish_nothing(self, complete: Postmortem, actor: ActorNamed) -> None:
        with (
            acting_as(actor("responder.payments")),
            pytest.raises(DatabaseError, match="may publish"),
            transaction.atomic(),
        ):
            Postmortem.objects.filter(pk=complete.pk).update(status="published", published_at=complete.edited_at)

        assert not stored(complete).is_published
