"""Invitations as calendar objects (RFC 5545, sent as RFC 5546 and RFC 6047 say): what they say, to whom, and what of
them leaves the hub. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from icalendar import Calendar, Event, vCalAddress, vText

DISCREET: Final = ("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "STATUS", "URL", "ORGANIZER", "TRANSP")
"""What tells no more than that, when and where in the hub something is."""


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A meeting as calendars are told of it.

    Attributes:
        uid: names the meeting for good.
        sequence: rises with each change.
        stamp: when this was said (aware).
        starts_at, ends_at: aware.
        url: where in the hub the meeting is.
        organizer: the name of whoever leads it.
        is_cancelled: whether it takes place no longer, or without whoever is told.
    """

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    place: str
    url: str
    organizer: str
    is_cancelled: bool = False


def calendar_of(said: Invitation) -> str:
    """The invitation, or its cancellation, without any address: who sends it and to whom is the sender's to add."""
    calendar = Calendar()
    calendar.add("prodid", "-//Incident hub//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if said.is_cancelled else "REQUEST")
    event = Event()
    event.add("uid", said.uid)
    event.add("sequence", said.sequence)
    event.add("dtstamp", said.stamp.astimezone(UTC))
    event.add("dtstart", said.starts_at.astimezone(UTC))
    event.add("dtend", said.ends_at.astimezone(UTC))
    event.add("summary", said.summary)
    event.add("description", said.description)
    event.add("location", said.place)
    event.add("url", said.url)
    event.add("status", "CANCELLED" if said.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    organizer = vCalAddress("")
    organizer.params["CN"] = vText(said.organizer)
    event["ORGANIZER"] = organizer
    calendar.add_component(event)
    return _text(calendar)


def discreet(calendar: str, *, reference: str) -> str:
    """The same of something that became restricted: that it is, and when, by its reference alone."""
    known = Calendar.from_ical(calendar)
    told = Calendar()
    for name in ("PRODID", "VERSION", "METHOD"):
        told[name] = known[name]
    for event in known.walk("VEVENT"):
        kept = Event()
        for name in DISCREET:
            if name in event:
                kept[name] = event[name]
        kept["ORGANIZER"] = vCalAddress("")
        kept.add("summary", f"Review of {reference}")
        told.add_component(kept)
    return _text(told)


def addressed(calendar: str, *, organizer: str, attendee: str, attendee_name: str) -> tuple[str, str]:
    """The object as it is mailed to one person, and its method.

    It names no other addresses: who else is invited stands in the hub. The hub itself is the organizer, by the address
    that the mail comes from, since mail programs trust no other; answers are given in the hub.
    """
    known = Calendar.from_ical(calendar)
    for event in known.walk("VEVENT"):
        sender = vCalAddress(f"mailto:{organizer}")
        sender.params.update(event["ORGANIZER"].params)
        event["ORGANIZER"] = sender
        person = vCalAddress(f"mailto:{attendee}")
        person.params.update({"CN": vText(attendee_name), "ROLE": vText("REQ-PARTICIPANT"), "RSVP": vText("FALSE")})
        event["ATTENDEE"] = person
    return _text(known), str(known["METHOD"])


def _text(calendar: Calendar) -> str:
    return bytes(calendar.to_ical()).decode()
