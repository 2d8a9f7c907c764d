"""Drafting never fails, however odd the timeline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.incidents.models import EntryKind
from knowledge.postmortems import drafting
from knowledge.postmortems.drafting import Entry, Facts
from knowledge.postmortems.models import Section

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001
texts = st.one_of(
    st.text(max_size=50), st.text(max_size=4000), st.sampled_from(["", " \n\t", "|\n|---|", "\x07", "]("])
)
entries = st.builds(
    Entry, at=times, kind=st.sampled_from(EntryKind.values), body=texts, rationale=texts, author=st.text(max_size=20)
)
stages = st.none() | times
incidents = st.builds(
    Facts,
    title=texts,
    summary=texts,
    severity=st.just("SEV2 High"),
    service=st.text(max_size=20),
    declared_at=times,
    acknowledged_at=stages,
    mitigated_at=stages,
    resolved_at=stages,
)


@given(incidents, st.lists(entries, max_size=30))
def test_any_timeline_gives_texts_and_moments_that_fit(facts: Facts, told: list[Entry]) -> None:
    written = drafting.sections(facts, told)
    moments = drafting.moments(told)

    assert all(text == text.strip() and text for text in written.values())
    assert all(0 < len(moment.text) <= drafting.LONGEST_MOMENT and "\n" not in moment.text for moment in moments)
    assert len(moments) <= drafting.MOST_MOMENTS
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    assert all(minutes is None or minutes >= 0 for minutes in vars(drafting.figures(facts)).values())


def test_a_long_timeline_keeps_what_tells_most() -> None:
    notes = [Entry(at=NOON + timedelta(minutes=i), kind="note", body=f"Note {i}") for i in range(300)]
    decision = Entry(at=NOON + timedelta(days=1), kind="decision", body="Fail over", rationale="Fastest")

    moments = drafting.moments([*notes, decision])

    assert len(moments) == drafting.MOST_MOMENTS
    assert moments[-1].text == "Fail over (Fastest)"


def test_of_many_alerts_the_first_is_told() -> None:
    alerts = [Entry(at=NOON + timedelta(minutes=i), kind="alert", body=f"Alert {i}") for i in range(20)]

    assert [moment.text for moment in drafting.moments(alerts)] == ["Alert 0"]


def test_detection_quotes_the_first_alert() -> None:
    told = [
        Entry(at=NOON + timedelta(minutes=3), kind="alert", body="p95 at 9.8 s"),
        Entry(at=NOON, kind="note", body="Slow?", author="Luca Marino"),
    ]
    facts = Facts(
        title="Slow",
        summary="",
        severity="SEV2 High",
        service="",
        declared_at=NOON,
        acknowledged_at=None,
        mitigated_at=None,
        resolved_at=None,
    )

    assert drafting.sections(facts, told)[Section.DETECTION] == (
        "The first alert was kept at 12:03 UTC: “p95 at 9.8 s”."
    )
    assert drafting.sections(facts, told[1:])[Section.DETECTION] == (
        "No alert is on record. The first entry was written at 12:00 UTC by Luca Marino: “Slow?”."
    )
