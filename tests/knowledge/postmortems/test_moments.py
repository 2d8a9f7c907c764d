"""Mending the review's own timeline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.incidents.models import TimelineEntry
from hub.lib import clock
from hub.lib.errors import Forbidden, Invalid, NotFound
from knowledge.postmortems import actions
from knowledge.postmortems.models import Postmortem, PostmortemMoment
from tenants.models import AuditEntry
from tests.conftest import seeding
from tests.knowledge.postmortems.conftest import DECLARED, ActorNamed, stored

pytestmark = pytest.mark.django_db


def note(draft: Postmortem) -> PostmortemMoment:
    with seeding():
        return draft.moments.get(text="The pool is exhausted")


def texts(draft: Postmortem) -> list[str]:
    with seeding():
        return list(draft.moments.values_list("text", flat=True))


def test_a_moment_that_nobody_wrote_down_is_added(draft: Postmortem, actor: ActorNamed) -> None:
    actions.add_moment(
        actor=actor("responder.payments"),
        postmortem_id=draft.pk,
        at=DECLARED - timedelta(minutes=20),
        text="A batch job took forty connections",
    )

    assert texts(draft)[0] == "A batch job took forty connections"
    assert stored(draft).version == 2


def test_a_moment_is_mended_and_the_incident_keeps_its_own(draft: Postmortem, actor: ActorNamed) -> None:
    actions.edit_moment(
        actor=actor("responder.payments"), moment_id=note(draft).pk, text="All 40 connections were taken"
    )

    assert "All 40 connections were taken" in texts(draft)
    with seeding():
        assert TimelineEntry.objects.filter(body="The pool is exhausted").exists()


def test_a_moment_is_left_out_and_the_trail_keeps_it(draft: Postmortem, actor: ActorNamed) -> None:
    moment = note(draft)

    actions.remove_moment(actor=actor("responder.payments"), moment_id=moment.pk)

    assert "The pool is exhausted" not in texts(draft)
    with seeding():
        trail = AuditEntry.objects.get(verb="remove_moment", object_id=moment.pk)
        assert trail.change == {"text": ["The pool is exhausted", None]}


def test_a_moment_to_come_or_without_words_is_refused(draft: Postmortem, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    for at, text, path in (
        (clock.now() + timedelta(hours=1), "Later", ("at",)),
        (DECLARED, " ", ("text",)),
        (DECLARED, "x" * 501, ("text",)),
    ):
        with pytest.raises(Invalid) as refused:
            actions.add_moment(actor=writer, postmortem_id=draft.pk, at=at, text=text)
        assert refused.value.path == path

    assert stored(draft).version == 1


@pytest.mark.parametrize(("username", "error"), [("observer.payments", Forbidden), ("outsider.logistics", NotFound)])
def test_nobody_else_may(draft: Postmortem, actor: ActorNamed, username: str, error: type[Exception]) -> None:
    before = texts(draft)

    with pytest.raises(error):
        actions.remove_moment(actor=actor(username), moment_id=note(draft).pk)
    with pytest.raises(error):
        actions.edit_moment(actor=actor(username), moment_id=note(draft).pk, text="No")
    with pytest.raises(error):
        actions.add_moment(actor=actor(username), postmortem_id=draft.pk, at=DECLARED, text="No")

    assert texts(draft) == before
