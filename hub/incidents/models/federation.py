from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hub.incidents.models.incident import Incident, IncidentScoped, Severity


class HandOverState(models.TextChoices):
    OFFERED = "offered", "Offered"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


class HandOver(IncidentScoped):
    """A unit offers an incident to another, which accepts or refuses it. Until then it stays with the giver.

    `unit` is the incident's unit, kept equal to it; `from_unit` remembers whose it was. What the receiver reads before
    it accepts stands in the offer itself, since the incident is not its own yet.
    """

    # Nullable, so that joins to it are outer ones: the receiver reads the offer and does not see the incident yet.
    incident = models.ForeignKey(  # type: ignore[assignment]  # a constraint holds that there is one
        Incident, models.CASCADE, null=True, related_name="hand_overs"
    )
    from_unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    to_unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=HandOverState, default=HandOverState.OFFERED)
    reason = models.CharField(max_length=300)
    reference = models.CharField(max_length=24)
    title = models.CharField(max_length=200)
    severity = models.CharField(max_length=4, choices=Severity)
    offered_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True, help_text="Why it was refused or withdrawn")

    class Meta:
        ordering = ("-offered_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["incident"], condition=Q(state="offered"), name="hand_over_offered_once_at_a_time"
            ),
            models.CheckConstraint(condition=Q(incident__isnull=False), name="hand_over_of_an_incident"),
            models.CheckConstraint(condition=~Q(from_unit=F("to_unit")), name="hand_over_to_another"),
            models.CheckConstraint(
                condition=Q(state="offered", decided_at__isnull=True)
                | (~Q(state="offered") & Q(decided_at__isnull=False)),
                name="hand_over_is_decided_once",
            ),
            models.CheckConstraint(condition=Q(restricted=False) | ~Q(state="offered"), name="hand_over_is_open"),
        )
        indexes = (
            models.Index(fields=["to_unit", "-offered_at"], name="hand_over_of_receiver"),
            models.Index(fields=["expires_at"], name="hand_over_waiting", condition=Q(state="offered")),
        )

    def __str__(self) -> str:
        return f"{self.reference} to {self.to_unit_id}: {self.state}"

    @property
    def incident_key(self) -> int:
        """The incident's id, which a constraint holds to be there."""
        assert self.incident_id is not None
        return self.incident_id


class EscalationCriteria(models.Model):
    """When incidents of the units below a unit become one incident of that unit.

    A criterion that is left empty does not count; one that is met is enough.
    """

    unit = models.OneToOneField("tenants.BusinessUnit", models.CASCADE, primary_key=True, related_name="criteria")
    units_hit = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Incidents of this many units that rest on one service, open at the same time"
    )
    dependents = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="An incident of a service that services of this many units need"
    )
    severity = models.CharField(
        max_length=4, choices=Severity, null=True, blank=True, help_text="This grave, or graver"
    )
    open_minutes = models.PositiveIntegerField(null=True, blank=True, help_text="Open for this long")
    considered_from = models.CharField(
        max_length=4,
        choices=Severity,
        default=Severity.SEV2,
        help_text="What is less grave than this counts for no criterion",
    )
    commander_schedule = models.ForeignKey(
        "oncall.Schedule",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who commands what is made",
    )
    makes = models.BooleanField(default=False, help_text="Make the incident at once, instead of proposing it")
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "escalation criteria"
        ordering = ("unit_id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(units_hit__isnull=True) | Q(units_hit__gte=2), name="criteria_units_are_several"
            ),
            models.CheckConstraint(
                condition=Q(dependents__isnull=True) | Q(dependents__gte=2), name="criteria_dependents_are_several"
            ),
        )

    def __str__(self) -> str:
        return f"Criteria of {self.unit_id}"


class ProposalState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    ACCEPTED = "accepted", "Accepted"
    DISMISSED = "dismissed", "Dismissed"


class EscalationProposal(models.Model):
    """The criteria of `unit` are met by incidents below it: somebody who commands there decides."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="escalation_proposals")
    # The first of them: what the proposal is about. One that becomes restricted leaves, as it leaves its parent.
    trigger = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    incident_ids = ArrayField(models.BigIntegerField(), help_text="The incidents that met the criteria")
    criterion = models.CharField(max_length=20)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=12, choices=ProposalState, default=ProposalState.PROPOSED)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)
    parent = models.ForeignKey(Incident, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-proposed_at", "-id")
        constraints = (
            # A dismissed one is not proposed again for the same criterion.
            models.UniqueConstraint(fields=["unit", "trigger", "criterion"], name="proposal_once_a_criterion"),
        )

    def __str__(self) -> str:
        return self.reason
