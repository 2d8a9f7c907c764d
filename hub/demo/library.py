"""Writes the demonstration's post-mortems: published ones, and drafts for what was resolved lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from hub.demo.history import WRITTEN, Story, shift_to_now
from hub.demo.organisation import Organisation
from hub.demo.reviews import Review
from hub.incidents.models import Incident, Severity, Status
from hub.lib import clock
from knowledge.postmortems import drafting
from knowledge.postmortems.actions.opening import facts_as_columns, facts_of
from knowledge.postmortems.models import (
    ActionItem,
    ActionStatus,
    Audience,
    ContributingCause,
    Postmortem,
    PostmortemMoment,
    PostmortemStatus,
)

DUE: Final = timedelta(hours=48)
DRAFTS: Final = 6


def load_reviews(organisation: Organisation, told: Sequence[tuple[Review, Story, Incident]]) -> None:
    """Write each review as the published post-mortem of its incident."""
    rows = [_published(organisation, number, *each) for number, each in enumerate(told)]
    Postmortem.objects.bulk_create(rows)
    written = [(postmortem, review, story) for postmortem, (review, story, _) in zip(rows, told, strict=True)]
    ContributingCause.objects.bulk_create(
        ContributingCause(term=organisation.causes[key], **_scope(postmortem))
        for postmortem, review, _ in written
        for key in review.about["contributing"]
    )
    PostmortemMoment.objects.bulk_create(
        PostmortemMoment(at=line.at, kind=line.kind, text=line.body[: drafting.LONGEST_MOMENT], **_scope(postmortem))
        for postmortem, _, story in written
        for line in story.lines
    )
    ActionItem.objects.bulk_create(
        item for postmortem, review, _ in written for item in _actions(organisation, review, postmortem)
    )


def load_drafts(told: Sequence[tuple[Story, Incident]]) -> None:
    """Open drafts, as the hub itself would, for the latest of these incidents that were grave and are over."""
    grave = [
        (story, incident)
        for story, incident in told
        if incident.resolved_at and story.severity in (Severity.SEV1, Severity.SEV2, Severity.SEV3)
    ]
    lately = grave[-DRAFTS:]
    for story, incident in lately:
        entries = [
            drafting.Entry(at=line.at, kind=line.kind, body=line.body, rationale=line.rationale) for line in story.lines
        ]
        drafted = {section.value: text for section, text in drafting.sections(facts_of(incident), entries).items()}
        opened = incident.resolved_at or incident.declared_at
        postmortem = Postmortem.objects.create(
            unit_id=incident.unit_id,
            incident=incident,
            title=incident.title,
            author=story.commander,
            opened_at=opened,
            due_at=opened + DUE,
            due_hours=DUE // timedelta(hours=1),
            edited_at=opened,
            drafted=drafted,
            **drafted,
            **facts_as_columns(incident),
        )
        PostmortemMoment.objects.bulk_create(
            PostmortemMoment(at=moment.at, kind=moment.kind, text=moment.text, **_scope(postmortem))
            for moment in drafting.moments(entries)
        )


def _published(organisation: Organisation, number: int, review: Review, story: Story, incident: Incident) -> Postmortem:
    resolved = story.times[Status.RESOLVED]
    # Most reviews are published in time, and a few late: what the figures of reviews shall show.
    published = min(resolved + timedelta(hours=20 + 9 * (number % 7)), clock.now() - timedelta(hours=1))
    author = organisation.people[review.about["author"]]
    return Postmortem(
        unit_id=incident.unit_id,
        incident=incident,
        title=review.about["title"][:200],
        author=author,
        audience=Audience(review.about["audience"]),
        status=PostmortemStatus.PUBLISHED,
        opened_at=resolved,
        due_at=resolved + DUE,
        published_at=published,
        published_by=story.commander or author,
        edited_at=published,
        edited_by=author,
        cause=organisation.causes[review.about["cause"]],
        failure_mode=organisation.failure_modes[review.about["failure_mode"]],
        **review.sections,
        **facts_as_columns(incident),
    )


def _actions(organisation: Organisation, review: Review, postmortem: Postmortem) -> list[ActionItem]:
    start = postmortem.published_at or postmortem.opened_at
    items = []
    for each in review.about["actions"]:
        due = (shift_to_now(review.opened, WRITTEN, clock.now()) + timedelta(days=each["due_days"])).date()
        done_at = start + timedelta(days=each["due_days"] * 0.8) if each["done"] else None
        if done_at and done_at > clock.now():
            done_at = None
        items.append(
            ActionItem(
                title=each["title"],
                owner=organisation.people[each["owner"]],
                due_on=due,
                accepted_at=start,
                status=ActionStatus.DONE if done_at else ActionStatus.OPEN,
                done_at=done_at,
                created_at=start,
                created_by=postmortem.author,
                **_scope(postmortem),
            )
        )
    return items


def _scope(postmortem: Postmortem) -> dict[str, object]:
    """What a child carries of its review. The database computes `shared`; a bulk insert must say the same."""
    return {
        "postmortem": postmortem,
        "unit_id": postmortem.unit_id,
        "incident_id": postmortem.incident_id,
        "restricted": postmortem.restricted,
        "shared": postmortem.status == PostmortemStatus.PUBLISHED and postmortem.audience == Audience.ENTERPRISE,
    }
