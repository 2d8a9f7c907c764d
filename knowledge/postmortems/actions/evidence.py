"""How an effect is known, and what was missing to notice and to end it sooner."""

from __future__ import annotations

from typing import Any, Final

from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from hub.lib.unchanged import UNCHANGED, Unchanged
from knowledge.postmortems import access
from knowledge.postmortems.actions.writing import (
    checked_address,
    part_changed,
    part_for_writing,
    postmortem_for_writing,
    scope_of,
)
from knowledge.postmortems.models import Effect, Evidence, EvidenceKind, Gap, GapKind, Postmortem

LONGEST_TEXT: Final = 500
LONGEST_MINUTES: Final = 527_040
"""A year, in minutes."""


def add_evidence(
    *, actor: Actor, effect_id: int, text: str, kind: EvidenceKind = EvidenceKind.OBSERVATION, url: str = ""
) -> Evidence:
    """Say how an effect is known.

    Args:
        url: where it can be looked at: an http or https address, or empty.

    Raises `NotFound`, `Forbidden`, `Invalid` for a text or an address. Locks the review.
    """
    with acting_as(actor):
        postmortem, effect = part_for_writing(access.effect_for, actor, effect_id)
        evidence = Evidence.objects.create(
            **scope_of(postmortem),
            effect=effect,
            kind=kind,
            text=checked_text(text, "text", what="evidence", longest=LONGEST_TEXT),
            url=checked_address(url, "url"),
        )
        part_changed(actor, postmortem, evidence, "add_evidence", {"text": [None, evidence.text]}, of="analyses")
        return evidence


def remove_evidence(*, actor: Actor, evidence_id: int) -> Effect:
    """Take evidence back; the audit trail keeps it. Raises `NotFound`, `Forbidden`. Locks the review."""
    with acting_as(actor):
        postmortem, evidence = part_for_writing(access.evidence_for, actor, evidence_id)
        part_changed(actor, postmortem, evidence, "remove_evidence", {"text": [evidence.text, None]}, of="analyses")
        effect = evidence.effect
        evidence.delete()
        return effect


def add_gap(*, actor: Actor, postmortem_id: int, kind: GapKind, text: str, minutes: int | None = None) -> Gap:
    """Say what should have noticed it earlier, or ended it sooner, and was missing.

    Args:
        minutes: how long it took because of that.

    Raises `NotFound`, `Forbidden`, `Invalid`. Locks the review.
    """
    with acting_as(actor):
        postmortem = postmortem_for_writing(actor, postmortem_id)
        gap = Gap.objects.create(
            **scope_of(postmortem),
            kind=kind,
            text=checked_text(text, "text", what="gap", longest=LONGEST_TEXT),
            minutes=_minutes(minutes),
        )
        part_changed(actor, postmortem, gap, "add_gap", {"text": [None, gap.text]}, of="gaps")
        return gap


def edit_gap(*, actor: Actor, gap_id: int, text: str | None = None, minutes: int | Unchanged | None = UNCHANGED) -> Gap:
    """Change what a gap says. Raises `NotFound`, `Forbidden`, `Invalid`. Locks the review."""
    with acting_as(actor):
        postmortem, gap = part_for_writing(access.gap_for, actor, gap_id)
        before: list[Any] = [gap.text, gap.minutes]
        if text is not None:
            gap.text = checked_text(text, "text", what="gap", longest=LONGEST_TEXT)
        if not isinstance(minutes, Unchanged):
            gap.minutes = _minutes(minutes)
        after = [gap.text, gap.minutes]
        if before == after:
            return gap
        gap.save(update_fields=["text", "minutes"])
        part_changed(actor, postmortem, gap, "edit_gap", {"gap": [before, after]}, of="gaps")
        return gap


def remove_gap(*, actor: Actor, gap_id: int) -> Postmortem:
    """Take a gap back; the audit trail keeps it. Raises `NotFound`, `Forbidden`. Locks the review."""
    with acting_as(actor):
        postmortem, gap = part_for_writing(access.gap_for, actor, gap_id)
        part_changed(actor, postmortem, gap, "remove_gap", {"text": [gap.text, None]}, of="gaps")
        gap.delete()
        return postmortem


def _minutes(minutes: int | None) -> int | None:
    if minutes is not None and not 0 <= minutes <= LONGEST_MINUTES:
        raise Invalid("The time lost is a number of minutes, at most a year.", path=["minutes"])
    return minutes
