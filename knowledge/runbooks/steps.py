"""The steps of a runbook as data and as people write them. Pure.

In a text a step is a paragraph: its first line says what to do, the lines below how. An empty line inside a block of
code (between ``` and ```) ends no step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.lib.errors import Invalid
from hub.lib.texts import checked_line, checked_text

MOST_STEPS: Final = 100
LONGEST_TITLE: Final = 300
LONGEST_DETAIL: Final = 5_000
FENCE: Final = "```"
_NUMBER: Final = re.compile(r"^(?:\d{1,3}[.)]|[-*])\s+")


@dataclass(frozen=True)
class Step:
    """Something to do.

    Attributes:
        title: what, in a line.
        detail: how, and what should be seen then; may be empty.
    """

    title: str
    detail: str = ""


def parse(text: str) -> list[Step]:
    """The steps that somebody wrote. Numbers and dashes before them are left out: steps are counted."""
    paragraphs: list[list[str]] = [[]]
    in_code = False
    for line in text.replace("\r\n", "\n").split("\n"):
        in_code ^= line.strip().startswith(FENCE)
        if line.strip() or in_code:
            paragraphs[-1].append(line.rstrip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return [
        Step(_NUMBER.sub("", first.strip()), "\n".join(rest).strip())
        for first, *rest in (paragraph for paragraph in paragraphs if paragraph)
    ]


def text_of(steps: Iterable[Step]) -> str:
    """What `parse` reads as these steps."""
    return "\n\n".join(f"{step.title}\n{step.detail}".rstrip() for step in steps)


def checked(steps: Sequence[Step]) -> list[Step]:
    """The steps as they are kept. Raises `Invalid` for none, too many, or a text that is empty or too long."""
    if not steps:
        raise Invalid("A runbook has at least one step.", path=["steps"])
    if len(steps) > MOST_STEPS:
        raise Invalid(f"The runbook has {len(steps)} steps; {MOST_STEPS} is the most.", path=["steps"])
    return [_checked(place, step) for place, step in enumerate(steps)]


def _checked(place: int, step: Step) -> Step:
    try:
        return Step(
            checked_line(step.title, "title", longest=LONGEST_TITLE),
            checked_text(step.detail.replace("\r\n", "\n"), "detail", longest=LONGEST_DETAIL, required=False),
        )
    except Invalid as error:
        message = f"Step {place + 1}: {error.message[0].lower()}{error.message[1:]}"
        raise Invalid(message, path=["steps", str(place), *error.path]) from None


def as_rows(steps: Iterable[Step]) -> list[dict[str, str]]:
    """As they are stored."""
    return [{"title": step.title, "detail": step.detail} for step in steps]


def of_rows(rows: Iterable[Mapping[str, Any]]) -> list[Step]:
    """As they were stored."""
    return [Step(row["title"], row.get("detail", "")) for row in rows]
