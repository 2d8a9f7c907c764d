"""What of a review is signed, by whom, and what still has to be: the door to its signatures."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from hub.incidents.models import IncidentRole
from hub.lib.errors import HubError, Invalid, NotFound
from hub.lib.identity import Actor
from knowledge.postmortems import access, meetings
from knowledge.postmortems.models import WRITTEN, MeetingState, Postmortem, ReviewSignature
from tenants.models import Person, ReviewSigner
from tenants.permissions import Permission, can

LOCK: Final = "postmortems_signing"
"""Held with a review's key by whoever signs and by whoever changes what was signed, so that neither misses the other;
a reader who signs cannot lock the review itself."""

WHO: Final = {
    ReviewSigner.COMMANDER: "the incident commander",
    ReviewSigner.SERVICE_OWNER: "the service owner",
    ReviewSigner.FACILITATOR: "the facilitator of the review meeting",
    ReviewSigner.OTHER_TEAM: "somebody of another team",
}


class SignOffState(StrEnum):
    WAITING = "waiting"
    SIGNED = "signed"
    VOIDED = "voided"
    REFUSED = "refused"


@dataclass(frozen=True)
class SignOff:
    """A role in which the review has to be signed, and how far that is.

    Attributes:
        said: the signature or refusal that holds; of a role that has to be signed again, the one that was voided.
        may_sign: whether whoever asks can stand for the role now.
        may_settle: whether they can settle its refusal.
    """

    role: ReviewSigner
    state: SignOffState
    said: ReviewSignature | None
    may_sign: bool
    may_settle: bool

    @property
    def label(self) -> str:
        return str(self.role.label)


def signatures(actor: Actor) -> QuerySet[ReviewSignature]:
    """The signatures and refusals that `actor` may see, the latest first."""
    return ReviewSignature.objects.order_by("-at", "-pk")


def signatures_of(actor: Actor, postmortem: Postmortem) -> QuerySet[ReviewSignature]:
    """All that was ever said to a review, the latest first."""
    return signatures(actor).filter(postmortem=postmortem).select_related("person", "voided_by", "settled_by")


def signature_for(actor: Actor, signature_id: int) -> ReviewSignature:
    """The signature or refusal with this id. Raises `NotFound`."""
    found = signatures(actor).select_related("postmortem", "person").filter(pk=signature_id).first()
    if found is None:
        raise NotFound("signature")
    return found


def signers_wanted(postmortem: Postmortem) -> list[ReviewSigner]:
    """In which roles the unit's policy wants the review signed, also of who may not see that policy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.review_signers(%s)", [postmortem.unit_id])
        (wanted,) = cursor.fetchone()
    return [each for each in ReviewSigner if each.value in (wanted or ())]


def fingerprint(postmortem: Postmortem) -> str:
    """The SHA-256, in hexadecimal, of what a signature stands for: text, timeline, causes, analyses and gaps.

    Action items are no part of it: each is committed to by its owner, and goes on after the signatures.
    """
    causes = [
        postmortem.cause_id,
        postmortem.failure_mode_id,
        sorted(postmortem.contributing.values_list("pk", flat=True)),
    ]
    said: list[Any] = [[getattr(postmortem, name) for name in WRITTEN], causes]
    said.append(
        [[at.isoformat(), text] for at, text in postmortem.moments.order_by("at", "id").values_list("at", "text")]
    )
    for analysis in postmortem.analyses.prefetch_related("effects__evidence", "links").order_by("pk"):
        links = [[each.effect_id, each.cause_id, each.role] for each in analysis.links.all()]
        effects = [
            [each.pk, each.text, each.is_primary, each.ended_because]
            + [[proof.kind, proof.text, proof.url] for proof in each.evidence.all()]
            for each in analysis.effects.all()
        ]
        said.append([analysis.method, effects, links])
    said.append(list(postmortem.gaps.order_by("pk").values_list("kind", "text", "minutes")))
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def sign_off(actor: Actor, postmortem: Postmortem) -> list[SignOff]:
    """Every role that the policy wants, and how far its signature is; nothing for who reads no drafts of the unit."""
    if not (wanted := signers_wanted(postmortem)):
        return []
    if not access.reads_drafts(actor, postmortem):
        return []
    said = list(signatures_of(actor, postmortem))
    mine = roles_of(actor, postmortem)
    taken = {each.role for each in said if each.holds and each.person_id == actor.person_id}
    may_publish = access.may_publish(actor, postmortem)
    found = []
    for role in wanted:
        of_role = [each for each in said if each.role == role]
        holding = next((each for each in of_role if each.holds), None)
        voided = next((each for each in of_role if each.voided_at is not None), None)
        is_own = holding is not None and holding.person_id == actor.person_id
        is_refusal = holding is not None and holding.is_refusal
        state = SignOffState.VOIDED if voided else SignOffState.WAITING
        if holding is not None:
            state = SignOffState.REFUSED if is_refusal else SignOffState.SIGNED
        found.append(
            SignOff(
                role=role,
                state=state,
                said=holding or voided,
                may_sign=role in mine and (not taken if holding is None else is_own and is_refusal),
                may_settle=is_refusal and (is_own or may_publish),
            )
        )
    return found


