"""Who reads what of a review, by its state and audience."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.incidents import actions as incidents
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import acting_as
from knowledge.postmortems import access
from knowledge.postmortems.models import (
    ActionItem,
    ContributingCause,
    Postmortem,
    PostmortemMoment,
    PostmortemRevision,
)
from tests.knowledge.postmortems.conftest import ActorNamed

pytestmark = pytest.mark.django_db

UNIT = ("observer.payments", "responder.payments", "commander2.payments", "admin.payments")
ABOVE = ("coordinator", "lead.emea", "auditor", "steward", "security")
ELSEWHERE = ("outsider.logistics", "admin.health", "lead.amer")


def reads(username: str, review: Postmortem, actor: ActorNamed) -> bool:
    reader = actor(username)
    with acting_as(reader):
        try:
            found = access.postmortem_for(reader, review.pk)
        except NotFound:
            assert not PostmortemMoment.objects.filter(postmortem=review).exists()
            assert not ContributingCause.objects.filter(postmortem=review).exists()
            assert not ActionItem.objects.filter(postmortem=review).exists()
            return False
        assert PostmortemMoment.objects.filter(postmortem=review).exists()
        return found.pk == review.pk


def test_a_draft_is_for_its_unit_and_those_above_it(complete: Postmortem, actor: ActorNamed) -> None:
    assert [reads(username, complete, actor) for username in UNIT + ABOVE] == [True] * len(UNIT + ABOVE)
    assert [reads(username, complete, actor) for username in ELSEWHERE] == [False] * len(ELSEWHERE)


def test_published_to_the_unit_it_goes_no_further(published: Callable[..., Postmortem], actor: ActorNamed) -> None:
    review = published("unit")

    assert [reads(username, review, actor) for username in UNIT + ABOVE] == [True] * len(UNIT + ABOVE)
    assert [reads(username, review, actor) for username in ELSEWHERE] == [False] * len(ELSEWHERE)


def test_published_to_the_enterprise_everybody_reads_it(
    published: Callable[..., Postmortem], actor: ActorNamed
) -> None:
    review = published("enterprise")

    everybody = UNIT + ABOVE + ELSEWHERE
    assert [reads(username, review, actor) for username in everybody] == [True] * len(everybody)


def test_its_reader_elsewhere_sees_neither_the_incident_nor_former_drafts(
    published: Callable[..., Postmortem], incident: Incident, actor: ActorNamed
) -> None:
    review = published("enterprise")
    outsider = actor("outsider.logistics")

    with acting_as(outsider):
        found = Postmortem.objects.select_related("incident").get(pk=review.pk)
        assert found.incident is None
        assert access.incident_of(outsider, found) is None
        assert (found.reference, found.minutes_to_resolve) == (incident.reference, 90)
        assert not PostmortemRevision.objects.exists()
    with acting_as(actor("observer.payments")):
        assert access.incident_of(actor("observer.payments"), review) == incident
        assert PostmortemRevision.objects.filter(postmortem=review).exists()


@pytest.mark.parametrize("audience", ["unit", "enterprise"])
def test_restricted_it_is_for_its_grants_whatever_its_audience(
    published: Callable[..., Postmortem], incident: Incident, actor: ActorNamed, audience: str
) -> None:
    review = published(audience)
    commander = actor("commander.payments")
    incidents.restrict_incident(actor=commander, incident_id=incident.pk, reason="Card data")

    admitted = {"commander.payments"}
    with acting_as(commander):
        admitted |= set(incident.person_grants.values_list("user__username", flat=True))
    everybody = {*UNIT, *ABOVE, *ELSEWHERE, "commander.payments"}
    assert {username for username in everybody if reads(username, review, actor)} == everybody & admitted
    assert "observer.payments" not in admitted
    assert "coordinator" not in admitted


def test_somebody_who_left_reads_nothing(
    published: Callable[..., Postmortem], actor: ActorNamed, person: Callable[..., object]
) -> None:
    review = published("enterprise")
    gone = actor("outsider.logistics")
    with acting_as(gone):
        leaver = person("outsider.logistics")
        leaver.is_active = False  # type: ignore[attr-defined]
        leaver.save(update_fields=["is_active"])  # type: ignore[attr-defined]

    assert not reads("outsider.logistics", review, actor)


def test_the_overdue_list_has_the_drafts_whose_time_is_up(draft: Postmortem, actor: ActorNamed) -> None:
    reader = actor("observer.payments")
    with acting_as(reader):
        with clock.at(draft.due_at - timedelta(minutes=1)):
            assert draft not in access.overdue(reader)
        with clock.at(draft.due_at + timedelta(minutes=1)):
            assert draft in access.overdue(reader)


def test_a_published_review_is_not_overdue(published: Callable[..., Postmortem], actor: ActorNamed) -> None:
    review = published()
    reader = actor("observer.payments")
    with acting_as(reader), clock.at(review.due_at + timedelta(days=9)):
        assert review not in access.overdue(reader)
