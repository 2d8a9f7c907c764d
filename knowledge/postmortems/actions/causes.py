"""Why it happened, in the taxonomy's terms."""

from __future__ import annotations

from collections.abc import Collection

from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor, acting_as
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
    *, actor: Actor, postmortem_id: int, cause_id: int | None, contributing_ids: Collection[int] = ()
) -> Postmortem:
    """Say which cause is the root, and which contributed; what was chosen before is replaced.

    Args:
        cause_id: the root cause, or None to leave it open in a draft.

    Raises `NotFound` for the review or a term that is none of the unit's causes, `Forbidden`, `Invalid` for a root
    cause that also contributes, or for taking the root cause from a published review. Locks the review.
    """
    with acting_as(actor):
        postmortem = postmortem_for_writing(actor, postmortem_id)
        root = _cause(actor, postmortem, cause_id, "causeId") if cause_id is not None else None
        if root is None and postmortem.is_published:
            raise Invalid("A published review keeps a root cause.", path=["causeId"])
        contributing = {
            term_id: _cause(actor, postmortem, term_id, "contributingIds", str(index))
            for index, term_id in enumerate(contributing_ids)
        }
        if root is not None and root.pk in contributing:
            raise Invalid(f"“{root.name}” is the root cause already.", path=["contributingIds"])
        former = set(postmortem.contributing_causes.values_list("term_id", flat=True))
        if postmortem.cause_id == cause_id and former == set(contributing):
            return postmortem
        change = {
            "cause": [postmortem.cause_id, cause_id],
            "contributing": [sorted(former), sorted(contributing)],
        }
        postmortem.cause = root
        save_change(actor, postmortem, ["cause"])
        postmortem.contributing_causes.exclude(term_id__in=contributing).delete()
        ContributingCause.objects.bulk_create(
            ContributingCause(**scope_of(postmortem), term_id=term_id)
            for term_id in contributing
            if term_id not in former
        )
        announce_change(actor, postmortem, "cause")
        audit_change(actor, postmortem, "set_causes", change)
        return postmortem


def _cause(actor: Actor, postmortem: Postmortem, term_id: int, *path: str) -> Term:
    try:
        return tenants.term_for(actor, TermKind.CAUSE, term_id, unit_id=postmortem.unit_id)
    except NotFound as error:
        raise error.at(*path) from None
