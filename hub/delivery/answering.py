"""Links in messages with which their readers say that they have it, without signing in: signed, and for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.core import signing
from django.urls import reverse

LASTS: Final = timedelta(hours=24)
_SALT: Final = "hub.delivery.answering"


def path_of(key: UUID, person_id: int) -> str:
    """The path in the hub at which the person acknowledges the message with this key."""
    return reverse("acknowledge-by-link", args=[signing.dumps([key.hex, person_id], salt=_SALT)])


def read(token: str) -> tuple[UUID, int] | None:
    """The key of the message and the person that a link is for; None for one that is forged, broken or too old."""
    try:
        key, person_id = signing.loads(token, salt=_SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    return UUID(hex=key), person_id
