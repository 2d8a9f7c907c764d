"""The door to disclosures: those of reviews that one reads, what one would disclose, and the released text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.signing import BadSignature, Signer
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from knowledge.postmortems import redaction
from knowledge.postmortems.models import Disclosure, Postmortem, Section
from knowledge.postmortems.redaction import Finding
from tenants.models import Person
from tenants.permissions import Permission, can

SIDES: Final = {Permission.DISCLOSURE_LEGAL: "legal", Permission.DISCLOSURE_COMPLIANCE: "compliance"}
"""Who has to approve, by the permission that it takes, and what the columns of each begin with."""
_SIGNER: Final = Signer(salt="knowledge.postmortems.disclosures")


@dataclass(frozen=True)
class Proposal:
    """What of a review would be disclosed: its sections without what tells of people, and what was taken out."""

    title: str
    text: str
    removed: tuple[Finding, ...]


@dataclass(frozen=True)
class Released:
    """What whoever has the address of a disclosure reads."""

    title: str
    text: str
    company: str
    released_at: datetime


def disclosures(actor: Actor) -> QuerySet[Disclosure]:
    """The disclosures that `actor` may see, the latest asked for first."""
    return Disclosure.objects.order_by("-requested_at", "-pk")


def disclosures_of(actor: Actor, postmortem: Postmortem) -> QuerySet[Disclosure]:
    """A review's disclosures."""
    people = ("requested_by", "legal_by", "compliance_by", "ended_by")
    return disclosures(actor).filter(postmortem=postmortem).select_related(*people)


def disclosure_for(actor: Actor, disclosure_id: int, *, lock: bool = False) -> Disclosure:
    """The disclosure with this id. Raises `NotFound`."""
    rows = Disclosure.objects.select_for_update(no_key=True, of=("self",)) if lock else disclosures(actor)
    found = rows.filter(pk=disclosure_id).first()
    if found is None:
        raise NotFound("disclosure")
    return found


def proposal_for(actor: Actor, postmortem: Postmortem) -> Proposal:
    """The review as it could be disclosed: every section, redacted."""
    names = names_known(actor)
    texts = [(section.label, postmortem.text_of(section).strip()) for section in Section]
    whole = "\n\n".join(f"# {label}\n\n{text}" for label, text in texts if text)
    return Proposal(
        title=redaction.redact(postmortem.title, names),
        text=redaction.redact(whole, names),
        removed=tuple(redaction.find(f"{postmortem.title}\n{whole}", names)),
    )


def left_in(actor: Actor, disclosure: Disclosure) -> list[Finding]:
    """What in the text still tells of people: for those who approve it."""
    return redaction.find(f"{disclosure.title}\n{disclosure.text}", names_known(actor))


def names_known(actor: Actor) -> Sequence[str]:
    """The names of all people in the hub: everybody may know them."""
    return list(Person.objects.filter(is_service=False).values_list("name", flat=True))


def may_request(actor: Actor, postmortem: Postmortem) -> bool:
    """Whether `actor` may ask for a disclosure of the review."""
    return can(actor, Permission.KNOWLEDGE_PUBLISH, postmortem.unit_id)


def may_approve(actor: Actor, disclosure: Disclosure, permission: Permission) -> bool:
    """Whether `actor` may approve it for legal or compliance: nobody approves their own, nor for both."""
    others = {disclosure.requested_by_id, disclosure.legal_by_id, disclosure.compliance_by_id}
    return actor.person_id not in others and can(actor, permission, disclosure.unit_id)


def may_decline(actor: Actor, disclosure: Disclosure) -> bool:
    """Whether `actor` may turn it down before it is released, or take their own request back."""
    return actor.person_id == disclosure.requested_by_id or _is_on_a_side(actor, disclosure)


def may_withdraw(actor: Actor, disclosure: Disclosure) -> bool:
    """Whether `actor` may take it back after it was released."""
    return _is_on_a_side(actor, disclosure) or can(actor, Permission.KNOWLEDGE_PUBLISH, disclosure.unit_id)


def _is_on_a_side(actor: Actor, disclosure: Disclosure) -> bool:
    return any(can(actor, side, disclosure.unit_id) for side in SIDES)


def page_of(disclosure: Disclosure) -> str:
    """Its place on the page of its review's disclosures."""
    return f"{reverse('disclosures', args=[disclosure.postmortem_id])}#disclosure-{disclosure.pk}"


def address_of(disclosure: Disclosure) -> str:
    """The path of the released text: nobody can guess it, and it needs no account."""
    return reverse("disclosure", args=[_SIGNER.sign_object(disclosure.pk)])


def released_at(address: str) -> Released:
    """The text at an address, to whoever has it. Raises `NotFound` for one that is none, or is released no longer."""
    try:
        key = _SIGNER.unsign_object(address)
    except (BadSignature, ValueError):
        raise NotFound("page") from None
    with connection.cursor() as cursor:
        cursor.execute("SELECT title, text, unit, released_at FROM app.released_disclosure(%s)", [key])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("page")
    return Released(*row)
