from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class PersonManager(BaseUserManager["Person"]):
    """Finds people; `tenants.actions` creates them."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(username=username)


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in, or a service account that acts for a source or an integration.

    Names are known to everyone who is signed in, since they stand beside what people wrote. What a person may see
    and do follows from `RoleAssignment` alone: Django's superuser flag is refused by a constraint, and its groups
    are used only as the holders of need-to-know grants.
    """

    # Django writes `last_login` before anybody is identified; the audit trail records sign-ins instead.
    last_login = None

    username = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, such as Europe/Berlin")
    language = models.CharField(max_length=16, default="en", help_text="BCP 47 tag")
    is_active = models.BooleanField(default=True)
    is_service = models.BooleanField(default=False, help_text="A service account: it has no password")
    joined_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = PersonManager()

    class Meta:
        verbose_name_plural = "people"
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(condition=models.Q(is_superuser=False), name="person_is_never_superuser"),
            models.UniqueConstraint(Lower("username"), name="person_username_caseless"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Django's admin asks; the tenant admin decides by permission (`tenants.admin`)."""
        return self.is_active and not self.is_service

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class AccessToken(models.Model):
    """A bearer token of a person; only the SHA-256 of it is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=12, help_text="The token's first characters, to tell tokens apart")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
