"""Timeline entries and decisions, and the steps that every action on an incident shares."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from hub.catalog import access as catalog
from hub.catalog.models import Service
from hub.incidents import access
from hub.incidents.events import TimelineEntryAdded, TimelineEntryEdited
from hub.incidents.models import EntryKind, Incident, TimelineEntry
from hub.incidents.rooms import RIGHTS, Act
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.keys import key_for
from hub.lib.rows import insert_all
from hub.lib.texts import checked_text
from hub.live import outbox
from tenants import access as tenants
from tenants import audit
from tenants.models import Term, TermKind
from tenants.permissions import Permission, can


def add_timeline_entry(*, actor: Actor, incident_id: int, body: str, at: datetime | None = None) -> TimelineEntry:
    """Write a note.

    Args:
        at: when it happened, if that was earlier (aware); now otherwise.

    Raises `NotFound`, `Forbidden` without incident.respond, `Invalid` for an empty or overlong text or a time to come.
    Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, lock=True)
        moment = clock.now()
        if at is not None and at > moment:
            raise Invalid("A timeline entry cannot be dated in the future.", path=["at"])
        entry = append_entry(
            actor=actor, incident=incident, kind=EntryKind.NOTE, body=checked_text(body, "body"), at=at
        )
        announce_entry(actor, incident, entry)
        audit.record(
            actor=actor,
            verb="add_timeline_entry",
            obj=entry,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
        )
        return entry


def record_decision(*, actor: Actor, incident_id: int, decision: str, rationale: str = "") -> TimelineEntry:
    """Record what was decided and why, at the moment of deciding.

    Raises `NotFound`, `Forbidden` without incident.respond, `Invalid` for an empty or overlong text.
    Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.DECIDE, lock=True)
        entry = append_entry(
            actor=actor,
            incident=incident,
            kind=EntryKind.DECISION,
            body=checked_text(decision, "decision"),
            rationale=checked_text(rationale, "rationale", required=False),
        )
        announce_entry(actor, incident, entry)
        audit.record(
            actor=actor,
            verb="record_decision",
            obj=entry,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
        )
        return entry


def edit_timeline_entry(*, actor: Actor, entry_id: int, body: str, rationale: str | None = None) -> TimelineEntry:
    """Correct one's own note or decision; the database keeps the former text.

    Raises `NotFound`, `Forbidden` for somebody else's entry, `Conflict` for an entry that the hub wrote,
    `Invalid` for an empty or overlong text. Locks the incident, then the entry.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, access.entry_for(actor, entry_id).incident_id, lock=True)
        entry = access.entry_for(actor, entry_id, lock=True)
        if entry.kind not in (EntryKind.NOTE, EntryKind.DECISION):
            raise Conflict("Only notes and decisions can be corrected; the hub wrote this entry itself.")
        if entry.author_id != actor.person_id:
            raise Forbidden("Only the author can correct an entry. Add a note of your own instead.")
        before = entry.body
        entry.body = checked_text(body, "body")
        if rationale is not None:
            entry.rationale = checked_text(rationale, "rationale", required=False)
        entry.edited_at = clock.now()
        entry.save(update_fields=["body", "rationale", "edited_at"])
        outbox.record(
            actor=actor,
            event=TimelineEntryEdited(
                unit_id=incident.unit_id, incident_id=incident.pk, restricted=incident.restricted, entry_id=entry.pk
            ),
        )
        audit.record(
            actor=actor,
            verb="edit_timeline_entry",
            obj=entry,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change={"body": [before, entry.body]},
        )
        return entry


def incident_for_work(
    actor: Actor, incident_id: int, act: Act | None = Act.WRITE, *, lock: bool = False, with_key: bool = False
) -> Incident:
    """The incident, for somebody who may do this in its room (None: what everybody who sees it may); locked as in
    `access.incident_for`.

    Whoever writes what belongs to an incident locks it before: its scope stays what was read. Raises `NotFound` or
    `Forbidden`.
    """
    incident = access.incident_for(actor, incident_id)
    if act is not None:
        require_right(actor, incident, act)
    if not lock:
        return incident
    # PostgreSQL locks only rows that may be changed: asked first, it would call an incident missing that one can read.
    try:
        return access.incident_for(actor, incident_id, lock=True, with_key=with_key)
    except NotFound:
        # It may have become restricted while this waited, and the statement knew the grants of before only.
        return access.incident_for(actor, incident_id, lock=True, with_key=with_key)


