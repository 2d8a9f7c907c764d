"""Handing an incident to another unit: offered, accepted, refused, withdrawn or expired; never nobody's meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, connection, transaction

from hub.incidents import access
from hub.incidents.actions.central import is_commanded_centrally, may
from hub.incidents.actions.ownership import put_commander
from hub.incidents.actions.roles import give_role
from hub.incidents.actions.writing import append_entry, incident_for_work, may_command
from hub.incidents.events import HandOverDecided, HandOverOffered
from hub.incidents.models import EntryKind, HandOver, HandOverState, Incident, IncidentRole, RoleKind, TimelineEntry
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.lib.jobs import defer
from hub.lib.locks import giving_way
from hub.lib.texts import checked_text
from hub.live import outbox
from tenants import access as tenants
from tenants import audit
from tenants.models import Person
from tenants.permissions import Permission, can

NOTE: Final = "hub.incidents.jobs.note_hand_over"
USUAL_PATIENCE: Final = timedelta(hours=2)
SHORTEST_PATIENCE: Final = timedelta(minutes=5)
LONGEST_PATIENCE: Final = timedelta(days=7)


def offer_hand_over(
    *, actor: Actor, incident_id: int, to_unit_id: int, reason: str, patience: timedelta = USUAL_PATIENCE
) -> HandOver:
    """Offer an open incident to another unit. It stays with its unit, and its people on it, until that one accepts.

    The receiving unit's people read the offer: reference, title, severity and reason, and nothing else of the incident.

    Args:
        patience: how long the offer stands, five minutes to seven days.

    Raises `NotFound`, `Forbidden` unless the actor may command it, `Invalid` for a reason that is empty or the same
    unit, `Conflict` for one that is over, restricted, or offered already. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, lock=True)
        if not may_command(actor, incident):
            raise Forbidden(f"Handing {incident.reference} over takes its commander, or somebody who may command here.")
        why = checked_text(reason, "reason", longest=300)
        if not SHORTEST_PATIENCE <= patience <= LONGEST_PATIENCE:
            raise Invalid("An offer stands for five minutes to seven days.", path=["expiresInMinutes"])
        try:
            receiver = tenants.unit_for(actor, to_unit_id)
        except NotFound as error:
            raise error.at("toUnitId") from None
        if receiver.pk == incident.unit_id:
            raise Invalid(f"{incident.reference} is {receiver.name}'s already.", path=["toUnitId"])
        if incident.restricted:
            raise Conflict(f"{incident.reference} is restricted: an offer would tell of it.")
        if not incident.is_open:
            raise Conflict(f"{incident.reference} is over: there is nothing to hand over.")
        moment = clock.now()
        _expire_open(incident)
        try:
            with transaction.atomic():
                offer = HandOver.objects.create(
                    incident=incident,
                    unit_id=incident.unit_id,
                    restricted=incident.restricted,
                    from_unit_id=incident.unit_id,
                    to_unit=receiver,
                    reason=why,
                    reference=incident.reference,
                    title=incident.title,
                    severity=incident.severity,
                    offered_by_id=actor.person_id,
                    offered_at=moment,
                    expires_at=moment + patience,
                )
        except IntegrityError:
            raise Conflict(f"{incident.reference} is offered already: withdraw that first.") from None
        entry = append_entry(
            actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"Offered to {receiver.name}: {why}"
        )
        outbox.record(
            actor=actor,
            event=HandOverOffered(
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                hand_over_id=offer.pk,
                to_unit_id=receiver.pk,
                entry_id=entry.pk,
            ),
        )
        _record(actor, offer, "offer_hand_over", incident.unit_id)
        return offer


def accept_hand_over(*, actor: Actor, hand_over_id: int) -> Incident:
    """Take the incident over for the receiving unit.

    The actor commands it until they hand command on, unless another unit commands centrally what the receiving one has.
    What it said in the giver's own fields goes into the timeline, in words. Whoever worked on it and may not see the
    receiving unit's incidents is released. Locks incident, then offer, and all rows that belong to the incident; gives
    way to those who hold some of them.

    Raises `NotFound`, `Forbidden` without incident.command in the receiving unit, `Conflict` for an offer that is no
    longer open, or if others write in the incident without a pause.
    """
    return giving_way(
        lambda: _accepted(actor, hand_over_id),
        busy="Others write in this incident without a pause, and it is not yours yet: try again.",
    )


