"""Times and names read the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.web import wording

NOW = datetime(2026, 11, 22, 2, 48, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=4, seconds=30), "4 min"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=6), "6 d"),
        (timedelta(days=40), "13 Oct"),
        (timedelta(days=400), "18 Oct 2025"),
        (timedelta(minutes=-4, seconds=-5), "4 min"),
    ],
)
def test_ago_names_the_largest_unit_and_the_date_after_a_week(passed: timedelta, words: str) -> None:
    assert wording.ago(NOW - passed, NOW) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=42), "42 s"),
        (timedelta(minutes=24, seconds=59), "24 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(minutes=84), "1 h 24 min"),
        (timedelta(days=3), "3 d"),
        (timedelta(hours=76), "3 d 4 h"),
        (None, "–"),
    ],
)
def test_a_span_names_its_two_largest_units(length: timedelta | None, words: str) -> None:
    assert wording.span(length) == words


def test_due_says_when_it_is_too_late() -> None:
    assert wording.due(NOW + timedelta(minutes=12), NOW) == "in 12 min"
    assert wording.due(NOW, NOW) == "0 s overdue"
    assert wording.due(NOW - timedelta(hours=3, minutes=1), NOW) == "3 h 1 min overdue"


def test_a_full_moment_names_its_zone() -> None:
    assert wording.full(NOW) == "22 Nov 2026, 02:48 UTC"
    assert wording.full(NOW.astimezone(ZoneInfo("Europe/Berlin"))) == "22 Nov 2026, 03:48 CET"
    assert wording.full(NOW.astimezone(ZoneInfo("America/Sao_Paulo"))) == "21 Nov 2026, 23:48 UTC-03"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Amara Okafor", "AO"),
        ("Maria del Carmen Ruiz", "MR"),
        ("security", "S"),
        ("lead.emea", "LE"),
        ("Łukasz Żak", "ŁŻ"),
        ("", "?"),
        ("…", "?"),
    ],
)
def test_initials_stand_for_a_person(name: str, letters: str) -> None:
    assert wording.initials(name) == letters
