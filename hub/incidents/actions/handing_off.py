"""From the first level to specialists: offered with a checklist, answered in time, never nobody's meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction

from hub.incidents import access
from hub.incidents.actions.central import may
from hub.incidents.actions.roles import give_role
from hub.incidents.actions.writing import append_entry, incident_for_work
from hub.incidents.events import HandOffDecided, HandOffOffered
from hub.incidents.models import (
    EntryKind,
    HandOff,
    HandOffChecklist,
    HandOverState,
    Incident,
    IncidentRole,
    RoleKind,
    TimelineEntry,
)
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, InvalidMany, NotFound
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.lib.texts import checked_text
from hub.live import outbox
from hub.oncall import access as oncall
from tenants import access as tenants
from tenants import audit
from tenants.models import Person
from tenants.permissions import Permission, require

USUAL_MINUTES: Final = 15
MOST_ITEMS: Final = 20


def set_hand_off_checklist(
    *, actor: Actor, unit_id: int, items: Sequence[str], minutes: int = USUAL_MINUTES
) -> HandOffChecklist | None:
    """Say what must be answered when an incident of the unit is handed to specialists; without items, nothing.

    Args:
        minutes: how long specialists have for an answer, 2 to 1440.

    Raises `NotFound`, `Forbidden` without unit.administer in the unit, `Invalid` for what cannot be asked.
    """
    with acting_as(actor):
        try:
            unit = tenants.unit_for(actor, unit_id)
        except NotFound as error:
            raise error.at("unitId") from None
        require(actor, Permission.UNIT_ADMINISTER, unit.pk, f"You cannot set the checklist of {unit.name}.")
        if len(items) > MOST_ITEMS:
            raise Invalid(f"A checklist has at most {MOST_ITEMS} items; these are {len(items)}.", path=["items"])
        if not 2 <= minutes <= 1440:
            raise Invalid("Specialists have from 2 minutes to a day.", path=["minutes"])
        asked = list(dict.fromkeys(checked_text(each, "items", longest=200) for each in items))
        former = HandOffChecklist.objects.select_for_update().filter(unit=unit).first()
        before = {"items": former.items, "minutes": former.minutes} if former else {"items": [], "minutes": None}
        made = former
        if asked:
            made, _ = HandOffChecklist.objects.update_or_create(
                unit=unit, defaults={"items": asked, "minutes": minutes}
            )
        if made is not None:
            audit.record(
                actor=actor,
                verb="set_hand_off_checklist",
                obj=made,
                unit_id=unit.pk,
                change={"items": [before["items"], asked], "minutes": [before["minutes"], minutes if asked else None]},
            )
        if not asked:
            HandOffChecklist.objects.filter(unit=unit).delete()
            return None
        return made


def offer_hand_off(
    *, actor: Actor, incident_id: int, schedule_id: int, reason: str, answers: Mapping[str, str] | None = None
) -> HandOff:
    """Hand an incident to specialists: whoever is on call for the schedule is paged; until they accept, it stays.

    Args:
        answers: what is said to each item of the unit's checklist, by item; all of them must be.

    Raises `NotFound`, `Forbidden` for somebody who gives no roles here, `InvalidMany` with each item that has no
    answer, `Conflict` for an incident that is over or restricted, that is offered already, or with nobody on call there
    who may work on it. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.ASSIGN, lock=True)
        why = checked_text(reason, "reason", longest=300)
        try:
            schedule = oncall.schedule_for(actor, schedule_id)
        except NotFound as error:
            raise error.at("scheduleId") from None
        if incident.restricted:
            raise Conflict(f"{incident.reference} is restricted: admit the specialists who are needed.")
        if not incident.is_open:
            raise Conflict(f"{incident.reference} is over: there is nothing to hand off.")
        checklist = HandOffChecklist.objects.filter(unit=incident.unit_id).first()
        said = _answered(checklist.items if checklist else (), answers or {})
        moment = clock.now()
        person = oncall.who_answers(actor, [schedule.pk], moment).get(schedule.pk)
        if person is None:
            raise Conflict(f"Nobody is on call for {schedule.name}: escalate instead.", path=["scheduleId"])
        if person.pk == actor.person_id:
            raise Conflict(f"You are on call for {schedule.name} yourself.", path=["scheduleId"])
        if not may(person.pk, Permission.INCIDENT_RESPOND, incident.unit_id):
            raise Conflict(
                f"{person.name}, who is on call for {schedule.name}, may not work on incidents of {incident.unit.name}:"
                " hand it over to their unit instead.",
                path=["scheduleId"],
            )
        _expire_open(incident)
        try:
            with transaction.atomic():
                offer = HandOff.objects.create(
                    incident=incident,
                    unit_id=incident.unit_id,
                    restricted=False,
                    schedule=schedule,
                    team=schedule.name[:100],
                    reason=why,
                    answers=said,
                    offered_by_id=actor.person_id,
                    offered_at=moment,
                    expires_at=moment + timedelta(minutes=checklist.minutes if checklist else USUAL_MINUTES),
                )
        except IntegrityError:
            raise Conflict(f"{incident.reference} is offered to specialists already: withdraw that first.") from None
        told = "".join(f"\n{each['item']}: {each['answer']}" for each in said)
        entry = append_entry(
            actor=actor,
            incident=incident,
            kind=EntryKind.SYSTEM,
            body=f"Handed to {schedule.name}, on acceptance: {why}{told}",
        )
        outbox.record(
            actor=actor,
            event=HandOffOffered(
                unit_id=incident.unit_id, incident_id=incident.pk, hand_off_id=offer.pk, entry_id=entry.pk
            ),
        )
        _record(actor, offer, "offer_hand_off")
        return offer


