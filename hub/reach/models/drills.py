from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q

from hub.delivery.models import Channel


class Drill(models.Model):
    """A proof that everybody of a unit, whoever holds a role there, or a schedule's team can be reached, by each method
    of theirs."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="drills")
    schedule = models.ForeignKey("oncall.Schedule", models.SET_NULL, null=True, blank=True, related_name="+")
    role_key = models.SlugField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="Of the unit's people who hold it; empty for all",
    )
    name = models.CharField(max_length=120, help_text="Of whom it was, as it was called then")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    ends_at = models.DateTimeField(help_text="Until when people are asked to confirm")
    sent_at = models.DateTimeField(null=True, help_text="When everybody had been written to")

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = (
            models.CheckConstraint(name="drill_ends_after_it_starts", condition=Q(ends_at__gt=models.F("started_at"))),
            models.UniqueConstraint(fields=["id", "unit"], name="drill_scope"),
        )

    def __str__(self) -> str:
        return self.name


class ProbeState(models.TextChoices):
    """What became of a message of a drill."""

    WAITING = "waiting", "Being sent"
    SENT = "sent", "Sent, not confirmed"
    CONFIRMED = "confirmed", "Confirmed"
    FAILED = "failed", "Not sent"
    NO_WAY = "no_way", "No way to reach them"


class Probe(models.Model):
    """One way to reach somebody, tried in a drill. Whoever had no verified method has one for the account's address.

    What came of it is kept here and not read from the message, so that the proof stays when methods are removed, and
    whoever reads it learns no address.
    """

    drill = models.ForeignKey(Drill, models.CASCADE, related_name="probes")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    method = models.ForeignKey("delivery.ContactMethod", models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.EMAIL)
    service = models.CharField(max_length=40, blank=True, help_text="Which service, by its apprise scheme")
    is_verified = models.BooleanField(help_text="Whether it is a method that its person has verified")
    state = models.CharField(max_length=10, choices=ProbeState, default=ProbeState.WAITING)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was not sent, without addresses")
    code_digest = models.CharField(max_length=64, blank=True)
    message = models.OneToOneField("delivery.Message", models.PROTECT, null=True, related_name="drill_probe")
    sent_at = models.DateTimeField(null=True, help_text="When a provider took it")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("person__name", "person_id", "id")
        indexes = (models.Index(fields=["id"], name="drill_probe_under_way", condition=Q(state="waiting")),)
        constraints = (
            models.UniqueConstraint(
                fields=["drill", "person", "method"], nulls_distinct=False, name="drill_tries_a_method_once"
            ),
            models.UniqueConstraint(
                fields=["code_digest"], condition=~Q(code_digest=""), name="drill_code_is_of_one_probe"
            ),
            models.CheckConstraint(
                name="drill_confirmed_says_when",
                condition=Q(state="confirmed", confirmed_at__isnull=False)
                | (~Q(state="confirmed") & Q(confirmed_at__isnull=True)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id} by {self.way}: {self.state}"

    @property
    def way(self) -> str:
        """What it was tried by, in words that tell no address."""
        if self.state == ProbeState.NO_WAY:
            return "–"
        if not self.is_verified:
            return "Account's e-mail"
        return f"{Channel(self.channel).label}, {self.service}" if self.service else Channel(self.channel).label

    @property
    def took(self) -> timedelta | None:
        """How long it took until it was confirmed, from when a provider had it."""
        if self.confirmed_at is None or self.sent_at is None:
            return None
        return max(self.confirmed_at - self.sent_at, timedelta())
