"""Keys for rows whose existence must not show in the keys of others."""

from __future__ import annotations

import secrets
from typing import Final

_LOWEST: Final = 2**52


def hidden_key() -> int:
    """A key at random, from a range that no sequence reaches: a sequence's next number would leave a gap that tells."""
    return _LOWEST + secrets.randbelow(2**51)


def key_for(*, restricted: bool) -> int | None:
    """A hidden key for a row of a restricted incident; None, which leaves it to the table's sequence, for any other."""
    return hidden_key() if restricted else None