def require_right(actor: Actor, incident: Incident, act: Act) -> None:
    """Raises `Forbidden` in words that say what it takes."""
    held = access.rights(actor, incident)
    if act in held:
        return
    if not held and not access.roles(actor, incident).filter(person_id=actor.person_id or 0).exists():
        raise Forbidden(
            f"You can read {incident.reference} but not work on it: that needs a responder's role in its unit."
        )
    able = " or ".join(role.label.lower() for role, acts in RIGHTS.items() if act in acts)
    needs = f"that takes the role of {able}" if able else "that takes an owner of the restricted incident"
    raise Forbidden(f"With your role in {incident.reference} you cannot {act.value}: {needs}.")


def is_responder(actor: Actor, incident: Incident) -> bool:
    """Whether `actor` holds incident.respond in the incident's unit."""
    return can(actor, Permission.INCIDENT_RESPOND, incident.unit_id)


def may_command(actor: Actor, incident: Incident) -> bool:
    """Whether `actor` leads this incident: its commander, a holder of incident.command, or an owner."""
    return Act.LEAD in access.rights(actor, incident)


def append_entry(
    *,
    actor: Actor,
    incident: Incident,
    kind: EntryKind,
    body: str,
    rationale: str = "",
    at: datetime | None = None,
) -> TimelineEntry:
    """Write one entry into the caller's transaction and touch the incident. The caller announces and audits it."""
    moment = clock.now()
    entry = new_entry(actor, incident, kind, body, at or moment)
    entry.rationale = rationale
    entry.save(force_insert=True)
    # A filtered update: two people who write at once must not turn the time back.
    Incident.objects.filter(pk=incident.pk, updated_at__lt=moment).update(updated_at=moment)
    return entry


def append_entries(
    *, actor: Actor, kind: EntryKind, bodies: Sequence[tuple[Incident, str]], declared: Collection[int] = ()
) -> list[TimelineEntry]:
    """`append_entry` for several texts, by two statements; the entries come in the order of the texts.

    Args:
        declared: the incidents, by id, that this very transaction has declared: nothing has to touch them again.
    """
    moment = clock.now()
    entries = insert_all([new_entry(actor, incident, kind, body, moment) for incident, body in bodies])
    touched = {incident.pk for incident, _ in bodies}.difference(declared)
    Incident.objects.filter(pk__in=touched, updated_at__lt=moment).update(updated_at=moment)
    return entries


def new_entry(actor: Actor, incident: Incident, kind: EntryKind, body: str, at: datetime) -> TimelineEntry:
    """An entry of this moment (aware), not yet stored."""
    return TimelineEntry(
        pk=key_for(restricted=incident.restricted),
        incident=incident,
        unit_id=incident.unit_id,
        restricted=incident.restricted,
        kind=kind,
        body=body,
        author_id=actor.person_id,
        at=at,
    )


def announce_entry(actor: Actor, incident: Incident, entry: TimelineEntry) -> None:
    """Record that the entry was written."""
    outbox.record(
        actor=actor,
        event=TimelineEntryAdded(
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            entry_id=entry.pk,
            kind=entry.kind,
        ),
    )


def service_named(actor: Actor, service_id: int | None) -> Service | None:
    """What an incident is to be about. Raises `NotFound`, and `Invalid` for a retired service, at `serviceId`."""
    if service_id is None:
        return None
    try:
        return catalog.service_in_use_for(actor, service_id)
    except (NotFound, Invalid) as error:
        raise error.at("serviceId") from None


def type_named(actor: Actor, unit_id: int, term_id: int | None) -> Term | None:
    """What kind an incident of the unit is to be. Raises `NotFound` at `incidentTypeId`."""
    if term_id is None:
        return None
    try:
        return tenants.term_for(actor, TermKind.INCIDENT_TYPE, term_id, unit_id=unit_id)
    except NotFound as error:
        raise error.at("incidentTypeId") from None
