"""Why it happened, in the taxonomy's terms."""

from __future__ import annotations

from collections.abc import Collection

from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.unchanged import UNCHANGED, Unchanged
from knowledge.postmortems.actions.writing import (
    announce_change,
    audit_change,
    postmortem_for_writing,
    save_change,
    scope_of,
)
from knowledge.postmortems.models import ContributingCause, Postmortem
from tenants import access as tenants
from tenants.models import Term, TermKind


def set_causes(
    *,
    actor: Actor,
    postmortem_id: int,
    cause_id: int | None,
    contributing_ids: Collection[int] = (),
    failure_mode_id: int | Unchanged | None = UNCHANGED,
) -> Postmortem:
    """Say which cause is the root, which contributed, and how it failed; what was chosen before is replaced.

    Args:
        cause_id: the root cause, or None to leave it open in a draft.
        failure_mode_id: how what failed did fail, or None for nothing chosen; left out, it stays.

    Raises `NotFound` for the review or a term that is none of the unit's of its kind, `Forbidden`, `Invalid` for a root
    cause that also contributes, or for taking the root cause from a published review. Locks the review.
    """
    with acting_as(actor):
        postmortem = postmortem_for_writing(actor, postmortem_id)
        root = _term(actor, postmortem, TermKind.CAUSE, cause_id, "causeId") if cause_id is not None else None
        if root is None and postmortem.is_published:
            raise Invalid("A published review keeps a root cause.", path=["causeId"])
        contributing = {
            term_id: _term(actor, postmortem, TermKind.CAUSE, term_id, "contributingIds", str(index))
            for index, term_id in enumerate(contributing_ids)
        }
        if root is not None and root.pk in contributing:
            raise Invalid(f"“{root.name}” is the root cause already.", path=["contributingIds"])
        mode_id = postmortem.failure_mode_id if isinstance(failure_mode_id, Unchanged) else failure_mode_id
        mode = postmortem.failure_mode
        if mode_id != postmortem.failure_mode_id:
            mode = (
                None if mode_id is None else _term(actor, postmortem, TermKind.FAILURE_MODE, mode_id, "failureModeId")
            )
        former = set(postmortem.contributing_causes.values_list("term_id", flat=True))
        before = (postmortem.cause_id, postmortem.failure_mode_id, former)
        if before == (cause_id, mode_id, set(contributing)):
            return postmortem
        change = {
            "cause": [postmortem.cause_id, cause_id],
            "contributing": [sorted(former), sorted(contributing)],
            "failure_mode": [postmortem.failure_mode_id, mode_id],
        }
        postmortem.cause, postmortem.failure_mode = root, mode
        save_change(actor, postmortem, ["cause", "failure_mode"])
        postmortem.contributing_causes.exclude(term_id__in=contributing).delete()
        ContributingCause.objects.bulk_create(
            ContributingCause(**scope_of(postmortem), term_id=term_id)
            for term_id in contributing
            if term_id not in former
        )
        announce_change(actor, postmortem, "cause")
        audit_change(actor, postmortem, "set_causes", change)
        return postmortem


def _term(actor: Actor, postmortem: Postmortem, kind: TermKind, term_id: int, *path: str) -> Term:
    try:
        return tenants.term_for(actor, kind, term_id, unit_id=postmortem.unit_id)
    except NotFound as error:
        raise error.at(*path) from None
