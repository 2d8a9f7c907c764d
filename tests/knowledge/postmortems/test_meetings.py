"""Review meetings: who can be invited, what mail and calendars are told, who answers, and what is kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction
from icalendar import Calendar

from hub.delivery.channels import Parcel
from hub.delivery.channels.email import Mail
from hub.delivery.channels.post import _asset, _mail_options
from hub.delivery.invitations import discreet
from hub.delivery.letters import Letter
from hub.delivery.models import Channel, Message
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, HubError, Invalid, NotFound
from hub.lib.identity import acting_as
from knowledge.postmortems import actions, meetings
from knowledge.postmortems.jobs import remind_participants
from knowledge.postmortems.models import Answer, MeetingState, Postmortem, ReviewMeeting
from tenants.models import AuditEntry, Person, RoleAssignment
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs
from tests.knowledge.postmortems.conftest import ActorNamed, acting

__all__ = ["api"]

SOON = timedelta(days=3)


def key(username: str) -> int:
    return acting(username).person_id or 0


def planned(
    draft: Postmortem, *, by: str = "responder.payments", who: Sequence[str] = ("commander.payments",), **given: Any
) -> ReviewMeeting:
    return actions.plan_review_meeting(
        actor=acting(by),
        postmortem_id=draft.pk,
        **{
            "starts_at": clock.now() + SOON,
            "minutes": 45,
            "place": "https://meet.example/1",
            "facilitator_id": key("responder.payments"),
            "participant_ids": [key(each) for each in who],
            **given,
        },
    )


def stored(meeting: ReviewMeeting) -> ReviewMeeting:
    with seeding():
        return ReviewMeeting.objects.prefetch_related("participants__person").get(pk=meeting.pk)


def answers(meeting: ReviewMeeting) -> dict[str, str]:
    return {each.person.username: each.answer for each in stored(meeting).participants.all()}


def mailed(meeting: ReviewMeeting) -> list[tuple[str, str, int, str]]:
    """What went out about a meeting: to whom, and the method, sequence and state that calendars were told."""
    run_jobs()
    told = []
    with seeding():
        for message in Message.objects.filter(dedupe_key__startswith=f"meeting:{meeting.pk}:").order_by("pk"):
            if message.calendar:
                calendar = Calendar.from_ical(message.calendar)
                (event,) = calendar.walk("VEVENT")
                told.append(
                    (
                        message.person.username,
                        str(calendar["METHOD"]),
                        int(str(event["SEQUENCE"])),
                        str(event["STATUS"]),
                    )
                )
            else:
                told.append((message.person.username, "", -1, message.subject.split(":")[0]))
    return told


def test_calendars_follow_a_meeting_until_it_is_called_off(draft: Postmortem, actor: ActorNamed) -> None:
    meeting = planned(draft)
    assert sorted(mailed(meeting)) == [
        ("commander.payments", "REQUEST", 0, "CONFIRMED"),
        ("responder.payments", "REQUEST", 0, "CONFIRMED"),
    ]
    assert answers(meeting) == {"commander.payments": Answer.WAITING, "responder.payments": Answer.ACCEPTED}
    actions.answer_invitation(actor=actor("commander.payments"), meeting_id=meeting.pk, answer=Answer.ACCEPTED)

    actions.change_review_meeting(
        actor=actor("responder.payments"),
        meeting_id=meeting.pk,
        starts_at=meeting.starts_at + timedelta(hours=1),
        participant_ids=[key("responder2.payments")],
    )
    assert sorted(mailed(meeting)[2:]) == [
        ("commander.payments", "CANCEL", 1, "CANCELLED"),
        ("responder.payments", "REQUEST", 1, "CONFIRMED"),
        ("responder2.payments", "REQUEST", 1, "CONFIRMED"),
    ]
    # A new time asks everybody anew.
    assert set(answers(meeting).values()) == {Answer.WAITING}
    unchanged = actions.change_review_meeting(actor=actor("responder.payments"), meeting_id=meeting.pk, minutes=45)
    assert unchanged.sequence == 1

    actions.call_off_review_meeting(actor=actor("responder.payments"), meeting_id=meeting.pk, reason="No report yet")
    assert sorted(mailed(meeting)[5:]) == [
        ("responder.payments", "CANCEL", 2, "CANCELLED"),
        ("responder2.payments", "CANCEL", 2, "CANCELLED"),
    ]
    with pytest.raises(Conflict):
        actions.answer_invitation(actor=actor("responder2.payments"), meeting_id=meeting.pk, answer=Answer.ACCEPTED)
    with seeding():
        verbs = AuditEntry.objects.filter(object_id=meeting.pk, verb__endswith="review_meeting").order_by("pk")
        assert [*verbs.values_list("verb", flat=True)] == [
            "plan_review_meeting",
            "change_review_meeting",
            "call_off_review_meeting",
        ]


def test_who_may_not_read_the_review_is_as_if_not_there(draft: Postmortem, actor: ActorNamed) -> None:
    def refusal(**given: Any) -> tuple[type[HubError], str, tuple[str, ...]]:
        with pytest.raises(HubError) as refused:
            planned(draft, **given)
        return type(refused.value), refused.value.message, refused.value.path

    elsewhere = refusal(who=["commander.payments", "outsider.logistics"])
    nobody = refusal(participant_ids=[key("commander.payments"), 10**9])

    assert elsewhere == nobody == (NotFound, elsewhere[1], ("participantIds", "1"))
    assert refusal(facilitator_id=key("outsider.logistics"))[2] == ("facilitatorId",)
    assert refusal(by="observer.payments")[0] is Forbidden
    assert refusal(by="outsider.logistics")[0] is NotFound
    for given, path in (
        ({"starts_at": clock.now() - SOON}, "startsAt"),
        ({"starts_at": clock.now() + 400 * timedelta(days=1)}, "startsAt"),
        ({"minutes": 3}, "minutes"),
        ({"place": " "}, "place"),
    ):
        assert refusal(**given)[::2] == (Invalid, (path,))
    with seeding():
        assert not ReviewMeeting.objects.filter(postmortem=draft).exists()


def test_whoever_loses_sight_of_the_review_hears_no_more(draft: Postmortem, actor: ActorNamed) -> None:
    meeting = planned(draft, who=["responder2.payments", "commander.payments"], starts_at=clock.now() + SOON)
    before = mailed(meeting)
    with seeding():
        RoleAssignment.objects.filter(person=key("responder2.payments")).delete()

    actions.change_review_meeting(actor=actor("responder.payments"), meeting_id=meeting.pk, place="Room 1")
    assert {each[0] for each in mailed(meeting)[len(before) :]} == {"commander.payments", "responder.payments"}
    with clock.at(meeting.starts_at - timedelta(hours=23)):
        remind_participants(0)
        remind_participants(0)
    reminded = mailed(meeting)[len(before) + 2 :]
    assert sorted(reminded) == [("commander.payments", "", -1, "Soon"), ("responder.payments", "", -1, "Soon")]


def test_who_declined_or_heard_of_it_within_the_day_is_not_reminded(draft: Postmortem, actor: ActorNamed) -> None:
    meeting = planned(draft)
    actions.answer_invitation(actor=actor("commander.payments"), meeting_id=meeting.pk, answer=Answer.DECLINED)
    with clock.at(meeting.starts_at - timedelta(hours=23)):
        remind_participants(0)
    assert [each[0] for each in mailed(meeting) if each[3] == "Soon"] == ["responder.payments"]
    actions.call_off_review_meeting(actor=actor("responder.payments"), meeting_id=meeting.pk, reason="x")

    at_once = planned(draft, starts_at=clock.now() + timedelta(hours=5))
    remind_participants(0)
    assert [each for each in mailed(at_once) if each[3] == "Soon"] == []


def test_the_invitation_is_a_calendar_part_for_its_reader_alone(draft: Postmortem, settings: Any) -> None:
    settings.SMTP_URL = "mailto://127.0.0.1:25?from=hub@meridian.example"
    meeting = planned(draft)
    run_jobs()
    with seeding():
        message = Message.objects.get(
            dedupe_key__startswith=f"meeting:{meeting.pk}:0", person__username="commander.payments"
        )
        person = Person.objects.get(username="commander.payments")
    assert message.letter is not None
    parcel = Parcel(
        key=message.key,
        attempt=1,
        thread=message.reference,
        channel=Channel.EMAIL,
        address="pager@example.org",
        recipient=person.name,
        subject=message.subject,
        text=message.text,
        html=Letter.of(message.letter).html(),
        is_urgent=False,
        written_at=message.created_at,
        calendar=message.calendar,
    )
    mail = Mail(parcel, _asset(), _mail_options(settings.SMTP_URL) or {}).message

    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "REQUEST"
    for each in (part, next(iter(mail.iter_attachments()))):
        content = each.get_content()
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        assert event.decoded("DTSTART") == meeting.starts_at.replace(microsecond=0).astimezone(UTC)
        assert event["ATTENDEE"] == "mailto:pager@example.org"
        assert event["ORGANIZER"] == "mailto:hub@meridian.example"
        assert "responder.payments@" not in str(content)
    assert draft.reference in str(event["SUMMARY"])
    assert "is empty" in str(event["DESCRIPTION"])  # The agenda is what the review lacks.

    (hidden,) = Calendar.from_ical(discreet(message.calendar, reference="PAY-R1")).walk("VEVENT")
    assert (hidden["SUMMARY"], hidden["UID"]) == ("Review of PAY-R1", event["UID"])
    assert "LOCATION" not in hidden
    assert "DESCRIPTION" not in hidden


def test_people_are_proposed_with_the_reason_and_only_if_they_may_read_it(draft: Postmortem, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    actions.add_action_item(
        actor=writer, postmortem_id=draft.pk, title="Move it", owner_id=key("outsider.logistics"), due_on=None
    )
    actions.add_action_item(
        actor=writer, postmortem_id=draft.pk, title="Show it", owner_id=key("observer.payments"), due_on=None
    )
    with acting_as(writer):
        found = {each.person.username: each.why for each in meetings.proposed(writer, draft)}

    assert found["observer.payments"] == "has an action item"
    assert "owns Checkout" in found["commander.payments"]
    assert "outsider.logistics" not in found


def test_what_a_meeting_was_is_kept(draft: Postmortem, actor: ActorNamed) -> None:
    meeting = planned(draft, facilitator_id=key("observer.payments"))
    record = {"attended_ids": [key("commander.payments")], "note": "It went well.", "decisions": ["Mend it", " "]}

    def recorded(by: str, **other: Any) -> ReviewMeeting:
        return actions.record_review_meeting(actor=actor(by), meeting_id=meeting.pk, **{**record, **other})

    with pytest.raises(Conflict):
        recorded("observer.payments")
    with clock.at(meeting.starts_at + timedelta(hours=1)):
        with pytest.raises(NotFound):
            recorded("outsider.logistics")
        with pytest.raises(NotFound):
            recorded("responder.payments", attended_ids=[key("outsider.logistics")])
        with pytest.raises(Forbidden):
            recorded("observer.payments", attended_ids=[key("responder2.payments")])
        assert stored(meeting).state == MeetingState.PLANNED
        recorded("observer.payments")
        recorded("responder.payments", attended_ids=[*record["attended_ids"], key("responder2.payments")])

    kept = stored(meeting)
    assert (kept.state, kept.note, kept.decisions) == (MeetingState.HELD, "It went well.", ["Mend it"])
    assert {each.person.username: each.attended for each in kept.participants.all()} == {
        "observer.payments": False,
        "commander.payments": True,
        "responder2.payments": True,
    }
    with pytest.raises(Conflict):
        actions.call_off_review_meeting(actor=actor("responder.payments"), meeting_id=meeting.pk, reason="x")


def test_the_database_lets_people_answer_for_themselves_alone(draft: Postmortem, actor: ActorNamed) -> None:
    meeting = planned(draft)
    mine = meeting.participants.filter(person=key("commander.payments"))

    for change in ({"answer": "accepted", "answered_at": clock.now()}, {"person_id": key("responder2.payments")}):
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("responder.payments")):
            mine.update(**change)
    with acting_as(actor("observer.payments")):
        assert ReviewMeeting.objects.filter(pk=meeting.pk).update(place="Elsewhere") == 0
    assert answers(meeting)["commander.payments"] == Answer.WAITING


PLAN = """mutation ($input: PlanReviewMeetingInput!) { planReviewMeeting(input: $input) {
  ... on ReviewMeeting { place participants { person { username } answer } postmortem { reference } }
  ... on MutationErrors { errors { code path } } } }"""


def test_clients_plan_and_read_meetings(api: ApiOf, draft: Postmortem) -> None:
    with seeding():
        person = Person.objects.get(username="commander.payments")
        outsider = Person.objects.get(username="outsider.logistics")
    given = {
        "postmortemId": global_id("Postmortem", draft),
        "startsAt": (clock.now() + SOON).isoformat(),
        "place": "Room 1",
        "facilitatorId": global_id("Person", person),
        "participantIds": [global_id("Person", outsider)],
    }
    client = api("responder.payments")
    assert client.ask(PLAN, input=given).data["planReviewMeeting"] == {
        "errors": [{"code": "NOT_FOUND", "path": ["input", "participantIds", "0"]}]
    }
    assert client.ask(PLAN, input={**given, "participantIds": []}).data["planReviewMeeting"] == {
        "place": "Room 1",
        "participants": [{"person": {"username": "commander.payments"}, "answer": "WAITING"}],
        "postmortem": {"reference": draft.reference},
    }
    asked = f'{{ postmortem(id: "{given["postmortemId"]}") {{ meetings {{ minutes state }} }} }}'
    assert client.ask(asked).data["postmortem"]["meetings"] == [{"minutes": 60, "state": "PLANNED"}]
    topics = client.ask(f'{{ reviewAgenda(postmortemId: "{given["postmortemId"]}") {{ title points }} }}').data
    assert "Sections to write" in [each["title"] for each in topics["reviewAgenda"]]


def test_the_page_takes_a_meeting_from_its_plan_to_its_record(draft: Postmortem, signed_in: SignedIn) -> None:
    writer, address = signed_in("responder.payments"), f"/postmortems/{draft.pk}/meetings"
    with seeding():
        zone = ZoneInfo(Person.objects.get(username="responder.payments").time_zone)
    begins = (clock.now() + SOON).astimezone(zone).replace(microsecond=0, second=0)
    form = {
        "starts_at": begins.strftime("%Y-%m-%dT%H:%M"),
        "minutes": "30",
        "facilitator": "responder.payments",
        "place": "Room 1",
        "others": "commander.payments, observer.payments",
    }
    assert "owns Checkout" in writer.get(f"{address}?plan").content.decode()
    assert writer.post(address, {**form, "others": "outsider.logistics"}).status_code == 404
    assert writer.post(address, {**form, "minutes": "x"}).status_code == 400
    assert signed_in("observer.payments").post(address, form).status_code == 403
    assert writer.post(address, form).status_code == 302
    with seeding():
        meeting = ReviewMeeting.objects.get(postmortem=draft)
    assert meeting.starts_at == begins

    observer, one = signed_in("observer.payments"), f"/postmortems/meetings/{meeting.pk}"
    shown = observer.get(address).content.decode()
    assert "You are invited. Do you come?" in shown
    assert "Sections to write" in shown
    assert "Call the meeting off" not in shown
    assert observer.post(one, {"do": "decline"}).status_code == 302
    assert "You said that you do not come." in observer.get(address).content.decode()
    assert signed_in("outsider.logistics").get(address).status_code == 404
    assert signed_in("outsider.logistics").post(one, {"do": "accept"}).status_code == 404
    assert "Planned" in writer.get(f"/postmortems/{draft.pk}").content.decode()

    with clock.at(meeting.starts_at + timedelta(hours=1)):
        said = {"do": "record", "attended": [key("commander.payments")], "decisions": "One\nTwo", "note": "**Fine**"}
        assert writer.post(one, said).status_code == 302
        assert "<strong>Fine</strong>" in writer.get(address).content.decode()
    assert stored(meeting).decisions == ["One", "Two"]
