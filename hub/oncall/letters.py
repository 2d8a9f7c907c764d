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
    sections = [
        (
            "You are on call",
            [(_when(each.starts_at, each.ends_at, reader), f"{name}{_duty(each.duty)}") for name, each in shifts],
        ),
        (
            "Nobody covers",
            [(_when(gap.starts_at, gap.ends_at, reader), f"{gap.schedule.name}: no {gap.lacks}") for gap in gaps],
        ),
        (
            "Plans that collide",
            [
                (_when(each.starts_at, each.ends_at, reader), _collision(each, person, reader))
                for each, person in collisions
            ],
        ),
    ]
    counted = [
        (len(shifts), "shift of yours", "shifts of yours"),
        (len(gaps), "gap that nobody covers", "gaps that nobody covers"),
        (len(collisions), "plan that collides with another", "plans that collide"),
        (offers, "offer to answer", "offers to answer"),
    ]
    said = [f"{count} {one if count == 1 else several}" for count, one, several in counted if count]
    verb = "is" if next((count for count, _, _ in counted if count), 0) == 1 else "are"
    asked = ["Find somebody for what nobody covers, or say that the gap is meant."] if gaps else []
    asked += ["Let one of two plans that collide be somebody else's."] if collisions else []
    return Letter(
        subject=f"On call in the next two weeks: {', '.join(said)}",
        path=reverse("my-shifts") if shifts or offers else reverse("on-call"),
        lead=f"There {verb} {_listed(said)}. Times are by your clock, {reader.time_zone}.",
        headline="On call in the next two weeks",
        sections=[(heading, _few(lines)) for heading, lines in sections if lines],
        request=" ".join(asked),
        because="You are on call, or keep schedules; this comes once a week.",
    )


def _collision(found: Collision, person: Person, reader: Person) -> str:
    """Why two plans collide, to whoever reads it."""
    who = "You are" if person.pk == reader.pk else f"{person.name} is"
    if found.other is None:
        return f"{who} on leave, and planned for {found.schedule.name}{_duty(found.duty)}"
    return f"{who} primary of {found.schedule.name} and of {found.other.name}"


def _few(lines: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    more = [("And", f"{len(lines) - MOST_LISTED} more: see the hub")] if len(lines) > MOST_LISTED else []
    return [*lines[:MOST_LISTED], *more]


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


def _when(starts_at: datetime, ends_at: datetime, reader: Person) -> str:
    """From and until when, as short as a list of the next days needs: "Mon 30 Nov, 09:00 – Tue 1 Dec, 09:00"."""
    zone = ZoneInfo(reader.time_zone)
    starts, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    until = f"{ends:%H:%M}" if starts.date() == ends.date() else f"{_day(ends)}, {ends:%H:%M}"
    # It may break at the dash, and not within a date.
    return f"{_day(starts)}, {starts:%H:%M}".replace(" ", "\xa0") + " – " + until.replace(" ", "\xa0")


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b}"


def _span(starts_at: datetime | None, ends_at: datetime | None, reader: Person) -> str:
    return f"{_moment(starts_at, reader)} to {_moment(ends_at, reader)}" if starts_at and ends_at else ""


def _duty(duty: Duty) -> str:
    return "" if duty is Duty.PRIMARY else ", secondary"
