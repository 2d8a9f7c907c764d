"""What the frame ships stays small, and no page breaks the content security policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hub.web

WEB = Path(hub.web.__file__).parent
REPOSITORY = WEB.parents[1]
TEMPLATES = sorted(
    path
    for area in ("hub", "knowledge", "tenants")
    for path in (REPOSITORY / area).rglob("templates/**/*.html")
    # E-mail programs know no stylesheets.
    if "delivery" not in path.parts
)
FOR_THE_DISK = {REPOSITORY / "hub/escalation/templates/escalation/call_list_file.html"}
"""Served by nobody: a file that is read where the hub's stylesheets are not."""
KIB = 1024


def without_comments_and_layout(source: str) -> str:
    """As a minifier would leave it: the budget is for what a browser reads, not for indentation."""
    bare = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    bare = re.sub(r"\s+", " ", bare)
    return re.sub(r" ?([{};,>]) ?|(?<=:) ", r"\1", bare)


def without_template_tags(source: str) -> str:
    """What may reach a browser: `{% if one == two %}` holds no attribute."""
    return re.sub(r"{%.*?%}", "", source)


def test_the_stylesheets_are_below_30_kib() -> None:
    sizes = {path.name: len(without_comments_and_layout(path.read_text())) for path in WEB.glob("static/web/css/*.css")}

    assert sum(sizes.values()) < 30 * KIB, sizes


def test_the_scripts_are_below_40_kib() -> None:
    sizes = {path.name: path.stat().st_size for path in WEB.glob("static/web/js/*.js")}

    assert sum(sizes.values()) < 40 * KIB, sizes


def test_every_stylesheet_is_linked() -> None:
    head = (WEB / "templates/web/parts/head.html").read_text()

    assert set(re.findall(r"web/css/(\w+\.css)", head)) == {path.name for path in WEB.glob("static/web/css/*.css")}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_template_has_no_inline_style_or_script(template: Path) -> None:
    source = template.read_text()

    assert not re.search(r"<[^>]+\sstyle\s*=", source), "a style attribute: use a class"
    assert not re.search(r"<[^>]+\son\w+\s*=", without_template_tags(source)), (
        "an event attribute: use a data- attribute and a module"
    )
    if template not in FOR_THE_DISK:
        assert not re.search(r"<style(?![^>]*nonce)", source), "a style element without a nonce"
    assert not re.search(r"javascript:", source), "a javascript: address"
    for tag in re.findall(r"<script[^>]*>", source):
        assert "src=" in tag or "application/json" in tag or "nonce=" in tag, f"an inline script: {tag}"
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", source), "an address outside the hub"
