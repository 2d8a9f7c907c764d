"""What a review meeting has to talk about: what the review still lacks, in the order in which people take it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.lib.identity import Actor
from knowledge.postmortems.actions.publishing import missing_for_publication
from knowledge.postmortems.models import Postmortem

TOPICS: Final = (
    ("Open branches", ("analyses",)),
    ("Action items without a commitment", ("actionItems",)),
    ("Causes", ("cause",)),
    ("Signatures", ("signatures",)),
)
SECTIONS: Final = "Sections to write"
GAPS: Final = "Gaps in detection and recovery"


@dataclass(frozen=True)
class Topic:
    title: str
    points: Sequence[str]


def agenda(actor: Actor, postmortem: Postmortem) -> list[Topic]:
    """The topics that have something to them. Gaps are talked through also where they lack nothing."""
    missing = missing_for_publication(actor, postmortem)
    known = {name for _, names in TOPICS for name in names}
    gaps = [f"{gap.get_kind_display()}: {gap.text}" for gap in postmortem.gaps.all()]
    topics = [
        *(
            Topic(title, [error.message for error in missing if error.path and error.path[0] in names])
            for title, names in TOPICS
        ),
        Topic(GAPS, gaps),
        Topic(SECTIONS, [error.message for error in missing if not error.path or error.path[0] not in known]),
    ]
    return [topic for topic in topics if topic.points]
