"""What crosses the bridge: the projection towards IT, and what IT passes to security. Each crossing is logged."""

from __future__ import annotations

from collections.abc import Mapping

from hub.bridge import access
from hub.bridge.events import PassedToSecurity, ShownToIt
from hub.bridge.models import PROJECTION, Crossing, Direction, Investigation, LinkState, SecurityLink
from hub.incidents import access as incidents
from hub.incidents.actions.writing import append_entry, incident_for_work
from hub.incidents.models import EntryKind, TimelineEntry
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.lib.texts import checked_text
from hub.live import outbox
from tenants import access as people
from tenants import audit

_LONGEST = 1_000


def show_to_it(
    *,
    actor: Actor,
    incident_id: int,
    reason: str,
    state: LinkState | None = None,
    contact_id: int | None = None,
    constraints: str | None = None,
    note: str | None = None,
) -> SecurityLink:
    """Change what the IT side sees of an investigation; what is left out stays as it is.

    Args:
        incident_id: the restricted incident that investigates.
        reason: why they must know; it stays on the security side.

    Raises `NotFound` for an incident that investigates nothing or for the contact, `Forbidden` for somebody who may
    not decide in its room, `Invalid` without a reason or anything to show. Locks the incident, then the link.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.DECIDE, lock=True)
        investigation = access.investigation_of(actor, incident.pk, lock=True)
        why = checked_text(reason, "reason", longest=300)
        link = investigation.link
        shown: dict[str, str] = {}
        if state is not None and state != link.state:
            link.state = state
            shown["state"] = state.label
        if contact_id is not None and contact_id != link.contact_id:
            try:
                link.contact = people.person_for(actor, contact_id)
            except NotFound as error:
                raise error.at("contactId") from None
            shown["contact"] = link.contact.name
        for name, text in (("constraints", constraints), ("note", note)):
            if text is None:
                continue
            words = checked_text(text, name, required=False, longest=_LONGEST)
            if words != getattr(link, name):
                setattr(link, name, words)
                shown[name] = words
        if not shown:
            raise Invalid("Name at least one thing that the IT side shall see otherwise than now.", path=["reason"])
        link.shown_at = clock.now()
        link.save(update_fields=[*PROJECTION, "shown_at"])
        entry = append_entry(
            actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"Shown to IT: {_said(shown)} ({why})"
        )
        crossing = _crossed(
            investigation, Direction.TO_IT, shown, person_id=actor.person_id, reason=why, key=f"entry:{entry.pk}"
        )
        outbox.record(
            actor=actor,
            event=ShownToIt(
                unit_id=incident.unit_id, incident_id=incident.pk, restricted=True, crossing_id=crossing.pk
            ),
        )
        audit.record(
            actor=actor,
            verb="show_to_it",
            obj=link,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=True,
            change={**{name: [None, text] for name, text in shown.items()}, "reason": [None, why]},
        )
        return link


def pass_to_security(*, actor: Actor, incident_id: int, text: str, reason: str) -> TimelineEntry:
    """Pass words from the IT side's incident to the investigation. Locks the incident.

    Raises `NotFound`, `Forbidden` for somebody who may not write in its room, `Invalid` without a text or a reason,
    `Conflict` where security was not asked.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, lock=True)
        words = checked_text(text, "text", longest=_LONGEST)
        why = checked_text(reason, "reason", longest=300)
        link = access.link_of(actor, incident.pk)
        if link is None:
            raise Conflict(f"Security was not asked to look at {incident.reference}: ask first.")
        entry = append_entry(
            actor=actor, incident=incident, kind=EntryKind.NOTE, body=f"Passed to security: {words}", rationale=why
        )
        outbox.record(
            actor=actor,
            event=PassedToSecurity(
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                link_id=link.pk,
                entry_id=entry.pk,
                reason=why,
            ),
        )
        audit.record(
            actor=actor,
            verb="pass_to_security",
            obj=entry,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change={"reason": [None, why]},
        )
        return entry


def receive_from_it(*, link_id: int, entry_id: int, reason: str) -> Crossing | None:
    """Write into the investigation what the IT side passed, as the system. Does so once.

    Raises `NotFound` while the investigation is not open yet: the job comes again.
    """
    with acting_as(SYSTEM):
        investigation = Investigation.objects.filter(link=link_id).select_related("incident").first()
        if investigation is None:
            raise NotFound("investigation")
        key = f"passed:{entry_id}"
        if Crossing.objects.filter(dedupe_key=key).exists():
            return None
        said = incidents.entry_for(SYSTEM, entry_id)
        text = said.body.removeprefix("Passed to security: ")
        crossing = _crossed(
            investigation, Direction.TO_SECURITY, {"text": text}, person_id=said.author_id, reason=reason, key=key
        )
        author = said.author.name if said.author else "The hub"
        append_entry(
            actor=SYSTEM,
            incident=investigation.incident,
            kind=EntryKind.SYSTEM,
            body=f"{author} passed from IT: {text} ({reason})",
        )
        return crossing


def tell_it(*, crossing_id: int) -> TimelineEntry | None:
    """Say in the IT side's timeline what security shows, as the system, without who showed it or why. Does so once."""
    with acting_as(SYSTEM):
        crossing = Crossing.objects.select_related("investigation__link__incident").get(pk=crossing_id)
        body = f"Security shows: {_said(crossing.content)}"
        incident = crossing.investigation.link.incident
        if incidents.timeline(SYSTEM, incident).filter(body=body, at__gte=crossing.at, author=None).exists():
            return None
        return append_entry(actor=SYSTEM, incident=incident, kind=EntryKind.SYSTEM, body=body)


def _said(shown: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {text or 'nothing any more'}" for name, text in shown.items())


def _crossed(
    investigation: Investigation,
    direction: Direction,
    content: Mapping[str, str],
    *,
    person_id: int | None,
    reason: str,
    key: str,
) -> Crossing:
    return Crossing.objects.create(
        investigation=investigation,
        incident_id=investigation.incident_id,
        unit_id=investigation.unit_id,
        restricted=investigation.restricted,
        direction=direction,
        content=dict(content),
        person_id=person_id,
        reason=reason,
        at=clock.now(),
        dedupe_key=key,
    )
