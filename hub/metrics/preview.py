"""What a change of a unit's mapping would do to the figures: it is made, looked at, and undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from hub.metrics.consolidated import Consolidated, consolidated
from tenants import actions
from tenants.access import next_mapping_number
from tenants.actions import Meaning
from tenants.models import TermKind


@dataclass(frozen=True)
class Preview:
    """The unit's figures by global term as they are, and as they would be.

    Attributes:
        number: the version that the change would make.
        restates: whether it would change what figures say about the past.
    """

    number: int
    restates: bool
    before: Consolidated
    after: Consolidated


def preview_mapping(
    *,
    actor: Actor,
    unit_id: int,
    kind: TermKind,
    meanings: Sequence[Meaning],
    since: datetime | None = None,
    period: timedelta = timedelta(days=365),
) -> Preview:
    """What `map_terms` would do to the figures of the `period` up to now, without doing it.

    Raises what `map_terms` raises. Everything is rolled back, the lock included.
    """
    with acting_as(actor):
        now = clock.now()
        window = {"since": now - period, "until": now + timedelta(seconds=1)}
        before = consolidated(actor=actor, kind=kind, unit_ids=[unit_id], **window)
        number = next_mapping_number(actor, unit_id)
        restates = since is not None and since < now
        with transaction.atomic():
            version = actions.map_terms(
                actor=actor,
                unit_id=unit_id,
                meanings=meanings,
                reason="A preview",
                since=since,
                as_version=number if restates else None,
            )
            after = consolidated(
                actor=actor, kind=kind, unit_ids=[unit_id], known_at=max(version.published_at, now), **window
            )
            transaction.set_rollback(True)
        return Preview(number, restates, before, after)
