"""What people are told about schedules, in words and in their own time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from hub.delivery.letters import Letter
from hub.oncall.answers import Uncovered
from hub.oncall.balancing import Collision
from hub.oncall.models import CalendarSource, Layer, Swap, SwapState
from hub.oncall.shifts import Duty, Shift
from hub.web import wording
from tenants.models import Person

MOST_LISTED = 12


def offer_letter(swap: Swap, reader: Person) -> Letter:
    """Asks whom a shift is offered to."""
    giver = swap.offered_by.name
    return Letter(
        subject=f"{giver} offers you a shift of {swap.schedule.name}",
        path=reverse("my-shifts"),
        lead=f"{giver} asks whether you take over a shift.",
        headline=swap.schedule.name,
        facts=[
            ("From", _moment(swap.starts_at, reader)),
            ("Until", _moment(swap.ends_at, reader)),
            ("Duty", swap.get_duty_display()),
            ("In exchange", _span(swap.return_starts_at, swap.return_ends_at, reader)),
            ("Note", swap.note),
        ],
        request="Open your shifts to accept or to refuse. Until you accept, nothing changes.",
        because=f"The shift was offered to you by {giver}.",
    )


def answer_letter(swap: Swap, reader: Person) -> Letter:
    """Tells whoever offered a shift what became of it."""
    answered = swap.answered_by.name if swap.answered_by else "Somebody"
    accepted = swap.state == SwapState.ACCEPTED
    done = "takes over your shift" if accepted else "does not take over your shift"
    return Letter(
        subject=f"{answered} {done} of {swap.schedule.name}",
        path=reverse("my-shifts"),
        lead=f"{answered} {done}.",
        headline=swap.schedule.name,
        facts=[
            ("From", _moment(swap.starts_at, reader)),
            ("Until", _moment(swap.ends_at, reader)),
            ("In exchange", _span(swap.return_starts_at, swap.return_ends_at, reader)),
        ],
        request="" if accepted else "You are still on call then. Offer it to somebody else, or to anybody.",
        because="You had offered the shift.",
    )


def digest_letter(
    reader: Person,
    shifts: Sequence[tuple[str, Shift]],
    gaps: Sequence[Uncovered],
    offers: int,
    collisions: Sequence[tuple[Collision, Person]] = (),
) -> Letter:
    """What comes in the next two weeks: one's own shifts, and what nobody covers of the schedules that one keeps.

    Args:
        shifts: each with the name of its schedule, the earliest first.
        offers: how many offers wait for an answer.
        collisions: plans that collide, of oneself and in the schedules that one keeps, each with whose they are.
    """
    facts = [(_moment(shift.starts_at, reader), f"{name}{_duty(shift.duty)}") for name, shift in shifts[:MOST_LISTED]]
    facts += _more("shifts", len(shifts))
    facts += [
        (
            _moment(gap.starts_at, reader),
            f"{gap.schedule.name} has no {gap.lacks} until {_moment(gap.ends_at, reader)}",
        )
        for gap in gaps[:MOST_LISTED]
    ]
    facts += _more("gaps", len(gaps))
    facts += [
        (
            _moment(each.starts_at, reader),
            f"{_collision(each, person, reader)}, until {_moment(each.ends_at, reader)}",
        )
        for each, person in collisions[:MOST_LISTED]
    ]
    facts += _more("plans that collide", len(collisions))
    said = [f"{len(shifts)} shift{'s' * (len(shifts) != 1)} of yours"] if shifts else []
    said += [f"{len(gaps)} gap{'s' * (len(gaps) != 1)} that nobody covers"] if gaps else []
    said += [f"{len(collisions)} plan{'s' * (len(collisions) != 1)} that collide{'s' * (len(collisions) == 1)}"] * bool(
        collisions
    )
    said += [f"{offers} offer{'s' * (offers != 1)} to answer"] if offers else []
    asked = ["Find somebody for what nobody covers."] if gaps else []
    asked += ["Let one of two plans that collide be somebody else's."] if collisions else []
    return Letter(
        subject=f"On call in the next two weeks: {', '.join(said)}",
        path=reverse("my-shifts") if shifts or offers else reverse("on-call"),
        lead=f"In the next two weeks there are {_listed(said)}.",
        facts=facts,
        request=" ".join(asked),
        because="You are on call, or keep schedules; this comes once a week.",
    )


def _collision(found: Collision, person: Person, reader: Person) -> str:
    """Why two plans collide, to whoever reads it."""
    who = "You are" if person.pk == reader.pk else f"{person.name} is"
    if found.other is None:
        return f"{who} on leave, and planned for {found.schedule.name}{_duty(found.duty)}"
    return f"{who} primary of {found.schedule.name} and of {found.other.name}"


def _more(what: str, count: int) -> list[tuple[str, str]]:
    return [("And", f"{count - MOST_LISTED} more {what}: see the hub")] if count > MOST_LISTED else []


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def gap_letter(gap: Uncovered, reader: Person) -> Letter:
    """Flags a time to come that nobody covers."""
    return Letter(
        subject=f"Nobody is {gap.lacks} of {gap.schedule.name} from {_moment(gap.starts_at, reader)}",
        path=reverse("on-call"),
        lead=f"{gap.schedule.name} has no {gap.lacks} for a time that begins soon.",
        headline=gap.schedule.name,
        facts=[("From", _moment(gap.starts_at, reader)), ("Until", _moment(gap.ends_at, reader))],
        request="Put somebody on, or say that the gap is meant.",
        because=f"You keep the schedules of {gap.schedule.unit}.",
    )


def held_calendar_letter(
    layer: Layer, stays: Sequence[str], comes: Sequence[str], until: datetime, reader: Person
) -> Letter:
    """Tells that a calendar says somebody else should be on now, and that it waits.

    Args:
        stays: the names of those who are on now.
        comes: the names of those who would be by the calendar.
    """
    schedule = layer.schedule
    staying = " and ".join(stays)
    verb = "stays" if len(stays) == 1 else "stay"
    return Letter(
        subject=f"{staying} {verb} on call for {schedule.name}: its calendar says otherwise",
        path=reverse("schedule", args=[schedule.pk]),
        lead=f"The calendar of “{layer.name}” would change who is on call now. It holds once {staying} has finished."
        if len(stays) == 1
        else f"The calendar of “{layer.name}” would change who is on call now. It holds once they have finished.",
        headline=schedule.name,
        facts=[
            ("On call now", staying),
            ("By the calendar", " and ".join(comes) or "Nobody"),
            ("It holds from", _moment(until, reader)),
        ],
        request="If somebody else is to be on before then, let them stand in."
        " If this schedule's calendars are always right, let them decide at once.",
        because=f"You keep the schedules of {schedule.unit}.",
    )


def unread_calendar_letter(source: CalendarSource, reader: Person) -> Letter:
    """Tells that a calendar says something that cannot be followed."""
    layer = source.layer
    read = f"It was last read {_moment(source.read_at, reader)}." if source.read_at else "It was never read."
    return Letter(
        subject=f"The calendar of {layer.schedule.name} cannot be followed",
        path=reverse("schedule", args=[layer.schedule_id]),
        lead=f"The calendar of “{layer.name}” was read and not taken over. {read}",
        headline=layer.schedule.name,
        facts=[("Why", source.problem)],
        request="Correct the calendar at its source. Until then its shifts stay as they were.",
        because=f"You keep the schedules of {layer.schedule.unit}.",
    )


def _moment(moment: datetime, reader: Person) -> str:
    return wording.full(moment.astimezone(ZoneInfo(reader.time_zone)))


def _span(starts_at: datetime | None, ends_at: datetime | None, reader: Person) -> str:
    return f"{_moment(starts_at, reader)} to {_moment(ends_at, reader)}" if starts_at and ends_at else ""


def _duty(duty: Duty) -> str:
    return "" if duty is Duty.PRIMARY else ", secondary"
