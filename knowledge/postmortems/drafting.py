"""What a review can say before anybody has written a word: drafted from the incident's facts and timeline.

Pure: facts in, texts out. A timeline is written in a hurry, so nothing about it is taken for granted: stages may be
missing or out of order, entries empty, endless, or dated before the declaration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from knowledge.postmortems.models import Section

LONGEST_MOMENT: Final = 500
MOST_MOMENTS: Final = 100

TELLING: Final = ("status", "decision", "severity")
"""Entries that always become moments; notes follow while there is room, and of the alerts the first."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about the incident. Times are aware; a stage that was not reached has none."""

    title: str
    summary: str
    severity: str
    service: str
    declared_at: datetime
    acknowledged_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the incident's timeline; `author` is empty for the hub itself."""

    at: datetime
    kind: str
    body: str
    rationale: str = ""
    author: str = ""


@dataclass(frozen=True, kw_only=True)
class Moment:
    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Whole minutes from the declaration to each stage; None for a stage that was not reached."""

    minutes_to_acknowledge: int | None
    minutes_to_mitigate: int | None
    minutes_to_resolve: int | None


def figures(facts: Facts) -> Figures:
    """The incident in figures. A stage that is dated before the declaration took no time."""
    return Figures(
        minutes_to_acknowledge=minutes(facts.declared_at, facts.acknowledged_at),
        minutes_to_mitigate=minutes(facts.declared_at, facts.mitigated_at),
        minutes_to_resolve=minutes(facts.declared_at, facts.resolved_at),
    )


def minutes(start: datetime, end: datetime | None) -> int | None:
    """Whole minutes between two moments, rounded, never below zero."""
    return None if end is None else max(0, round((end - start).total_seconds() / 60))


def sections(facts: Facts, entries: Iterable[Entry]) -> dict[Section, str]:
    """The texts that can be drafted: summary, impact and detection."""
    return {
        Section.SUMMARY: _summary(facts),
        Section.IMPACT: _impact(facts),
        Section.DETECTION: _detection(facts, sorted(entries, key=lambda entry: entry.at)),
    }


def moments(entries: Iterable[Entry]) -> list[Moment]:
    """The timeline of the review, oldest first: at most `MOST_MOMENTS`, notes giving way to what tells more."""
    told = [entry for entry in sorted(entries, key=lambda entry: entry.at) if one_line(entry.body)]
    alerts = [entry for entry in told if entry.kind == "alert"][:1]
    telling = [entry for entry in told if entry.kind in TELLING]
    notes = [entry for entry in told if entry.kind == "note"]
    chosen = (alerts + telling + notes)[:MOST_MOMENTS]
    return [_moment(entry) for entry in sorted(chosen, key=lambda entry: entry.at)]


def span(count: int) -> str:
    """Minutes as people say them: "45 min", "2 h 5 min", "3 d 4 h"."""
    hours, rest = divmod(count, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days} d {hours_left} h" if hours_left else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{count} min"


def one_line(text: str) -> str:
    """The text without line breaks or control characters, so that it can stand in a list or a table."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _summary(facts: Facts) -> str:
    what = _sentence(one_line(facts.title))
    known = _sentence(one_line(facts.summary))
    where = f" on {one_line(facts.service)}" if facts.service else ""
    took = figures(facts).minutes_to_resolve
    over = f", and was over {span(took)} later" if took is not None else ""
    fact = (
        f"It was declared on {_day(facts.declared_at)} at {_time(facts.declared_at)} as {facts.severity}{where}{over}."
    )
    return " ".join(part for part in (what, known, fact) if part)


def _impact(facts: Facts) -> str:
    stages = (
        ("Declared", facts.declared_at, None),
        ("Acknowledged", facts.acknowledged_at, figures(facts).minutes_to_acknowledge),
        ("Mitigated", facts.mitigated_at, figures(facts).minutes_to_mitigate),
        ("Resolved", facts.resolved_at, figures(facts).minutes_to_resolve),
    )
    rows = [
        f"| {name} | {_day(at)}, {_time(at)} | {span(after) if after is not None else ''} |"
        for name, at, after in stages
        if at is not None
    ]
    return "\n".join(["| Stage | At | After |", "|---|---|---|", *rows])


def _detection(facts: Facts, entries: Sequence[Entry]) -> str:
    told = [entry for entry in entries if one_line(entry.body)]
    alert = next((entry for entry in told if entry.kind == "alert"), None)
    if alert is not None:
        return f"The first alert was kept at {_time(alert.at)}: {_quoted(alert.body)}."
    if told:
        first = told[0]
        by = f" by {one_line(first.author)}" if first.author else ""
        return f"No alert is on record. The first entry was written at {_time(first.at)}{by}: {_quoted(first.body)}."
    return f"No alert is on record; it was declared at {_time(facts.declared_at)}."


def _moment(entry: Entry) -> Moment:
    text = one_line(entry.body)
    reason = one_line(entry.rationale)
    if entry.kind == "decision" and reason:
        text = f"{text} ({reason})"
    return Moment(at=entry.at, kind=entry.kind, text=_cut(text, LONGEST_MOMENT))


def _quoted(text: str) -> str:
    return f"“{_cut(one_line(text), 300).rstrip('.')}”"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?…" else f"{text}."


def _day(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M} UTC"
