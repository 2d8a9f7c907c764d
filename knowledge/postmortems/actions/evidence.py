"""How an effect is known, and what was missing to notice and to end it sooner."""

from __future__ import annotations

from typing import Any, Final

from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as
from knowledge.postmortems import access
from knowledge.postmortems.actions.items import UNCHANGED, Unchanged
from knowledge.postmortems.actions.writing import (
    announce_change,
    audit_change,
    checked,
    checked_address,
    postmortem_for_writing,
    save_change,
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
        seen = access.effect_for(actor, effect_id)
        postmortem = postmortem_for_writing(actor, seen.postmortem_id)
        effect = access.effect_for(actor, effect_id)
        evidence = Evidence.objects.create(
            **scope_of(postmortem),
            effect=effect,
            kind=kind,
            text=checked(text, "evidence", "text", longest=LONGEST_TEXT),
            url=checked_address(url, "url"),
        )
        _changed(actor, postmortem, evidence, "add_evidence", {"text": [None, evidence.text]})
        return evidence


def remove_evidence(*, actor: Actor, evidence_id: int) -> Effect:
    """Take evidence back; the audit trail keeps it. Raises `NotFound`, `Forbidden`. Locks the review."""
    with acting_as(actor):
        seen = access.evidence_for(actor, evidence_id)
        postmortem = postmortem_for_writing(actor, seen.postmortem_id)
        evidence = access.evidence_for(actor, evidence_id)
        _changed(actor, postmortem, evidence, "remove_evidence", {"text": [evidence.text, None]})
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
            text=checked(text, "gap", "text", longest=LONGEST_TEXT),
            minutes=_minutes(minutes),
        )
        _changed(actor, postmortem, gap, "add_gap", {"text": [None, gap.text]})
        return gap


def edit_gap(*, actor: Actor, gap_id: int, text: str | None = None, minutes: int | Unchanged | None = UNCHANGED) -> Gap:
    """Change what a gap says. Raises `NotFound`, `Forbidden`, `Invalid`. Locks the review."""
    with acting_as(actor):
        seen = access.gap_for(actor, gap_id)
        postmortem = postmortem_for_writing(actor, seen.postmortem_id)
        gap = access.gap_for(actor, gap_id)
        before: list[Any] = [gap.text, gap.minutes]
        if text is not None:
            gap.text = checked(text, "gap", "text", longest=LONGEST_TEXT)
        if not isinstance(minutes, Unchanged):
            gap.minutes = _minutes(minutes)
        after = [gap.text, gap.minutes]
        if before == after:
            return gap
        gap.save(update_fields=["text", "minutes"])
        _changed(actor, postmortem, gap, "edit_gap", {"gap": [before, after]})
        return gap


def remove_gap(*, actor: Actor, gap_id: int) -> Postmortem:
    """Take a gap back; the audit trail keeps it. Raises `NotFound`, `Forbidden`. Locks the review."""
    with acting_as(actor):
        seen = access.gap_for(actor, gap_id)
        postmortem = postmortem_for_writing(actor, seen.postmortem_id)
        gap = access.gap_for(actor, gap_id)
        _changed(actor, postmortem, gap, "remove_gap", {"text": [gap.text, None]})
        gap.delete()
        return postmortem


def _minutes(minutes: int | None) -> int | None:
    if minutes is not None and not 0 <= minutes <= LONGEST_MINUTES:
        raise Invalid("The time lost is a number of minutes, at most a year.", path=["minutes"])
    return minutes


def _changed(actor: Actor, postmortem: Postmortem, obj: Evidence | Gap, verb: str, change: dict[str, Any]) -> None:
    save_change(actor, postmortem, [])
    announce_change(actor, postmortem, "gaps" if isinstance(obj, Gap) else "analyses")
    audit_change(actor, postmortem, verb, change, obj=obj)
