"""The keys of alert sources: what they look like and how they are kept."""

from __future__ import annotations

import hashlib
import secrets
import string
from typing import Final

ALPHABET: Final = string.ascii_letters + string.digits
LENGTH: Final = 32
"""The length that senders of PagerDuty's Events API expect; 32 of 62 characters are 190 random bits."""


def new_key() -> str:
    """A fresh key."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def digest(key: str) -> bytes:
    """What is stored. A plain hash is enough: the key itself is long and random."""
    return hashlib.sha256(key.encode()).digest()


def is_well_formed(key: str) -> bool:
    """Whether it could be a key at all, so that anything else is refused without asking the database."""
    return len(key) == LENGTH and key.isascii() and key.isalnum()
