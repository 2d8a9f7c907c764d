"""What happens by itself: reviews open, and remind whoever works on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from hub.delivery.models import Message
from hub.incidents import actions as incidents
from hub.incidents.models import Incident
from hub.lib import clock
from knowledge.postmortems import actions, jobs
from knowledge.postmortems.models import Postmortem, PostmortemStatus
from tenants.models import Person, RoleAssignment
from tests.conftest import as_system, seeding
from tests.knowledge.postmortems.conftest import ActorNamed

pytestmark = pytest.mark.django_db

PersonNamed = Callable[[str], Person]


def queued(name: str) -> list[dict[str, Any]]:
    """What the queued jobs of this name were given."""
    with as_system(), connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [name])
        return [args if isinstance(args, dict) else json.loads(args) for (args,) in cursor.fetchall()]


def told(username: str, about: str) -> list[str]:
    """The subjects of messages to somebody, that say this."""
    with seeding():
        found = Message.objects.filter(person__username=username, subject__contains=about)
        return list(found.order_by("id").values_list("subject", flat=True))


def at(moment: datetime, remind: Callable[[int], object]) -> None:
    with clock.at(moment):
        remind(int(moment.timestamp()))


class TestOpening:
    def test_a_resolution_queues_the_job_that_opens_the_review_once(self, incident: Incident) -> None:
        [resolved] = [
            given
            for given in queued("knowledge.postmortems.jobs.open_review")
            if given["incident_id"] == incident.pk and given["after"] == "resolved"
        ]

        jobs.open_review(**resolved)
        jobs.open_review(**resolved)

        with seeding():
            assert Postmortem.objects.filter(incident=incident).count() == 1

    def test_other_changes_open_none(self, incident: Incident) -> None:
        for given in queued("knowledge.postmortems.jobs.open_review"):
            if given["after"] != "resolved":
                jobs.open_review(**given)

        with seeding():
            assert not Postmortem.objects.filter(incident=incident).exists()

    def test_a_reopened_incident_has_none(self, incident: Incident, actor: ActorNamed) -> None:
        incidents.reopen_incident(actor=actor("responder.payments"), incident_id=incident.pk, note="It is back")

        for given in queued("knowledge.postmortems.jobs.open_review"):
            jobs.open_review(**given)

        with seeding():
            assert not Postmortem.objects.filter(incident=incident).exists()


class TestRemindingAuthors:
    @pytest.fixture
    def led(self, draft: Postmortem, person: PersonNamed) -> Postmortem:
        with seeding():
            Postmortem.objects.filter(pk=draft.pk).update(author=person("commander2.payments"))
        return draft

    def test_once_before_it_is_due_and_every_three_days_after(self, led: Postmortem) -> None:
        moments: tuple[tuple[timedelta, list[str]], ...] = (
            (timedelta(hours=-20), []),
            (timedelta(hours=-11), ["Due soon"]),
            (timedelta(hours=-10), ["Due soon"]),
            (timedelta(hours=1), ["Due soon", "Overdue"]),
            (timedelta(days=2), ["Due soon", "Overdue"]),
            (timedelta(days=3, hours=1), ["Due soon", "Overdue", "Overdue"]),
        )
        for after, expected in moments:
            at(led.due_at + after, jobs.remind_authors)
            subjects = told("commander2.payments", led.reference)
            assert [subject.split(":")[0] for subject in subjects] == expected, after

    def test_not_once_it_is_published(
        self, led: Postmortem, published: Callable[..., Postmortem], actor: ActorNamed
    ) -> None:
        published("unit")

        at(led.due_at + timedelta(days=1), jobs.remind_authors)

        assert told("commander2.payments", led.reference) == []

    def test_in_the_place_of_somebody_who_left_those_are_told_who_may_take_it_up(self, led: Postmortem) -> None:
        with seeding():
            Person.objects.filter(username="commander2.payments").update(is_active=False)

        at(led.due_at + timedelta(days=1), jobs.remind_authors)

        assert told("commander2.payments", led.reference) == []
        with seeding():
            letters = Message.objects.filter(subject__startswith="Overdue", subject__contains=led.reference)
            names = set(letters.values_list("person__username", flat=True))
            assert all("Nobody leads it." in each.text for each in letters)
        assert 0 < len(names) <= 3
        assert all(name.endswith(".payments") for name in names)

    def test_nobody_is_told_who_may_no_longer_read_it(self, led: Postmortem) -> None:
        with seeding():
            held = RoleAssignment.objects.filter(person__username="commander2.payments")
            assert held.update(valid_until=led.due_at)

        at(led.due_at + timedelta(days=1), jobs.remind_authors)

        assert told("commander2.payments", led.reference) == []
        with seeding():
            assert Message.objects.filter(subject__startswith="Overdue", subject__contains=led.reference).exists()


class TestRestricted:
    """Who works on a restricted review hears of it while they are admitted, and not once their access has ended."""

    @pytest.fixture
    def room(self, draft: Postmortem, actor: ActorNamed) -> Postmortem:
        owner, former = actor("commander.payments"), actor("responder.payments")
        assert former.person_id is not None
        assert draft.incident_id is not None
        incidents.restrict_incident(actor=owner, incident_id=draft.incident_id, reason="Cards")
        incidents.grant_access(
            actor=owner, incident_id=draft.incident_id, person_id=former.person_id, reason="Knows the ledger"
        )
        actions.edit_postmortem(
            actor=owner, postmortem_id=draft.pk, version=draft.version, texts={}, author_id=former.person_id
        )
        actions.add_action_item(
            actor=owner,
            postmortem_id=draft.pk,
            title="Raise the limit",
            owner_id=former.person_id,
            due_on=date(2027, 1, 31),
        )
        return draft

    def heard(self, review: Postmortem) -> list[str]:
        at(review.due_at + timedelta(days=1), jobs.remind_authors)
        for given in queued("knowledge.postmortems.jobs.ask_owners"):
            if given["postmortem_id"] == review.pk:
                jobs.ask_owners(**given)
        with seeding():
            Postmortem.objects.filter(pk=review.pk).update(status=PostmortemStatus.PUBLISHED, published_at=clock.now())
        at(datetime(2027, 2, 1, 9, tzinfo=UTC), jobs.remind_owners)
        with seeding():
            Postmortem.objects.filter(pk=review.pk).update(status=PostmortemStatus.DRAFT, published_at=None)
            letters = Message.objects.filter(person__username="responder.payments", incident_id=review.incident_id)
            return sorted(
                ":".join(part for part in key.split(":")[:3] if not part.isdigit())
                for key in letters.values_list("dedupe_key", flat=True)
            )

    def test_while_they_are_admitted(self, room: Postmortem) -> None:
        assert self.heard(room)[:3] == ["action:ask", "action:late0", "postmortem:late0"]

    def test_not_once_their_access_has_ended(self, room: Postmortem, actor: ActorNamed) -> None:
        former = actor("responder.payments").person_id
        assert former is not None
        assert room.incident_id is not None
        incidents.end_access(
            actor=actor("commander.payments"), incident_id=room.incident_id, person_id=former, reason="Done"
        )

        assert not {"action:ask", "action:late0", "postmortem:late0"} & set(self.heard(room))
        # Nor is anybody in their place, who could lead it if it were not restricted.
        with seeding():
            told = Message.objects.filter(incident_id=room.incident_id, dedupe_key__startswith="postmortem:")
            assert not told.exists()


class TestAskingOwners:
    def test_an_owner_is_asked_once_for_each_day_and_not_after_accepting(
        self, draft: Postmortem, actor: ActorNamed, person: PersonNamed
    ) -> None:
        writer, owner = actor("responder.payments"), actor("responder.cloud")
        item = actions.add_action_item(
            actor=writer,
            postmortem_id=draft.pk,
            title="Raise the limit",
            owner_id=owner.person_id,
            due_on=date(2027, 1, 31),
        )
        self.ask(draft)
        self.ask(draft)
        actions.update_action_item(actor=writer, action_item_id=item.pk, due_on=date(2027, 2, 28))
        self.ask(draft)
        actions.accept_action_item(actor=owner, action_item_id=item.pk)
        self.ask(draft)

        assert told("responder.cloud", "Raise the limit") == [
            "Will you do this by 31 Jan 2027? Raise the limit",
            "Will you do this by 28 Feb 2027? Raise the limit",
        ]
        with seeding():
            for message in Message.objects.filter(person__username="responder.cloud", subject__contains="Raise"):
                assert draft.title not in message.text + message.html

    def test_who_took_it_themselves_and_who_has_no_day_yet_are_not_asked(
        self, draft: Postmortem, actor: ActorNamed, person: PersonNamed
    ) -> None:
        writer = actor("responder.payments")
        actions.add_action_item(
            actor=writer, postmortem_id=draft.pk, title="My own", owner_id=writer.person_id, due_on=date(2027, 1, 31)
        )
        actions.add_action_item(
            actor=writer, postmortem_id=draft.pk, title="Some day", owner_id=person("responder.cloud").pk
        )

        self.ask(draft)

        assert [*told("responder.payments", "My own"), *told("responder.cloud", "Some day")] == []

    def ask(self, review: Postmortem) -> None:
        for given in queued("knowledge.postmortems.jobs.ask_owners"):
            if given["postmortem_id"] == review.pk:
                jobs.ask_owners(**given)


class TestRemindingOwners:
    DAY = date(2027, 1, 31)

    @pytest.fixture
    def item(self, complete: Postmortem, actor: ActorNamed, person: PersonNamed) -> int:
        item = actions.add_action_item(
            actor=actor("responder.payments"),
            postmortem_id=complete.pk,
            title="Raise the limit",
            owner_id=person("responder.cloud").pk,
            due_on=self.DAY,
        )
        return actions.accept_action_item(actor=actor("responder.cloud"), action_item_id=item.pk).pk

    def remind(self, day: date) -> list[str]:
        moment = datetime.combine(day, datetime.min.time(), tzinfo=clock.now().tzinfo) + timedelta(hours=9)
        at(moment, jobs.remind_owners)
        return [subject.split(":")[0] for subject in told("responder.cloud", "Raise the limit")]

    def test_before_the_day_and_every_week_after_it(
        self, item: int, published: Callable[..., Postmortem], incident: Incident, actor: ActorNamed
    ) -> None:
        published("unit")
        incidents.close_incident(actor=actor("commander.payments"), incident_id=incident.pk)

        assert self.remind(self.DAY - timedelta(days=4)) == []
        assert self.remind(self.DAY - timedelta(days=3)) == ["Due soon"]
        assert self.remind(self.DAY) == ["Due soon"]
        assert self.remind(self.DAY + timedelta(days=1)) == ["Due soon", "Overdue"]
        assert self.remind(self.DAY + timedelta(days=6)) == ["Due soon", "Overdue"]
        assert self.remind(self.DAY + timedelta(days=7)) == ["Due soon", "Overdue", "Overdue"]

    def test_the_letter_says_nothing_of_the_review(self, item: int, published: Callable[..., Postmortem]) -> None:
        review = published("unit")

        self.remind(self.DAY)

        with seeding():
            message = Message.objects.get(person__username="responder.cloud", subject__contains="Raise the limit")
        assert review.title not in message.text + message.html
        assert review.reference not in message.text + message.html
        assert f"/actions#action-{item}" in message.text

    def test_not_when_it_is_done_nor_for_a_draft(
        self, item: int, published: Callable[..., Postmortem], actor: ActorNamed
    ) -> None:
        assert self.remind(self.DAY) == []
        published("unit")
        actions.complete_action_item(actor=actor("responder.cloud"), action_item_id=item)

        assert self.remind(self.DAY + timedelta(days=1)) == []
