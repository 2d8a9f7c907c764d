"""How forms of pages are read."""

from __future__ import annotations

from django.http import QueryDict

from hub.lib.numbers import whole_number
from hub.lib.unchanged import UNCHANGED, Unchanged


def chosen_key(said: QueryDict, name: str) -> int | Unchanged | None:
    """The key that was chosen; None for "none", and no change where the form does not ask."""
    return whole_number(said.get(name, "")) if name in said else UNCHANGED
