"""iCalendar (RFC 5545): shifts as a calendar that programs subscribe to, and calendars as shifts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from threading import Lock
from typing import Any, Final
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event
from icalendar.timezone import tzp

from hub.lib.errors import Invalid
from hub.oncall.shifts import Duty, Shift

LARGEST: Final = 1_000_000
"""The most characters that a calendar may have."""
MOST_EVENTS: Final = 2_000
MOST_SHIFTS: Final = 5_000
AHEAD: Final = timedelta(days=366)
"""How far ahead recurring events are counted."""
_SLACK: Final = timedelta(days=1)
"""More than any two zones are apart, in which a time without a zone could be meant."""
PERSON: Final = "X-HUB-PERSON"
DUTY: Final = "X-HUB-DUTY"
_READING: Final = Lock()
_EXCHANGES_UTC: Final = re.compile(r';TZID="?tzone://Microsoft/Utc"?(?=[;:])', re.IGNORECASE)
"""What Exchange calls the one zone that it does not define."""


@dataclass(frozen=True)
class NamedShift:
    """A shift with the names that a calendar shows.

    Attributes:
        username: tells people apart whose names are equal.
    """

    schedule_id: int
    schedule: str
    shift: Shift
    name: str
    username: str


def calendar_of(title: str, shifts: Iterable[NamedShift], *, stamp: datetime, about_person: bool) -> bytes:
    """The shifts as a calendar in UTC, so that no reader needs to know a time zone's rules.

    Args:
        stamp: when this was worked out (aware).
        about_person: whether it is one person's, whose name need not stand in every line.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Incident hub//On call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"VALUE": "DURATION"})
    for each in shifts:
        duty = "" if each.shift.duty is Duty.PRIMARY else " (secondary)"
        event = Event()
        event.add("uid", _uid(each))
        event.add("dtstamp", stamp.astimezone(UTC))
        event.add("dtstart", each.shift.starts_at.astimezone(UTC))
        event.add("dtend", each.shift.ends_at.astimezone(UTC))
        event.add("summary", f"On call: {each.schedule}{duty}" if about_person else f"{each.name}{duty}")
        event.add("transp", "TRANSPARENT")
        event.add(PERSON, each.username)
        event.add(DUTY, str(each.shift.duty))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


@dataclass(frozen=True)
class FoundShift:
    """A time that a calendar gives to somebody.

    Attributes:
        called: what it calls them, the surest first: a username, addresses, the words of its summary.
        summary: what the event says, for messages about it.
        duty: which duty it is for, in a calendar of the hub's own; elsewhere nothing.
    """

    starts_at: datetime
    ends_at: datetime
    called: tuple[str, ...]
    summary: str
    duty: str = ""


def shifts_in(text: str, *, zone: str, since: datetime) -> list[FoundShift]:
    """The events of a calendar that end after `since` (aware) and begin within a year of it, repeated ones each time.

    Args:
        zone: the time zone of days and of times that name none.

    Cancelled events are left out. Raises `Invalid` for what is no calendar, an empty or too large a one, and for a time
    in a zone that is neither known nor defined in the calendar.
    """
    if len(text) > LARGEST:
        raise Invalid(f"The calendar has more than {LARGEST:,} characters.", path=["text"])
    place = ZoneInfo(zone)
    try:
        calendar = _read(text)
        events = list(calendar.walk("VEVENT"))
        _check_events(events, place)
        recurring = recurring_ical_events.of(calendar, components=["VEVENT"], skip_bad_series=False)
        shifts = list(islice(_between(recurring, since, since + AHEAD, place), MOST_SHIFTS + 1))
    except Invalid:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise Invalid(f"This is no iCalendar file that can be read: {_first_line(error)}.", path=["text"]) from None
    if len(shifts) > MOST_SHIFTS:
        raise Invalid(f"The calendar has more than {MOST_SHIFTS:,} shifts in a year.", path=["text"])
    return sorted((each for each in shifts if each.ends_at > since), key=lambda each: each.starts_at)


