"""Wording that blames is pointed out, with better wording."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.postmortems import blameless

NAMES = ("Elena Petrova", "Will Grant")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Elena Petrova forgot to renew the key.", "Elena Petrova forgot to"),
        ("In the end Elena then simply ignored the page.", "Elena then simply ignored"),
        ("The on-call engineer mistyped the host.", "The on-call engineer mistyped"),
        ("He should have asked.", "He should have"),
        ("We should have charted requests.", "should have"),
        ("It was human error.", "human error"),
        ("A careless deployment.", "careless"),
        ("It was Piotr's fault.", "Piotr's fault"),
        ("The team failed to follow the runbook.", "failed to follow"),
        ("This could easily have been prevented.", "could easily have been prevented"),
        ("- The operator didn't check the dashboard", "The operator didn't check"),
        ("The on-call did not pay attention.", "The on-call did not pay attention"),
        ("Will could have asked.", "Will could have asked"),
        ("It was Elena's mistake.", "Elena's mistake"),
        ("The fault lies with Payments.", "The fault lies with"),
        ("The vendor dropped the ball.", "dropped the ball"),
        ("The supplier screwed up again.", "screwed up"),
        ("A rookie mistake.", "rookie mistake"),
        ("The engineer was responsible for the outage.", "The engineer was responsible for the outage"),
    ],
)
def test_blame_is_found_with_its_sentence(text: str, phrase: str) -> None:
    [finding] = blameless.find(f"All was well. {text} Then it was mended.", NAMES)

    assert finding.phrase == phrase
    assert finding.phrase in finding.sentence
    assert finding.suggestion.endswith((".", "?"))


@pytest.mark.parametrize(
    "text",
    [
        "The pool was exhausted after four minutes.",
        "The job failed to start because its lease had expired.",
        "Elena Petrova declared the incident and Will Grant rolled back.",
        "The default will caused by nothing.",
        "The engineer was responsible for the roll-out and handed it over.",
        "Nobody did anything careless.",
        "A customer wrote “you should have told us”.",
        'The log said "user error" a thousand times.',
        "`raise HumanError('careless')`",
        "```\nhuman error\n```\nIt went on.",
        "> This was careless of us\n\nThe letter ends there.",
        "See [the page](https://example.org/human-error).",
    ],
)
def test_facts_code_and_quotations_are_left_alone(text: str) -> None:
    assert blameless.find(text, NAMES) == []


def test_findings_come_in_reading_order_and_overlaps_once() -> None:
    findings = blameless.find("It was human error. The engineer should have looked; careless.", NAMES)

    assert [finding.phrase for finding in findings] == ["human error", "The engineer should have", "careless"]


@given(st.text(), st.lists(st.text(max_size=10), max_size=3))
def test_any_text_is_read(text: str, names: list[str]) -> None:
    assert all(finding.phrase for finding in blameless.find(text, names))
