"""Template tags draw what they are given, safely, and refuse what they cannot draw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template
from lucide import IconDoesNotExist

from hub.lib import clock
from hub.web.components import Chart, Filter, HeatMap, Series, Trend, Version

NOW = datetime(2026, 11, 22, 2, 48, tzinfo=UTC)


def draw(markup: str, **context: Any) -> str:
    with clock.at(NOW):
        return str(Template("{% load hub %}" + markup).render(Context(context)))


@pytest.mark.parametrize(("value", "rank"), [(1, 1), ("sev2", 2), ("SEV-3", 3), ("4", 4), (9, 5)])
def test_a_severity_has_a_shape_a_word_and_a_rank(value: int | str, rank: int) -> None:
    drawn = draw("{% severity value %}", value=value)

    assert f'data-sev="{rank}"' in drawn
    assert "<svg" in drawn
    assert f"<b>SEV{rank}</b>" in drawn


def test_every_severity_has_a_shape_of_its_own() -> None:
    shapes = {draw("{% severity rank %}", rank=rank).split("</svg>")[0].split("<svg")[1] for rank in range(1, 6)}

    assert len(shapes) == 5


def test_a_severity_takes_the_units_own_word_and_escapes_it() -> None:
    drawn = draw("{% severity 1 label pill=True %}", label="<b>Critical")

    assert 'class="sev pill"' in drawn
    assert "&lt;b&gt;Critical" in drawn


def test_a_severity_that_is_not_set_says_so() -> None:
    drawn = draw("{% severity None %}")

    assert 'data-sev="none"' in drawn
    assert "not set yet" in drawn


def test_a_status_has_a_shape_and_a_word() -> None:
    assert ">Acknowledged</span>" in draw("{% status 'ACKNOWLEDGED' %}")
    assert ">Under control</span>" in draw("{% status 'mitigated' 'Under control' %}")
    assert "&lt;i&gt;" in draw("{% status value %}", value="<i>")


def test_a_moment_is_machine_readable_and_states_its_zone() -> None:
    drawn = draw("{% when moment %}", moment=NOW - timedelta(minutes=4))

    assert 'datetime="2026-11-22T02:44:00Z"' in drawn
    assert 'title="22 Nov 2026, 02:44 UTC"' in drawn
    assert 'data-when="ago"' in drawn
    assert ">4 min</time>" in drawn


def test_a_moment_in_records_does_not_tick() -> None:
    drawn = draw("{% when moment 'full' %}", moment=NOW)

    assert "data-when" not in drawn
    assert ">22 Nov 2026, 02:48 UTC</time>" in drawn


def test_what_is_overdue_is_marked_late() -> None:
    assert "data-late" in draw("{% when moment 'due' %}", moment=NOW - timedelta(minutes=3))
    assert "data-late" not in draw("{% when moment 'due' %}", moment=NOW + timedelta(minutes=3))


def test_no_moment_is_a_dash_or_a_word() -> None:
    assert draw("{% when None %}") == "–"
    assert draw("{% when None empty='never' %}") == "never"


def test_a_duration_that_is_unknown_says_no_data() -> None:
    assert draw("{% duration value %}", value=timedelta(minutes=84)) == "1 h 24 min"
    assert 'title="no data"' in draw("{% duration None %}")


def test_a_person_is_initials_and_a_name() -> None:
    drawn = draw("{% person 'Amara Okafor' %}")

    assert ">AO</span>" in drawn
    assert ">Amara Okafor</span>" in drawn


def test_a_compact_person_keeps_the_name_for_screen_readers() -> None:
    drawn = draw("{% person 'Amara Okafor' compact=True %}")

    assert '<span class="sr">Amara Okafor</span>' in drawn
    assert 'title="Amara Okafor"' in drawn


def test_nobody_is_named_as_such() -> None:
    assert "No commander" in draw("{% person None empty='No commander' %}")
    assert "is-empty" in draw("{% person '' %}")


def test_a_sparkline_leaves_gaps_and_says_what_it_shows() -> None:
    drawn = draw("{% sparkline values 'Incidents a week' %}", values=[1, 3, None, 2, 4])

    assert drawn.count("M") == 2
    assert 'aria-label="Incidents a week"' in drawn


@pytest.mark.parametrize("values", [[], [3], [None, None], [None, 3]])
def test_a_sparkline_of_too_little_says_so(values: list[float | None]) -> None:
    assert "too little data" in draw("{% sparkline values 'Incidents' %}", values=values)


def test_a_level_sparkline_runs_through_the_middle() -> None:
    assert "12.0" in draw("{% sparkline values 'Incidents' %}", values=[5, 5, 5])


def test_a_snippet_keeps_marks_and_escapes_the_rest() -> None:
    drawn = draw("{% snippet text %}", text='<mark>chain</mark> <script src="x"> & <mark onclick=1>')

    assert drawn == "<mark>chain</mark> &lt;script src=&quot;x&quot;&gt; &amp; &lt;mark onclick=1&gt;"


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in draw("{% icon 'bell' %}")
    assert '<span class="sr">Muted</span>' in draw("{% icon 'bell-off' label='Muted' %}")


def test_an_unknown_icon_is_refused() -> None:
    with pytest.raises(IconDoesNotExist):
        draw("{% icon 'no-such-icon' %}")


class Declaration(forms.Form):
    title = forms.CharField(help_text="What is broken, for whom.")
    is_restricted = forms.BooleanField(required=False)


def test_a_field_ties_its_label_help_and_errors_together() -> None:
    drawn = draw("{% field form.title hint='required' %}", form=Declaration({"title": ""}))

    assert '<label for="id_title">' in drawn
    assert 'aria-describedby="id_title_helptext id_title_error"' in drawn
    assert 'id="id_title_helptext"' in drawn
    assert 'id="id_title_error"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert "required" in drawn


def test_a_checkbox_stands_before_its_label() -> None:
    drawn = draw("{% field form.is_restricted %}", form=Declaration())

    assert drawn.index("<input") < drawn.index("<label")


def test_a_dialog_wraps_its_content_and_names_itself() -> None:
    drawn = draw("{% dialog 'resolve' 'Resolve PAY-1' %}<p>{{ text }}</p>{% enddialog %}", text="<due>")

    assert '<dialog id="resolve" aria-labelledby="resolve-title">' in drawn
    assert "<p>&lt;due&gt;</p>" in drawn


def test_an_empty_list_says_what_belongs_there() -> None:
    drawn = draw("{% empty title='No tasks' icon='list-checks' %}<p>Write /task.</p>{% endempty %}")

    assert "No tasks" in drawn
    assert "<p>Write /task.</p>" in drawn


def test_an_entry_shows_who_when_and_what() -> None:
    drawn = draw(
        "{% entry kind='decision' author='Jonas Weber' at=at id='entry-7' %}<p>Fail over.</p>{% endentry %}",
        at=NOW - timedelta(minutes=4),
    )

    assert 'id="entry-7" data-kind="decision"' in drawn
    assert "Jonas Weber" in drawn
    assert "decided" in drawn
    assert ">4 min</time>" in drawn
    assert "<p>Fail over.</p>" in drawn


def test_an_entry_of_the_hub_can_be_folded() -> None:
    drawn = draw("{% entry kind='alert' at=at id='entry-6' folded='14 alerts' %}<p>…</p>{% endentry %}", at=NOW)

    assert "<b>Hub</b>" in drawn
    assert "<summary>14 alerts</summary>" in drawn


def test_an_edited_entry_shows_its_former_texts() -> None:
    versions = [Version(text="Rolled back <4.18>", at=NOW, by="Luca Marino")]

    drawn = draw(
        "{% entry kind='note' at=at id='entry-5' versions=versions %}x{% endentry %}", at=NOW, versions=versions
    )

    assert "Edited 1 time<" in drawn
    assert "Rolled back &lt;4.18&gt;" in drawn
    assert "Luca Marino" in drawn


def test_a_heat_map_shades_by_share_of_the_highest() -> None:
    heat = HeatMap.from_counts(caption="Incidents", columns=["W1", "W2", "W3"], rows={"Payments": [0, 1, 10]})

    assert [cell.level for cell in heat.rows[0][1]] == [0, 1, 5]
    assert 'title="Payments, W3: 10 incidents"' in draw("{% heat_map heat %}", heat=heat)


def test_a_heat_map_tells_no_data_from_none() -> None:
    heat = HeatMap.from_counts(caption="Incidents", columns=["W1", "W2"], rows={"Health": [None, 0]})

    assert [cell.label for cell in heat.rows[0][1]] == ["Health, W1: no data", "Health, W2: 0 incidents"]
    assert [cell.level for cell in heat.rows[0][1]] == [0, 0]


def test_a_heat_map_needs_a_count_for_each_column() -> None:
    with pytest.raises(ValueError, match="shorter"):
        HeatMap.from_counts(caption="Incidents", columns=["W1", "W2"], rows={"Health": [1]})


def test_a_chart_stands_beside_its_figures() -> None:
    chart = Chart(
        kind="line",
        summary="Falling.",
        unit="min",
        labels=("Oct", "Nov"),
        series=(Series(name="Retail", values=(90, None)),),
    )

    drawn = draw("{% chart 'plot' 'Median' chart %}", chart=chart)

    assert 'aria-label="Falling."' in drawn
    assert '<script type="application/json">' in drawn
    assert '<th scope="row">Oct</th><td class="num">90</td>' in drawn
    assert '<td class="num">–</td>' in drawn


def test_a_trend_says_more_or_less() -> None:
    assert Trend(direction="down", change="4 min").amount == "4 min less"
    assert Trend(direction="up", change="12%").amount == "12% more"
    assert Trend(direction="flat", change="").amount == "Unchanged"


SEVERITIES = [("sev1", "SEV1"), ("sev2", "SEV2"), ("sev3", "SEV3")]


def test_a_filter_lives_in_the_address() -> None:
    query = QueryDict("severity=sev1&q=card&page=3")

    severity = Filter.from_query(query, name="severity", label="Severity", options=SEVERITIES, counts={"sev1": 2})

    assert [choice.selected for choice in severity.choices] == [True, False, False]
    assert severity.choices[0].url == "?q=card"
    assert severity.choices[1].url == "?severity=sev1&severity=sev2&q=card"
    assert severity.clear_url == "?q=card"
    assert [choice.count for choice in severity.choices] == [2, None, None]


def test_a_single_filter_replaces_its_value() -> None:
    severity = Filter.from_query(
        QueryDict("severity=sev1"), name="severity", label="Severity", options=SEVERITIES, single=True
    )

    assert severity.choices[1].url == "?severity=sev2"


def test_a_filter_names_few_choices_and_counts_many() -> None:
    def summary(query: str) -> str:
        return Filter.from_query(QueryDict(query), name="severity", label="Severity", options=SEVERITIES).summary

    assert summary("severity=sev1&severity=sev2") == "SEV1, SEV2"
    assert summary("severity=sev1&severity=sev2&severity=sev3") == "3 chosen"
    assert summary("severity=unknown") == ""
