"""Runbooks in force: when they are for, and what they say to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import QuerySet

from hub.lib.identity import Actor
from knowledge.runbooks import access as runbooks
from knowledge.runbooks.models import Runbook
from knowledge.runbooks.steps import of_rows
from knowledge.search.documents import Field, Piece
from knowledge.search.kinds import Kind
from knowledge.search.sources.terms import Terms, with_mappings

SCOPE: Final = ("unit_id", "shared")


def published(actor: Actor) -> QuerySet[Runbook]:
    return runbooks.usable(actor)


def pieces(actor: Actor, ids: Iterable[int], *, with_terms: bool = False) -> list[Piece]:
    rows = runbooks.runbooks(actor).filter(pk__in=list(ids)).select_related("unit", "service", "current")
    if with_terms:
        rows = rows.prefetch_related(*with_mappings("failure_mode"))
    return [_piece(row) for row in rows]


def terms(piece: Piece) -> Terms:
    runbook = piece.record
    assert isinstance(runbook, Runbook)
    return Terms.of([], runbook.failure_mode)


def _piece(runbook: Runbook) -> Piece:
    """What is in force; a proposal that waits is not looked at: its unit alone may read that."""
    current = runbook.current if runbook.is_usable else None
    steps = of_rows(current.steps) if current else []
    return Piece(
        kind=Kind.RUNBOOK,
        record=runbook,
        published_at=current.decided_at if current else None,
        reference=f"{runbook.unit.prefix}-B{runbook.number}",
        texts=(
            *([(Field.SUMMARY, "Purpose", current.purpose)] if current else []),
            *((Field.TEXT, f"Step {place}", f"{step.title}\n\n{step.detail}") for place, step in enumerate(steps, 1)),
        ),
    )
