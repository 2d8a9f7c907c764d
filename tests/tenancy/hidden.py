"""What is hidden: its words, which nothing else has, and how it is kept account of."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tenants.models import Person

CANARY = "zqxcanary"
"""Begins every hidden word. Nothing of the demonstration contains it."""


@dataclass
class Hidden:
    """What was hidden: ids by the names of GraphQL's types, and the references that somebody might try."""

    ids: dict[str, list[int]] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)

    def note(self, type_name: str, row: Any) -> None:
        self.ids.setdefault(type_name, []).append(row.pk)


def word(random: Random) -> str:
    """A word that only what is hidden has."""
    return f"{CANARY}{random.randrange(10**6)}"


def somebody(random: Random) -> Person:
    """One of the demonstration's people."""
    return random.choice(list(Person.objects.filter(is_service=False, is_active=True).order_by("pk")[:40]))
