"""The whole history: everyday incidents, the reviewed ones, what goes on now, and one that only a few may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hub.demo.bridge import OPENED, load_bridge, suspected_story
from hub.demo.federation import federated_stories, load_federation
from hub.demo.history import Line, Roster, Story, everyday_stories, in_order, local_severities
from hub.demo.library import load_drafts, load_reviews
from hub.demo.loading import grant_to, load_stories
from hub.demo.organisation import Organisation
from hub.demo.reviews import read_reviews, story_of
from hub.incidents.models import EntryKind, Severity, Status
from hub.lib import clock
from hub.metrics.actions import quarter_starts
from hub.metrics.disclosure import MINIMUM
from hub.metrics.models import QuarterRelease

QUARTERS = 6
"""How many quarters there were figures for."""
SECURITY_TEAM = ("security", "security.second", "commander.payments")


def load_history(organisation: Organisation, progress: Callable[[str], None]) -> None:
    """Write two years of incidents and their reviews, reporting each step in a line."""
    roster = Roster(organisation)
    local = local_severities()
    reviews = list(read_reviews())
    reviewed = [story_of(review, organisation, roster, local) for review in reviews]
    federated = federated_stories(organisation)
    suspected, restricted = suspected_story(organisation), _restricted_story(organisation)
    stories = in_order([*everyday_stories(organisation), *reviewed, *federated, suspected, restricted])
    total = len(stories)
    incidents = load_stories(
        organisation, stories, lambda done: progress(f"Incidents and their timelines: {done} of {total}")
    )
    by_story = {id(story): incident for story, incident in zip(stories, incidents, strict=True)}
    grant_to(by_story[id(restricted)], organisation, SECURITY_TEAM)
    load_bridge(organisation, by_story[id(suspected)], by_story[id(restricted)])
    progress(f"Post-mortems: {len(reviews)}")
    load_federation(organisation, {story.title: by_story[id(story)] for story in federated})
    load_reviews(
        organisation,
        [(review, story, by_story[id(story)]) for review, story in zip(reviews, reviewed, strict=True)],
    )
    _load_releases()
    told = {id(story) for story in reviewed}
    others = [(story, incident) for story, incident in zip(stories, incidents, strict=True) if id(story) not in told]
    load_drafts(others)


def _load_releases() -> None:
    """What was told of the restricted incidents of the quarters that have ended: there were none, so nothing was."""
    QuarterRelease.objects.bulk_create(
        QuarterRelease(
            starts_on=start,
            released_at=datetime(end.year, end.month, end.day, 4, tzinfo=UTC),
            minimum=MINIMUM,
            total=None,
            by_unit=None,
        )
        for start, end in pairwise(quarter_starts(clock.now().date(), QUARTERS))
    )


def _restricted_story(organisation: Organisation) -> Story:
    """Something that is going on and that most people must not notice."""
    opened = clock.now() - OPENED
    people = organisation.people
    return Story(
        unit=organisation.units["payments"],
        service=organisation.services["card-gateway"],
        title="Unexplained export of settlement files by a service account",
        severity=Severity.SEV2,
        declared_at=opened,
        summary="A service account read 41 settlement files outside its usual hours. Nothing left the network so far.",
        severity_reason="Suspected breach of financial records",
        declared_by=people["security"],
        commander=people["security"],
        responder=people["commander.payments"],
        status=Status.ACKNOWLEDGED,
        times={Status.ACKNOWLEDGED: opened + timedelta(minutes=3)},
        restricted=True,
        lines=[
            Line(opened, EntryKind.STATUS, "Declared as SEV2, restricted", people["security"]),
            Line(opened + timedelta(minutes=3), EntryKind.STATUS, "Acknowledged", people["security"]),
            Line(
                opened + timedelta(minutes=22),
                EntryKind.DECISION,
                "Rotate the account's credential at the end of the settlement run",
                people["security"],
                "Earlier would stop payouts and show that we have noticed",
            ),
            Line(
                opened + timedelta(minutes=58),
                EntryKind.NOTE,
                "The reads come from a host that was rebuilt on Thursday; its image is being compared.",
                people["security.second"],
            ),
        ],
    )
