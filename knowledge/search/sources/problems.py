"""Problems that are understood: known errors with their workarounds, and those that were and have been resolved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import QuerySet

from hub.lib.identity import Actor
from knowledge.problems import access as problems
from knowledge.problems.models import Problem, ProblemState
from knowledge.search.documents import Field, Piece
from knowledge.search.kinds import Kind
from knowledge.search.sources.terms import Terms, with_mappings

SCOPE: Final = ("unit_id", "shared")
UNDERSTOOD: Final = (ProblemState.KNOWN_ERROR, ProblemState.RESOLVED)


def published(actor: Actor) -> QuerySet[Problem]:
    return problems.problems(actor).filter(state__in=UNDERSTOOD, known_at__isnull=False)


def pieces(actor: Actor, ids: Iterable[int], *, with_terms: bool = False) -> list[Piece]:
    rows = problems.problems(actor).filter(pk__in=list(ids)).select_related("unit", "service")
    if with_terms:
        rows = rows.prefetch_related(*with_mappings("cause", "failure_mode"))
    return [
        Piece(
            kind=Kind.PROBLEM,
            record=row,
            published_at=row.known_at if row.state in UNDERSTOOD else None,
            reference=f"{row.unit.prefix}-P{row.number}",
            texts=(
                (Field.SUMMARY, "Symptoms", row.symptoms),
                (Field.ROOT_CAUSE, "Root cause", row.root_cause),
                (Field.TEXT, "Workaround", row.workaround),
                (Field.TEXT, "Outcome", row.outcome),
            ),
        )
        for row in rows
    ]


def terms(piece: Piece) -> Terms:
    problem = piece.record
    assert isinstance(problem, Problem)
    return Terms.of([problem.cause], problem.failure_mode)
