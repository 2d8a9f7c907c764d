"""Bearer tokens: what they look like, how they are hashed, and whose they are."""

from __future__ import annotations

import hashlib
import secrets
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


def person_of(token: str) -> int | None:
    """The id of the active person whose unexpired, unrevoked token this is, by one indexed look-up."""
    if not token.startswith(PREFIX) or len(token) > 200:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.person_of_token(%s)", [digest(token)])
        row: tuple[int | None] = cursor.fetchone()
        return row[0]
