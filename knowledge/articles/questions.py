"""The questions of an article as data and as people write them, and whether answers to them are right. Pure.

In a text a question is a paragraph: its first line asks, each line below is a choice, and the right one begins with
an asterisk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.lib.errors import Invalid
from hub.lib.texts import checked_line

MOST_QUESTIONS: Final = 20
CHOICES: Final = range(2, 9)
LONGEST_QUESTION: Final = 500
LONGEST_CHOICE: Final = 300
RIGHT: Final = "*"
WRONG: Final = "-"


@dataclass(frozen=True)
class Question:
    """Something to ask whoever has read an article.

    Attributes:
        right: which of the choices is, from 0.
    """

    text: str
    choices: tuple[str, ...]
    right: int


def parse(text: str) -> list[Question]:
    """The questions that somebody wrote. Raises `Invalid` for one without exactly one right choice."""
    found = []
    paragraphs = [each for each in text.replace("\r\n", "\n").split("\n\n") if each.strip()]
    for place, paragraph in enumerate(paragraphs):
        first, *rest = (line.strip() for line in paragraph.strip().splitlines() if line.strip())
        right = [index for index, line in enumerate(rest) if line.startswith(RIGHT)]
        if len(right) != 1:
            raise Invalid(
                f"Question {place + 1} needs exactly one right choice: begin its line with an asterisk.",
                path=["questions", str(place), "right"],
            )
        found.append(Question(first, tuple(line.lstrip(f"{RIGHT}{WRONG} ") for line in rest), right[0]))
    return found


def text_of(questions: Iterable[Question]) -> str:
    """What `parse` reads as these questions."""
    return "\n\n".join(
        "\n".join(
            [each.text, *(f"{RIGHT if at == each.right else WRONG} {said}" for at, said in enumerate(each.choices))]
        )
        for each in questions
    )


def checked(questions: Sequence[Question]) -> list[Question]:
    """The questions as they are kept. Raises `Invalid` for too many, and for a text or choices that do not hold."""
    if len(questions) > MOST_QUESTIONS:
        raise Invalid(f"The article has {len(questions)} questions; {MOST_QUESTIONS} is the most.", path=["questions"])
    return [_checked(place, question) for place, question in enumerate(questions)]


def wrong(questions: Sequence[Question], answers: Sequence[int]) -> list[int]:
    """Which of the questions were not answered rightly, from 0.

    Args:
        answers: the chosen one for each question, from 0. Raises `Invalid` for another number of them.
    """
    if len(answers) != len(questions):
        asked = f"{len(questions)} question{'s' * (len(questions) != 1)}"
        raise Invalid(f"The article asks {asked}; {len(answers)} were answered.", path=["answers"])
    for place, (question, answer) in enumerate(zip(questions, answers, strict=True)):
        if not 0 <= answer < len(question.choices):
            raise Invalid(f"Question {place + 1} has no such choice.", path=["answers", str(place)])
    return [place for place, (each, answer) in enumerate(zip(questions, answers, strict=True)) if each.right != answer]


def as_rows(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """As they are stored."""
    return [{"text": each.text, "choices": list(each.choices), "right": each.right} for each in questions]


def of_rows(rows: Iterable[Mapping[str, Any]]) -> list[Question]:
    """As they were stored."""
    return [Question(row["text"], tuple(row["choices"]), row["right"]) for row in rows]


def _checked(place: int, question: Question) -> Question:
    path = ["questions", str(place)]
    try:
        text = checked_line(question.text, "text", longest=LONGEST_QUESTION)
        choices = tuple(checked_line(each, "choices", longest=LONGEST_CHOICE) for each in question.choices)
    except Invalid as error:
        message = f"Question {place + 1}: {error.message[0].lower()}{error.message[1:]}"
        raise Invalid(message, path=[*path, *error.path]) from None
    if len(choices) not in CHOICES:
        raise Invalid(
            f"Question {place + 1} has {len(choices)} choices; it takes {CHOICES[0]} to {CHOICES[-1]}.",
            path=[*path, "choices"],
        )
    if len({each.casefold() for each in choices}) < len(choices):
        raise Invalid(f"Question {place + 1} has the same choice twice.", path=[*path, "choices"])
    if not 0 <= question.right < len(choices):
        raise Invalid(f"Question {place + 1} has no choice {question.right}.", path=[*path, "right"])
    return Question(text, choices, question.right)
