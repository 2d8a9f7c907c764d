"""Several people, and several workers, at the same moment: with real commits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.lib.errors import Conflict
from hub.lib.identity import SYSTEM
from hub.live.models import OutboxEntry
from knowledge.postmortems import actions
from knowledge.postmortems.actions import StaleEdit
from knowledge.postmortems.models import Audience, Postmortem
from tenants.models import Term
from tests.conftest import seeding
from tests.knowledge.postmortems.conftest import TEXTS, acting, opened, resolved_incident, stored
from tests.together import together

pytestmark = pytest.mark.usefixtures("own_database")


def writing(postmortem: Postmortem, username: str, section: str) -> Callable[[], object]:
    writer = acting(username)
    return lambda: actions.edit_postmortem(
        actor=writer, postmortem_id=postmortem.pk, version=1, texts={section: f"By {username}"}
    )


def test_in_different_sections_both_texts_are_saved() -> None:
    draft = opened(resolved_incident())

    refused = together(
        writing(draft, "responder.payments", "root_cause"), writing(draft, "responder2.payments", "lessons")
    )

    assert refused == [None, None]
    assert (stored(draft).root_cause, stored(draft).lessons) == ("By responder.payments", "By responder2.payments")


def test_in_the_same_section_one_is_told_of_the_other() -> None:
    draft = opened(resolved_incident())

    refused = together(
        writing(draft, "responder.payments", "lessons"), writing(draft, "responder2.payments", "lessons")
    )

    [told] = [error for error in refused if error is not None]
    assert isinstance(told, StaleEdit)
    assert stored(draft).lessons == told.current
    assert stored(draft).version == 2


def test_many_workers_open_one_review() -> None:
    incident = resolved_incident()

    together(*[lambda: actions.open_postmortem(actor=SYSTEM, incident_id=incident.pk)] * 6)

    with seeding():
        assert Postmortem.objects.filter(incident=incident).count() == 1
        assert OutboxEntry.objects.filter(type="PostmortemOpened", incident_id=incident.pk).count() == 1


def test_no_item_without_an_owner_slips_into_a_review_that_is_being_published() -> None:
    draft = opened(resolved_incident())
    writer, publisher = acting("responder.payments"), acting("commander.payments")
    actions.edit_postmortem(actor=writer, postmortem_id=draft.pk, version=1, texts=TEXTS)
    with seeding():
        cause = Term.objects.get(key="capacity", unit=None)
    actions.set_causes(actor=writer, postmortem_id=draft.pk, cause_id=cause.pk)

    refused = together(
        lambda: actions.publish_postmortem(actor=publisher, postmortem_id=draft.pk, audience=Audience.UNIT),
        lambda: actions.add_action_item(actor=writer, postmortem_id=draft.pk, title="Nobody does this"),
    )

    assert sum(error is not None for error in refused) == 1
    review = stored(draft)
    with seeding():
        assert review.is_published != review.action_items.exists()


def test_an_item_is_completed_once() -> None:
    draft = opened(resolved_incident())
    writers = [acting("responder.payments"), acting("responder2.payments")]
    item = actions.add_action_item(actor=writers[0], postmortem_id=draft.pk, title="Alert on the pool")

    refused = together(
        *[
            lambda writer=writer: actions.complete_action_item(actor=writer, action_item_id=item.pk)
            for writer in writers
        ]
    )

    assert [type(error) for error in refused if error is not None] == [Conflict]
