"""The secrets in calendar addresses: what they look like, how they are kept, and whose they are."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from django.db import connection

LENGTH: Final = 43
HINT_LENGTH: Final = 6


def new_key() -> str:
    """A fresh secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(key: str) -> bytes:
    """What is stored. A plain hash is enough: the secret itself is long and random."""
    return hashlib.sha256(key.encode()).digest()


def calendar_of(key: str) -> tuple[int, int | None] | None:
    """The owner of a calendar link in use, and its schedule if it is not the owner's own shifts."""
    if len(key) != LENGTH or not key.isascii():
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT owner_id, schedule_id FROM app.calendar_of_key(%s)", [digest(key)])
        row: tuple[int, int | None] | None = cursor.fetchone()
        return row
