"""What an incident says of itself: its summary, its service and what kind it is, also after its declaration."""

from __future__ import annotations

from typing import Any

from hub.incidents.actions.fields import require_fields
from hub.incidents.actions.writing import append_entry, incident_for_work, service_named, type_named
from hub.incidents.events import IncidentDescribed
from hub.incidents.models import EntryKind, Incident, Status
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from hub.lib.unchanged import UNCHANGED, Unchanged
from hub.live import outbox
from tenants import audit
from tenants.models import Stage


def describe_incident(
    *,
    actor: Actor,
    incident_id: int,
    summary: str | Unchanged = UNCHANGED,
    service_id: int | Unchanged | None = UNCHANGED,
    incident_type_id: int | Unchanged | None = UNCHANGED,
) -> Incident:
    """Say of an incident what was not known when it was declared, or was wrong.

    Whom its plans engage for such a kind is put on it, and responsibilities follow from what it is by now
    (`hub.config.reactions`). Whoever was put on it by its former service stays.

    Args:
        service_id: the service affected first; None for none.
        incident_type_id: a global term in use or the unit's own; None for none.

    Raises `NotFound`, also for what is named and not there, `Invalid` for a retired service, `Forbidden` for somebody
    who may not judge it, `Conflict` for a closed incident, `MissingFields` for taking away what its stage needs. Locks
    the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.JUDGE, lock=True)
        if incident.status == Status.CLOSED:
            raise Conflict(f"{incident.reference} is closed; what it says stays.")
        change: dict[str, list[Any]] = {}
        told: list[str] = []
        if not isinstance(summary, Unchanged):
            text = checked_text(summary, "summary", required=False)
            if text != incident.summary:
                change["summary"] = [incident.summary, text]
                told.append(f"Summary: {text or 'taken back'}")
                incident.summary = text
        if not isinstance(service_id, Unchanged) and service_id != incident.service_id:
            service = service_named(actor, service_id)
            change["service"] = [incident.service_id, service_id]
            told.append(f"Service: {service or 'none'}")
            incident.service = service
        if not isinstance(incident_type_id, Unchanged) and incident_type_id != incident.incident_type_id:
            term = type_named(actor, incident.unit_id, incident_type_id)
            change["incident_type"] = [incident.incident_type_id, incident_type_id]
            told.append(f"Type: {term or 'none'}")
            incident.incident_type = term
        if not change:
            return incident
        require_fields(actor, incident, Stage(incident.status))
        incident.updated_at = clock.now()
        incident.save(update_fields=[*change, "updated_at"])
        entry = append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body="\n".join(told))
        outbox.record(
            actor=actor,
            event=IncidentDescribed(
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                what=sorted(change),
                entry_id=entry.pk,
            ),
        )
        audit.record(
            actor=actor,
            verb="describe_incident",
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change=change,
        )
        return incident
