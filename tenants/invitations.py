"""The address under which somebody chooses their password, once: who was added, and who has forgotten theirs.

It is signed and not stored. It ends with the password that is chosen, with another e-mail address, and with time: an
invitation after `PASSWORD_RESET_TIMEOUT`, and an hour after it was asked for where there is a password already.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.http import base36_to_int

from hub.lib import clock
from tenants.models import Person

RENEWAL_LASTS: Final = timedelta(hours=1)
"""How long the address holds for somebody who has a password: a mailbox is read by others, sooner or later."""


class _Invitations(PasswordResetTokenGenerator):
    key_salt = "tenants.invitations"

    def age(self, token: str) -> timedelta:
        """How long ago a token that holds was made."""
        return timedelta(seconds=self._num_seconds(self._now()) - base36_to_int(token.partition("-")[0]))

    def _now(self) -> datetime:
        """By the hub's clock; Django counts seconds of a time without a zone."""
        return clock.now().replace(tzinfo=None)


_SIGNED: Final = _Invitations()


def path_for(person: Person) -> str:
    """Where in the hub the person chooses their password; whoever knows it can do so in their place."""
    return reverse("welcome", args=(person.pk, _SIGNED.make_token(person)))


def address_for(person: Person) -> str:
    """The same, as people reach it."""
    return f"{settings.PUBLIC_URL}{path_for(person)}"


def is_invited(person: Person, token: str) -> bool:
    """Whether this token lets the person choose a password."""
    if not person.is_active or person.is_service or not _SIGNED.check_token(person, token):
        return False
    return not person.has_usable_password() or _SIGNED.age(token) < RENEWAL_LASTS
