"""Reads the demonstration's post-mortems and tells the incidents that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hub.demo.history import WRITTEN, Line, Roster, Story, shift_to_now
from hub.demo.organisation import Organisation, at_utc
from hub.demo.reading import CONTENT, read
from hub.incidents.models import EntryKind, Severity, Status
from hub.lib import clock
from tenants.models import Term

SECTIONS: Final = {
    "Summary": "summary",
    "Impact": "impact",
    "Detection": "detection",
    "Root cause": "root_cause",
    "What went well": "went_well",
    "What went badly": "went_badly",
    "Lessons": "lessons",
}


@dataclass(frozen=True)
class Review:
    """One file of `content/postmortems`: its front matter and its sections by field name."""

    path: Path
    about: dict[str, Any]
    sections: dict[str, str]

    @property
    def number(self) -> int:
        """What its file's name begins with: by it judgements of the search name the review."""
        return int(self.path.name.split("-", 1)[0])

    @property
    def opened(self) -> datetime:
        opened = self.about["opened"]
        return opened if isinstance(opened, datetime) else at_utc(str(opened))


def read_reviews() -> Iterator[Review]:
    """All of them, in the order of their file names."""
    for path in sorted((CONTENT / "postmortems").glob("*.md")):
        _, front, body = path.read_text().split("---\n", 2)
        headings = re.split(r"^## (.+)$", body, flags=re.MULTILINE)[1:]
        texts = {
            SECTIONS[title.strip()]: text.strip() for title, text in zip(headings[::2], headings[1::2], strict=True)
        }
        yield Review(path, read(front), texts)


def story_of(review: Review, organisation: Organisation, roster: Roster, local: dict[tuple[int, str], Term]) -> Story:
    """The incident that the review is about."""
    about = review.about
    opened = shift_to_now(review.opened, WRITTEN, clock.now())
    unit = organisation.units[about["unit"]]
    times = {
        Status.ACKNOWLEDGED: opened + timedelta(minutes=about["minutes_to_acknowledge"]),
        Status.MITIGATED: opened + timedelta(minutes=about["minutes_to_mitigate"]),
        Status.RESOLVED: opened + timedelta(minutes=about["minutes_to_resolve"]),
        Status.CLOSED: opened + timedelta(minutes=about["minutes_to_resolve"], days=4),
    }
    commander = roster.on(unit.slug, "commander", opened)
    responder = roster.on(unit.slug, "responder", opened)
    lines = [
        Line(
            at=opened + timedelta(minutes=entry["at"]),
            kind=EntryKind(entry["kind"]),
            body=entry["text"],
            author=None if entry["kind"] == "alert" else (commander if entry["kind"] == "decision" else responder),
            rationale=entry.get("rationale", ""),
        )
        for entry in about["timeline"]
    ]
    lines.append(Line(times[Status.CLOSED], EntryKind.STATUS, "Closed", commander))
    return Story(
        unit=unit,
        service=organisation.services[about["service"]],
        title=about["title"],
        severity=Severity(about["severity"]),
        declared_at=opened,
        summary=_first_sentences(review.sections["impact"]),
        severity_reason=about["alert"] or "As judged by the person who declared it",
        local_severity=local.get((unit.pk, about["severity"])),
        declared_by=None if about["alert"] else responder,
        commander=commander,
        responder=responder,
        status=Status.CLOSED,
        times=times,
        lines=lines,
        cause=about["cause"],
    )


def _first_sentences(text: str, longest: int = 280) -> str:
    plain = re.sub(r"[*_`]", "", text.split("\n\n", maxsplit=1)[0]).replace("\n", " ")
    kept = ""
    for sentence in re.split(r"(?<=[.!?]) ", plain):
        if kept and len(kept) + len(sentence) > longest:
            break
        kept = f"{kept} {sentence}".strip()
    return kept[:longest]
