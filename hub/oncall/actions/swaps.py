"""Swaps: a shift that is offered, and what becomes of the offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid
from hub.lib.identity import Actor, acting_as
from hub.oncall import access
from hub.oncall.actions.stand_ins import check_may_stand_in
from hub.oncall.actions.writing import (
    changed,
    check_able,
    check_present,
    is_on_throughout,
    line,
    on_duty,
    span,
    told,
    who,
)
from hub.oncall.events import SwapAnswered, SwapOffered
from hub.oncall.models import Override, Schedule, Swap, SwapState
from hub.oncall.shifts import Duty, Span, final_schedule
from tenants.models import Person
from tenants.permissions import require_keeper


def offer_swap(
    *,
    actor: Actor,
    schedule_id: int,
    starts_at: datetime,
    ends_at: datetime,
    duty: Duty = Duty.PRIMARY,
    offered_to_id: int | None = None,
    return_starts_at: datetime | None = None,
    return_ends_at: datetime | None = None,
    offered_by_id: int | None = None,
    note: str = "",
) -> Swap:
    """Offer a time that one is on for, to one person or to anybody who may take it.

    Args:
        offered_to_id: to whom; to anybody if left out.
        return_starts_at, return_ends_at: a time of theirs that one takes in exchange.
        offered_by_id: whose time it is, for somebody who may change the schedule; one's own if left out.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` for a time that is not theirs to give, or that is offered
    already. Until it is accepted nothing changes about who is on.
    """
    with acting_as(actor):
        schedule = access.schedule_for(actor, schedule_id)
        giver = on_duty(actor, offered_by_id or actor.person_id or 0, "offeredById")
        if giver.pk != actor.person_id:
            require_keeper(
                actor,
                schedule.unit_id,
                f"Only people who lead or administer {schedule.unit} can offer what is another's.",
            )
        _check_to_come(starts_at, ends_at)
        _check_on(actor, schedule, giver, duty=duty, during=(starts_at, ends_at), path=["startsAt"])
        taker = on_duty(actor, offered_to_id, "offeredToId") if offered_to_id is not None else None
        if taker and taker.pk == giver.pk:
            raise Invalid("A swap is with somebody else.", path=["offeredToId"])
        if return_starts_at is not None or return_ends_at is not None:
            if taker is None or return_starts_at is None or return_ends_at is None:
                raise Invalid(
                    "An exchange names the other person, and when what one takes begins and ends.",
                    path=["returnStartsAt"],
                )
            _check_to_come(return_starts_at, return_ends_at, first="returnStartsAt", last="returnEndsAt")
            during = (return_starts_at, return_ends_at)
            _check_on(actor, schedule, taker, duty=duty, during=during, path=["returnStartsAt"])
        if taker:
            _check_takes(schedule, taker, starts_at, ends_at, "offeredToId")
        swap = Swap(
            schedule=schedule,
            unit_id=schedule.unit_id,
            duty=duty,
            offered_by=giver,
            offered_to=taker,
            starts_at=starts_at,
            ends_at=ends_at,
            return_starts_at=return_starts_at,
            return_ends_at=return_ends_at,
            note=line(note, "note", longest=300, required=False),
            offered_at=clock.now(),
        )
        try:
            with transaction.atomic():
                swap.save(force_insert=True)
        except IntegrityError:
            raise Conflict("That time is offered already: withdraw the former offer first.") from None
        offered = SwapOffered(unit_id=swap.unit_id, schedule_id=schedule.pk, swap_id=swap.pk)
        changed(actor, schedule, "offer_swap", swap, _facts(swap), event=offered)
        return swap


def accept_swap(*, actor: Actor, swap_id: int) -> Swap:
    """Take an offered time: whom it was offered to, or for an open offer whoever may stand in.

    Everything is checked again as it is now. Raises `NotFound`, `Forbidden`, `Invalid` for lacking expertise, and
    `Conflict` for an offer that is answered or has lapsed, or where somebody is no longer on as was offered. Locks
    the swap.
    """
    with acting_as(actor):
        swap, taker = _open_offer(actor, swap_id)
        schedule, duty = swap.schedule, Duty(swap.duty)
        if swap.offered_to_id is None:
            check_may_stand_in(actor, schedule)
        _check_on(actor, schedule, swap.offered_by, duty=duty, during=(swap.starts_at, swap.ends_at))
        _check_takes(schedule, taker, swap.starts_at, swap.ends_at)
        plan = access.plan_for(actor, schedule.pk, swap.starts_at, swap.ends_at)
        if any(taker.pk in each.on(duty) for each in final_schedule(plan, swap.starts_at, swap.ends_at)):
            raise Conflict("You are on call yourself for a part of that time.")
        times = [(taker.pk, swap.offered_by_id, swap.starts_at, swap.ends_at)]
        if swap.return_starts_at and swap.return_ends_at:
            _check_on(actor, schedule, taker, duty=duty, during=(swap.return_starts_at, swap.return_ends_at))
            _check_takes(schedule, swap.offered_by, swap.return_starts_at, swap.return_ends_at)
            times.append((swap.offered_by_id, taker.pk, swap.return_starts_at, swap.return_ends_at))
        answered = _answer(actor, swap, SwapState.ACCEPTED)
        for person_id, replaces_id, starts_at, ends_at in times:
            Override.objects.create(
                schedule=schedule,
                unit_id=schedule.unit_id,
                person_id=person_id,
                replaces_id=replaces_id,
                starts_at=starts_at,
                ends_at=ends_at,
                duty=duty,
                swap=swap,
                created_by_id=who(actor),
                created_at=clock.now(),
            )
        return answered


def refuse_swap(*, actor: Actor, swap_id: int) -> Swap:
    """Say that one does not take what one was offered. Raises `NotFound`, `Forbidden` for anybody else, `Conflict` for
    an offer that is answered or has lapsed. Locks the swap.
    """
    with acting_as(actor):
        swap, _ = _open_offer(actor, swap_id, by_name=True)
        return _answer(actor, swap, SwapState.REFUSED)


def withdraw_swap(*, actor: Actor, swap_id: int) -> Swap:
    """Take an offer back: one's own, or for somebody who may change the schedule any. Raises `NotFound`, `Forbidden`,
    `Conflict` for an offer that is answered. Locks the swap.
    """
    with acting_as(actor):
        swap = access.swap_for(actor, swap_id)
        if swap.offered_by_id != actor.person_id:
            sentence = "Only whoever made an offer can take it back."
            require_keeper(actor, swap.unit_id, sentence)
        swap = access.swap_for(actor, swap_id, lock=True)
        _check_open(swap)
        return _answer(actor, swap, SwapState.WITHDRAWN)


def _open_offer(actor: Actor, swap_id: int, *, by_name: bool = False) -> tuple[Swap, Person]:
    """An offer that the actor can answer, locked, and the actor. With `by_name` only one that was made to them."""
    seen = access.swap_for(actor, swap_id)
    is_theirs = seen.offered_to_id == actor.person_id
    if seen.offered_by_id == actor.person_id:
        raise Forbidden("It is your own offer: withdraw it instead.")
    if not is_theirs and (by_name or seen.offered_to_id is not None):
        raise Forbidden("Only whom it was offered to can answer.")
    if not is_theirs:
        check_may_stand_in(actor, seen.schedule)
    swap = access.swap_for(actor, swap_id, lock=True)
    _check_open(swap)
    if swap.starts_at <= clock.now():
        raise Conflict("The offer has lapsed: its time has begun.")
    return swap, on_duty(actor, actor.person_id or 0, "swapId")


def _check_open(swap: Swap) -> None:
    if swap.state != SwapState.OFFERED:
        raise Conflict(f"The offer is {SwapState(swap.state).label.lower()} already.")


def _answer(actor: Actor, swap: Swap, state: SwapState) -> Swap:
    swap.state = state
    swap.answered_by_id = actor.person_id
    swap.answered_at = clock.now()
    swap.save(update_fields=["state", "answered_by", "answered_at"])
    answered = SwapAnswered(unit_id=swap.unit_id, schedule_id=swap.schedule_id, swap_id=swap.pk, state=state)
    verb = {SwapState.ACCEPTED: "accept_swap", SwapState.REFUSED: "refuse_swap"}.get(state, "withdraw_swap")
    changed(actor, swap.schedule, verb, swap, {"state": [SwapState.OFFERED, state]}, event=answered)
    return swap


def _check_to_come(starts_at: datetime, ends_at: datetime, *, first: str = "startsAt", last: str = "endsAt") -> None:
    span(starts_at, ends_at, first=first, last=last)
    if starts_at <= clock.now():
        raise Invalid("Only a time to come can be offered.", path=[first])


def _check_on(
    actor: Actor, schedule: Schedule, person: Person, *, duty: Duty, during: Span, path: Sequence[str] = ()
) -> None:
    plan = access.plan_for(actor, schedule.pk, *during)
    if not is_on_throughout(final_schedule(plan, *during), person.pk, duty):
        said = "You are" if person.pk == actor.person_id else f"{person.name} is"
        raise Conflict(f"{said} not on call as {duty} for all of that time.", path=path)


def _check_takes(schedule: Schedule, person: Person, starts_at: datetime, ends_at: datetime, *path: str) -> None:
    check_able(schedule, [person], starts_at, *path)
    check_present(person, starts_at, ends_at, *path)


def _facts(swap: Swap) -> dict[str, Any]:
    return {
        "offered_by": [None, swap.offered_by_id],
        "offered_to": [None, swap.offered_to_id],
        "starts_at": [None, told(swap.starts_at)],
        "ends_at": [None, told(swap.ends_at)],
        "return_starts_at": [None, told(swap.return_starts_at)],
    }
