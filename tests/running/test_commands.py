"""The hub's commands where there is no database: one sentence, and no trace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "words",
    [
        ["token", "coordinator"],
        ["source", "payments", "alertmanager", "Prometheus"],
        ["administrator", "ada"],
        ["import_postmortems", ".", "--unit", "payments"],
        ["reindex"],
        ["compiled", "--query", "{ viewer { username } }", "--person", "coordinator"],
    ],
)
def test_without_a_database_a_command_says_so(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.settings["default"], "HOST", str(tmp_path))

    with ThreadPoolExecutor(1) as other, pytest.raises(CommandError, match="database does not answer"):
        # Another thread connects anew, and finds no server there.
        other.submit(call_command, *words).result()
