"""What a revision of an article says, as somebody wrote it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.lib.texts import checked_text
from knowledge.articles.questions import Question
from knowledge.articles.questions import checked as checked_questions

LONGEST_SUMMARY: Final = 500
LONGEST_TEXT: Final = 100_000


@dataclass(frozen=True)
class Wording:
    """What an article is to say.

    Attributes:
        summary: what it tells, in a sentence or two.
        text: Markdown.
        questions: what tells whether it was understood, for who goes through it as training; None leaves them as they
            are.
        renews_training: who went through an earlier revision has to go through it again.
    """

    summary: str
    text: str
    questions: tuple[Question, ...] | None = None
    renews_training: bool = False


def checked(wording: Wording) -> Wording:
    """The wording as it is kept. Raises `Invalid` for a text that is empty or too long, and for its questions."""
    return Wording(
        checked_text(" ".join(wording.summary.split()), "summary", longest=LONGEST_SUMMARY),
        checked_text(wording.text.replace("\r\n", "\n"), "text", longest=LONGEST_TEXT),
        None if wording.questions is None else tuple(checked_questions(wording.questions)),
        wording.renews_training,
    )
