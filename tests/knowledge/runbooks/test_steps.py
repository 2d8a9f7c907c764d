"""Steps as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.lib.errors import Invalid
from knowledge.runbooks.steps import MOST_STEPS, Step, as_rows, checked, of_rows, parse, text_of

LINE = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() == text and text[0].isalpha() and "```" not in text
)


def test_a_step_is_a_paragraph_and_code_holds_together() -> None:
    written = "1. Look\r\nat the pool\r\n\r\n\r\n- Recycle it\n```\na\n\nb\n```\nNow wait\n\n  \nDone"

    assert parse(written) == [
        Step("Look", "at the pool"),
        Step("Recycle it", "```\na\n\nb\n```\nNow wait"),
        Step("Done"),
    ]


@given(st.lists(st.builds(Step, LINE, st.lists(LINE, max_size=3).map("\n".join)), max_size=8))
def test_what_is_written_down_is_read_the_same(steps: list[Step]) -> None:
    assert parse(text_of(steps)) == steps
    assert of_rows(as_rows(steps)) == steps


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ([], ("steps",)),
        ([Step("x")] * (MOST_STEPS + 1), ("steps",)),
        ([Step("x"), Step("  ")], ("steps", "1", "title")),
        ([Step("x", "y" * 5_001)], ("steps", "0", "detail")),
    ],
)
def test_what_is_wrong_is_named(steps: list[Step], path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        checked(steps)

    assert refused.value.path == path
