"""Figures by global term: units add up to the whole, coverage is counted, the past holds still, ranks are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as
from hub.metrics.consolidated import Consolidated, consolidated
from hub.metrics.ranking import Measure, rank_units
from tenants import actions
from tenants.access import Meanings
from tenants.actions import Meaning
from tenants.definitions import VERSION, percent
from tenants.models import BusinessUnit, MappingVersion, Person, Term, TermKind, TermRelation
from tenants.resolution import Resolution, Unmapped
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
ADDED = ("declared", "open", "covered", "strength")


def unit(slug: str) -> int:
    with seeding():
        return BusinessUnit.objects.get(slug=slug).pk


def of_days(actor: Actor, days: int, **more: object) -> Consolidated:
    now = clock.now()
    return consolidated(
        actor=actor,
        **{"kind": TermKind.INCIDENT_TYPE, "since": now - timedelta(days=days), "until": now, **more},  # type: ignore[arg-type]
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    username=st.sampled_from(["coordinator", "lead.emea", "observer.payments", "outsider.logistics"]),
    kind=st.sampled_from([TermKind.INCIDENT_TYPE, TermKind.SEVERITY, TermKind.CAUSE]),
    start=st.integers(1, 700),
    length=st.integers(1, 400),
    known=st.integers(0, 400),
)
def test_the_parts_add_up_to_the_whole(
    actor: ActorNamed, *, username: str, kind: TermKind, start: int, length: int, known: int
) -> None:
    now = clock.now()
    since = now - timedelta(days=start)

    found = consolidated(
        actor=actor(username),
        kind=kind,
        since=since,
        until=since + timedelta(days=length),
        known_at=now - timedelta(days=known),
    )

    for parts in (found.by_unit, found.by_term, found.by_unit_and_term):
        for name in ADDED:
            assert sum(getattr(part, name) for part in parts) == getattr(found.total, name), name
    assert sum(each.incidents for each in found.unmapped) == found.total.declared - found.total.covered
    assert all(figure.covered == 0 for figure in found.by_term if figure.term_id is None)


@pytest.mark.parametrize("username", ["coordinator", "observer.payments"])
def test_incidents_count_under_what_their_terms_meant_on_their_day(actor: ActorNamed, username: str) -> None:
    reader = actor(username)
    now = clock.now()

    found = of_days(reader, 500)

    with acting_as(reader):
        rows = list(Incident.objects.filter(declared_at__gte=now - timedelta(days=500)).select_related("incident_type"))
        meanings = Meanings.of(reader, {row.incident_type for row in rows if row.incident_type})
    expected: dict[int | None, int] = {}
    strength = Decimal(0)
    for row in rows:
        meaning = meanings.at(row.incident_type, moment=row.declared_at) if row.incident_type else None
        term = meaning.term if isinstance(meaning, Resolution) else None
        strength += meaning.strength if isinstance(meaning, Resolution) else 0
        expected[term] = expected.get(term, 0) + 1
    assert {figure.term_id: figure.declared for figure in found.by_term} == expected
    assert found.total.strength == strength
    assert 0 < (found.total.coverage or 0) < 1
    assert 0 < (found.total.certainty or 0) < 1


def test_what_is_unmapped_is_listed_with_its_reason(actor: ActorNamed) -> None:
    found = of_days(actor("coordinator"), 700)

    listed = {each.term.key: (each.unit_id, each.reason) for each in found.unmapped if each.term}
    assert listed["scheme-advisory"] == (unit("payments"), Unmapped.NEVER)


def test_remapping_changes_the_past_only_under_its_version(actor: ActorNamed) -> None:
    admin, reader = actor("admin.payments"), actor("coordinator")
    with seeding():
        outage = Term.objects.get(key="card-outage", unit__slug="payments")
        data = Term.objects.get(key="data", unit=None, kind="incident_type")
        availability = Term.objects.get(key="availability", unit=None)
        versions = MappingVersion.objects.filter(unit__slug="payments").count()
    moment = clock.now()
    payments = [unit("payments")]

    def counts(**more: datetime) -> dict[int | None, int]:
        found = of_days(reader, 700, unit_ids=payments, **more)
        return {figure.term_id: figure.declared for figure in found.by_term}

    before = counts()
    remapped = [Meaning(outage.pk, data.pk, TermRelation.NARROWER)]

    actions.map_terms(actor=admin, unit_id=payments[0], meanings=remapped)
    assert counts() == before

    actions.map_terms(
        actor=admin,
        unit_id=payments[0],
        meanings=remapped,
        reason="Reported wrongly",
        since=moment - timedelta(days=701),
        as_version=versions + 2,
    )
    after = counts()
    moved = before[availability.pk] - after[availability.pk]
    assert moved > 0
    assert after[data.pk] == before[data.pk] + moved
    assert counts(known_at=moment) == before


def test_units_below_the_stated_coverage_have_no_rank(actor: ActorNamed) -> None:
    now = clock.now()
    common = {"measure": Measure.MEAN_TO_RESOLVE, "since": now - timedelta(days=700), "until": now}
    reader = actor("coordinator")

    usual = rank_units(actor=reader, **common)  # type: ignore[arg-type]
    strict = rank_units(actor=reader, **common, least_coverage=1)  # type: ignore[arg-type]

    assert [each.place for each in usual.ranked] == [1, 2, 3, 4, 5, 6]
    assert [each.value for each in usual.ranked] == sorted(each.value for each in usual.ranked)
    left_out = {each.figure.unit_id: each for each in strict.unranked}
    payments = left_out[unit("payments")]
    assert payments.figure.coverage is not None
    assert (
        payments.reason
        == f"{percent(payments.figure.coverage)} of its incidents mean a global term; 100 % is the least."
    )
    assert all(each.figure.coverage == 1 for each in strict.ranked)
    assert len(strict.ranked) + len(strict.unranked) == len(usual.ranked) + len(usual.unranked)
    with pytest.raises(Invalid, match="compared from a coverage of 50%"):
        rank_units(actor=reader, **common, least_coverage=0.2)  # type: ignore[arg-type]


def test_one_unit_alone_is_not_ranked(actor: ActorNamed) -> None:
    now = clock.now()
    found = rank_units(
        actor=actor("observer.payments"),
        measure=Measure.MEAN_TO_ACKNOWLEDGE,
        since=now - timedelta(days=300),
        until=now,
    )

    assert found.ranked == ()
    assert found.refusal == "Fewer than two units can be compared."


def test_through_the_api_with_definition_and_coverage(api: ApiOf) -> None:
    figures = "declared coverage certainty definitionVersion"
    answer = api("coordinator").ask(
        f"{{ consolidated(kind: INCIDENT_TYPE) {{ definitionVersion taxonomyVersion knownAt total {{ {figures} }}"
        f" byTerm {{ term {{ key }} figures {{ {figures} }} }} unmapped {{ unit {{ slug }} term {{ key }} incidents"
        " reason } } unitRanking(measure: MEAN_TO_RESOLVE, leastCoverage: 0.9) { leastCoverage definitionVersion"
        " ranked { place minutes figures { unit { slug } coverage } } unranked { reason } }"
        " figureDefinitions { key version } }"
    )

    found = answer.data["consolidated"]
    assert found["definitionVersion"] == found["total"]["definitionVersion"] == VERSION
    assert found["taxonomyVersion"] == 2
    assert sum(each["figures"]["declared"] for each in found["byTerm"]) == found["total"]["declared"] > 0
    assert answer.data["unitRanking"]["leastCoverage"] == 0.9
    assert {each["version"] for each in answer.data["figureDefinitions"]} == {VERSION}


def test_terms_are_called_as_the_reader_calls_them_by_one_statement_for_all(api: ApiOf) -> None:
    german = api("observer.payments")
    question = "{{ consolidated(kind: INCIDENT_TYPE) {{ byTerm {{ term {{ {0} }} }} unmapped {{ term {{ {0} }} }} }} }}"
    plain, named = german.ask(question.format("name")), german.ask(question.format("name label"))

    terms = [each["term"] for each in named.data["consolidated"]["byTerm"] if each["term"]]
    assert {"name": "Availability", "label": "Verfügbarkeit"} in terms
    assert len(terms) > 2
    assert named.statements <= plain.statements


def test_a_kind_that_incidents_do_not_say_is_refused(api: ApiOf) -> None:
    answer = api("coordinator").ask("{ consolidated(kind: DOMAIN) { total { declared } } }")

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.message == "Incidents say no domain, so there are no figures by it."


def test_a_preview_shows_what_would_change_and_changes_nothing(api: ApiOf) -> None:
    with seeding():
        advisory = Term.objects.get(key="scheme-advisory", unit__slug="payments")
        target = Term.objects.get(key="availability", unit=None)
        versions = MappingVersion.objects.count()
    given = {
        "unitId": global_id("BusinessUnit", unit("payments")),
        "kind": "INCIDENT_TYPE",
        "since": (clock.now() - timedelta(days=400)).isoformat(),
        "meanings": [
            {
                "termId": global_id("Term", advisory),
                "targetId": global_id("Term", target),
                "relation": "OVERLAPPING",
                "strength": 0.4,
            }
        ],
    }
    shown = "... on MappingPreview { number restates before { total { coverage } } after { total { coverage } } }"

    seen = api("admin.payments").change("previewMapping", shown, **given).data["previewMapping"]
    denied = api("commander.payments").change("previewMapping", shown, **given).data["previewMapping"]

    assert seen["restates"] is True
    assert seen["before"]["total"]["coverage"] < seen["after"]["total"]["coverage"]
    assert denied["errors"][0]["code"] == "FORBIDDEN"
    with seeding():
        assert MappingVersion.objects.count() == versions


def test_the_overview_shows_types_in_the_readers_language_and_what_is_unmapped(
    person: Callable[[str], Person],
) -> None:
    client = Client()
    client.force_login(person("observer.payments"), backend="django.contrib.auth.backends.ModelBackend")

    page = client.get("/overview?days=365").content.decode()
    assert re.search(rf"\d+ in all, each of which has a global severity\. Definitions, version {VERSION}\.", page)

    assert "Verfügbarkeit" in page
    assert "Scheme advisory" in page
    assert "Global terms, version 2" in page
    # Each figure leads to its incidents, whatever their unit calls them.
    rows = re.findall(r'<a href="(/incidents/[^"]*type=[^"]*)">([^<]+)</a></th><td class="num">(\d+)</td>', page)
    assert {"Verfügbarkeit", "Unmapped"} <= {label for _, label, _ in rows}
    for address, label, declared in rows:
        found = client.get(unescape(address)).content.decode()
        summary = re.search(r'id="incidents-summary"[^>]*>([^<]*)', found)
        assert summary is not None
        assert re.search(rf"(^| of ){declared} incidents?$", summary[1].strip()), (label, declared, summary[1])
