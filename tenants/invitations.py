"""The address under which somebody who was added chooses their password, once.

It is signed and not stored. It ends with the password that is chosen, and after `PASSWORD_RESET_TIMEOUT`.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse

from tenants.models import Person


class _Invitations(PasswordResetTokenGenerator):
    key_salt = "tenants.invitations"


_SIGNED: Final = _Invitations()


def address_for(person: Person) -> str:
    """Where the person chooses their password; whoever knows it can do so in their place."""
    return f"{settings.PUBLIC_URL}{reverse('welcome', args=(person.pk, _SIGNED.make_token(person)))}"


def is_invited(person: Person, token: str) -> bool:
    """Whether this token invites the person, who has chosen no password yet."""
    return person.is_active and not person.has_usable_password() and _SIGNED.check_token(person, token)
