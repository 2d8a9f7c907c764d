from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import models
from django.db.models import Q

from hub.lib import clock
from knowledge.postmortems.models.parts import PostmortemScoped
from knowledge.postmortems.models.postmortem import Postmortem


class ActionStatus(models.TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


class ActionPriority(models.TextChoices):
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class Proof(models.TextChoices):
    """What shows that an action item was done."""

    RUNBOOK = "runbook", "Revision of a runbook"
    ALERT_TEST = "alert_test", "Test of an alert"
    DRILL = "drill", "Drill"
    CHANGE = "change", "Change"


SHOWN_IN: Final[Mapping[Proof, str]] = {
    Proof.RUNBOOK: "proof_revision",
    Proof.ALERT_TEST: "proof_alert",
    Proof.DRILL: "proof_drill",
    Proof.CHANGE: "proof_maintenance",
}
"""Where an item keeps which thing of the hub shows it, by the thing's kind."""


def _shown_by_what_it_wants() -> Q:
    """One thing at the most, of the kind that the item wants, and only of an item that is done."""
    nothing = Q(**{f"{column}__isnull": True for column in SHOWN_IN.values()})
    allowed = nothing
    for kind, column in SHOWN_IN.items():
        others = {f"{other}__isnull": other != column for other in SHOWN_IN.values()}
        allowed |= Q(status="done", **others) & (Q(closes_with__isnull=True) | Q(closes_with=kind.value))
    return allowed


class ActionItem(PostmortemScoped):
    """Something that somebody does, until a day, so that it does not happen again.

    The owner sees it and may accept and complete it, also from another unit: owning it is what admits them to it, and
    to nothing else of the review.
    """

    # Never null (a constraint says so); nullable for Django, so that joins to the review are outer ones: an owner from
    # another unit sees the item and not the review.
    postmortem = models.ForeignKey(Postmortem, models.CASCADE, null=True, related_name="action_items")
    title = models.CharField(max_length=300)
    owner = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="action_items")
    due_on = models.DateField(null=True, blank=True)
    accepted_at = models.DateTimeField(
        null=True, blank=True, help_text="When this owner committed to this day; a change of either takes it back"
    )
    status = models.CharField(max_length=8, choices=ActionStatus, default=ActionStatus.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=500, blank=True, help_text="What was done, or why it was dropped")
    priority = models.CharField(max_length=6, choices=ActionPriority, default=ActionPriority.MEDIUM)
    closes_with = models.CharField(
        max_length=10, choices=Proof, null=True, blank=True, help_text="What has to be shown to close it, if anything"
    )
    proof = models.CharField(max_length=500, blank=True, help_text="What was shown")
    proof_url = models.URLField(max_length=500, blank=True)
    # What of the hub shows it. Whoever may not see that sees the item without it.
    proof_revision = models.ForeignKey(
        "runbooks.Revision", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    proof_alert = models.ForeignKey(
        "alerts.Alert", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    proof_drill = models.ForeignKey(
        "reach.Drill", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    proof_maintenance = models.ForeignKey(
        "incidents.MaintenanceWindow", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("due_on", "id")
        indexes = (
            models.Index(fields=["postmortem", "due_on", "id"], name="action_of_postmortem"),
            models.Index(fields=["owner", "due_on"], name="action_open_of_owner", condition=Q(status="open")),
            models.Index(fields=["due_on"], name="action_open", condition=Q(status="open")),
            models.Index(fields=["due_on", "id"], name="action_due"),
        )
        constraints = (
            models.CheckConstraint(name="action_has_a_review", condition=Q(postmortem__isnull=False)),
            models.CheckConstraint(name="action_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="action_done_has_its_time",
                condition=Q(status="done", done_at__isnull=False) | (~Q(status="done") & Q(done_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="action_done_is_shown", condition=~Q(status="done") | Q(closes_with__isnull=True) | ~Q(proof="")
            ),
            models.CheckConstraint(name="action_shown_by_what_it_wants", condition=_shown_by_what_it_wants()),
            models.CheckConstraint(
                name="action_accepted_by_an_owner",
                condition=Q(accepted_at__isnull=True) | Q(owner__isnull=False, due_on__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_overdue(self) -> bool:
        """Whether it is open although its day, counted in UTC, is over."""
        return self.status == ActionStatus.OPEN and self.due_on is not None and self.due_on < clock.now().date()
