"""The questions of an article: as people write them, and whether answers are right."""

from __future__ import annotations

import pytest

from hub.lib.errors import Invalid
from knowledge.articles.questions import Question, as_rows, checked, of_rows, parse, text_of, wrong

WRITTEN = """How many?
- One
* Two

Which?
* This one
- That one
- The other"""
READ = [Question("How many?", ("One", "Two"), 1), Question("Which?", ("This one", "That one", "The other"), 0)]


def test_what_is_written_is_read_and_written_again() -> None:
    assert parse(WRITTEN) == READ
    assert parse(f"\r\n{WRITTEN.replace(chr(10), chr(13) + chr(10))}\n\n\n") == READ
    assert text_of(READ) == WRITTEN
    assert of_rows(as_rows(READ)) == READ
    assert parse("") == []


@pytest.mark.parametrize("written", ["How many?\n- One\n- Two", "How many?\n* One\n* Two", "How many?"])
def test_one_choice_is_right(written: str) -> None:
    with pytest.raises(Invalid, match="Question 1 needs exactly one right choice"):
        parse(written)


@pytest.mark.parametrize(
    ("question", "path"),
    [
        (Question("", ("a", "b"), 0), ("questions", "0", "text")),
        (Question("x", ("a",), 0), ("questions", "0", "choices")),
        (Question("x", ("a", " "), 0), ("questions", "0", "choices")),
        (Question("x", ("a", "A"), 0), ("questions", "0", "choices")),
        (Question("x", ("a", "b"), 2), ("questions", "0", "right")),
        (Question("x", ("a", "b"), -1), ("questions", "0", "right")),
    ],
)
def test_what_does_not_hold_is_refused_where_it_stands(question: Question, path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        checked([question])
    assert tuple(refused.value.path) == path


def test_answers_are_compared_by_place() -> None:
    assert wrong(READ, [1, 0]) == []
    assert wrong(READ, [0, 0]) == [0]
    assert wrong(READ, [0, 2]) == [0, 1]
    for answers in ([], [1], [1, 0, 0], [1, 3], [-1, 0]):
        with pytest.raises(Invalid):
            wrong(READ, answers)
