"""Published reviews: their sections, their timeline and action items, and what was worked out of why it happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import QuerySet

from hub.lib.identity import Actor
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.models import (
    ActionItem,
    Effect,
    Evidence,
    Gap,
    Postmortem,
    PostmortemMoment,
    PostmortemStatus,
    Section,
)
from knowledge.search.documents import Field, Piece
from knowledge.search.kinds import Kind
from knowledge.search.sources.terms import Terms, with_mappings

SCOPE: Final = ("unit_id", "incident_id", "restricted", "shared")
FIELD_OF_SECTION: Final = {Section.SUMMARY: Field.SUMMARY, Section.ROOT_CAUSE: Field.ROOT_CAUSE}


def published(actor: Actor) -> QuerySet[Postmortem]:
    return postmortems.postmortems(actor).filter(status=PostmortemStatus.PUBLISHED)


def pieces(actor: Actor, ids: Iterable[int], *, with_terms: bool = False) -> list[Piece]:
    rows = postmortems.postmortems(actor).filter(pk__in=list(ids)).select_related("unit", "service")
    if with_terms:
        rows = rows.prefetch_related(*with_mappings("cause", "contributing", "failure_mode"))
    found = list(rows)
    moments = _texts(PostmortemMoment.objects.filter(postmortem__in=found).order_by("at", "id"))
    actions = _texts(ActionItem.objects.filter(postmortem__in=found).order_by("due_on", "id"), "title")
    effects = _texts(Effect.objects.filter(postmortem__in=found).order_by("analysis_id", "id"), "text", "ended_because")
    evidence = _texts(Evidence.objects.filter(postmortem__in=found).order_by("id"))
    gaps = _texts(Gap.objects.filter(postmortem__in=found).order_by("kind", "id"))
    return [
        Piece(
            kind=Kind.POSTMORTEM,
            record=row,
            published_at=row.published_at if row.is_published else None,
            reference=row.reference,
            tags=tuple(row.tags),
            texts=(
                *(
                    (FIELD_OF_SECTION.get(section, Field.TEXT), str(section.label), row.text_of(section))
                    for section in Section
                ),
                *((Field.TEXT, "Timeline", text) for text in moments[row.pk]),
                *((Field.TEXT, "Action items", text) for text in actions[row.pk]),
                *((Field.TEXT, "Why it happened", text) for text in effects[row.pk]),
                *((Field.TEXT, "Evidence", text) for text in evidence[row.pk]),
                *((Field.TEXT, "Gaps", text) for text in gaps[row.pk]),
            ),
        )
        for row in found
    ]


def terms(piece: Piece) -> Terms:
    review = piece.record
    assert isinstance(review, Postmortem)
    return Terms.of([review.cause, *review.contributing.all()], review.failure_mode)


def _texts(rows: QuerySet[Any], *columns: str) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = defaultdict(list)
    for key, *said in rows.values_list("postmortem_id", *(columns or ("text",))):
        texts[key] += filter(None, said)
    return texts
