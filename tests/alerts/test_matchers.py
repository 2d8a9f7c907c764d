"""Label matchers, as Prometheus means them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerts.matchers import Matcher, Operator, all_match, parse_matcher
from hub.lib.errors import Invalid

LABELS = st.text(min_size=1, max_size=20).filter(lambda text: "\x00" not in text)
VALUES = st.text(max_size=30)
PATTERNS = st.lists(st.sampled_from(["a", "b", ".", "[ab]", "a|b", "(?:ab)", "a*", "b+", "\\d", "x?"]), max_size=6).map(
    "".join
)
TEXTS = st.text("abx1", max_size=8)


@given(LABELS, st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]), VALUES)
def test_what_is_written_is_read_again(label: str, operator: Operator, value: str) -> None:
    matcher = Matcher(label, operator, value)

    assert parse_matcher(str(matcher)) == matcher


@given(LABELS, VALUES, st.dictionaries(LABELS, VALUES, max_size=4))
def test_equal_and_not_equal_are_each_others_opposite(label: str, value: str, labels: dict[str, str]) -> None:
    equal = Matcher(label, Operator.EQUAL, value).matches(labels)

    assert equal == (labels.get(label, "") == value)
    assert Matcher(label, Operator.NOT_EQUAL, value).matches(labels) is not equal


@given(PATTERNS, TEXTS)
def test_an_expression_matches_the_whole_value_as_pythons_would(pattern: str, text: str) -> None:
    expected = re.fullmatch(pattern, text, re.DOTALL) is not None

    assert Matcher("l", Operator.MATCHES, pattern).matches({"l": text}) is expected
    assert Matcher("l", Operator.MATCHES_NOT, pattern).matches({"l": text}) is not expected


@given(PATTERNS)
def test_a_missing_label_is_an_empty_one(pattern: str) -> None:
    for operator in Operator:
        matcher = Matcher("absent", operator, pattern)
        assert matcher.matches({}) is matcher.matches({"absent": ""})


@given(st.text(max_size=60))
def test_any_text_is_a_matcher_or_one_sentence(text: str) -> None:
    try:
        matcher = parse_matcher(text)
    except Invalid as fault:
        said = fault.message
    else:
        said = f"{matcher}."

    assert said.endswith(".")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('env="prod"', Matcher("env", Operator.EQUAL, "prod")),
        ("env=prod", Matcher("env", Operator.EQUAL, "prod")),
        (' env != "a \\"b\\"" ', Matcher("env", Operator.NOT_EQUAL, 'a "b"')),
        ('path=~"/card\\..*"', Matcher("path", Operator.MATCHES, "/card\\..*")),
        ('"a label" !~ "x|y"', Matcher("a label", Operator.MATCHES_NOT, "x|y")),
        ("empty=", Matcher("empty", Operator.EQUAL, "")),
    ],
)
def test_spellings(text: str, expected: Matcher) -> None:
    assert parse_matcher(text) == expected


@pytest.mark.parametrize(
    "text", ["", "env", "=prod", '""=x', 'env="prod', "env==prod=", "a=b c=d", 'x=~"("', 'x=~"(?=a)"', "x=" + "y" * 500]
)
def test_what_is_no_matcher(text: str) -> None:
    with pytest.raises(Invalid):
        parse_matcher(text)


def test_a_hostile_expression_takes_no_longer() -> None:
    began = time.monotonic()

    assert not parse_matcher('x=~"(a*)*b"').matches({"x": "a" * 50_000})
    assert time.monotonic() - began < 1


def test_all_have_to_match() -> None:
    matchers = [parse_matcher('a="1"'), parse_matcher('b=~"2|3"')]

    assert all_match(matchers, {"a": "1", "b": "3"})
    assert not all_match(matchers, {"a": "1", "b": "4"})
