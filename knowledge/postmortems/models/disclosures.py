from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from knowledge.postmortems.models.parts import PostmortemScoped
from knowledge.postmortems.models.postmortem import Postmortem


class Recipients(models.TextChoices):
    """Whom a disclosure is for."""

    UNITS = "units", "Other units"
    CUSTOMERS = "customers", "Customers"
    PARTNERS = "partners", "Partners and vendors"
    AUTHORITY = "authority", "An authority"
    PUBLIC = "public", "The public"


class DisclosureState(models.TextChoices):
    REQUESTED = "requested", "Waits for approval"
    RELEASED = "released", "Released"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Disclosure(PostmortemScoped):
    """What of a review leaves its unit or the company: a text of its own, released once legal and compliance approve.

    The text never changes after it was asked for, so what was approved is what is read; another text is another
    disclosure. Released, it has an address that needs no account and shows this text and nothing else.
    """

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="disclosures")
    recipients = models.CharField(max_length=10, choices=Recipients)
    purpose = models.CharField(max_length=500, help_text="To whom exactly, and why")
    title = models.CharField(max_length=200)
    text = models.TextField(help_text="Markdown, redacted")
    state = models.CharField(max_length=10, choices=DisclosureState, default=DisclosureState.REQUESTED)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    legal_at = models.DateTimeField(null=True, blank=True)
    legal_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    compliance_at = models.DateTimeField(null=True, blank=True)
    compliance_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was declined or withdrawn")
    ended_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    ended_because = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-requested_at", "-id")
        constraints = (
            models.CheckConstraint(name="disclosure_says_what", condition=~Q(purpose="") & ~Q(title="") & ~Q(text="")),
            models.CheckConstraint(
                name="disclosure_approved_by_two",
                condition=Q(legal_by=None) | Q(compliance_by=None) | (~Q(legal_by=F("compliance_by"))),
            ),
            models.CheckConstraint(
                name="disclosure_approved_by_others",
                condition=(Q(legal_by=None) | ~Q(legal_by=F("requested_by")))
                & (Q(compliance_by=None) | ~Q(compliance_by=F("requested_by"))),
            ),
            models.CheckConstraint(
                name="disclosure_released_when_approved",
                condition=Q(released_at=None)
                | Q(
                    legal_at__isnull=False,
                    legal_by__isnull=False,
                    compliance_at__isnull=False,
                    compliance_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="disclosure_state_has_its_time",
                condition=Q(state="requested", released_at=None, ended_at=None)
                | Q(state="released", released_at__isnull=False, ended_at=None)
                | (Q(state="declined", released_at=None, ended_at__isnull=False) & ~Q(ended_because=""))
                | (Q(state="withdrawn", released_at__isnull=False, ended_at__isnull=False) & ~Q(ended_because="")),
            ),
        )
        indexes = (models.Index(fields=["postmortem", "-requested_at"], name="disclosure_of_postmortem"),)

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == DisclosureState.REQUESTED
