"""The rule by which a term resolves, in Python and in SQL: two writings of one rule, held to the same answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.models import BusinessUnit, MappingVersion, Term, TermKind, TermMapping, TermName, TermRelation
from tenants.naming import OWN_LANGUAGE, Called, best_name
from tenants.resolution import Resolution, Statement, Unmapped, resolve, resolve_global
from tests.conftest import seeding

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 1, 1, tzinfo=UTC)
days = st.integers(0, 12).map(lambda number: DAY + timedelta(days=number))


def said(number: int, *, on: int, since: int, target: int | None = 1, strength: str = "1") -> Statement:
    relation = None if target is None else TermRelation.EQUAL if strength == "1" else TermRelation.OVERLAPPING
    return Statement(number, DAY + timedelta(days=on), DAY + timedelta(days=since), target, relation, Decimal(strength))


def at(day: int, *statements: Statement, known: int = 100) -> Resolution | Unmapped:
    moment, known_at = DAY + timedelta(days=day), DAY + timedelta(days=known)
    return resolve(statements, moment=moment, known_at=known_at, retired={})


def test_a_term_means_what_was_said_for_its_day() -> None:
    statements = (said(1, on=2, since=2, target=1), said(2, on=5, since=5, target=2))

    assert at(1, *statements) is Unmapped.LATER
    assert at(2, *statements) == Resolution(1, "equal", Decimal(1), 1)
    assert at(4, *statements) == Resolution(1, "equal", Decimal(1), 1)
    assert at(5, *statements) == Resolution(2, "equal", Decimal(1), 2)
    assert at(5) is Unmapped.NEVER


def test_a_later_version_changes_the_past_as_far_as_it_reaches_and_is_unknown_before() -> None:
    statements = (said(1, on=0, since=0, target=1), said(2, on=9, since=3, target=2))

    assert at(2, *statements) == Resolution(1, "equal", Decimal(1), 1)
    assert at(4, *statements) == Resolution(2, "equal", Decimal(1), 2)
    assert at(4, *statements, known=8) == Resolution(1, "equal", Decimal(1), 1)


def test_what_was_taken_back_or_retired_is_unmapped() -> None:
    taken_back = (said(1, on=0, since=0), said(2, on=3, since=3, target=None))
    assert at(2, *taken_back) == Resolution(1, "equal", Decimal(1), 1)
    assert at(3, *taken_back) is Unmapped.WITHDRAWN

    retired = {1: DAY + timedelta(days=4)}
    known = DAY + timedelta(days=9)
    before, after = (DAY + timedelta(days=day) for day in (3, 4))
    assert resolve([said(1, on=0, since=0)], moment=before, known_at=known, retired=retired) == Resolution(
        1, "equal", Decimal(1), 1
    )
    assert resolve([said(1, on=0, since=0)], moment=after, known_at=known, retired=retired) is Unmapped.RETIRED


statements_of_a_term = st.lists(
    st.tuples(days, days, st.integers(0, 3), st.sampled_from(["0.25", "0.5", "1"])), max_size=5
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    statements=statements_of_a_term,
    retirements=st.dictionaries(st.integers(0, 2), days, max_size=2),
    questions=st.lists(st.tuples(days, days), min_size=1, max_size=6),
)
def test_sql_says_what_the_rule_says(
    db: None,
    statements: list[tuple[datetime, datetime, int, str]],
    retirements: dict[int, datetime],
    questions: list[tuple[datetime, datetime]],
) -> None:
    with seeding(), transaction.atomic():
        unit = BusinessUnit.objects.get(slug="health")
        targets = [
            Term.objects.create(
                kind=TermKind.DOMAIN, key=f"t{index}", name=f"T{index}", retired_at=retirements.get(index)
            )
            for index in range(3)
        ]
        local = Term.objects.create(kind=TermKind.DOMAIN, key="own", name="Own", unit=unit)
        last = unit.mapping_versions.count()
        spoken = []
        # Versions are numbered in the order in which they are published.
        for number, (published, valid_from, index, strength) in enumerate(sorted(statements), start=last + 1):
            target = targets[index] if index < 3 else None
            relation = None if target is None else TermRelation.OVERLAPPING
            version = MappingVersion.objects.create(unit=unit, number=number, published_at=published)
            TermMapping.objects.create(
                local=local, unit=unit, version=version, target=target, relation=relation,
                strength=Decimal(strength), valid_from=valid_from,
            )  # fmt: skip
            spoken.append(
                Statement(number, published, valid_from, target.pk if target else None, relation, Decimal(strength))
            )
        retired = {target.pk: target.retired_at for target in targets if target.retired_at}
        for moment, known_at in questions:
            expected = resolve(spoken, moment=moment, known_at=known_at, retired=retired)
            assert asked(local.pk, moment, known_at) == (expected if isinstance(expected, Resolution) else None)
            for target in targets:
                itself = resolve_global(target.pk, moment=moment, known_at=known_at, retired=retired)
                assert asked(target.pk, moment, known_at) == (itself if isinstance(itself, Resolution) else None)
        transaction.set_rollback(True)


def asked(term: int, moment: datetime, known_at: datetime) -> Resolution | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.resolution(%s, %s, %s)", [term, moment, known_at])
        row = cursor.fetchone()
        assert cursor.fetchone() is None
    return Resolution(*row) if row else None


TAGS = ["en", "en-gb", "de", "de-at", "fr", "pt-br"]
names = st.dictionaries(st.tuples(st.booleans(), st.sampled_from(TAGS)), st.sampled_from("abcdefgh"), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=names, readers=st.lists(st.sampled_from(["en", "de", "de-CH", "DE-AT", "es", "pt"]), min_size=1, max_size=3)
)
def test_sql_calls_a_term_what_the_rule_calls_it(
    db: None, names: dict[tuple[bool, str], str], readers: list[str]
) -> None:
    with seeding(), transaction.atomic():
        unit = BusinessUnit.objects.get(slug="health")
        term = Term.objects.create(kind=TermKind.DOMAIN, key="named", name="Itself")
        TermName.objects.bulk_create(
            TermName(term=term, unit=unit if is_local else None, language=tag, name=f"{name}{is_local}{tag}")
            for (is_local, tag), name in names.items()
        )
        known = [Called(f"{name}{is_local}{tag}", tag, is_local) for (is_local, tag), name in names.items()]
        known.append(Called("Itself", OWN_LANGUAGE, is_own=True))
        person = unit.role_assignments.select_related("person").earliest("pk").person
        for language in readers:
            person.language = language
            person.save(update_fields=["language"])
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.uid', %s, true)", [str(person.pk)])
                cursor.execute("SELECT app.term_name(%s, %s)", [term.pk, unit.pk])
                assert cursor.fetchone() == (best_name(known, language),)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("language", "expected"),
    [("de", "Unser Wort"), ("fr", "Mot"), ("en", "Our word"), ("es", "Our word")],
)
def test_the_readers_language_wins_then_the_units_name_then_the_global_one(language: str, expected: str) -> None:
    known = [
        Called("Word", "en", is_own=True),
        Called("Wort", "de"),
        Called("Mot", "fr"),
        Called("Unser Wort", "de", is_local=True),
        Called("Our word", "en", is_local=True),
    ]

    assert best_name(known, language) == expected
    assert best_name(known[:3], "es") == "Word"