def _read(text: str) -> Any:
    """The calendar; of several that stand in one file, the first with the others' components."""
    # The library keeps the zones that calendars define, by name and for all of them: one that another calendar called
    # so is not meant here.
    with _READING:
        tzp.use_default()
        found: list[Any] = list(Calendar.from_ical(_plain(text), multiple=True))
    if not found:
        raise ValueError("it has no calendar")
    calendar, *others = found
    for other in others:
        calendar.subcomponents += other.subcomponents
    return calendar


def _plain(text: str) -> str:
    """The text without what programs put there that the library does not read."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _EXCHANGES_UTC.sub(";TZID=UTC", lines)


def _check_events(events: list[Any], place: ZoneInfo) -> None:
    if not events:
        raise Invalid("The calendar has no events: what it gave before stays.", path=["text"])
    if len(events) > MOST_EVENTS:
        raise Invalid(f"The calendar has more than {MOST_EVENTS:,} events.", path=["text"])
    for event in events:
        if (unknown := _unknown_zone(event)) is not None:
            raise Invalid(
                f"“{_summary(event)}” is in the time zone “{unknown[:60]}”, which is neither known here nor defined in"
                " the calendar.",
                path=["text"],
            )
        start, end = event.get("DTSTART"), event.get("DTEND")
        if start is not None and end is not None and _moment(end.dt, place) < _moment(start.dt, place):
            raise Invalid(f"“{_summary(event)}” ends before it begins.", path=["text"])
        rules = event.get("RRULE") or []
        for rule in rules if isinstance(rules, list) else [rules]:
            if {"SECONDLY", "MINUTELY"} & {str(each).upper() for each in rule.get("FREQ", [])}:
                raise Invalid(f"“{_summary(event)}” repeats more often than hourly: that is no shift.", path=["text"])


def _unknown_zone(event: Any) -> str | None:
    """The name of a zone that a time of the event is in, and that means nothing."""
    for _, value in event.property_items(recursive=False):
        name = value.params.get("TZID") if hasattr(value, "params") else None
        if not name:
            continue
        for each in getattr(value, "dts", [value]):
            moment = getattr(each, "dt", None)
            first = moment[0] if isinstance(moment, tuple) else moment
            if isinstance(first, datetime) and first.tzinfo is None:
                return str(name)
    return None


def _between(recurring: Any, since: datetime, end: datetime, place: ZoneInfo) -> Iterator[FoundShift]:
    """Span by span, each twice as long as the one before: few spans for a year, and a calendar whose events repeat
    without measure is given up before they have all been counted. The library's own way to go on without an end looks
    at every event again for each that it finds.
    """
    begins, length = since, timedelta(days=1)
    while begins < end:
        ends = min(begins + length, end)
        for event in recurring.between(begins - _SLACK, ends + _SLACK):
            shift = _shift(event, place)
            is_first = begins == since
            if shift is not None and shift.starts_at < ends and (is_first or shift.starts_at >= begins):
                yield shift
        begins, length = ends, length * 2


def _shift(event: Any, place: ZoneInfo) -> FoundShift | None:
    starts_at, ends_at = _moment(event.start, place), _moment(event.end, place)
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or ends_at <= starts_at:
        return None
    return FoundShift(starts_at, ends_at, tuple(_called(event)), _summary(event), str(event.get(DUTY, "")).strip())


def _called(event: Any) -> Iterator[str]:
    if named := str(event.get(PERSON, "")).strip():
        yield named
        return
    attendees = event.get("ATTENDEE") or []
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        yield str(attendee).lower().removeprefix("mailto:").strip()
    yield from (words.strip() for words in _summary(event).split(",") if words.strip())


def _summary(event: Any) -> str:
    return " ".join(str(event.get("SUMMARY", "")).split())[:200]


def _moment(value: date, place: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=place)).astimezone(UTC)


def _uid(each: NamedShift) -> str:
    said = f"{each.schedule_id} {each.username} {each.shift.duty} {each.shift.starts_at.astimezone(UTC).isoformat()}"
    return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@hub"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:120].rstrip(".") if lines else type(error).__name__
