from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hub.incidents.models.federation import HandOverState
from hub.incidents.models.incident import Incident, IncidentScoped


class HandOffChecklist(models.Model):
    """What a unit's first level must say when it hands an incident to specialists, and how long these may take."""

    unit = models.OneToOneField("tenants.BusinessUnit", models.CASCADE, related_name="hand_off_checklist")
    items = ArrayField(models.CharField(max_length=200), help_text="What must be answered, in this order")
    minutes = models.PositiveSmallIntegerField(default=15, help_text="How long specialists have for an answer")

    class Meta:
        ordering = ("unit",)
        constraints = (
            models.CheckConstraint(name="hand_off_checklist_asks", condition=Q(items__len__gte=1)),
            models.CheckConstraint(name="hand_off_checklist_minutes", condition=Q(minutes__range=(2, 1440))),
        )

    def __str__(self) -> str:
        return f"checklist of {self.unit_id}"


class HandOff(IncidentScoped):
    """An incident is handed from the first level to specialists of a schedule, who accept it or refuse it in time.

    Until they accept, whoever offered it has it: nobody's role ends before another one's begins.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="hand_offs")
    # Never null in the database; nullable for Django, so that it is read by those who do not see the schedule.
    schedule = models.ForeignKey("oncall.Schedule", models.PROTECT, null=True, related_name="+")
    team = models.CharField(max_length=100, help_text="The schedule's name, for those who do not see it")
    reason = models.CharField(max_length=300)
    answers = models.JSONField(default=list, help_text='[{"item": "…", "answer": "…"}]')
    offered_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=HandOverState, default=HandOverState.OFFERED)
    decided_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True, help_text="Why it was refused")

    class Meta(IncidentScoped.Meta):
        ordering = ("-offered_at", "-id")
        indexes = (models.Index(fields=["expires_at"], name="hand_off_waiting", condition=Q(state="offered")),)
        constraints = (
            models.UniqueConstraint(fields=["incident"], condition=Q(state="offered"), name="hand_off_offered_once"),
            models.CheckConstraint(name="hand_off_has_a_team", condition=Q(schedule__isnull=False)),
            models.CheckConstraint(
                name="hand_off_decided_at", condition=Q(state="offered") ^ Q(decided_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.incident_id} to {self.team}: {self.state}"
