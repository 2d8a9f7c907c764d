"""A review opens by itself when its incident is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.incidents import actions as incidents
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, NotFound
from hub.lib.identity import SYSTEM
from hub.live.models import OutboxEntry
from knowledge.postmortems import actions
from knowledge.postmortems.models import Audience, Postmortem, PostmortemStatus, Section
from tenants.models import AuditEntry
from tests.conftest import as_system, seeding
from tests.knowledge.postmortems.conftest import DECLARED, RESOLVED, ActorNamed, stored

pytestmark = pytest.mark.django_db


def test_it_is_a_draft_of_the_unit_due_48_hours_after_the_resolution(draft: Postmortem, incident: Incident) -> None:
    review = stored(draft)
    assert (review.status, review.audience) == (PostmortemStatus.DRAFT, Audience.UNIT)
    assert review.due_at == RESOLVED + timedelta(hours=48)
    assert (review.reference, review.severity, review.service_id) == (incident.reference, "sev2", incident.service_id)
    assert review.author_id == incident.commander_id
    with seeding():
        [event] = OutboxEntry.objects.filter(type="PostmortemOpened", incident_id=incident.pk)
        assert event.payload == {"postmortem_id": review.pk}
        assert AuditEntry.objects.filter(verb="open_postmortem", object_id=review.pk).count() == 1


def test_it_is_drafted_from_the_timeline(draft: Postmortem) -> None:
    review = stored(draft)
    assert review.title == "Checkout answers 502"
    assert "One in three customers cannot pay." in review.summary
    assert "over 1 h 30 min later" in review.summary
    assert "| Mitigated | 2 March 2026, 09:30 UTC | 30 min |" in review.impact
    assert "No alert is on record" in review.detection
    assert (review.root_cause, review.went_well, review.went_badly, review.lessons) == ("", "", "", "")
    assert (review.minutes_to_acknowledge, review.minutes_to_mitigate, review.minutes_to_resolve) == (4, 30, 90)
    with seeding():
        moments = list(review.moments.values_list("kind", "text"))
    assert ("decision", "Double the pool (Cheapest thing to undo)") in moments
    assert ("note", "The pool is exhausted") in moments
    assert ("status", "Resolved") in moments
    assert not any(kind == "role" for kind, _ in moments)


def test_what_the_hub_drafted_does_not_count_as_written(draft: Postmortem) -> None:
    assert [section for section in Section if draft.is_written(section)] == []


def test_opening_again_returns_the_same_review(draft: Postmortem, incident: Incident) -> None:
    again = actions.open_postmortem(actor=SYSTEM, incident_id=incident.pk)

    assert again.pk == draft.pk
    with seeding():
        assert Postmortem.objects.filter(incident=incident).count() == 1
        assert OutboxEntry.objects.filter(type="PostmortemOpened", incident_id=incident.pk).count() == 1
        assert stored(draft).version == 1


def test_a_responder_may_open_it_by_hand(incident: Incident, actor: ActorNamed) -> None:
    review = actions.open_postmortem(actor=actor("responder.payments"), incident_id=incident.pk)

    assert review.incident_id == incident.pk


@pytest.mark.parametrize(("username", "error"), [("observer.payments", Forbidden), ("outsider.logistics", NotFound)])
def test_nobody_else_may(incident: Incident, actor: ActorNamed, username: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        actions.open_postmortem(actor=actor(username), incident_id=incident.pk)

    with seeding():
        assert not Postmortem.objects.filter(incident=incident).exists()


def test_an_incident_that_goes_on_has_none(incident: Incident, actor: ActorNamed) -> None:
    incidents.reopen_incident(actor=actor("responder.payments"), incident_id=incident.pk, note="Errors are back")

    with pytest.raises(Conflict, match="not over yet"):
        actions.open_postmortem(actor=SYSTEM, incident_id=incident.pk)

    with seeding():
        assert not Postmortem.objects.filter(incident=incident).exists()


def test_a_second_resolution_brings_the_draft_up_to_date(
    draft: Postmortem, incident: Incident, actor: ActorNamed
) -> None:
    responder = actor("responder.payments")
    actions.edit_postmortem(
        actor=responder, postmortem_id=draft.pk, version=1, texts={"summary": "The pool was too small."}
    )
    with clock.at(RESOLVED + timedelta(minutes=10)):
        incidents.reopen_incident(actor=responder, incident_id=incident.pk, note="Errors are back")
    with clock.at(DECLARED + timedelta(hours=5)):
        incidents.resolve_incident(actor=responder, incident_id=incident.pk)

    actions.open_postmortem(actor=SYSTEM, incident_id=incident.pk)

    review = stored(draft)
    assert review.due_at == DECLARED + timedelta(hours=53)
    assert review.minutes_to_resolve == 300
    assert review.summary == "The pool was too small."
    assert "| Resolved | 2 March 2026, 14:00 UTC | 5 h |" in review.impact
    with seeding():
        texts = list(review.moments.values_list("text", flat=True))
    assert texts.count("Resolved") == 2
    assert "Reopened: Errors are back" in texts


def test_the_review_of_a_restricted_incident_is_as_restricted(incident: Incident, actor: ActorNamed) -> None:
    incidents.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Card data")

    review = actions.open_postmortem(actor=SYSTEM, incident_id=incident.pk)

    assert stored(review).restricted
    with as_system():
        assert {moment.restricted for moment in review.moments.all()} == {True}
