"""Bearer tokens: what they look like, how they are hashed, and whose they are."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from django.db import connection

PREFIX: Final = "hub_"
HINT_LENGTH: Final = 12


def new_token() -> str:
    """A fresh token of 256 random bits, recognisable by its prefix to secret scanners."""
    return PREFIX + secrets.token_urlsafe(32)


def hint(token: str) -> str:
    """What is kept of the token in the clear, to tell tokens apart."""
    return token[:HINT_LENGTH]


def digest(token: str) -> bytes:
    """What is stored. A plain hash is enough: the token itself is long and random."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True)
class Opened:
    """What a token opens: its person's door, and of that only what the key opens, where it is narrower."""

    person_id: int
    key_id: int | None


def opened_by(token: str) -> Opened | None:
    """What an unexpired, unrevoked token of an active person opens, by one indexed look-up; None for any other."""
    if not token.startswith(PREFIX) or len(token) > 200:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_id, key_id FROM app.opened_by(%s)", [digest(token)])
        row: tuple[int, int | None] | None = cursor.fetchone()
        return Opened(*row) if row else None
