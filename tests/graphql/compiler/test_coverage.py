"""Most of the queries that are written down are compiled, and the command says which are not, and why."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("compiled", *arguments, stdout=out)
    return out.getvalue()


def test_most_queries_are_compiled_and_the_rest_has_its_reason() -> None:
    out = StringIO()
    with pytest.raises(CommandError, match=r"Fewer than 99\.9 %"):  # and what there is, is listed all the same
        call_command("compiled", "--all", "--least", "99.9", stdout=out)

    listed = out.getvalue()
    assert re.search(r"^README\.md:\d+: compiled$", listed, re.MULTILINE)
    assert "Query.searchKnowledge has a resolver" in listed
    assert "the compiler failed" not in listed
    share = re.search(r"queries are compiled: ([\d.]+) %", listed)
    assert share
    assert float(share[1]) >= 90


def test_a_query_is_explained_as_somebody() -> None:
    shown = told("--query", "{ incidents(first: 3) { edges { node { title } } } }", "--person", "coordinator")

    assert shown.startswith("SELECT concat('{\"incidents\":'")
    assert "Execution Time" in shown


def test_what_is_not_compiled_or_no_query_says_so() -> None:
    with pytest.raises(CommandError, match=r"Not compiled: Query\.searchKnowledge has a resolver"):
        told("--query", '{ searchKnowledge(query: "x") { totalCount } }')
    with pytest.raises(CommandError, match="Cannot query field"):
        told("--query", "{ nothing }")
