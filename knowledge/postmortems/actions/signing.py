"""Signing what a review says, and refusing to."""

from __future__ import annotations

from typing import Any, Final

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, check_version
from hub.lib.events import Event
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_text
from knowledge.postmortems import access, signing
from knowledge.postmortems.actions.writing import announce, audit_change, scope_of
from knowledge.postmortems.events import PostmortemSigned, RefusalSettled, SignatureRefused
from knowledge.postmortems.models import Postmortem, ReviewSignature
from tenants.models import ReviewSigner

LONGEST_REASON: Final = 500


def sign_postmortem(*, actor: Actor, postmortem_id: int, role: ReviewSigner, version: int) -> ReviewSignature:
    """Sign the review as it stands, for one of the roles that its unit's policy wants.

    Who refused before settles that by signing.

    Args:
        version: the review's version that was read.

    Raises `NotFound`, `Forbidden` for who does not stand for the role, `Invalid` for a role that is not wanted,
    `Conflict` where the review moved on, the role is signed or refused by somebody else, or the person stands for
    another role. Holds the advisory lock on the review's signatures.
    """
    with acting_as(actor):
        postmortem = _stand_for(actor, postmortem_id, role, version)
        held = _held(actor, postmortem, role)
        if held is not None:
            if held.person_id != actor.person_id:
                done = "refused to sign" if held.is_refusal else "signed"
                raise Conflict(f"{held.person.name} {done} as {_role(role)}: that has to be settled first.")
            if not held.is_refusal:
                raise Conflict(f"You signed it as {_role(role)} already.")
            _settle(actor, held, "Signed after all")
        return _say(actor, postmortem, role, "sign_postmortem", "")


def refuse_signature(
    *, actor: Actor, postmortem_id: int, role: ReviewSigner, version: int, reason: str
) -> ReviewSignature:
    """Refuse to sign the review for a role, and say why; it is not published until that is settled.

    Who signed before takes that back. Arguments, errors and locks are those of `sign_postmortem`, and `Invalid` without
    a reason.
    """
    with acting_as(actor):
        postmortem = _stand_for(actor, postmortem_id, role, version)
        why = checked_text(reason, "reason", longest=LONGEST_REASON)
        held = _held(actor, postmortem, role)
        if held is not None:
            if held.person_id != actor.person_id or held.is_refusal:
                done = "refused to sign" if held.is_refusal else "signed"
                raise Conflict(f"{held.person.name} {done} as {_role(role)} already.")
            held.voided_at, held.voided_by_id = clock.now(), actor.person_id
            held.save(update_fields=["voided_at", "voided_by"])
        return _say(actor, postmortem, role, "refuse_signature", why)


def settle_refusal(*, actor: Actor, signature_id: int, answer: str) -> ReviewSignature:
    """Say how a refusal was settled: then the role has still to be signed.

    Raises `NotFound`, `Forbidden` for who neither refused nor publishes the unit's reviews, `Conflict` for what is no
    refusal or was settled, `Invalid` without an answer. Holds the advisory lock on the review's signatures.
    """
    with acting_as(actor):
        seen = signing.signature_for(actor, signature_id)
        postmortem = seen.postmortem
        if actor.person_id != seen.person_id and not access.may_publish(actor, postmortem):
            raise Forbidden("Settling a refusal is for whoever refused, or who publishes the unit's reviews.")
        how = checked_text(answer, "answer", longest=LONGEST_REASON)
        hold(signing.LOCK, postmortem.pk)
        refusal = signing.signature_for(actor, signature_id)
        if not refusal.is_refusal or not refusal.holds:
            raise Conflict("There is no refusal to settle here any more.")
        return _settle(actor, refusal, how)


def _stand_for(actor: Actor, postmortem_id: int, role: ReviewSigner, version: int) -> Postmortem:
    """The review as it is while nobody else signs or changes it, for somebody who stands for the role."""
    seen = access.postmortem_for(actor, postmortem_id)
    if not access.reads_drafts(actor, seen):
        raise Forbidden(f"You read the review of {seen.reference} as it was published: its unit signs it.")
    hold(signing.LOCK, seen.pk)
    postmortem = access.postmortem_for(actor, postmortem_id)
    if role not in signing.signers_wanted(postmortem):
        raise Invalid(f"The unit asks for no signature of {signing.WHO[role]}.", path=["role"])
    if role not in signing.roles_of(actor, postmortem):
        raise Forbidden(f"You cannot sign as {_role(role)}: that is for {signing.WHO[role]}.", path=["role"])
    check_version(version, postmortem.version, f"The review of {postmortem.reference}")
    other = signing.signatures_of(actor, postmortem).filter(person=actor.person_id, voided_at=None, settled_at=None)
    for each in other.exclude(role=role):
        raise Conflict(f"One person stands for one role: you did as {_role(ReviewSigner(each.role))}.", path=["role"])
    return postmortem


def _held(actor: Actor, postmortem: Postmortem, role: ReviewSigner) -> ReviewSignature | None:
    of_role = signing.signatures_of(actor, postmortem).filter(role=role)
    return of_role.filter(voided_at=None, settled_at=None).first()


def _say(actor: Actor, postmortem: Postmortem, role: ReviewSigner, verb: str, why: str) -> ReviewSignature:
    said = ReviewSignature.objects.create(
        **scope_of(postmortem),
        role=role,
        person_id=actor.person_id or 0,
        at=clock.now(),
        version=postmortem.version,
        fingerprint=signing.fingerprint(postmortem),
        refused_because=why,
    )
    event = SignatureRefused if why else PostmortemSigned
    change = {
        "role": [None, role.value],
        "version": [None, postmortem.version],
        **({"reason": [None, why]} if why else {}),
    }
    _tell(actor, said, event, verb, change)
    return said


def _settle(actor: Actor, refusal: ReviewSignature, how: str) -> ReviewSignature:
    refusal.settled_at, refusal.settled_by_id, refusal.settled_with = clock.now(), actor.person_id, how
    refusal.save(update_fields=["settled_at", "settled_by", "settled_with"])
    _tell(actor, refusal, RefusalSettled, "settle_refusal", {"answer": [None, how]})
    return refusal


def _tell(actor: Actor, said: ReviewSignature, event: Any, verb: str, change: dict[str, Any]) -> None:
    told: Event = event(
        unit_id=said.unit_id,
        incident_id=said.incident_id,
        restricted=said.restricted,
        postmortem_id=said.postmortem_id,
        signature_id=said.pk,
        role=str(said.role),
    )
    announce(actor, told)
    audit_change(actor, said.postmortem, verb, change, obj=said)


def _role(role: ReviewSigner) -> str:
    return str(role.label).lower()
