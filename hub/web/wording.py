"""How moments and spans of time read: pure functions, mirrored by `static/web/js/time.js` for what ticks."""

from __future__ import annotations

from datetime import datetime, timedelta

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

NO_DATA = "–"


def one_unit(seconds: float) -> str:
    """A span in its largest whole unit, from "now" (under a minute) to days: "4 min", "3 h", "12 d"."""
    whole = abs(int(seconds))
    if whole < MINUTE:
        return "now"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    if whole < DAY:
        return f"{whole // HOUR} h"
    return f"{whole // DAY} d"


def two_units(seconds: float) -> str:
    """A span in its two largest units: "42 s", "24 min", "1 h 24 min", "3 d 4 h"."""
    whole = abs(int(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    if whole < DAY:
        hours, minutes = divmod(whole // MINUTE, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(whole // HOUR, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def span(value: timedelta | None) -> str:
    """A duration for people; a dash where there is none."""
    return NO_DATA if value is None else two_units(value.total_seconds())


def ago(moment: datetime, now: datetime) -> str:
    """How far a moment is from now; its date once it is a week or more away."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < WEEK:
        return one_unit(seconds)
    local = now.astimezone(moment.tzinfo)
    return f"{moment.day} {moment:%b}" if moment.year == local.year else date(moment)


def due(moment: datetime, now: datetime) -> str:
    """How long until a moment, or how long it is past: "in 12 min", "3 min overdue"."""
    seconds = (moment - now).total_seconds()
    if seconds <= 0:
        return f"{two_units(seconds)} overdue"
    return f"in {two_units(seconds)}"


def date(moment: datetime) -> str:
    """The day, in the moment's own zone: "22 Nov 2026"."""
    return f"{moment.day} {moment:%b %Y}"


def time(moment: datetime) -> str:
    """The time of day, in the moment's own zone, on 24 hours: "02:48"."""
    return f"{moment:%H:%M}"


def moment(moment: datetime, now: datetime) -> str:
    """When something happened, for records: the time of day, with its date once that is not today: "20 Nov, 02:48"."""
    local = now.astimezone(moment.tzinfo)
    if moment.date() == local.date():
        return time(moment)
    return f"{moment.day} {moment:%b}{'' if moment.year == local.year else f' {moment:%Y}'}, {time(moment)}"


def zone(moment: datetime) -> str:
    """The zone's short name, "CET"; zones known only by their offset read "UTC-03"."""
    name = moment.tzname() or ""
    return f"UTC{name}" if name.startswith(("+", "-")) else name


def full(moment: datetime) -> str:
    """Date, time and zone: "22 Nov 2026, 02:48 CET"."""
    return f"{date(moment)}, {time(moment)} {zone(moment)}".rstrip()


def initials(name: str) -> str:
    """One or two letters that stand for a person: "Amara Okafor" is AO, "security" is S."""
    words = [word for word in name.replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
