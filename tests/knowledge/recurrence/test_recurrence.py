"""What comes back, across units and as far as the reader may read; and trends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.models import ActionItem, ActionStatus, Audience, Postmortem, PostmortemStatus
from knowledge.recurrence.patterns import Pattern, Verdict, recurrence
from knowledge.recurrence.trends import Dimension, Direction, trends, whole_months
from tenants import actions
from tenants.actions import Meaning
from tenants.definitions import VERSION
from tenants.models import BusinessUnit, MappingVersion, Term, TermKind, TermRelation
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
UNITS = ("payments", "retail", "logistics", "cloud")


def term(kind: TermKind, key: str) -> Term:
    return Term.objects.get(kind=kind, key=key, unit=None)


def reviewed(slug: str, cause: str, mode: str, at: datetime, *, audience: str = "enterprise") -> Postmortem:
    """A published review of a unit, written past the actions."""
    unit = BusinessUnit.objects.get(slug=slug)
    count = Postmortem.objects.count()
    return Postmortem.objects.create(
        unit=unit,
        reference=f"{unit.prefix}-X{count}",
        title=f"Number {count} of {unit}",
        audience=audience,
        status=PostmortemStatus.PUBLISHED,
        occurred_at=at,
        opened_at=at,
        due_at=at,
        published_at=at,
        edited_at=at,
        cause=term(TermKind.CAUSE, cause),
        failure_mode=term(TermKind.FAILURE_MODE, mode),
    )


@pytest.fixture
def long_ago() -> datetime:
    """Before everything that the demonstration tells of."""
    return clock.now() - timedelta(days=2_000)


def term_of(cause: str) -> int:
    with seeding():
        return term(TermKind.CAUSE, cause).pk


def background(at: datetime) -> None:
    """Causes and failure modes that have nothing to do with each other, in every unit."""
    for slug in UNITS:
        for cause in ("change-failure", "capacity", "vendor-failure"):
            for mode in ("exhausted", "rejected", "stuck"):
                reviewed(slug, cause, mode, at)


def found(actor: Actor, at: datetime, cause: str, mode: str) -> Pattern | None:
    with seeding():
        keys = term(TermKind.CAUSE, cause).pk, term(TermKind.FAILURE_MODE, mode).pk
    report = recurrence(actor, since=at - timedelta(days=1), until=at + timedelta(days=1))
    return next((each for each in report.patterns if (each.cause, each.failure_mode) == keys), None)


def test_what_is_everywhere_is_systemic_and_what_is_one_units_is_not(actor: ActorNamed, long_ago: datetime) -> None:
    with seeding():
        background(long_ago)
        for slug in UNITS:
            for _ in range(5):
                reviewed(slug, "capacity", "exhausted", long_ago)
        for _ in range(14):
            reviewed("retail", "change-failure", "stuck", long_ago)

    systemic = found(actor("coordinator"), long_ago, "capacity", "exhausted")
    isolated = found(actor("coordinator"), long_ago, "change-failure", "stuck")
    neither = found(actor("coordinator"), long_ago, "vendor-failure", "rejected")

    assert systemic is not None
    assert isolated is not None
    assert neither is not None
    assert (systemic.verdict, isolated.verdict, neither.verdict) == (
        Verdict.SYSTEMIC,
        Verdict.ISOLATED,
        Verdict.CHANCE,
    )
    assert systemic.everywhere.together == 24
    assert systemic.everywhere.expected < 24
    assert systemic.elsewhere.together == 18
    assert len(systemic.units) == 4
    assert isolated.everywhere.rate <= 0.1 < isolated.elsewhere.rate


def test_a_few_in_many_units_are_nobodys_own(actor: ActorNamed, long_ago: datetime) -> None:
    with seeding():
        background(long_ago)
        for slug in UNITS[:3]:
            reviewed(slug, "data-quality", "incomplete", long_ago)

    few = found(actor("coordinator"), long_ago, "data-quality", "incomplete")

    assert few is not None
    assert few.everywhere.rate <= 0.1
    assert few.verdict in (Verdict.SYSTEMIC, Verdict.UNSETTLED)


def test_only_what_may_be_read_is_counted(actor: ActorNamed, long_ago: datetime) -> None:
    with seeding():
        background(long_ago)
        for _ in range(6):
            reviewed("payments", "capacity", "exhausted", long_ago, audience=Audience.UNIT)
        draft = reviewed("payments", "capacity", "exhausted", long_ago)
        Postmortem.objects.filter(pk=draft.pk).update(status=PostmortemStatus.DRAFT, published_at=None)

    inside = found(actor("observer.payments"), long_ago, "capacity", "exhausted")
    outside = found(actor("outsider.logistics"), long_ago, "capacity", "exhausted")

    assert inside is not None
    assert outside is not None
    assert (inside.everywhere.together, outside.everywhere.together) == (10, 4)
    assert all(fact.key != draft.pk for fact in inside.reviews)


def test_a_units_own_word_counts_as_what_it_meant(actor: ActorNamed, long_ago: datetime) -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        own = Term.objects.create(kind=TermKind.CAUSE, unit=unit, key="own-word", name="Own word")
        for _ in range(3):
            review = reviewed("payments", "capacity", "exhausted", long_ago)
            Postmortem.objects.filter(pk=review.pk).update(cause=own)

    report = recurrence(
        actor("commander.payments"), since=long_ago - timedelta(days=1), until=long_ago + timedelta(days=1)
    )

    # It means none of the enterprise's, so it cannot be compared; that is said and not hidden.
    assert (report.reviews, report.termed, report.patterns) == (3, 0, ())


def test_a_change_is_told_where_chance_does_not_explain_it(actor: ActorNamed) -> None:
    months = whole_months(clock.now())
    with seeding():
        # Out of the year: without a cause they would be counted as not covered.
        Postmortem.objects.filter(occurred_at__gte=months[0]).update(occurred_at=months[0] - timedelta(days=1))
        for _ in range(2):
            reviewed("payments", "capacity", "exhausted", months[1] + timedelta(days=2))
        for _ in range(14):
            reviewed("payments", "capacity", "exhausted", months[9] + timedelta(days=2))
        reviewed("payments", "change-failure", "exhausted", months[9])
        reviewed("payments", "change-failure", "exhausted", months[12])

    [rising, steady] = trends(actor("observer.payments"), Dimension.CAUSE).found

    assert (rising.halves, rising.direction) == ((2, 14), Direction.RISING)
    assert rising.chance == pytest.approx(0.0042, abs=0.0001)
    # The month that is not over is not compared.
    assert (steady.halves, steady.direction) == ((0, 1), Direction.STEADY)


def test_what_was_agreed_is_counted_by_unit(actor: ActorNamed) -> None:
    today = clock.now().date()
    reader = actor("coordinator")
    with acting_as(reader):
        before = postmortems.completion_by_unit(reader)
    with seeding():
        review = reviewed("media", "capacity", "exhausted", clock.now() - timedelta(days=9))
        for status, done_at in (("open", None), ("done", clock.now() - timedelta(days=4)), ("dropped", None)):
            ActionItem.objects.create(
                postmortem=review,
                unit=review.unit,
                shared=True,
                title=status,
                status=ActionStatus(status),
                done_at=done_at,
                due_on=today - timedelta(days=3),
                outcome="x",
                created_at=review.opened_at,
            )

    with acting_as(reader):
        after = postmortems.completion_by_unit(reader)

    with seeding():
        key = BusinessUnit.objects.get(slug="media").pk
    none = postmortems.Completion(0, 0, 0, 0, 0)
    was, now = before.get(key, none), after[key]
    assert (now.due - was.due, now.in_time - was.in_time, now.open - was.open, now.dropped - was.dropped) == (
        2,
        1,
        1,
        1,
    )
    assert {other: each for other, each in after.items() if other != key} == {
        other: each for other, each in before.items() if other != key
    }


RESTS = "basis { definitionVersion taxonomyVersion knownAt counted covered coverage certainty leastCoverage refusal }"
OF_UNITS = "byUnit { unit { slug } counted covered coverage isBeneath }"


def test_below_the_stated_coverage_nothing_is_put_in_order(actor: ActorNamed, api: ApiOf, long_ago: datetime) -> None:
    with seeding():
        payments = BusinessUnit.objects.get(slug="payments")
        versions = MappingVersion.objects.filter(unit=payments).count()
        own = Term.objects.create(kind=TermKind.CAUSE, unit=payments, key="own-word", name="Own word")
        background(long_ago)
        for slug in UNITS:
            for _ in range(5):
                reviewed(slug, "capacity", "exhausted", long_ago)
        for _ in range(40):
            review = reviewed("payments", "capacity", "exhausted", long_ago)
            Postmortem.objects.filter(pk=review.pk).update(cause=own)
    client = api("coordinator")
    span = {"s": (long_ago - timedelta(days=1)).isoformat(), "u": (long_ago + timedelta(days=1)).isoformat()}

    def asked(**more: Any) -> dict[str, Any]:
        query = (
            "query ($s: DateTime!, $u: DateTime!, $l: Float! = 0.8, $k: DateTime) { recurrence(since: $s, until: $u,"
            f" leastCoverage: $l, knownAt: $k) {{ reviews termed patterns {{ verdict }} {RESTS} {OF_UNITS} }} }}"
        )
        found: dict[str, Any] = client.ask(query, **span, **more).data["recurrence"]
        return found

    usual, lower = asked(), asked(l=0.55)
    before = clock.now()
    actions.map_terms(
        actor=actor("admin.payments"),
        unit_id=payments.pk,
        meanings=[Meaning(own.pk, term_of("capacity"), TermRelation.OVERLAPPING, Decimal("0.5"))],
        since=long_ago - timedelta(days=1),
        reason="It was meant from the beginning",
        as_version=versions + 1,
    )
    mapped, as_it_was = asked(), asked(k=before.isoformat())
    refused = client.ask(
        "{ recurrence(leastCoverage: 0.4) { reviews } recurrenceTrends(dimension: CAUSE) { unnamed } }"
    )

    assert (usual["reviews"], usual["termed"]) == (96, 56)
    assert {each["verdict"] for each in usual["patterns"]} == {"UNCOMPARED"}
    assert usual["basis"]["refusal"].startswith("58 % of the reviews mean a global cause and failure mode; 80 % is")
    assert {each["unit"]["slug"] for each in usual["byUnit"] if each["isBeneath"]} == {"payments"}
    for found in (usual, lower, mapped):
        for name in ("counted", "covered"):
            assert sum(each[name] for each in found["byUnit"]) == found["basis"][name]
        assert found["basis"]["definitionVersion"] == VERSION
        assert found["basis"]["taxonomyVersion"]
    assert lower["basis"]["refusal"] == mapped["basis"]["refusal"] == ""
    assert "UNCOMPARED" not in {each["verdict"] for each in (*lower["patterns"], *mapped["patterns"])}
    assert (mapped["termed"], mapped["basis"]["coverage"]) == (96, 1.0)
    assert mapped["basis"]["certainty"] == pytest.approx((56 + 40 * 0.5) / 96)
    # What was known before can be had again: the later mapping changes nothing of it.
    assert {**as_it_was, "basis": {**as_it_was["basis"], "knownAt": ""}} == {
        **usual,
        "basis": {**usual["basis"], "knownAt": ""},
    }
    assert refused.codes == ["BAD_USER_INPUT"]


def test_trends_and_the_rest_say_what_they_rest_on_and_refuse_an_order(api: ApiOf, signed_in: SignedIn) -> None:
    months = whole_months(clock.now())
    with seeding():
        Postmortem.objects.filter(occurred_at__gte=months[0]).update(cause=None, failure_mode=None, service=None)
        for _ in range(2):
            reviewed("payments", "capacity", "exhausted", months[1] + timedelta(days=2))
        for _ in range(14):
            reviewed("payments", "capacity", "exhausted", months[9] + timedelta(days=2))
        unmapped = Postmortem.objects.filter(cause=None, occurred_at__gte=months[0], occurred_at__lt=months[-1]).count()
    client = api("coordinator")

    found = client.ask(
        f"{{ recurrenceTrends(dimension: CAUSE) {{ unnamed trends {{ counts direction }} {RESTS} {OF_UNITS} }}"
        f" capacityOutlook {{ {RESTS} }} runbookCoverage {{ reviews {RESTS} }} actionItemCompletion {{ due {RESTS} }}"
        " completionByUnit { due definitionVersion basis { unit { slug } counted covered coverage isBeneath } } }"
    ).data
    pages = {path: text(signed_in("coordinator").get(f"/{path}")) for path in ("recurrence/", "recurrence/trends")}

    trend = found["recurrenceTrends"]
    assert trend["basis"]["refusal"]
    assert (trend["unnamed"], trend["basis"]["covered"]) == (unmapped, trend["basis"]["counted"] - unmapped)
    assert {each["direction"] for each in trend["trends"]} == {"STEADY"}
    assert sum(each["counted"] for each in trend["byUnit"]) == trend["basis"]["counted"]
    assert found["runbookCoverage"][0]["basis"]["refusal"]
    # The units add up to the whole.
    units, whole = found["completionByUnit"], found["actionItemCompletion"]
    assert sum(each["due"] for each in units) == whole["due"] > 0
    assert sum(each["basis"]["counted"] for each in units) == whole["basis"]["counted"]
    assert {each["definitionVersion"] for each in units} == {whole["basis"]["definitionVersion"]} == {VERSION}
    for page in pages.values():
        assert "What it rests on" in page
        assert "80 % is the least for an order" in page
        assert f"Definitions, version {VERSION}" in page
    assert "in no order" in pages["recurrence/trends"]


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_pages_show_the_evidence(signed_in: SignedIn) -> None:
    client = signed_in("coordinator")

    patterns, year = text(client.get("/recurrence/")), text(client.get("/recurrence/?days=365&unit=payments"))
    changes = text(client.get("/recurrence/trends?unit=payments"))

    for shown in ("Fisher", "Systemic", "With cause and failure mode"):
        assert shown in patterns
    assert "Fisher" in year
    for shown in ("By cause", "By failure mode", "By service", "exact binomial test", "What was agreed, by unit"):
        assert shown in changes


def test_they_are_read_through_the_api(api: ApiOf) -> None:
    client = api("coordinator")
    with seeding():
        unit = global_id("BusinessUnit", BusinessUnit.objects.get(slug="payments"))

    found = client.ask(
        "query ($u: [ID!]) { recurrence(unitIds: $u) { reviews termed patterns { verdict likeness cause { key }"
        " failureMode { key } everywhere { together expected chance falseDiscoveryRate } elsewhere { together }"
        " units { slug } reviews { postmortemId reference unit { slug } } } }"
        " recurrenceTrends(dimension: SERVICE) { months trends { counts direction chance service { slug } } unnamed }"
        " completionByUnit { unit { slug } due rate } }",
        u=[unit],
    ).data
    refused = client.ask('{ recurrence(since: "2026-02-01T00:00:00Z", until: "2026-01-01T00:00:00Z") { reviews } }')

    assert found["recurrence"]["patterns"]
    for pattern in found["recurrence"]["patterns"]:
        assert pattern["everywhere"]["together"] == len(pattern["reviews"]) >= 2
        assert [each["slug"] for each in pattern["units"]] == ["payments"]
        assert pattern["verdict"] != "SYSTEMIC"
    assert len(found["recurrenceTrends"]["months"]) == 12
    assert all(len(each["counts"]) == 12 for each in found["recurrenceTrends"]["trends"])
    assert {each["unit"]["slug"] for each in found["completionByUnit"]}
    assert refused.codes == ["BAD_USER_INPUT"]
