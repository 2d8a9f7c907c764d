"""When something happened, in the ways that sources write it; nothing is guessed that can be read in two ways. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from typing import Final

EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Between these a number is taken for seconds since 1970, or else for milliseconds."""
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)"
)
_DAY: Final = r"(\d{1,2})(?:st|nd|rd|th)?"
_TIME: Final = r"(?:,?\s+(?:at\s+)?(\d{1,2}:\d{2}(?::\d{2})?)\s*([ap]m)?)?"
_ZONE: Final = re.compile(r"\s*\(?\b(?:utc|gmt|z)\)?$", re.IGNORECASE)

Parts = tuple[str | None, ...]


def moment_of(value: object) -> datetime | None:
    """The moment that a value names, aware; what names no offset is UTC, and a day alone its beginning.

    ISO 8601, RFC 5322 (as in mail), English with the month's name, 4.3.2025 and 2025/03/04, and seconds or milliseconds
    since 1970. `03/04/2025` is none: half of the world reads it as the fourth of March.
    """
    try:
        found = _moment(value)
        return found.astimezone(UTC) if found else None
    except (ValueError, OverflowError, OSError):
        return None


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return _aware(value)
    if isinstance(value, date):
        return _aware(datetime.combine(value, time()))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _counted(value)
    return _written(" ".join(value.split())) if isinstance(value, str) else None


def _counted(number: float) -> datetime | None:
    """Seconds or milliseconds since 1970: a year's number or a day's without its lines is neither."""
    for seconds in (number, number / 1000):
        if EARLIEST.timestamp() <= seconds <= LATEST.timestamp() and seconds > 10**8:
            return datetime.fromtimestamp(seconds, UTC)
    return None


def _written(text: str) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(text))
    except ValueError:
        pass
    bare = _ZONE.sub("", text)
    for pattern, parts in _FORMS.items():
        if match := re.fullmatch(pattern, bare, re.IGNORECASE):
            return _from(*parts(match.groups()))
    return _aware(parsedate_to_datetime(text)) if "," in text else None


def _from(year: str | None, month: str | None, day: str | None, at: str | None, half: str | None) -> datetime:
    assert year  # the patterns have it, and the month
    assert month
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    found = datetime(int(year), number, int(day or 1), tzinfo=UTC)
    if not at:
        return found
    clock = time.fromisoformat(at.zfill(len(at.partition(":")[2]) + 3))
    if half:
        if not 1 <= clock.hour <= 12:
            raise ValueError(at)
        clock = clock.replace(hour=clock.hour % 12 + (12 if half.lower() == "pm" else 0))
    return datetime.combine(found, clock, UTC)


# What follows the year, month and day are the time and whether it is before or after noon.
_FORMS: Final[Mapping[str, Callable[[Parts], Parts]]] = {
    rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){_TIME}": lambda each: each,
    r"(\d{4})[-/](\d{1,2})": lambda each: (*each, None, None, None),
    rf"(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}){_TIME}": lambda each: (*each[2::-1], *each[3:]),
    rf"(?:[a-z]+,? )?{_MONTH}\.? {_DAY},? (\d{{4}}){_TIME}": lambda each: (each[2], *each[:2], *each[3:]),
    rf"(?:[a-z]+,? )?{_DAY}\.? (?:of )?{_MONTH}\.?,? (\d{{4}}){_TIME}": lambda each: (*each[2::-1], *each[3:]),
    rf"{_MONTH}\.? (\d{{4}})": lambda each: (each[1], each[0], None, None, None),
}


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
