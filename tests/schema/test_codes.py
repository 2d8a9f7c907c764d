"""The table of codes: what clients are told is what the hub says."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hub.graphql import cost, limits
from hub.lib.api.codes import CODES
from tests.database import ROOT

PAGE = (ROOT / "deploy" / "api.md").read_text()


def test_the_page_lists_every_code() -> None:
    for name, code in CODES.items():
        figures = ", ".join(f"`{each}`" for each in code.figures)
        assert f"| `{name}` | {code.status} | {code.meaning} | {figures} |" in PAGE, name


def test_the_page_knows_the_limits() -> None:
    for code, figure in (
        ("TOO_MANY_TOKENS", limits.MOST_TOKENS),
        ("TOO_DEEP", limits.DEEPEST),
        ("TOO_BROAD", limits.BROADEST),
        ("TOO_MANY_FIELDS", limits.MOST_FIELDS),
        ("TOO_MANY_ALIASES", limits.MOST_ALIASES),
        ("TOO_MANY_DIRECTIVES", limits.MOST_DIRECTIVES),
    ):
        assert f"| `{code}` | {figure:,} " in PAGE
    assert f"| `TOO_COSTLY` | a cost of {cost.MOST:,} |" in PAGE


def refusals() -> Iterator[str]:
    """The codes with which the code refuses, where they stand in it as words."""
    for path in (ROOT / "hub").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if isinstance(node, ast.Call) and name in ("refused", "NotARequest") and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value


def test_what_refuses_has_its_code_in_the_table() -> None:
    found = set(refusals())

    assert len(found) > 10
    assert found <= set(CODES)
