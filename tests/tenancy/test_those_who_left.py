"""Whoever's account is switched off is told of nothing: no job works for them, whatever still has their name on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from hub.delivery.models import Message
from hub.lib import clock
from hub.oncall import jobs as oncall
from hub.oncall.models import FixedShift, Layer, Schedule, Swap
from knowledge.articles.models import Article, Training, TrainingDuty
from knowledge.postmortems import jobs as postmortems
from knowledge.postmortems.models import (
    ActionItem,
    Disclosure,
    MeetingParticipant,
    Postmortem,
    PostmortemStatus,
    ReviewMeeting,
    ReviewSignature,
)
from knowledge.search import jobs as search
from knowledge.search.models import Document, SavedSearch, SavedSearchMatch
from tenants.models import Person
from tests.conftest import seeding
from tests.tenancy import leaving

pytestmark = pytest.mark.django_db


KINDS = {
    "action:ask",
    "action:late0",
    "disclosure:declined",
    "meeting",
    "meeting:soon",
    "postmortem:late0",
    "saved-search:document",
    "swap:accepted",
    "swap:offered",
    "training:late0",
}
"""Of what somebody is told while they are here."""


def burden(person: Person, at: datetime) -> dict[str, Any]:
    """Something of every kind that somebody is told of; returns what the reactions to events are called with."""
    before = at - timedelta(days=2)
    scoped = {"unit__slug": "payments", "restricted": False}
    published = Postmortem.objects.filter(status=PostmortemStatus.PUBLISHED, **scoped).order_by("pk")[0]
    draft = Postmortem.objects.filter(status=PostmortemStatus.DRAFT, **scoped).order_by("pk")[0]
    Postmortem.objects.filter(pk=draft.pk).update(author=person, due_at=before)
    scope = {
        "postmortem": draft,
        "incident_id": draft.incident_id,
        "unit_id": draft.unit_id,
        "restricted": False,
        "shared": False,
    }
    of_published = {**scope, "postmortem": published, "incident_id": published.incident_id, "shared": published.shared}
    due = {"owner": person, "due_on": before.date(), "created_at": before}
    ActionItem.objects.create(title="Overdue", **due, **of_published)
    ActionItem.objects.create(title="Waiting", **due, **scope)
    asked = {"requested_by": person, "requested_at": before, "ended_at": before, "ended_because": "No"}
    disclosure = Disclosure.objects.create(
        recipients="public", purpose="x", title="x", text="x", state="declined", **asked, **of_published
    )
    # The demonstration may have planned one of the draft's already, and there is one at a time.
    ReviewMeeting.objects.filter(postmortem=draft).delete()
    meeting = ReviewMeeting.objects.create(
        starts_at=at + timedelta(hours=10),
        minutes=30,
        facilitator=person,
        planned_at=before,
        moved_at=before,
        place="Here",
        **scope,
    )
    MeetingParticipant.objects.create(meeting=meeting, person=person, **scope)
    signature = ReviewSignature.objects.create(
        role="commander", person=person, at=before, version=1, voided_at=before, **scope
    )
    article = Article.objects.exclude(current=None).filter(unit=draft.unit_id).order_by("pk")[0]
    training = Training.objects.create(
        article=article,
        unit=article.unit,
        shared=article.shared,
        audience="everybody",
        assigned_at=before,
        due_on=before.date(),
    )
    TrainingDuty.objects.create(training=training, unit=article.unit, person=person, since=before, due_on=before.date())
    SavedSearch.objects.create(person=person, name="All", query="", created_at=before)
    schedule = Schedule.objects.filter(unit=draft.unit_id).order_by("pk")[0]
    layer = Layer.objects.create(schedule=schedule, unit_id=draft.unit_id, name="Above", priority=90)
    FixedShift.objects.create(
        layer=layer, unit_id=draft.unit_id, person=person, starts_at=at, ends_at=at + timedelta(days=1)
    )
    other = Person.objects.get(username="responder.payments")
    offered = {"schedule": schedule, "unit_id": draft.unit_id, "offered_at": before}
    ahead = {"starts_at": at + timedelta(days=2), "ends_at": at + timedelta(days=3)}
    swaps = (
        Swap.objects.create(offered_by=other, offered_to=person, **offered, **ahead),
        Swap.objects.create(offered_by=person, offered_to=other, state="accepted", **offered, **ahead),
    )
    return {
        "documents": list(Document.objects.exclude(shelf=None).order_by("pk").values_list("pk", flat=True)[:4]),
        "draft": draft,
        "disclosure": disclosure,
        "meeting": meeting,
        "signature": signature,
        "swaps": swaps,
    }


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def work(at: datetime, of: dict[str, Any]) -> None:
    """Do all that comes by the clock, and what follows from the events that name somebody."""
    draft = of["draft"]
    event = {"event_id": "x", "unit_id": draft.unit_id, "incident_id": draft.incident_id}
    leaving.work(at)
    with clock.at(at):
        search.tell_savers.func(document_ids=of["documents"])
        for swap in of["swaps"]:
            oncall.tell_of_offer.func(**event, schedule_id=swap.schedule_id, swap_id=swap.pk)
            oncall.tell_of_answer.func(**event, schedule_id=swap.schedule_id, swap_id=swap.pk, state=swap.state)
        postmortems.ask_owners.func(**event, postmortem_id=draft.pk, version=1, changed=["action_items"])
        postmortems.tell_requester.func(disclosure_id=of["disclosure"].pk, state="declined")
        postmortems.invite_to_meeting.func(meeting_id=of["meeting"].pk, sequence=0)
        postmortems.ask_to_sign_again.func(signature_ids=[of["signature"].pk])


def told(person: Person) -> set[str]:
    """Of what somebody has been told, by the beginnings of what tells it apart."""
    keys = Message.objects.filter(person=person).values_list("dedupe_key", flat=True)
    return {":".join(part for part in key.split(":")[:3] if not part.isdigit()) for key in keys}


def test_no_job_works_for_who_has_left() -> None:
    at = leaving.monday(clock.now())
    with seeding():
        person = Person.objects.get(username="commander.payments")
        of = burden(person, at)
        before = told(person)
        heard = SavedSearchMatch.objects.filter(person=person)
    with undone():
        work(at, of)
        with seeding():
            assert told(person) - before >= KINDS
            assert heard.exists()
    with seeding():
        Person.objects.filter(pk=person.pk).update(is_active=False)
        count = Message.objects.filter(person=person).count()
    work(at, of)
    with seeding():
        assert Message.objects.filter(person=person).count() == count
        assert not heard.exists()
