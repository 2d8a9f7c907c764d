from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hub.oncall.models.schedules import DUTIES, Schedule
from hub.oncall.shifts import Duty


class Override(models.Model):
    """One person stands in from `starts_at` up to `ends_at`, for `replaces` or else for everybody on."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="overrides")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="overrides")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    duty = models.CharField(max_length=10, choices=DUTIES, default=Duty.PRIMARY.value)
    replaces = models.ForeignKey("tenants.Person", models.CASCADE, null=True, blank=True, related_name="+")
    swap = models.ForeignKey("oncall.Swap", models.PROTECT, null=True, blank=True, related_name="overrides")
    created_by = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("starts_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after_it_starts"),
        )
        indexes = (models.Index(fields=["schedule", "starts_at", "ends_at"], name="override_when"),)

    def __str__(self) -> str:
        return f"{self.person_id} from {self.starts_at:%Y-%m-%d %H:%M}"


class PlannedGap(models.Model):
    """Nobody is meant to be on from `starts_at` up to `ends_at`: no layer is, and nobody is alarmed."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="planned_gaps")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("starts_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="planned_gap_ends_after_it_starts"),
        )
        indexes = (models.Index(fields=["schedule", "starts_at", "ends_at"], name="planned_gap_when"),)

    def __str__(self) -> str:
        return f"{self.reason} from {self.starts_at:%Y-%m-%d %H:%M}"


class SwapState(models.TextChoices):
    OFFERED = "offered", "Waits for an answer"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Swap(models.Model):
    """`offered_by` asks `offered_to`, or anybody, to take over from `starts_at` up to `ends_at`.

    With `return_starts_at` and `return_ends_at` they take that time of the other's in exchange. An accepted swap is
    in force through its overrides; one that nobody has answered when its time begins has lapsed.
    """

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="swaps")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    duty = models.CharField(max_length=10, choices=DUTIES, default=Duty.PRIMARY.value)
    offered_by = models.ForeignKey("tenants.Person", models.PROTECT, related_name="swaps_offered")
    offered_to = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="swaps_received")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    return_starts_at = models.DateTimeField(null=True)
    return_ends_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=SwapState, default=SwapState.OFFERED)
    offered_at = models.DateTimeField()
    answered_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("starts_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="swap_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(return_starts_at=None, return_ends_at=None) | Q(return_ends_at__gt=F("return_starts_at")),
                name="swap_return_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=~Q(offered_by=F("offered_to")), name="swap_with_somebody_else"),
            models.UniqueConstraint(
                fields=["schedule", "duty", "offered_by", "starts_at", "ends_at"],
                condition=Q(state="offered"),
                name="swap_offered_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.offered_by_id} offers {self.starts_at:%Y-%m-%d %H:%M}"


class Leave(models.Model):
    """A person is away from `starts_at` up to `ends_at`, and on call for nothing. Why is nobody's business here."""

    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="leave")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_by = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "leave"
        ordering = ("starts_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="leave_ends_after_it_starts"),
        )
        indexes = (models.Index(fields=["person", "starts_at", "ends_at"], name="leave_when"),)

    def __str__(self) -> str:
        return f"{self.person_id} from {self.starts_at:%Y-%m-%d}"
