"""Calendars as other programs write them: Outlook's zones, Google's exceptions, Apple's days, and any ends of lines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.lib.fetching import fetch_text
from hub.oncall.calendars import shifts_in
from tests.oncall.test_calendar_import import ALLOWED, Answering, served

__all__ = ["served"]

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
MONDAYS = ["23 08:00 23 16:00 Luca", "30 07:00 30 15:00 Luca"]
"""From 9 to 17 in Berlin, before and after its clocks go forward."""
LIKE_BERLIN = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def event(*lines: str, uid: str = "1") -> str:
    return "\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", "SUMMARY:Luca", *lines, "END:VEVENT", ""]
    )


def calendar(*parts: str) -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\n{''.join(parts)}END:VCALENDAR\n"


def mondays(zone: str, *more: str) -> str:
    times = (f"DTSTART;TZID={zone}:20260323T090000", f"DTEND;TZID={zone}:20260323T170000")
    return event(*times, "RRULE:FREQ=WEEKLY;COUNT=2", *more)


def found(text: str) -> list[str]:
    return [
        f"{each.starts_at:%d %H:%M} {each.ends_at:%d %H:%M} {each.called[-1]}"
        for each in shifts_in(text, zone="Europe/Berlin", since=SINCE)
    ]


@pytest.mark.parametrize(
    ("name", "is_defined"),
    [
        ("W. Europe Standard Time", True),
        ("W. Europe Standard Time", False),
        ('"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"', True),
        ('"tzone://Microsoft/Custom"', True),
        ("Customized Time Zone", True),
        ("Europe/Berlin", False),
    ],
)
def test_zones_by_the_names_that_programs_give_them(name: str, is_defined: bool) -> None:
    zone = LIKE_BERLIN.format(name=name.strip('"')) if is_defined else ""
    assert found(calendar(zone, mondays(name))) == MONDAYS


def test_exchanges_name_for_utc() -> None:
    assert found(calendar(mondays('"tzone://Microsoft/Utc"'))) == ["23 09:00 23 17:00 Luca", "30 09:00 30 17:00 Luca"]


@pytest.mark.parametrize(
    "exception",
    [
        "EXDATE;TZID=Europe/Berlin:20260330T090000",
        "EXDATE:20260330T070000Z",
        "EXDATE;VALUE=DATE:20260330",
        'EXDATE;TZID="W. Europe Standard Time":20260330T090000',
    ],
)
def test_what_is_left_out_of_a_series(exception: str) -> None:
    assert found(calendar(mondays("Europe/Berlin", exception))) == MONDAYS[:1]


@pytest.mark.parametrize(
    "named", ["RECURRENCE-ID:20260330T070000Z", "RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000"]
)
def test_one_of_a_series_that_was_moved_or_cancelled(named: str) -> None:
    moved = event(named, "DTSTART:20260331T070000Z", "DTEND:20260331T150000Z")
    assert found(calendar(mondays("Europe/Berlin"), moved)) == [MONDAYS[0], "31 07:00 31 15:00 Luca"]
    cancelled = event(named, "DTSTART:20260330T070000Z", "DTEND:20260330T150000Z", "STATUS:CANCELLED")
    assert found(calendar(mondays("Europe/Berlin"), cancelled)) == MONDAYS[:1]


def test_days_are_those_of_the_schedules_zone() -> None:
    """The second one has 23 hours, and no end: it lasts for the day."""
    days = (
        event("DTSTART;VALUE=DATE:20260327", "DTEND;VALUE=DATE:20260329"),
        event("DTSTART;VALUE=DATE:20260329", uid="2"),
    )
    assert found(calendar(*days)) == ["26 23:00 28 23:00 Luca", "28 23:00 29 22:00 Luca"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_ends_of_lines_a_mark_before_them_and_folds(ends: str) -> None:
    text = calendar(mondays("Europe/Berlin")).replace("SUMMARY:Luca", "SUMMARY:Lu\n ca").replace("\n", ends)
    assert found(f"\ufeff{text}") == MONDAYS


def test_several_calendars_in_one_file() -> None:
    second = event("DTSTART:20260324T090000Z", "DTEND:20260324T170000Z", uid="2")
    assert found(calendar(mondays("Europe/Berlin")) + calendar(second)) == sorted([*MONDAYS, "24 09:00 24 17:00 Luca"])


def test_a_line_that_is_broken_within_a_character(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = calendar(mondays("Europe/Berlin")).replace("Luca", "Zoë").encode()
    monkeypatch.setattr(Answering, "given", whole.replace("ë".encode(), "ë".encode()[:1] + b"\n " + "ë".encode()[1:]))

    text = fetch_text(f"{served}/", largest=10_000, allowed=ALLOWED)

    assert found(text) == [each.replace("Luca", "Zoë") for each in MONDAYS]