def accept_hand_off(*, actor: Actor, hand_off_id: int) -> HandOff:
    """Take it: the actor responds from now on, and whoever offered it no longer has to. Locks incident, then offer.

    Raises `NotFound`, `Forbidden` for somebody who takes no turns in the schedule, `Conflict` for an offer that is no
    longer open.
    """
    with acting_as(actor):
        incident, offer = _offer_to_decide(actor, hand_off_id)
        person = Person.objects.get(pk=actor.person_id or 0)
        _decide(actor, offer, HandOverState.ACCEPTED, "")
        responding = IncidentRole.objects.filter(incident=incident, kind=RoleKind.RESPONDER, ended_at=None)
        if not responding.filter(person=person).exists():
            give_role(
                actor=actor,
                incident=incident,
                role=RoleKind.RESPONDER,
                person=person,
                reason=f"accepted the hand-off to {offer.team}",
            )
        if offer.offered_by_id not in (None, person.pk):
            responding.filter(person=offer.offered_by_id).update(ended_at=clock.now())
        _announce(actor, incident, offer, f"{person.name} of {offer.team} accepted the hand-off")
        _record(actor, offer, "accept_hand_off")
        return offer


def refuse_hand_off(*, actor: Actor, hand_off_id: int, reason: str) -> HandOff:
    """Do not take it, and say why: it stays with whoever offered it. Locks incident, then offer.

    Raises `NotFound`, `Forbidden` for somebody who takes no turns in the schedule, `Invalid` without a reason,
    `Conflict` for an offer that is no longer open.
    """
    with acting_as(actor):
        incident, offer = _offer_to_decide(actor, hand_off_id)
        why = checked_text(reason, "reason", longest=300)
        _decide(actor, offer, HandOverState.REFUSED, why)
        _announce(actor, incident, offer, f"{offer.team} refused the hand-off: {why}")
        _record(actor, offer, "refuse_hand_off")
        return offer


