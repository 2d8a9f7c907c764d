"""A unit says what its terms mean: versions, the past only by name, refusals that change nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.lib import clock
from tenants.models import AuditEntry, BusinessUnit, MappingVersion, Term, TermMapping
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

SAID = "... on MappingVersion { number restatesFrom mappings { relation strength local { key } target { key } } }"


def term(key: str, unit: str | None = None) -> Term:
    with seeding():
        return Term.objects.get(key=key, unit__slug=unit) if unit else Term.objects.get(key=key, unit=None)


def unit(slug: str = "payments") -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug=slug)


def meaning(local: Term, target: Term | None, **more: Any) -> dict[str, Any]:
    return {
        "termId": global_id("Term", local),
        "targetId": global_id("Term", target) if target else None,
        **more,
    }


def map_terms(api: ApiOf, username: str, *meanings: dict[str, Any], slug: str = "payments", **more: Any) -> Any:
    answer = api(username).change(
        "mapTerms", SAID, unitId=global_id("BusinessUnit", unit(slug)), meanings=list(meanings), **more
    )
    return answer.data["mapTerms"]


def versions(slug: str = "payments") -> int:
    with seeding():
        return MappingVersion.objects.filter(unit__slug=slug).count()


def test_an_unmapped_term_gets_a_meaning_from_now_on(api: ApiOf) -> None:
    advisory = term("scheme-advisory", "payments")
    before = versions()

    said = map_terms(
        api, "admin.payments", meaning(advisory, term("availability"), relation="OVERLAPPING", strength=0.3)
    )

    assert said["number"] == before + 1
    assert said["restatesFrom"] is None
    assert said["mappings"] == [
        {
            "relation": "OVERLAPPING",
            "strength": "0.30",
            "local": {"key": "scheme-advisory"},
            "target": {"key": "availability"},
        }
    ]
    with seeding():
        entry = AuditEntry.objects.get(verb="map_terms", unit__slug="payments")
        assert entry.change["version"] == [before or None, before + 1]


def test_a_meaning_is_taken_back(api: ApiOf) -> None:
    said = map_terms(api, "admin.payments", meaning(term("card-outage", "payments"), None))

    assert said["mappings"] == [{"relation": None, "strength": "1.00", "local": {"key": "card-outage"}, "target": None}]


@pytest.mark.parametrize("username", ["observer.payments", "commander.payments", "admin.retail", "steward"])
def test_others_say_nothing(api: ApiOf, username: str) -> None:
    before = versions()

    said = map_terms(api, username, meaning(term("card-outage", "payments"), term("data")))

    assert said["errors"][0]["code"] == "FORBIDDEN"
    assert versions() == before


def test_the_past_changes_only_under_a_version_that_is_named(api: ApiOf) -> None:
    outage, data = term("card-outage", "payments"), term("data")
    past = (clock.now() - timedelta(days=100)).isoformat()
    next_one = versions() + 1

    silent = map_terms(api, "admin.payments", meaning(outage, data), since=past, reason="We know better")
    stale = map_terms(
        api, "admin.payments", meaning(outage, data), since=past, reason="We know", asVersion=next_one + 1
    )
    mute = map_terms(api, "admin.payments", meaning(outage, data), since=past, asVersion=next_one)

    assert [(said["errors"][0]["code"], said["errors"][0]["path"]) for said in (silent, stale, mute)] == [
        ("INVALID", ["input", "asVersion"]),
        ("CONFLICT", ["input", "asVersion"]),
        ("INVALID", ["input", "reason"]),
    ]
    assert f"the version it makes: {next_one}" in silent["errors"][0]["message"]
    assert versions() == next_one - 1

    said = map_terms(
        api, "admin.payments", meaning(outage, data), since=past, reason="We know better", asVersion=next_one
    )
    assert said["number"] == next_one
    assert said["restatesFrom"] is not None


def test_each_fault_is_named_and_nothing_changes(api: ApiOf) -> None:
    outage, delay = term("card-outage", "payments"), term("settlement-delay", "payments")
    foreign = term("site-down", "logistics")
    cause = term("capacity")
    before = versions()
    with seeding():
        rows = TermMapping.objects.count()

    said = map_terms(
        api,
        "admin.payments",
        meaning(foreign, term("data")),
        meaning(outage, cause),
        meaning(outage, foreign),
        meaning(outage, term("data"), relation="EQUAL", strength=0.5),
        meaning(delay, term("data"), relation="NARROWER", strength=1.5),
        meaning(delay, None, relation="NARROWER"),
    )

    assert [(error["code"], error["path"]) for error in said["errors"]] == [
        ("NOT_FOUND", ["input", "meanings", "0", "termId"]),
        ("INVALID", ["input", "meanings", "1", "targetId"]),
        ("NOT_FOUND", ["input", "meanings", "2", "targetId"]),
        ("INVALID", ["input", "meanings", "3", "strength"]),
        ("INVALID", ["input", "meanings", "4", "strength"]),
        ("INVALID", ["input", "meanings", "5", "relation"]),
    ]
    assert versions() == before
    with seeding():
        assert TermMapping.objects.count() == rows


def test_what_others_said_is_seen_by_those_who_view_the_unit(api: ApiOf) -> None:
    query = '{ mappingVersions(filters: {unit: {slug: {exact: "media"}}}) { edges { node { number restatesFrom } } } }'

    for username, seen in (("observer.payments", 0), ("commander.media", 3), ("coordinator", 3)):
        assert len(api(username).ask(query).data["mappingVersions"]["edges"]) == seen