def _accepted(actor: Actor, hand_over_id: int) -> Incident:
    with acting_as(actor):
        offer = _offer_to_decide(actor, hand_over_id)
        moment = clock.now()
        # The database moves it: a person of one unit may not write what is another's, and here nobody else does.
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT app.accept_hand_over(%s, %s)", [offer.pk, moment])
                row: tuple[str] = cursor.fetchone()
        except IntegrityError:
            raise Conflict("This offer is no longer open.") from None
        incident = access.incident_for(actor, offer.incident_key, lock=True)
        entry = append_entry(
            actor=actor,
            incident=incident,
            kind=EntryKind.SYSTEM,
            body=f"Handed over from {offer.from_unit.name} to {offer.to_unit.name}: {offer.reason}",
        )
        if row[0]:
            append_entry(
                actor=actor,
                incident=incident,
                kind=EntryKind.SYSTEM,
                body=f"What {offer.from_unit.name}'s own fields said: {row[0]}",
            )
        _release_strangers(actor, incident)
        _put_on(actor, incident)
        offer.refresh_from_db()
        _announce(actor, offer, entry)
        _record(actor, offer, "accept_hand_over", offer.to_unit_id)
        return incident


def refuse_hand_over(*, actor: Actor, hand_over_id: int, reason: str) -> HandOver:
    """Refuse an offer, and say why: the incident stays where it is, and its people are told.

    Raises `NotFound`, `Forbidden` without incident.command in the receiving unit, `Invalid` without a reason,
    `Conflict` for an offer that is no longer open. Locks the offer.
    """
    with acting_as(actor):
        _offer_to_decide(actor, hand_over_id)
        offer = access.hand_over_for(actor, hand_over_id, lock=True)
        _decide(actor, offer, HandOverState.REFUSED, checked_text(reason, "reason", longest=300))
        # The timeline is the giver's, and the receiver may not write there: the hub does.
        defer(NOTE, hand_over_id=offer.pk)
        _record(actor, offer, "refuse_hand_over", offer.to_unit_id)
        return offer


def withdraw_hand_over(*, actor: Actor, hand_over_id: int, reason: str = "") -> HandOver:
    """Take an offer back. Locks incident, then offer.

    Raises `NotFound`, `Forbidden` unless the actor may command the incident, `Conflict` for one no longer open.
    """
    with acting_as(actor):
        seen = access.hand_over_for(actor, hand_over_id)
        incident = incident_for_work(actor, seen.incident_key, lock=True)
        if not may_command(actor, incident):
            raise Forbidden(f"Withdrawing it takes {incident.reference}'s commander, or somebody who may command here.")
        offer = access.hand_over_for(actor, hand_over_id, lock=True)
        _decide(actor, offer, HandOverState.WITHDRAWN, checked_text(reason, "reason", required=False, longest=300))
        words = f": {offer.answer}" if offer.answer else ""
        entry = append_entry(
            actor=actor,
            incident=incident,
            kind=EntryKind.SYSTEM,
            body=f"The offer to {offer.to_unit.name} was withdrawn{words}",
        )
        _announce(actor, offer, entry)
        _record(actor, offer, "withdraw_hand_over", incident.unit_id)
        return offer


def expire_hand_overs() -> int:
    """End the offers that nobody answered in time, and say how many. The system's own; locks each of them."""
    with acting_as(SYSTEM):
        moment = clock.now()
        due = list(
            HandOver.objects.select_for_update(skip_locked=True, of=("self",)).filter(
                state=HandOverState.OFFERED, expires_at__lte=moment
            )
        )
        _expire(due, moment)
        return len(due)


