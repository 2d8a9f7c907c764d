"""Markdown to HTML that is safe to show."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.postmortems.prose import TAGS, render


def test_tables_code_and_lists_come_out() -> None:
    html = render("| Layer | Tries |\n|---|--:|\n| mesh | 3 |\n\n```sql\nSELECT 1 < 2\n```\n\n- one\n- ~~two~~\n")

    assert '<th class="num">Tries</th>' in html
    assert "<code>SELECT 1 &lt; 2\n</code>" in html
    assert "<li><s>two</s></li>" in html


def test_headings_start_below_the_section() -> None:
    assert render("# Why\n\n###### Deep") == "<h3>Why</h3>\n<h6>Deep</h6>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](data:text/html,<script>alert(1)</script>)",
        "![x](https://elsewhere.example/pixel.png)",
        '<a href="https://x.example" style="position:fixed">x</a>',
        "<iframe src=https://x.example></iframe>",
        "<svg/onload=alert(1)>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(text: str) -> None:
    html = render(text)

    assert not re.search(r"<(script|img|iframe|svg)|<[^>]+\s(style|on\w+)=", html, re.IGNORECASE)
    assert not re.search(r"href=.(javascript|data):", html, re.IGNORECASE)


def test_links_lead_out_without_telling_from_where() -> None:
    assert render("[the run](https://example.org/1)") == (
        '<p><a href="https://example.org/1" rel="nofollow noopener noreferrer">the run</a></p>\n'
    )


@given(st.text())
def test_any_text_becomes_admitted_tags_alone(text: str) -> None:
    assert set(re.findall(r"<([a-z0-9]+)", render(text))) <= TAGS
