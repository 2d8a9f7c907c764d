"""Bearer tokens: what they look like, how they are hashed, and whose they are."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection

from hub.lib.errors import Invalid

PREFIX: Final = "hub_"
HINT_LENGTH: Final = 12
MOST_DOCUMENTS: Final = 100
LONGEST: Final = 200

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def new_token() -> str:
    """A fresh token of 256 random bits, recognisable by its prefix to secret scanners."""
    return PREFIX + secrets.token_urlsafe(32)


def hint(token: str) -> str:
    """What is kept of the token in the clear, to tell tokens apart."""
    return token[:HINT_LENGTH]


def digest(token: str) -> bytes:
    """What is stored. A plain hash is enough: the token itself is long and random."""
    return hashlib.sha256(token.encode()).digest()


def digest_of(token: str) -> bytes | None:
    """The digest of what looks like a token, or None for anything else."""
    return digest(token) if token.startswith(PREFIX) and len(token) <= LONGEST else None


@dataclass(frozen=True)
class Opened:
    """What a token opens: its person's door, and of that only what the key opens, where it is narrower.

    Attributes:
        documents: the only GraphQL documents that it may be used for, by their SHA-256; None for anything.
    """

    person_id: int
    key_id: int | None
    documents: frozenset[str] | None = None


def opened_by(token: str) -> Opened | None:
    """What an unexpired, unrevoked token of an active person opens, by one indexed look-up; None for any other."""
    digested = digest_of(token)
    if digested is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_id, key_id, documents FROM app.opened_by(%s)", [digested])
        row: tuple[int, int | None, list[str] | None] | None = cursor.fetchone()
        return Opened(row[0], row[1], None if row[2] is None else frozenset(row[2])) if row else None


def checked_documents(documents: Iterable[str] | None) -> list[str] | None:
    """Digests of documents, each once and in order, for a token that is bound to them. Raises `Invalid`."""
    if documents is None:
        return None
    found = sorted({each.strip().lower().removeprefix("sha256:") for each in documents})
    if not 1 <= len(found) <= MOST_DOCUMENTS or not all(_DIGEST.fullmatch(each) for each in found):
        raise Invalid(
            f"A token is bound to 1 to {MOST_DOCUMENTS} documents, each by its SHA-256 in hexadecimal.",
            path=["documents"],
        )
    return found
