from __future__ import annotations

from django.db import models
from django.db.models import Q

from knowledge.postmortems.models.parts import PostmortemScoped
from knowledge.postmortems.models.postmortem import Postmortem
from tenants.models import ReviewSigner


class ReviewSignature(PostmortemScoped):
    """Somebody signed what a review says, in one of the roles that its unit's policy wants, or refused to.

    A signature holds for the text that it was given to: a later change of text or analysis voids it. A refusal lasts,
    whatever changes, until it is settled. One person stands for one role.
    """

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="signatures")
    role = models.CharField(max_length=13, choices=ReviewSigner)
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    version = models.PositiveIntegerField(help_text="The review's, when this was said")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of its text and analysis at that version")
    refused_because = models.CharField(max_length=500, blank=True, help_text="Why it was not signed; empty if it was")
    voided_at = models.DateTimeField(null=True, blank=True, help_text="When a change of the text took it away")
    voided_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When the refusal was settled")
    settled_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    settled_with = models.CharField(max_length=500, blank=True, help_text="How")

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["postmortem", "role"],
                name="signature_one_a_role",
                condition=Q(voided_at=None, settled_at=None),
            ),
            models.UniqueConstraint(
                fields=["postmortem", "person"],
                name="signature_one_a_person",
                condition=Q(voided_at=None, settled_at=None),
            ),
            models.CheckConstraint(
                name="signature_voided_or_refusal_settled",
                condition=(Q(refused_because="", settled_at=None) | (~Q(refused_because="") & Q(voided_at=None))),
            ),
            models.CheckConstraint(name="refusal_settled_says_how", condition=Q(settled_at=None) | ~Q(settled_with="")),
        )
        indexes = (models.Index(fields=["postmortem", "-at"], name="signature_of_postmortem"),)

    def __str__(self) -> str:
        return f"{self.role} of {self.postmortem_id}"

    @property
    def is_refusal(self) -> bool:
        return bool(self.refused_because)

    @property
    def holds(self) -> bool:
        """Whether it was neither voided nor, as a refusal, settled."""
        return self.voided_at is None and self.settled_at is None
