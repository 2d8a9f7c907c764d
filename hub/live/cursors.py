"""Where a reader has got to: opaque, encrypted and authenticated, so that it tells nothing and cannot be made up.

A cursor holds the id of the last event that its reader has passed, seen or not, and a fingerprint of the rights with
which it was given out. How many events lie between two cursors cannot be told from them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from hub.lib.errors import HubError


class InvalidCursor(HubError):
    """The cursor is not one of this hub's, or older than the events that are kept: start without one."""

    code = "INVALID_CURSOR"
    status = 400


@dataclass(frozen=True)
class Cursor:
    """The last event passed, by id, and the fingerprint of the reader's rights then."""

    event_id: int
    rights: str


@lru_cache(maxsize=4_096)
def encode(cursor: Cursor) -> str:
    """The cursor as clients keep it. Readers with equal rights share it, and so it is made once for all of them."""
    plain = json.dumps([cursor.event_id, cursor.rights], separators=(",", ":")).encode()
    return _key().encrypt(plain).decode()


def decode(text: str) -> Cursor:
    """The cursor in a client's text. Raises `InvalidCursor`."""
    try:
        event_id, rights = json.loads(_key().decrypt(text.encode()))
    except (InvalidToken, ValueError, TypeError):
        raise InvalidCursor("This cursor is not one of this hub's. Start without one.", path=["after"]) from None
    return Cursor(int(event_id), str(rights))


@lru_cache(maxsize=1)
def _key() -> Fernet:
    return Fernet(settings.CURSOR_KEY)
