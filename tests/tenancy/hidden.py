"""What is hidden: its words, which nothing else has, and how it is kept account of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from django.db.models import Model

from tenants.models import Person

RowT = TypeVar("RowT", bound=Model)

CANARY = "zqxcanary"
"""Begins every hidden word. Nothing of the demonstration contains it."""


@dataclass
class Hidden:
    """What was hidden, and the references that somebody might try.

    Attributes:
        ids: by the names of GraphQL's types.
        rows: ids as well, by the labels of models, for what is asked in another way.
    """

    ids: dict[str, list[int]] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)

    def note(self, type_name: str, row: RowT) -> RowT:
        """Keep account of a row that GraphQL has as a node of this type."""
        self.ids.setdefault(type_name, []).append(row.pk)
        return self.keep(row)

    def keep(self, row: RowT) -> RowT:
        """Keep account of a row that is no node."""
        self.rows.setdefault(row._meta.label_lower, []).append(row.pk)
        return row


def word(random: Random) -> str:
    """A word that only what is hidden has."""
    return f"{CANARY}{random.randrange(10**6)}"


def somebody(random: Random) -> Person:
    """One of the demonstration's people."""
    return random.choice(list(Person.objects.filter(is_service=False, is_active=True).order_by("pk")[:40]))


def secret(name: str) -> bytes:
    """What the hub keeps of a secret that has this name in every world."""
    return hashlib.sha256(f"world {name}".encode()).digest()