def note_decision(*, hand_over_id: int) -> HandOver | None:
    """Write into the giver's timeline that an offer was refused or has expired, once. The system's own.

    Locks the incident. None for what was written already.
    """
    with acting_as(SYSTEM):
        offer = access.hand_over_for(SYSTEM, hand_over_id)
        incident = access.incident_for(SYSTEM, offer.incident_key, lock=True)
        by = f" ({offer.decided_by.name})" if offer.decided_by else ""
        body = (
            f"{offer.to_unit.name} refused it{by}: {offer.answer}"
            if offer.state == HandOverState.REFUSED
            else f"{offer.to_unit.name} did not answer the offer in time: it stays with {offer.from_unit.name}"
        )
        since = offer.decided_at or offer.offered_at
        if incident.timeline.filter(kind=EntryKind.SYSTEM, body=body, at__gte=since).exists():
            return None
        entry = append_entry(actor=SYSTEM, incident=incident, kind=EntryKind.SYSTEM, body=body)
        _announce(SYSTEM, offer, entry)
        return offer


def _offer_to_decide(actor: Actor, hand_over_id: int) -> HandOver:
    offer = access.hand_over_for(actor, hand_over_id)
    if not can(actor, Permission.INCIDENT_COMMAND, offer.to_unit_id):
        raise Forbidden(f"Answering takes somebody who may command incidents of {offer.to_unit.name}.")
    if offer.state != HandOverState.OFFERED or offer.expires_at <= clock.now():
        raise Conflict("This offer is no longer open.")
    return offer


def _decide(actor: Actor, offer: HandOver, state: HandOverState, answer: str) -> None:
    moment = clock.now()
    still_open = HandOver.objects.filter(pk=offer.pk, state=HandOverState.OFFERED, expires_at__gt=moment)
    if not still_open.update(state=state, decided_by=actor.person_id, decided_at=moment, answer=answer):
        raise Conflict("This offer is no longer open.")
    offer.refresh_from_db()


def _expire_open(incident: Incident) -> None:
    """An offer that is past its time makes room for the next, also before the clock's own job has come by."""
    moment = clock.now()
    _expire(HandOver.objects.filter(incident=incident, state=HandOverState.OFFERED, expires_at__lte=moment), moment)


def _expire(late: Iterable[HandOver], moment: datetime) -> None:
    for offer in late:
        HandOver.objects.filter(pk=offer.pk).update(state=HandOverState.EXPIRED, decided_at=moment)
        defer(NOTE, hand_over_id=offer.pk)


def _put_on(actor: Actor, incident: Incident) -> None:
    """Whoever accepted commands, unless the receiving unit's ownership names somebody else who is on call."""
    central = is_commanded_centrally(actor, incident.unit_id, incident.severity)
    if central and put_commander(actor, incident, own_schedule_id=None):
        return
    if actor.person_id is not None and incident.commander_id != actor.person_id:
        person = Person.objects.get(pk=actor.person_id)
        give_role(
            actor=actor, incident=incident, role=RoleKind.COMMANDER, person=person, reason="accepted the hand-over"
        )


def _release_strangers(actor: Actor, incident: Incident) -> None:
    moment = clock.now()
    for held in IncidentRole.objects.filter(incident=incident, ended_at=None):
        if not may(held.person_id, Permission.INCIDENT_VIEW, incident.unit_id):
            IncidentRole.objects.filter(pk=held.pk).update(ended_at=moment)
            if held.kind == RoleKind.COMMANDER:
                Incident.objects.filter(pk=incident.pk).update(commander=None)
                incident.commander = None


def _announce(actor: Actor, offer: HandOver, entry: TimelineEntry) -> None:
    outbox.record(
        actor=actor,
        event=HandOverDecided(
            unit_id=entry.unit_id,
            incident_id=offer.incident_key,
            hand_over_id=offer.pk,
            state=offer.state,
            entry_id=entry.pk,
        ),
    )


def _record(actor: Actor, offer: HandOver, verb: str, unit_id: int) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        obj=offer,
        unit_id=unit_id,
        change={
            "state": [None if offer.state == HandOverState.OFFERED else HandOverState.OFFERED, offer.state],
            "incident": [offer.reference, offer.reference],
            "units": [offer.from_unit.slug, offer.to_unit.slug],
            "answer": [None, offer.answer or offer.reason],
        },
    )
