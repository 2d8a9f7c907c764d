"""How many of the queries that pages, examples, tests and benchmarks ask are compiled to one statement.

python -m tests.bench coverage
"""

from __future__ import annotations

import io
import re

from django.core.management import CommandError, call_command

from tests.bench.harness import Line
from tests.bench.peer import Missing
from tests.database import Server


def measure(server: Server) -> list[Line]:
    """The share of the queries that compile; `manage.py compiled` lists the others with their reasons."""
    said = io.StringIO()
    try:
        call_command("compiled", stdout=said)
    except CommandError as error:
        raise Missing(str(error)) from None
    found = re.search(r"(\d+) of (\d+) queries", said.getvalue())
    if found is None:
        raise Missing("manage.py compiled says no figure")
    compiled, all_of_them = int(found[1]), int(found[2])
    share = compiled / all_of_them
    return [
        Line("queries of pages, examples and tests", all_of_them, "queries"),
        Line("of these compiled", compiled, "queries", share, "at least 0.9"),
    ]
