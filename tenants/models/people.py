from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from tenants.models.units import BusinessUnit


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
    unit = models.ForeignKey(
        BusinessUnit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="service_accounts",
        help_text="The unit that keeps a service account; none for people, whose units follow from their roles",
    )
    joined_at = models.DateTimeField(default=timezone.now)
    way_in_mailed_at = models.DateTimeField(
        null=True, blank=True, help_text="When an address to choose a password was last mailed, at their own request"
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = PersonManager()

    class Meta:
        verbose_name_plural = "people"
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(condition=models.Q(is_superuser=False), name="person_is_never_superuser"),
            models.UniqueConstraint(Lower("username"), name="person_username_caseless"),
            models.CheckConstraint(condition=Q(unit__isnull=True) | Q(is_service=True), name="person_kept_is_service"),
            # What the keys of a service account refer to.
            models.UniqueConstraint(fields=["id", "unit"], name="person_scope"),
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
    """A bearer token of a person, or a key of a service account; only the SHA-256 of it is kept.

    A key may be narrower than its account: `permissions` and `unit_ids` say what it opens, and the database asks them
    whenever it asks for the account's rights (`app.units`). A trigger holds that a token is never widened, prolonged
    or brought back.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=12, help_text="The token's first characters, to tell tokens apart")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    unit = models.ForeignKey(
        BusinessUnit, models.PROTECT, null=True, related_name="+", help_text="The service account's unit, kept equal"
    )
    permissions = ArrayField(
        models.CharField(max_length=40), null=True, help_text="Nothing but these; null: all of the account's"
    )
    unit_ids = ArrayField(
        models.BigIntegerField(), null=True, help_text="Only in these units and those below; null: in all"
    )
    documents = ArrayField(
        models.CharField(max_length=64),
        null=True,
        help_text="Only for these GraphQL documents, by their SHA-256, and no pages; null: for anything",
    )
    succeeds = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", help_text="The key that it took over from"
    )
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                name="token_scope_is_not_empty",
                condition=~Q(permissions=[]) & ~Q(unit_ids=[]),
            ),
            models.CheckConstraint(name="token_is_bound_to_something", condition=~Q(documents=[])),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
