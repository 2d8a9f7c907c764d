"""Letting a review's text out of its unit or the company, once legal and compliance have approved it."""

from __future__ import annotations

from typing import Any, Final

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_line, checked_text
from knowledge.postmortems import access, disclosures
from knowledge.postmortems.actions.writing import announce, audit_change, scope_of
from knowledge.postmortems.events import DisclosureDecided, DisclosureRequested
from knowledge.postmortems.models import Disclosure, DisclosureState, Recipients
from tenants.permissions import Permission, can

LONGEST_PURPOSE: Final = 500
LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 100_000
LONGEST_REASON: Final = 500


def request_disclosure(
    *, actor: Actor, postmortem_id: int, recipients: Recipients, purpose: str, title: str, text: str
) -> Disclosure:
    """Ask for a text of a published review to be disclosed. Nobody outside reads it before both sides approve.

    Args:
        purpose: to whom exactly, and why.
        text: Markdown; `disclosures.proposal_for` proposes one without what tells of people.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for a draft, `Invalid` for a text.
    """
    with acting_as(actor):
        review = access.postmortem_for(actor, postmortem_id)
        if actor.person_id is None or not disclosures.may_request(actor, review):
            raise Forbidden("Asking for a disclosure takes somebody who publishes the unit's reviews.")
        if not review.is_published:
            raise Conflict(f"The review of {review.reference} is a draft: publish it to its own readers first.")
        disclosure = Disclosure.objects.create(
            **scope_of(review),
            recipients=recipients,
            purpose=checked_text(purpose, "purpose", longest=LONGEST_PURPOSE),
            title=checked_line(title, "title", longest=LONGEST_TITLE),
            text=checked_text(text.replace("\r\n", "\n"), "text", longest=LONGEST_TEXT),
            requested_at=clock.now(),
            requested_by_id=actor.person_id,
        )
        announce(actor, DisclosureRequested(**_where(disclosure)))
        audit_change(actor, review, "request_disclosure", {"recipients": [None, recipients]}, obj=disclosure)
        return disclosure


def approve_disclosure(*, actor: Actor, disclosure_id: int, side: Permission) -> Disclosure:
    """Approve a disclosure for legal or for compliance; with both, it is released.

    Args:
        side: `DISCLOSURE_LEGAL` or `DISCLOSURE_COMPLIANCE`.

    Raises `NotFound`, `Forbidden` without the permission and for whoever asked for it or approved it for the other
    side, `Conflict` for one that is over or approved by this side. Locks the disclosure.
    """
    with acting_as(actor):
        disclosure = disclosures.disclosure_for(actor, disclosure_id)
        name = disclosures.SIDES[side]
        if not can(actor, side, disclosure.unit_id):
            raise Forbidden(f"Approving for {name} is for those who do that for the unit.")
        disclosure = disclosures.disclosure_for(actor, disclosure_id, lock=True)
        if actor.person_id == disclosure.requested_by_id:
            raise Forbidden("You asked for it: somebody else has to approve it.")
        _refuse_over(disclosure)
        if getattr(disclosure, f"{name}_by_id") is not None:
            raise Conflict(f"It is approved for {name} already.")
        if not disclosures.may_approve(actor, disclosure, side):
            raise Forbidden("You approved it for the other side: two people have to.")
        now = clock.now()
        setattr(disclosure, f"{name}_at", now)
        setattr(disclosure, f"{name}_by_id", actor.person_id)
        fields = [f"{name}_at", f"{name}_by"]
        if disclosure.legal_by_id is not None and disclosure.compliance_by_id is not None:
            disclosure.state, disclosure.released_at = DisclosureState.RELEASED, now
            fields += ["state", "released_at"]
        _save(actor, disclosure, f"approve_disclosure_for_{name}", fields, {"approved_for": [None, name]})
        return disclosure


def decline_disclosure(*, actor: Actor, disclosure_id: int, reason: str) -> Disclosure:
    """Turn a disclosure down for good, or take one's own request back, and say why.

    Raises `NotFound`, `Forbidden` for who neither approves nor asked, `Conflict` for one that is over, `Invalid`
    without a reason. Locks the disclosure.
    """
    with acting_as(actor):
        disclosure = disclosures.disclosure_for(actor, disclosure_id)
        if not disclosures.may_decline(actor, disclosure):
            raise Forbidden("Declining a disclosure is for legal, for compliance, or for whoever asked for it.")
        disclosure = disclosures.disclosure_for(actor, disclosure_id, lock=True)
        why = checked_text(reason, "reason", longest=LONGEST_REASON)
        _refuse_over(disclosure)
        return _end(actor, disclosure, DisclosureState.DECLINED, "decline_disclosure", why)


def withdraw_disclosure(*, actor: Actor, disclosure_id: int, reason: str) -> Disclosure:
    """Take a released disclosure back: its address shows nothing from now on.

    Raises `NotFound`, `Forbidden` for who neither approves nor publishes, `Conflict` for one that is not released,
    `Invalid` without a reason. Locks the disclosure.
    """
    with acting_as(actor):
        disclosure = disclosures.disclosure_for(actor, disclosure_id)
        if not disclosures.may_withdraw(actor, disclosure):
            raise Forbidden("Withdrawing a disclosure is for legal, compliance, or who publishes the unit's reviews.")
        disclosure = disclosures.disclosure_for(actor, disclosure_id, lock=True)
        why = checked_text(reason, "reason", longest=LONGEST_REASON)
        if disclosure.state != DisclosureState.RELEASED:
            raise Conflict(f"“{disclosure.title}” is not released: there is nothing to withdraw.")
        return _end(actor, disclosure, DisclosureState.WITHDRAWN, "withdraw_disclosure", why)


def _refuse_over(disclosure: Disclosure) -> None:
    if not disclosure.is_open:
        raise Conflict(f"“{disclosure.title}” is {disclosure.get_state_display().lower()} already.")


def _end(actor: Actor, disclosure: Disclosure, state: DisclosureState, verb: str, why: str) -> Disclosure:
    disclosure.state, disclosure.ended_because = state, why
    disclosure.ended_at, disclosure.ended_by_id = clock.now(), actor.person_id
    fields = ["state", "ended_because", "ended_at", "ended_by"]
    _save(actor, disclosure, verb, fields, {"state": [None, state], "reason": [None, why]})
    return disclosure


def _save(actor: Actor, disclosure: Disclosure, verb: str, fields: list[str], change: dict[str, Any]) -> None:
    disclosure.save(update_fields=fields)
    announce(actor, DisclosureDecided(**_where(disclosure), state=str(disclosure.state)))
    audit_change(actor, disclosure.postmortem, verb, change, obj=disclosure)


def _where(disclosure: Disclosure) -> dict[str, Any]:
    return {
        "unit_id": disclosure.unit_id,
        "incident_id": disclosure.incident_id,
        "restricted": disclosure.restricted,
        "postmortem_id": disclosure.postmortem_id,
        "disclosure_id": disclosure.pk,
    }
