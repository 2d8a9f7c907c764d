"""Hours of the week: from what people write to minutes from Monday 00:00, and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hub.lib.errors import Invalid
from hub.lib.week import DAY, WEEK

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class WeekSpan:
    """Part of every local week. Days are 1 for Monday to 7 for Sunday; times are written 09:00; 24:00 ends a day."""

    from_day: int
    from_time: str
    until_day: int
    until_time: str

    def __str__(self) -> str:
        until = "" if self.until_day == self.from_day else f"{DAYS[self.until_day - 1]} "
        return f"{DAYS[self.from_day - 1]} {self.from_time} to {until}{self.until_time}"


def minutes_of(spans: Iterable[WeekSpan], *path: str) -> list[list[int]]:
    """The spans as pairs of minutes, in order, without overlaps or seams. Raises `Invalid` with the span's place.

    A span that ends where it begins, or before, goes on into the next week: Friday 18:00 to Monday 08:00.
    """
    pairs: list[list[int]] = []
    for number, span in enumerate(spans):
        here = (*path, str(number))
        start = _minute(span.from_day, span.from_time, (*here, "fromDay"), (*here, "fromTime"))
        end = _minute(span.until_day, span.until_time, (*here, "untilDay"), (*here, "untilTime"))
        pairs.append([start % WEEK, start % WEEK + ((end - start) % WEEK or WEEK)])
    return _united(pairs)


def spans_of(pairs: Iterable[Sequence[int]]) -> list[WeekSpan]:
    """The spans of pairs of minutes."""
    return [
        WeekSpan(
            from_day=start // DAY + 1,
            from_time=_clock(start % DAY),
            # Midnight is the end of the day before: a span up to it reads 24:00.
            until_day=(end - 1) % WEEK // DAY + 1,
            until_time=_clock((end - 1) % DAY + 1),
        )
        for start, end in pairs
    ]


def _united(pairs: Iterable[list[int]]) -> list[list[int]]:
    whole: list[list[int]] = []
    for start, end in sorted(pairs):
        if whole and start <= whole[-1][1]:
            whole[-1][1] = max(whole[-1][1], end)
        else:
            whole.append([start, end])
    # What goes on into the next week may reach the first spans of this one.
    while len(whole) > 1 and whole[-1][1] - WEEK >= whole[0][0]:
        whole[-1][1] = max(whole[-1][1], whole[0][1] + WEEK)
        del whole[0]
    if whole and whole[-1][1] - whole[-1][0] >= WEEK:
        return [[0, WEEK]]
    return whole


def _minute(day: int, text: str, day_path: Sequence[str], time_path: Sequence[str]) -> int:
    if not 1 <= day <= 7:
        raise Invalid(f"{day} is no day of the week: 1 is Monday and 7 is Sunday.", path=day_path)
    hours, colon, minutes = text.partition(":")
    well_formed = colon and len(hours) == 2 and len(minutes) == 2 and (hours + minutes).isascii()
    if not well_formed or not (hours + minutes).isdigit() or int(minutes) > 59 or int(hours) * 60 + int(minutes) > DAY:
        raise Invalid(f"“{text[:20]}” is no time of the day: write 09:00.", path=time_path)
    return (day - 1) * DAY + int(hours) * 60 + int(minutes)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
