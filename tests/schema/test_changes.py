"""The changelog and deprecations: what clients are told before something goes."""

from __future__ import annotations

import pytest
from graphql import build_schema

from hub.graphql.changes import HEAD, broken_promises, listed, with_section
from tests.graphql.walking import SCHEMA

BEFORE = 'type Query { a: Int b(c: Int): Int } "Words" enum E { X Y }'


def test_every_deprecation_says_what_instead_and_until_when() -> None:
    assert broken_promises(SCHEMA) == []


@pytest.mark.parametrize(
    ("reason", "is_kept"),
    [
        ("Use `b`, which counts in minutes. It stays until 2027-06-01.", True),
        ("Use `b`, which counts in minutes.", False),
        ("No longer supported", False),
        ("It stays until 2027-06-01.", False),
        ("Use `b`, which counts in minutes. It stays until 2027-13-01.", False),
    ],
)
def test_the_form_of_a_deprecation(reason: str, is_kept: bool) -> None:
    schema = build_schema(f'type Query {{ a: Int @deprecated(reason: "{reason}") b: Int }}')

    assert broken_promises(schema) == ([] if is_kept else ["Query.a"])


def test_the_changelog_lists_what_differs() -> None:
    after = (
        'type Query { b(c: Int, d: Int): Int @deprecated(reason: "Use `e` instead of it. It stays until 2027-06-01.")'
        " e(f: Int): T } type T { g: Int } enum E { X Y Z }"
    )

    section = listed(BEFORE, after)

    assert (
        section
        == f"""{HEAD}
**Breaking**

- Field Query.a was removed.

**Dangerous**

- An optional argument Query.b(d:) was added.
- Enum value E.Z was added.

**Deprecated**

- `Query.b`: Use `e` instead of it. It stays until 2027-06-01.

**Added**

- `E.Z`
- `Query.b(d:)`
- `Query.e`
- `T`
"""
    )


def test_words_of_people_and_earlier_releases_stay() -> None:
    changelog = f"# Title\n\n{HEAD}\nNothing.\n\n## 2026-01-01\n\nWords.\n"

    changed = with_section(changelog, listed(BEFORE, BEFORE.replace("a: Int", "a: Int z: Int")))

    assert changed == f"# Title\n\n{HEAD}\n**Added**\n\n- `Query.z`\n\n## 2026-01-01\n\nWords.\n"
    assert with_section(changed, listed(BEFORE, BEFORE)) == changelog
