"""Codes with which people say that they were reached: nine digits, as they are said on a phone, of one call or one
probe each.

A code is good for a day. There are a thousand million of them, and after thirty wrong ones whoever gave them waits for
ten minutes: with a thousand calls open, somebody who guesses all day is right once in two hundred days.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection
from django.utils.crypto import salted_hmac

from hub.lib import clock

LASTS: Final = timedelta(hours=24)
MOST_WRONG: Final = 30
WITHIN: Final = timedelta(minutes=10)
LENGTH: Final = 9
_SALT: Final = "hub.reach.codes"


@dataclass(frozen=True)
class Answered:
    """What a code answers: a phone tree's call to the person, or a drill's probe of one of their methods."""

    person_id: int
    call_id: int | None
    probe_id: int | None


@dataclass(frozen=True)
class TooManyGuesses:
    """Whoever gave the code gave too many that were wrong: it was not looked at."""


def new_code() -> str:
    """A code that nobody has."""
    return f"{secrets.randbelow(10**LENGTH):0{LENGTH}}"


def spoken(code: str) -> str:
    """The code in groups, as it is read and said: 482 913 507."""
    return " ".join(code[place : place + 3] for place in range(0, LENGTH, 3))


def digest_of(code: str) -> str:
    """What is kept of a code."""
    return salted_hmac(_SALT, code, algorithm="sha256").hexdigest()


def answered(code: str, guesser: str) -> Answered | TooManyGuesses | None:
    """What the code answers; None for a wrong one, which counts once the transaction commits.

    Args:
        code: as it was given; spaces and dashes do not matter.
        guesser: whoever gave it, as an address or an account.
    """
    digits = "".join(each for each in code if each.isdecimal() and each.isascii())
    digest = digest_of(digits) if len(digits) == LENGTH else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_refused, call_id, probe_id, person_id"
            " FROM app.answered_code(%s, %s, %s, %s, make_interval(secs => %s))",
            [digest, digest_of(guesser), clock.now() - LASTS, MOST_WRONG, WITHIN.total_seconds()],
        )
        is_refused, call_id, probe_id, person_id = cursor.fetchone()
    if is_refused:
        return TooManyGuesses()
    return None if person_id is None else Answered(person_id, call_id, probe_id)
