"""What an incident is about, in tags: those of its service, and what people add. They route it to specialists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.incidents.actions.writing import append_entry, incident_for_work
from hub.incidents.events import IncidentTagged
from hub.incidents.models import LONGEST_TAG, MOST_TAGS, EntryKind, Incident
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid
from hub.lib.identity import Actor, acting_as
from hub.live import outbox
from tenants import audit


def set_tags(*, actor: Actor, incident_id: int, tags: Sequence[str]) -> Incident:
    """Say what the incident is about. Specialists whom a plan of its engages by a tag that is new are put on it.

    Raises `NotFound`, `Forbidden` for somebody who may not judge it, `Invalid` for a tag that is too long or too many
    of them, `Conflict` for a closed incident. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.JUDGE, lock=True)
        if incident.closed_at:
            raise Conflict(f"{incident.reference} is closed; its tags stay as they were.")
        before, after = list(incident.tags), checked_tags(tags)
        if set(before) == set(after):
            return incident
        incident.tags = after
        incident.updated_at = clock.now()
        incident.save(update_fields=["tags", "updated_at"])
        added = [tag for tag in after if tag not in before]
        removed = [tag for tag in before if tag not in after]
        said = [*(f"+ {tag}" for tag in added), *(f"− {tag}" for tag in removed)]
        entry = append_entry(
            actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"Tags changed: {', '.join(said)}"
        )
        outbox.record(
            actor=actor,
            event=IncidentTagged(
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                added=added,
                entry_id=entry.pk,
            ),
        )
        audit.record(
            actor=actor,
            verb="set_tags",
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change={"tags": [before, after]},
        )
        return incident


def checked_tags(tags: Iterable[str]) -> list[str]:
    """The tags as they are kept: in small letters, each once. Raises `Invalid` with the path of what is too long."""
    kept: dict[str, None] = {}
    for number, text in enumerate(tags):
        tag = " ".join(text.replace("\x00", "").lower().split())
        if len(tag) > LONGEST_TAG:
            raise Invalid(
                f"A tag has at most {LONGEST_TAG} characters; this has {len(tag)}.", path=["tags", str(number)]
            )
        if tag:
            kept[tag] = None
    if len(kept) > MOST_TAGS:
        raise Invalid(f"There are at most {MOST_TAGS} tags; these are {len(kept)}.", path=["tags"])
    return list(kept)
