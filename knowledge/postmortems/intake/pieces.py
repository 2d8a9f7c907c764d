"""What a file says of one review, checked: a `Piece`, or the sentence for which it is left out. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from knowledge.postmortems.intake.moments import moment_of
from knowledge.postmortems.intake.wiki import is_html, markdown_of

LONGEST_ID: Final = 200
LONGEST_TITLE: Final = 200
LONGEST_BODY: Final = 1_000_000
"""Characters."""
KEYS: Final = frozenset({"id", "title", "body", "date", "service", "causes", "cause", "tags"})
"""What a source can say of a review."""
MOST_TAGS: Final = 50
LONGEST_TAG: Final = 60


@dataclass(frozen=True)
class LeftOut:
    """Something that is not imported, or of a piece only the rest.

    Attributes:
        where: the file, with the line where it is one of many.
        why: a sentence.
    """

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass(frozen=True)
class Piece:
    """One review as its source has it.

    Attributes:
        where: the file, with the line where it is one of many.
        id: what it is called there; the same id is the same review.
        body: Markdown.
        at: when it happened or was written (aware), if the source says so.
        service, causes: names as the source has them.
        remarks: what of it could not be taken over.
    """

    where: str
    id: str
    title: str
    body: str
    at: datetime | None = None
    service: str = ""
    causes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    remarks: tuple[LeftOut, ...] = ()

    @property
    def digest(self) -> str:
        """Changes when the source does."""
        at = self.at.isoformat() if self.at else ""
        said = json.dumps([self.title, self.body, at, self.service, self.causes, self.tags])
        return hashlib.blake2s(said.encode(), digest_size=16).hexdigest()


def piece_of(facts: Mapping[str, Any], where: str) -> Piece | LeftOut:
    """The piece that `facts` describe: `id`, `title` and `body`; perhaps `date`, `service`, `causes` and `tags`."""
    identity, title, body = _line(facts.get("id")), _line(facts.get("title")), _body(facts.get("body"))
    missing = _missing(identity, title, body)
    if missing:
        return LeftOut(where, missing)
    remarks = []
    at = None
    if facts.get("date") not in (None, ""):
        at = moment_of(facts["date"])
        if at is None:
            said = _line(facts["date"])[:40]
            what = f"its date “{said}” is none, or can be read in two ways" if said else "its `date` is none"
            remarks.append(LeftOut(where, f"{what}; write it as 2026-03-01."))
    if len(title) > LONGEST_TITLE:
        remarks.append(LeftOut(where, f"its title was cut at {LONGEST_TITLE} characters."))
        title = f"{title[: LONGEST_TITLE - 1].rsplit(' ', 1)[0]}…"
    named = _names(facts.get("tags"))
    tags = tuple(tag for tag in named if len(tag) <= LONGEST_TAG)[:MOST_TAGS]
    if len(tags) < len(named):
        remarks.append(LeftOut(where, f"it has tags beyond the first {MOST_TAGS}, or longer than {LONGEST_TAG}."))
    service = _line(facts.get("service"))
    if facts.get("service") and not service:
        remarks.append(LeftOut(where, "its `service` is no name; it came without one."))
    remarks += [
        LeftOut(
            where, f"its `{key}` {'are' if key.endswith('s') else 'is'} no list of names; what is none was left out."
        )
        for key in ("causes", "cause", "tags")
        if not _are_names(facts.get(key))
    ]
    return Piece(
        where=where,
        id=identity,
        title=title,
        body=body,
        at=at,
        service=service,
        causes=tuple(dict.fromkeys((*_names(facts.get("causes")), *_names(facts.get("cause"))))),
        tags=tags,
        remarks=tuple(remarks),
    )


def remarked(found: Piece | LeftOut, why: str) -> Piece | LeftOut:
    """What was found, with one more remark, if there is a reason and it is a piece."""
    if not why or isinstance(found, LeftOut):
        return found
    return dataclasses.replace(found, remarks=(*found.remarks, LeftOut(found.where, why)))


def _missing(identity: str, title: str, body: str) -> str:
    """Why there is no piece without these, in a sentence."""
    if not identity:
        return "it has no `id`."
    if len(identity) > LONGEST_ID:
        return f"its `id` has {len(identity)} characters; {LONGEST_ID} is the most."
    if not title:
        return "it has no `title`."
    if not body:
        return "it has no text as its `body`."
    if len(body) > LONGEST_BODY:
        return f"its `body` has {len(body):,} characters; {LONGEST_BODY:,} is the most."
    return ""


def _body(value: object) -> str:
    if not isinstance(value, str):
        return ""
    text = _text(value)
    return markdown_of(text) if is_html(text) else text


def _text(value: str) -> str:
    # PostgreSQL's texts hold neither; a half character comes from an escape in JSON.
    return value.replace("\x00", "").encode("utf-8", "replace").decode().replace("\r\n", "\n").strip()


def _line(value: object) -> str:
    """A text or number in one line; nothing for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        return ""
    return " ".join(_text(str(value)).split())


def _names(value: object) -> tuple[str, ...]:
    """Names from a list, or from one text with commas between."""
    said: Sequence[object] = (
        value if isinstance(value, list) else re.split(r"[,;]", value) if isinstance(value, str) else ()
    )
    return tuple(dict.fromkeys(name for name in map(_line, said) if name))


def _are_names(value: object) -> bool:
    """Whether a value is nothing, or all of it a name."""
    if isinstance(value, list):
        return all(each is None or each == "" or _line(each) for each in value)
    return value is None or isinstance(value, str)
