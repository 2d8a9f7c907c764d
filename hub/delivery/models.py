from __future__ import annotations

import uuid
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class ContactKind(models.TextChoices):
    EMAIL = "email", "E-mail"
    ADDRESS = "address", "Another service, by its apprise address"


def default_breaks_quiet() -> list[str]:
    """The gravest incidents wake people."""
    return ["sev1"]


class ContactMethod(models.Model):
    """A way to reach a person outside the hub, tried in the order of `position`.

    A person who has named none is reached by the e-mail address of their account.
    """

    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="contact_methods")
    kind = models.CharField(max_length=8, choices=ContactKind)
    address = models.CharField(max_length=500, help_text="An e-mail address, or an apprise address with its secrets")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=60, blank=True, help_text="What its person calls it")
    wait = models.PositiveSmallIntegerField(
        default=5, help_text="Minutes of silence after a page, until the next method is tried"
    )
    severities = ArrayField(
        models.CharField(max_length=4), default=list, blank=True, help_text="Only for these; empty for all"
    )
    quiet_hours = models.JSONField(
        default=list, blank=True, help_text="Pairs of minutes from Monday 00:00 where its person is; empty for none"
    )
    breaks_quiet = ArrayField(
        models.CharField(max_length=4), default=default_breaks_quiet, blank=True, help_text="Used for these at any hour"
    )
    code_digest = models.CharField(max_length=64, blank=True, help_text="Of the code that was sent to verify it")
    code_sent_at = models.DateTimeField(null=True)
    code_problem = models.CharField(max_length=300, blank=True, help_text="Why the code could not be sent")
    verified_at = models.DateTimeField(null=True, blank=True, help_text="Used from then on")
    removed_at = models.DateTimeField(null=True, blank=True, help_text="No longer used; receipts still refer to it")

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "kind", "address"],
                condition=Q(removed_at__isnull=True),
                name="contact_method_once_a_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"

    @property
    def channel(self) -> Channel:
        """What carries messages there."""
        return Channel.EMAIL if self.kind == ContactKind.EMAIL else Channel.SERVICE


class PhoneNumber(models.Model):
    """The number that stands beside a person's name on call lists, for when the hub is down: given by them, or absent.

    Whoever may see that somebody takes turns on call may see it. It is no contact method: the hub never calls it.
    """

    person = models.OneToOneField("tenants.Person", models.CASCADE, related_name="phone_number")
    number = models.CharField(max_length=32)
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number


class MessageStatus(models.TextChoices):
    QUEUED = "queued", "Being sent"
    SENT = "sent", "Accepted by a provider"
    INBOX_ONLY = "inbox_only", "In the inbox only"
    FAILED = "failed", "Refused everywhere, or tried too often"
    WITHDRAWN = "withdrawn", "No longer needed before it went out"


NOWHERE: Final = (MessageStatus.INBOX_ONLY, MessageStatus.FAILED, MessageStatus.WITHDRAWN)
"""Nothing outside the hub took the message, and nothing will."""


class Message(models.Model):
    """Something that one person is told.

    `due_at` is when to try next, and `leased_until` is until when one worker alone tries. `attempts` counts the tries
    and is the fence: a worker whose number is no longer the latest may report a success, but decides nothing else.
    What `quiet_until` keeps back is due then, if it still matters.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Names the message to mail servers")
    dedupe_key = models.CharField(max_length=200, unique=True, help_text="What happened, to whom: told only once")
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="messages")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, null=True, related_name="+")
    incident_id = models.BigIntegerField(null=True)
    restricted = models.BooleanField(default=False)
    reference = models.CharField(max_length=40, blank=True, help_text="What it is about: PAY-142")
    path = models.CharField(max_length=200, blank=True, help_text="Where in the hub that is")
    severity = models.CharField(max_length=4, blank=True, help_text="Of the incident, for rules about it")
    subject = models.CharField(max_length=300)
    text = models.TextField()
    letter = models.JSONField(
        null=True, blank=True, help_text="What it says, part by part: its HTML is written when it leaves by e-mail"
    )
    html = models.TextField(blank=True, help_text="Of messages from before their letters were kept")
    calendar = models.TextField(
        blank=True, default="", db_default="", help_text="An iCalendar object (RFC 5545) that goes with it by e-mail"
    )
    is_page = models.BooleanField(default=False, help_text="Whether somebody must say that they have it")
    takes_incident = models.BooleanField(
        default=True, db_default=True, help_text="Whether acknowledging a page is to take its incident, too"
    )
    only = models.ForeignKey(
        ContactMethod,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The method by which alone it goes out; none for all, in their order",
    )
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=MessageStatus, default=MessageStatus.QUEUED)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    quiet_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when its person's quiet hours keep it in the inbox"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(F("person"), F("created_at").desc(), F("id").desc(), name="message_of_person"),
            models.Index(fields=["incident_id"], name="message_of_incident"),
            models.Index(fields=["due_at"], name="message_due", condition=Q(status="queued")),
        )
        constraints = (
            # What receipts' composite foreign key refers to.
            models.UniqueConstraint(fields=["id", "unit", "restricted"], name="message_scope"),
            models.CheckConstraint(
                name="message_of_an_incident_has_a_unit",
                condition=Q(incident_id__isnull=True) | Q(unit__isnull=False),
            ),
            models.CheckConstraint(
                name="message_acknowledged_was_seen",
                condition=Q(acknowledged_at__isnull=True) | Q(seen_at__isnull=False),
            ),
            models.CheckConstraint(
                name="message_sent_says_when", condition=~Q(status="sent") | Q(sent_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.subject

    @property
    def is_kept_back(self) -> bool:
        """Whether nothing outside the hub has taken it yet, since its person has quiet hours."""
        return self.quiet_until is not None and self.status == MessageStatus.QUEUED and self.sent_at is None


KEPT_BACK: Final = Q(quiet_until__isnull=False, status=MessageStatus.QUEUED, sent_at=None)
"""The messages that are (`Message.is_kept_back`)."""


class Channel(models.TextChoices):
    IN_APP = "in_app", "Inbox"
    EMAIL = "email", "E-mail"
    SERVICE = "service", "Another service"


class ReceiptState(models.TextChoices):
    DELIVERED = "delivered", "Delivered"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Accepted by the provider"
    DELAYED = "delayed", "Not accepted now"
    REFUSED = "refused", "Refused for good"
    LOST = "lost", "Lost with its worker"
    SKIPPED = "skipped", "Not tried"


class Receipt(models.Model):
    """One attempt to deliver a message, and how it went; the inbox has the first one, numbered 0.

    `round` counts the passes through the person's methods.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="receipts")
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, null=True, related_name="+")
    incident_id = models.BigIntegerField(null=True)
    restricted = models.BooleanField(default=False)
    method = models.ForeignKey(
        ContactMethod, models.PROTECT, null=True, related_name="+", help_text="None: the account's e-mail, or the inbox"
    )
    channel = models.CharField(max_length=8, choices=Channel)
    number = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ReceiptState)
    reason = models.CharField(max_length=300, blank=True, help_text="One sentence, without addresses or secrets")
    at = models.DateTimeField(help_text="When the state was reached")

    class Meta:
        ordering = ("number", "id")
        constraints = (models.UniqueConstraint(fields=["message", "number"], name="receipt_number_once"),)

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"
