"""What a form writes as a number is one only if its digits are plain and the database can hold it."""

from __future__ import annotations

import pytest

from hub.lib.numbers import whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_plain_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", " 7", "-7", "+7", "7.0", "1_000", "²", "٧", "9" * 19])
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text) is None


def test_a_page_says_how_many_digits_it_takes() -> None:
    assert whole_number("12345", digits=5) == 12345
    assert whole_number("123456", digits=5) is None
