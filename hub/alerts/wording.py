"""The sentences that alerts leave in incidents: titles and timeline entries. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.alerts.intake.reports import ReportedAlert, shortened

LONGEST_TITLE: Final = 200
_NAMED: Final = 3
"""So many different alerts are quoted; more are counted by their names."""


@dataclass(frozen=True, slots=True)
class Told:
    """An alert, and the name of the service it is about, if that is known."""

    alert: ReportedAlert
    service: str = ""


def title(told: Sequence[Told]) -> str:
    """What an incident of these alerts (at least one) is called: their common summary, or names and services."""
    summaries = {each.alert.summary for each in told}
    if len(summaries) == 1 and (summary := summaries.pop()):
        return shortened(summary, LONGEST_TITLE)
    names = list(dict.fromkeys(each.alert.name for each in told))
    services = list(dict.fromkeys(each.service for each in told if each.service))
    subject = names[0] if len(names) == 1 else f"{len(told)} alerts: {', '.join(names)}"
    place = f" on {services[0]}" if len(services) == 1 else f" on {len(services)} services" if services else ""
    return shortened(subject, LONGEST_TITLE - len(place)) + place


def entry(verb: str, told: Sequence[Told], *, truncated: int = 0) -> str:
    """A timeline entry about these alerts: "Firing: HighLatency on Checkout API: p99 over 2 s".

    Args:
        verb: what they did, "Firing" or "Resolved".
        truncated: how many more the sender left out.
    """
    more = f" The sender left out {truncated} more." if truncated else ""
    lines = Counter(_line(each) for each in told)
    if len(lines) <= _NAMED:
        return f"{verb}: {'; '.join(_counted(line, count) for line, count in lines.items())}{more}"
    names = Counter(_subject(each) for each in told)
    listed = names.most_common(_NAMED)
    rest = len(told) - sum(count for _, count in listed)
    named = ", ".join(_counted(name, count) for name, count in listed)
    return f"{verb}: {len(told)} alerts: {named}{f' and {rest} others' if rest else ''}{more}"


def _counted(text: str, count: int) -> str:
    return f"{text} ({count} times)" if count > 1 else text


def _subject(told: Told) -> str:
    return f"{told.alert.name} on {told.service}" if told.service else told.alert.name


def _line(told: Told) -> str:
    summary = told.alert.summary
    return _subject(told) if summary in ("", told.alert.name) else f"{_subject(told)}: {shortened(summary, 300)}"