def withdraw_hand_off(*, actor: Actor, hand_off_id: int) -> HandOff:
    """Take an offer back. Raises `NotFound`, `Forbidden`, `Conflict`. Locks incident, then offer."""
    with acting_as(actor):
        found = access.hand_off_for(actor, hand_off_id)
        incident = incident_for_work(actor, found.incident_id, Act.ASSIGN, lock=True)
        offer = access.hand_off_for(actor, hand_off_id, lock=True)
        _decide(actor, offer, HandOverState.WITHDRAWN, "")
        _announce(actor, incident, offer, f"The hand-off to {offer.team} was taken back")
        _record(actor, offer, "withdraw_hand_off")
        return offer


def expire_hand_offs() -> int:
    """End the offers that nobody answered in time; each stays with whoever made it. The system's own."""
    with acting_as(SYSTEM):
        late = HandOff.objects.filter(state=HandOverState.OFFERED, expires_at__lte=clock.now())
        incidents = list(late.order_by("incident").values_list("incident", flat=True))
    for incident_id in incidents:
        with acting_as(SYSTEM):
            _expire_open(access.incident_for(SYSTEM, incident_id, lock=True))
    return len(incidents)


def _expire_open(incident: Incident) -> None:
    """In the caller's transaction, which holds the incident."""
    moment = clock.now()
    late = HandOff.objects.filter(incident=incident, state=HandOverState.OFFERED, expires_at__lte=moment)
    for offer in late:
        HandOff.objects.filter(pk=offer.pk).update(state=HandOverState.EXPIRED, decided_at=moment)
        offer.state = HandOverState.EXPIRED
        body = f"{offer.team} did not answer in time: it stays with who handed it off"
        _announce(SYSTEM, incident, offer, body)


def _answered(items: Sequence[str], answers: Mapping[str, str]) -> list[dict[str, str]]:
    faults: list[Invalid] = []
    said = []
    for number, item in enumerate(items):
        text = answers.get(item, "").replace("\x00", "").strip()
        if not text:
            faults.append(Invalid(f"“{item}” has no answer.", path=["answers", str(number)]))
        elif len(text) > 1_000:
            faults.append(Invalid(f"“{item}” has {len(text)} characters; 1000 is the most.",
                                  path=["answers", str(number)]))  # fmt: skip
        said.append({"item": item, "answer": text})
    unknown = [item for item in answers if item not in items]
    if unknown:
        faults.append(Invalid(f"The checklist does not ask “{unknown[0]}”.", path=["answers"]))
    if faults:
        raise InvalidMany(faults)
    return said


def _offer_to_decide(actor: Actor, hand_off_id: int) -> tuple[Incident, HandOff]:
    found = access.hand_off_for(actor, hand_off_id)
    if not access.takes_turns(actor, found):
        raise Forbidden(f"Answering takes somebody who takes turns in {found.team}.")
    incident = access.incident_for(actor, found.incident_id, lock=True)
    return incident, access.hand_off_for(actor, hand_off_id, lock=True)


def _decide(actor: Actor, offer: HandOff, state: HandOverState, answer: str) -> None:
    moment = clock.now()
    if offer.state != HandOverState.OFFERED or offer.expires_at <= moment:
        raise Conflict("This hand-off is no longer open.")
    offer.state, offer.answer, offer.decided_at, offer.decided_by_id = state, answer, moment, actor.person_id
    offer.save(update_fields=["state", "answer", "decided_at", "decided_by"])


def _announce(actor: Actor, incident: Incident, offer: HandOff, body: str) -> None:
    entry: TimelineEntry = append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=body)
    outbox.record(
        actor=actor,
        event=HandOffDecided(
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            hand_off_id=offer.pk,
            state=str(offer.state),
            entry_id=entry.pk,
        ),
    )


def _record(actor: Actor, offer: HandOff, verb: str) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        obj=offer,
        unit_id=offer.unit_id,
        incident_id=offer.incident_id,
        restricted=offer.restricted,
        change={"state": [None, str(offer.state)], "team": [None, offer.team], "answer": [None, offer.answer]},
    )
