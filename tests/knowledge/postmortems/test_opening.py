"""A review opens by itself when its incident is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.incidents import actions as incidents
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import SYSTEM
from hub.live.models import OutboxEntry
from knowledge.postmortems import actions
from knowledge.postmortems.letters import review_letter
from knowledge.postmortems.models import Audience, DueCounted, Postmortem, PostmortemStatus, Section
from tenants import actions as tenants
from tenants.models import AuditEntry, Person, ReviewClock, ReviewSigner, UnitPolicy
from tests.conftest import SignedIn, as_system, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.knowledge.postmortems.conftest import DECLARED, RESOLVED, ActorNamed, opened, stored

__all__ = ["api"]

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


class TestWorkingTime:
    """Payments works from 8 to 18 in Berlin, from Monday to Friday; the incident is over on a Monday at 11:30 there."""

    @pytest.fixture
    def in_working_time(self, incident: Incident, actor: ActorNamed) -> Incident:
        tenants.set_policy(
            actor=actor("admin.payments"), unit_id=incident.unit_id, review_clock=ReviewClock.WORKING_TIME
        )
        return incident

    def test_it_is_due_when_the_unit_has_worked_that_long(self, in_working_time: Incident, actor: ActorNamed) -> None:
        full = opened(in_working_time)
        with seeding():
            Postmortem.objects.filter(pk=full.pk).delete()
        tenants.set_policy(actor=actor("admin.payments"), unit_id=in_working_time.unit_id, review_due_hours=24)
        shorter = opened(in_working_time)

        # 6.5 hours of Monday and 10 of each day to Friday leave 1.5 for the next Monday.
        assert full.due_at == datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
        assert (full.due_hours, full.due_counted) == (48, DueCounted.WORKING_TIME)
        assert shorter.due_at == datetime(2026, 3, 4, 14, 30, tzinfo=UTC)
        with seeding():
            entry = AuditEntry.objects.get(verb="open_postmortem", object_id=shorter.pk)
            assert entry.change["due_counted"] == [None, "working_time"]

    def test_a_second_resolution_is_counted_anew(self, in_working_time: Incident, actor: ActorNamed) -> None:
        draft, responder = opened(in_working_time), actor("responder.payments")
        with clock.at(RESOLVED + timedelta(minutes=10)):
            incidents.reopen_incident(actor=responder, incident_id=in_working_time.pk, note="Errors are back")
        # Saturday: the 48 hours begin on Monday.
        with clock.at(datetime(2026, 3, 7, 12, tzinfo=UTC)):
            incidents.resolve_incident(actor=responder, incident_id=in_working_time.pk)

        actions.open_postmortem(actor=SYSTEM, incident_id=in_working_time.pk)

        assert stored(draft).due_at == datetime(2026, 3, 13, 15, tzinfo=UTC)
        assert stored(draft).due_counted == DueCounted.WORKING_TIME

    def test_drafts_keep_their_day_when_the_policy_changes(
        self, draft: Postmortem, incident: Incident, actor: ActorNamed
    ) -> None:
        tenants.set_policy(
            actor=actor("admin.payments"), unit_id=incident.unit_id, review_clock=ReviewClock.WORKING_TIME
        )

        actions.open_postmortem(actor=SYSTEM, incident_id=incident.pk)

        assert stored(draft).due_at == RESOLVED + timedelta(hours=48)
        assert stored(draft).due_counted == DueCounted.HOURS

    def test_a_unit_without_working_hours_is_refused_it(
        self, api: ApiOf, incident: Incident, actor: ActorNamed
    ) -> None:
        admin = actor("admin.payments")
        tenants.set_calendar(actor=admin, unit_id=incident.unit_id, hours=[])
        with seeding():
            before = AuditEntry.objects.exclude(verb="create_token").count()
            unit_id = global_id("BusinessUnit", incident.unit)

        answer = api("admin.payments").change(
            "setPolicy", "... on UnitPolicy { reviewClock }", unitId=unit_id, reviewClock="WORKING_TIME"
        )

        [error] = answer.data["setPolicy"]["errors"]
        assert (error["code"], error["path"]) == ("INVALID", ["input", "reviewClock"])
        assert error["message"].startswith("Payments has no working hours: say when it works before")
        with seeding():
            assert not UnitPolicy.objects.filter(unit=incident.unit_id).exists()
            assert AuditEntry.objects.exclude(verb="create_token").count() == before

    def test_a_unit_that_is_closed_for_a_year_is_refused_it(self, incident: Incident, actor: ActorNamed) -> None:
        admin, today = actor("admin.payments"), clock.now().date()
        for first in (today - timedelta(days=9), today + timedelta(days=350)):
            tenants.add_closure(
                actor=admin, unit_id=incident.unit_id, name="Closed", starts_on=first,
                ends_on=first + timedelta(days=366),
            )  # fmt: skip

        with pytest.raises(Invalid, match="does not work 48 hours within the next year"):
            tenants.set_policy(actor=admin, unit_id=incident.unit_id, review_clock=ReviewClock.WORKING_TIME)

    def test_a_unit_that_lost_its_hours_since_has_plain_ones_and_says_so(
        self, in_working_time: Incident, actor: ActorNamed, signed_in: SignedIn, api: ApiOf
    ) -> None:
        admin = actor("admin.payments")
        tenants.set_calendar(actor=admin, unit_id=in_working_time.unit_id, hours=[])

        draft = opened(in_working_time)

        assert draft.due_at == RESOLVED + timedelta(hours=48)
        page = signed_in("responder.payments").get(f"/postmortems/{draft.pk}").content.decode()
        assert "48 hours after the resolution, in plain hours: Payments had too little working time" in page
        shown = f'{{ postmortem(id: "{global_id("Postmortem", draft)}") {{ dueAt dueHours dueCounted }} }}'
        assert api("responder.payments").ask(shown).data["postmortem"] == {
            "dueAt": "2026-03-04T10:30:00.000000Z",
            "dueHours": 48,
            "dueCounted": "HOURS_INSTEAD",
        }
        # What else the policy says can still be changed, and so can the choice.
        tenants.set_policy(actor=admin, unit_id=in_working_time.unit_id, review_signers=[ReviewSigner.COMMANDER])
        tenants.set_policy(actor=admin, unit_id=in_working_time.unit_id, review_clock=ReviewClock.HOURS)

    def test_people_are_told_what_is_counted(self, in_working_time: Incident, signed_in: SignedIn) -> None:
        draft = opened(in_working_time)
        with seeding():
            letter = review_letter(draft, Person.objects.get(username="commander.payments"), is_late=False)

        assert ("Due", "48 hours of working time in Payments after the resolution") in letter.facts
        unit = signed_in("observer.payments").get("/units/payments").content.decode()
        assert "due within 48 hours of the resolution, counted while it works" in unit
        assert "Change its policy" not in unit
        assert "Change its policy" in signed_in("admin.payments").get("/units/payments").content.decode()
        assert "Its reviews are due" not in signed_in("outsider.logistics").get("/units/payments").content.decode()

    def test_the_policy_is_kept_by_clients_that_do_not_know_of_it(self, in_working_time: Incident, api: ApiOf) -> None:
        with seeding():
            unit_id = global_id("BusinessUnit", in_working_time.unit)
        shown = "... on UnitPolicy { reviewClock reviewDueHours }"

        kept = api("admin.payments").change("setPolicy", shown, unitId=unit_id, reviewDueHours=12).data["setPolicy"]
        taken = api("admin.payments").change("setPolicy", shown, unitId=unit_id, reviewClock="HOURS").data["setPolicy"]
        denied = api("commander.payments").change("setPolicy", shown, unitId=unit_id, reviewClock="WORKING_TIME").data

        assert (kept["reviewClock"], kept["reviewDueHours"]) == ("WORKING_TIME", 12)
        assert (taken["reviewClock"], taken["reviewDueHours"]) == ("HOURS", 48)
        assert denied["setPolicy"]["errors"][0]["code"] == "FORBIDDEN"
        with seeding():
            assert UnitPolicy.objects.get(unit=in_working_time.unit_id).review_clock == "hours"
            [entry] = AuditEntry.objects.filter(verb="set_policy", change__review_clock=["working_time", "hours"])
            assert entry.person is not None
