"""Who commands whose incidents, and what goes between units and those above them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from hub.catalog import access as catalog
from hub.incidents.models import (
    EscalationCriteria,
    EscalationProposal,
    HandOff,
    HandOver,
    HandOverState,
    Incident,
    Ownership,
    ProposalState,
)
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.oncall import access as oncall


def ownership_of(actor: Actor, unit_id: int) -> Ownership | None:
    """Who commands the unit's incidents; None for a unit that commands all of them itself."""
    return Ownership.objects.select_related("central_unit", "commander_schedule").filter(unit_id=unit_id).first()


def central_ownership(actor: Actor, unit_id: int, severity: str) -> Ownership | None:
    """By what another unit commands the unit's incidents of this severity; None where it commands them itself."""
    ownership = ownership_of(actor, unit_id)
    return ownership if ownership is not None and ownership.is_central(severity) else None


def ownerships(actor: Actor) -> dict[int, Ownership]:
    """Who commands whose incidents, by unit id; units that command all of theirs may be absent."""
    return {each.unit_id: each for each in Ownership.objects.select_related("central_unit")}


def central_schedules(actor: Actor, incidents: Iterable[Incident]) -> dict[int, int]:
    """The schedule that commands centrally, by the id of each of these incidents that another unit commands."""
    found = list(incidents)
    central = Ownership.objects.exclude(central_unit=None).in_bulk({each.unit_id for each in found})
    return {
        each.pk: ownership.commander_schedule_id
        for each in found
        if (ownership := central.get(each.unit_id)) is not None
        and ownership.is_central(each.severity)
        and not each.restricted
        and ownership.commander_schedule_id is not None
    }


def commanders_on_call(actor: Actor, unit_id: int, moment: datetime) -> set[int]:
    """Whoever is on call at `moment` (aware) to command incidents of the unit's services, or centrally: their ids."""
    services = catalog.services(actor).filter(unit=unit_id, commander_schedule__isnull=False)
    schedules = set(services.order_by().values_list("commander_schedule", flat=True).distinct())
    central = ownership_of(actor, unit_id)
    if central is not None and central.commander_schedule_id is not None:
        schedules.add(central.commander_schedule_id)
    return {person.pk for person in oncall.who_answers(actor, schedules, moment).values()}


def hand_overs(actor: Actor) -> QuerySet[HandOver]:
    """The offers that `actor` may see: of incidents they see, to their units, and from them; newest first."""
    return HandOver.objects.select_related("from_unit", "to_unit", "offered_by", "decided_by")


def hand_over_for(actor: Actor, hand_over_id: int, *, lock: bool = False) -> HandOver:
    """The offer with this id. Raises `NotFound`."""
    queryset = hand_overs(actor)
    try:
        return (queryset.select_for_update(of=("self",)) if lock else queryset).get(pk=hand_over_id)
    except HandOver.DoesNotExist:
        raise NotFound("hand-over") from None


def open_hand_over(actor: Actor, incident: Incident) -> HandOver | None:
    """The offer of this incident that waits for an answer, if there is one."""
    return hand_overs(actor).filter(incident=incident, state=HandOverState.OFFERED).first()


def hand_offs(actor: Actor, incident: Incident) -> QuerySet[HandOff]:
    """The incident's hand-offs to specialists, the latest first."""
    return incident.hand_offs.select_related("schedule", "offered_by", "decided_by")


def hand_off_for(actor: Actor, hand_off_id: int, *, lock: bool = False) -> HandOff:
    """The hand-off with this id. Raises `NotFound`."""
    queryset = HandOff.objects.select_related("offered_by", "decided_by")
    try:
        return (queryset.select_for_update(no_key=True, of=("self",)) if lock else queryset).get(pk=hand_off_id)
    except HandOff.DoesNotExist:
        raise NotFound("hand-off") from None


def takes_turns(actor: Actor, offer: HandOff) -> bool:
    """Whether `actor` is one of those to whom a hand-off is offered."""
    key, now = offer.schedule_id or 0, clock.now()
    answering = oncall.who_answers(actor, [key], now).get(key)
    on_call = answering is not None and answering.pk == actor.person_id
    return on_call or actor.person_id in oncall.teams(actor, [key], now).get(key, ())


def children(actor: Actor, incident: Incident) -> QuerySet[Incident]:
    """The units' incidents that this one gathers, as far as `actor` may see them."""
    return Incident.objects.filter(parent=incident).select_related("unit", "commander").order_by("declared_at", "id")


def criteria_of(actor: Actor, unit_ids: Iterable[int]) -> dict[int, EscalationCriteria]:
    """The criteria of these units, by unit id; those without any are absent."""
    return EscalationCriteria.objects.select_related("unit").in_bulk(list(unit_ids))


def proposals(actor: Actor) -> QuerySet[EscalationProposal]:
    """What was proposed to the units that `actor` commands in, newest first."""
    return EscalationProposal.objects.select_related("unit", "trigger", "parent", "decided_by")


def proposal_for(actor: Actor, proposal_id: int, *, lock: bool = False) -> EscalationProposal:
    """The proposal with this id. Raises `NotFound`."""
    queryset = proposals(actor)
    try:
        return (queryset.select_for_update(of=("self",)) if lock else queryset).get(pk=proposal_id)
    except EscalationProposal.DoesNotExist:
        raise NotFound("proposal") from None


def proposals_for_decision(actor: Actor) -> QuerySet[EscalationProposal]:
    """What waits for `actor`'s decision."""
    return proposals(actor).filter(state=ProposalState.PROPOSED)
