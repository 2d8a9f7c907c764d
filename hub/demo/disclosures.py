"""Disclosures of the demonstration: one that is released, and one that waits for compliance."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hub.demo.organisation import Organisation
from hub.lib import clock
from hub.lib.identity import SEED
from knowledge.postmortems import disclosures
from knowledge.postmortems.actions.writing import scope_of
from knowledge.postmortems.models import Disclosure, DisclosureState, Postmortem, PostmortemStatus, Recipients

ASKED: Final = timedelta(days=6)
APPROVED: Final = timedelta(days=1)
FOR: Final = (
    (Recipients.CUSTOMERS, "Merchants that were affected, with the letter on what we changed"),
    (Recipients.AUTHORITY, "The supervisory authority, as an annex to the final incident report"),
)


def load_disclosures(organisation: Organisation) -> None:
    """Write them past the actions, from the latest published reviews of Payments."""
    rows = Postmortem.objects.filter(
        unit=organisation.units["payments"], status=PostmortemStatus.PUBLISHED, restricted=False
    )
    asked, people = clock.now() - ASKED, organisation.people
    for number, review in enumerate(rows.select_related("unit").order_by("-published_at", "-pk")[: len(FOR)]):
        recipients, purpose = FOR[number]
        proposal = disclosures.proposal_for(SEED, review)
        is_released = number == 0
        approved = {"compliance_at": asked + 2 * APPROVED, "compliance_by": people["compliance"]} if is_released else {}
        Disclosure.objects.create(
            **scope_of(review),
            recipients=recipients,
            purpose=purpose,
            title=proposal.title,
            text=proposal.text,
            requested_at=asked,
            requested_by=people["commander.payments"],
            legal_at=asked + APPROVED,
            legal_by=people["legal"],
            state=DisclosureState.RELEASED if is_released else DisclosureState.REQUESTED,
            released_at=asked + 2 * APPROVED if is_released else None,
            **approved,
        )