def lacking(actor: Actor, postmortem: Postmortem) -> list[HubError]:
    """What of the signatures stands between the review and its publication: one sentence for all that are missing,
    and one for each refusal that is not settled."""
    wanted = signers_wanted(postmortem)
    if not wanted:
        return []
    held = {each.role: each for each in signatures_of(actor, postmortem) if each.holds}
    now = fingerprint(postmortem) if held else ""
    missing = [
        role for role in wanted if role not in held or (not held[role].is_refusal and held[role].fingerprint != now)
    ]
    errors: list[HubError] = []
    if missing:
        errors.append(Invalid(f"Still to sign: {_listed([WHO[role] for role in missing])}.", path=["signatures"]))
    errors += (
        Invalid(
            f"{each.person.name} refused to sign as {each.get_role_display().lower()}: “{each.refused_because}”",
            path=["signatures"],
        )
        for role in wanted
        if (each := held.get(role)) is not None and each.is_refusal
    )
    return errors


def roles_of(actor: Actor, postmortem: Postmortem) -> frozenset[ReviewSigner]:
    """In which roles `actor` can stand for the review. Programs and the system stand for none."""
    if not Person.objects.filter(pk=actor.person_id or 0, is_active=True, is_service=False).exists():
        return frozenset()
    if not access.reads_drafts(actor, postmortem):
        return frozenset()
    roles = set()
    owners = meetings.owners_of(actor, postmortem.service)
    owning = postmortem.service.unit_id if postmortem.service is not None else postmortem.unit_id
    is_owner = actor.person_id in owners or can(actor, Permission.CATALOG_WRITE, owning)
    if is_owner:
        roles.add(ReviewSigner.SERVICE_OWNER)
    if _commands(actor, postmortem):
        roles.add(ReviewSigner.COMMANDER)
    held = meetings.meetings_of(actor, postmortem).exclude(state=MeetingState.CALLED_OFF).first()
    if held is not None and held.facilitator_id == actor.person_id:
        roles.add(ReviewSigner.FACILITATOR)
    had_part = IncidentRole.objects.filter(incident=postmortem.incident_id or 0, person=actor.person_id).exists()
    sees_who = postmortem.incident_id is None or access.incident_of(actor, postmortem) is not None
    if sees_who and not had_part and actor.person_id not in {postmortem.author_id, *owners}:
        roles.add(ReviewSigner.OTHER_TEAM)
    return frozenset(roles)


def _commands(actor: Actor, postmortem: Postmortem) -> bool:
    """Whether `actor` commanded the incident; where nobody who did is left to sign, whether they could command."""
    commanders = meetings.commanders_of(actor, postmortem)
    if actor.person_id in commanders:
        return True
    if access.readers(actor, postmortem, commanders):
        return False
    return can(actor, Permission.INCIDENT_COMMAND, postmortem.unit_id)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
