"""What becomes of signatures when that which was signed changes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from hub.lib import clock
from hub.lib.identity import Actor
from hub.lib.locks import hold
from hub.live import outbox
from knowledge.postmortems.events import SignaturesVoided
from knowledge.postmortems.models import WRITTEN, Postmortem, ReviewSignature
from knowledge.postmortems.signing import LOCK

SIGNED: Final = frozenset({*WRITTEN, "cause", "moments", "analyses", "gaps"})
"""What a signature stands for, as events name it. Who leads the review and its action items are no part of it."""


def void_signatures(actor: Actor, postmortem: Postmortem, changed: Collection[str]) -> None:
    """Take away the signatures of a review of which this changed; refusals last until they are settled.

    Holds the advisory lock on the review's signatures, with the review locked.
    """
    if SIGNED.isdisjoint(changed):
        return
    hold(LOCK, postmortem.pk)
    held = ReviewSignature.objects.filter(postmortem=postmortem, voided_at=None, refused_because="")
    voided = sorted(held.values_list("pk", flat=True))
    if not voided:
        return
    held.update(voided_at=clock.now(), voided_by=actor.person_id)
    outbox.record(
        actor=actor,
        event=SignaturesVoided(
            unit_id=postmortem.unit_id,
            incident_id=postmortem.incident_id,
            restricted=postmortem.restricted,
            postmortem_id=postmortem.pk,
            signature_ids=tuple(voided),
        ),
    )
