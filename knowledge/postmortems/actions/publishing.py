"""Letting a review out, and taking it back."""

from __future__ import annotations

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, HubError, Invalid, InvalidMany
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_text
from knowledge.postmortems import access, signing
from knowledge.postmortems.actions.editing import camel
from knowledge.postmortems.actions.items import lacks_commitment, waits_for_owner
from knowledge.postmortems.actions.opening import facts_as_columns
from knowledge.postmortems.actions.writing import announce, audit_change, postmortem_for_work, save_change
from knowledge.postmortems.events import PostmortemPublished, PostmortemRetracted
from knowledge.postmortems.models import Audience, Postmortem, PostmortemStatus, Section


def publish_postmortem(*, actor: Actor, postmortem_id: int, audience: Audience) -> Postmortem:
    """Let the review out to its audience, with the incident's figures as they are now.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for a published one, and `InvalidMany` with
    everything that is missing (`missing_for_publication`). Locks the review, and holds the advisory lock on its
    signatures.
    """
    with acting_as(actor):
        postmortem = _postmortem_for_publishing(actor, postmortem_id)
        hold(signing.LOCK, postmortem.pk)
        if postmortem.is_published:
            raise Conflict(f"The review of {postmortem.reference} is published already.")
        missing = missing_for_publication(actor, postmortem, audience)
        if missing:
            raise InvalidMany(missing)
        incident = access.incident_of(actor, postmortem)
        columns = facts_as_columns(incident) if incident is not None else {}
        for name, value in columns.items():
            setattr(postmortem, name, value)
        postmortem.status = PostmortemStatus.PUBLISHED
        postmortem.audience = audience
        postmortem.published_at = clock.now()
        postmortem.published_by_id = actor.person_id
        save_change(actor, postmortem, ["status", "audience", "published_at", "published_by", *columns])
        postmortem.refresh_from_db(fields=["shared"])
        announce(
            actor,
            PostmortemPublished(
                unit_id=postmortem.unit_id,
                incident_id=postmortem.incident_id,
                restricted=postmortem.restricted,
                postmortem_id=postmortem.pk,
                version=postmortem.version,
                audience=audience,
            ),
        )
        audit_change(
            actor,
            postmortem,
            "publish_postmortem",
            {"status": [PostmortemStatus.DRAFT, PostmortemStatus.PUBLISHED], "audience": [None, audience]},
        )
        return postmortem


def retract_postmortem(*, actor: Actor, postmortem_id: int, reason: str) -> Postmortem:
    """Take a published review back: it is its unit's draft again, and the reason stays in the audit trail.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for a draft, `Invalid` without a reason.
    Locks the review.
    """
    with acting_as(actor):
        postmortem = _postmortem_for_publishing(actor, postmortem_id)
        why = checked_text(reason, "reason", longest=300)
        if not postmortem.is_published:
            raise Conflict(f"The review of {postmortem.reference} is a draft; there is nothing to take back.")
        postmortem.status = PostmortemStatus.DRAFT
        postmortem.published_at = None
        postmortem.published_by = None
        save_change(actor, postmortem, ["status", "published_at", "published_by"])
        postmortem.refresh_from_db(fields=["shared"])
        announce(
            actor,
            PostmortemRetracted(
                unit_id=postmortem.unit_id,
                incident_id=postmortem.incident_id,
                restricted=postmortem.restricted,
                postmortem_id=postmortem.pk,
                version=postmortem.version,
            ),
        )
        audit_change(
            actor,
            postmortem,
            "retract_postmortem",
            {"status": [PostmortemStatus.PUBLISHED, PostmortemStatus.DRAFT], "reason": [None, why]},
        )
        return postmortem


def missing_for_publication(actor: Actor, postmortem: Postmortem, audience: Audience | None = None) -> list[HubError]:
    """Everything that stands between the review and its publication, in the order of the page.

    A section is missing while it is empty or still says what the hub drafted, a branch of an analysis while it is open,
    an open action item's commitment until its owner has accepted its day, and a signature that the unit's policy wants
    until it is given to the text as it stands. Paths name the field of the review (`rootCause`, `cause`, `analyses`,
    `signatures`), and for an action item its place in the list (`actionItems`, `0`, `ownerId`).
    """
    missing: list[HubError] = []
    for section in Section:
        if not postmortem.is_written(section):
            still = "still says what the hub drafted" if postmortem.text_of(section).strip() else "is empty"
            missing.append(Invalid(f"“{section.label}” {still}.", path=[camel(section.value)]))
    if postmortem.cause_id is None:
        missing.append(Invalid("No root cause is chosen.", path=["cause"]))
    missing += (
        Invalid(f"“{effect.text}” is an open branch: name its causes, or say why it ends there.", path=["analyses"])
        for effect in access.open_effects(actor, postmortem)
    )
    for index, item in enumerate(access.action_items(actor, postmortem)):
        missing += lacks_commitment(item, "actionItems", str(index))
        missing += waits_for_owner(item, "actionItems", str(index))
    missing += signing.lacking(actor, postmortem)
    if postmortem.restricted and audience == Audience.ENTERPRISE:
        missing.append(
            Invalid("The incident is restricted: its review stays with those who have a grant.", path=["audience"])
        )
    return missing


def _postmortem_for_publishing(actor: Actor, postmortem_id: int) -> Postmortem:
    seen = access.postmortem_for(actor, postmortem_id)
    if not access.may_publish(actor, seen):
        raise Forbidden(
            f"You cannot publish the review of {seen.reference}, or take it back:"
            " that needs a commander's role in its unit."
        )
    return postmortem_for_work(actor, postmortem_id)
