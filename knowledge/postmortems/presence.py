"""Who writes where in a review now: said every few seconds, and gone by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import QuerySet

from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from knowledge.postmortems.access import may_write, postmortem_for
from knowledge.postmortems.actions.writing import scope_of
from knowledge.postmortems.models import WRITTEN, Postmortem, Writer

LASTS: Final = timedelta(seconds=12)
"""How long somebody who has said so is taken to write: three times as long as their page takes to say it again."""


def say_writing(*, actor: Actor, postmortem_id: int, section: str) -> None:
    """Say that `actor` writes in a section, or with "" in none any longer. It is no change and leaves no trace.

    Raises `NotFound`. Who may not write there is not shown, and nothing else happens.
    """
    with acting_as(actor):
        postmortem = postmortem_for(actor, postmortem_id)
        mine = Writer.objects.filter(postmortem=postmortem, person=actor.person_id or 0)
        if section not in WRITTEN or actor.person_id is None or not may_write(actor, postmortem):
            mine.delete()
            return
        now = clock.now()
        Writer.objects.update_or_create(
            postmortem=postmortem,
            person_id=actor.person_id,
            defaults={"section": section, "at": now},
            create_defaults={**scope_of(postmortem), "section": section, "at": now},
        )


def writers(actor: Actor, postmortem: Postmortem) -> QuerySet[Writer]:
    """Who else writes in the review now, in the order in which they began."""
    fresh = Writer.objects.filter(postmortem=postmortem, at__gt=clock.now() - LASTS)
    return fresh.exclude(person=actor.person_id or 0).select_related("person").order_by("pk")


def sweep(actor: Actor) -> int:
    """Take away what has gone stale. Returns how many rows that were."""
    gone, _ = Writer.objects.filter(at__lt=clock.now() - LASTS).delete()
    return gone
