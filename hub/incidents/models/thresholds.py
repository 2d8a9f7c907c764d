from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from hub.catalog.models import Sensitivity
from hub.incidents.models.incident import Incident, IncidentScoped, Severity
from hub.incidents.models.roles import RoleKind


class Impact(models.TextChoices):
    """What the business suffers, from nothing on. The order of the members is that of the scale."""

    NONE = "none", "None: nobody notices"
    MINOR = "minor", "Minor: work goes on, with a detour"
    MODERATE = "moderate", "Moderate: some work stands still"
    MAJOR = "major", "Major: an important business process stands still"
    SEVERE = "severe", "Severe: the unit cannot do its business"


class Reach(models.TextChoices):
    """How many suffer, from one on. The order of the members is that of the scale."""

    PERSON = "person", "One person"
    TEAM = "team", "A team or a site"
    UNIT = "unit", "A whole unit"
    UNITS = "units", "Several units"
    ENTERPRISE = "enterprise", "The whole enterprise, or customers everywhere"


class SeverityThreshold(models.Model):
    """From which facts on an incident is how grave: a unit's word, or the enterprise's for every unit (no unit).

    Every condition that is given must hold, and a fact that nobody knows fulfils none. Of all thresholds that hold, the
    gravest counts, so that no unit can be laxer than the enterprise: it can only be stricter.
    """

    unit = models.ForeignKey(
        "tenants.BusinessUnit", models.CASCADE, null=True, blank=True, related_name="severity_thresholds"
    )
    position = models.PositiveSmallIntegerField(help_text="Orders them for readers")
    impact = models.CharField(
        "business impact", max_length=8, choices=Impact, null=True, blank=True, help_text="This grave, or graver"
    )
    criticality = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(4)],
        help_text="Of the service: this critical, or more; 1 is the highest",
    )
    recovery_minutes = models.PositiveIntegerField(
        "recovery time objective",
        null=True,
        blank=True,
        help_text="Of the service, in minutes: it must work again within this, or sooner",
    )
    reach = models.CharField(max_length=10, choices=Reach, null=True, blank=True, help_text="This wide, or wider")
    sensitivity = models.CharField(
        "data sensitivity",
        max_length=12,
        choices=Sensitivity,
        null=True,
        blank=True,
        help_text="This sensitive, or more",
    )
    severity = models.CharField(max_length=4, choices=Severity)
    explanation = models.CharField(max_length=200, help_text="Why: it stands in the incident")

    class Meta:
        ordering = ("unit", "position")
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "position"], nulls_distinct=False, name="severity_threshold_place_once"
            ),
            models.CheckConstraint(
                name="severity_threshold_asks_something",
                condition=Q(impact__isnull=False)
                | Q(criticality__isnull=False)
                | Q(recovery_minutes__isnull=False)
                | Q(reach__isnull=False)
                | Q(sensitivity__isnull=False),
            ),
            models.CheckConstraint(
                name="severity_threshold_criticality",
                condition=Q(criticality__isnull=True) | Q(criticality__range=(1, 4)),
            ),
            models.CheckConstraint(name="severity_threshold_says_why", condition=~Q(explanation="")),
        )

    def __str__(self) -> str:
        return f"{self.explanation}: {self.severity}"


class Assessment(IncidentScoped):
    """What was known of an incident at a moment, and which severity followed from it. Nobody changes or deletes one."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="assessments")
    at = models.DateTimeField()
    person = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    impact = models.CharField(max_length=8, choices=Impact, null=True, blank=True)
    criticality = models.PositiveSmallIntegerField(null=True)
    recovery_minutes = models.PositiveIntegerField(null=True)
    reach = models.CharField(max_length=10, choices=Reach, null=True, blank=True)
    sensitivity = models.CharField(max_length=12, choices=Sensitivity, null=True, blank=True)
    proposed = models.CharField(max_length=4, choices=Severity, null=True, help_text="What follows from the thresholds")
    floor = models.CharField(max_length=4, choices=Severity, null=True, help_text="What the enterprise holds it to")
    reasons = ArrayField(models.CharField(max_length=600), default=list, help_text="The thresholds that hold, in words")

    class Meta(IncidentScoped.Meta):
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["incident", "-at", "-id"], name="assessment_of_incident"),)

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.proposed or 'no threshold holds'}"


class ResponsePlan(models.Model):
    """What an incident of this severity, or a graver one, engages: a unit's plan, or one for every unit (no unit)."""

    unit = models.ForeignKey(
        "tenants.BusinessUnit", models.CASCADE, null=True, blank=True, related_name="response_plans"
    )
    severity = models.CharField(max_length=4, choices=Severity, help_text="This grave, or graver")
    roles = ArrayField(
        models.CharField(max_length=20, choices=RoleKind),
        default=list,
        blank=True,
        help_text="Roles that somebody must hold, beside those that every incident of the severity needs",
    )
    protocol = models.TextField(blank=True, help_text="How those affected are kept informed: one step a line")
    update_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="At most so many minutes between two updates"
    )
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("unit", "severity")
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "severity"], nulls_distinct=False, name="response_plan_once_a_severity"
            ),
            models.CheckConstraint(
                name="response_plan_update_minutes", condition=Q(update_minutes=None) | Q(update_minutes__gte=1)
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit.name if self.unit else 'Every unit'}, from {self.severity.upper()} on"


class ResponseTeam(models.Model):
    """Who is on call for this schedule takes this role once the plan is engaged, if the incident is for them.

    Specialists are engaged by what the incident is about: by a domain, a tag or a type that it must have
    (`hub.incidents.routing` says in which order). Where an expertise is asked for and whoever is on call does not hold
    it, somebody of the schedule who does is taken.
    """

    plan = models.ForeignKey(ResponsePlan, models.CASCADE, related_name="teams")
    # The plan's unit: none for the enterprise's.
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, null=True, blank=True, related_name="+")
    # Never null in the database; nullable for Django, so that a plan is read whole by those who do not see a schedule.
    schedule = models.ForeignKey("oncall.Schedule", models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=20, choices=RoleKind, default=RoleKind.RESPONDER)
    incident_type = models.ForeignKey(
        "tenants.Term", models.PROTECT, null=True, blank=True, related_name="+", help_text="Only for this type"
    )
    domain = models.ForeignKey(
        "tenants.Term",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Only for incidents of this field of technology",
    )
    tag = models.CharField(max_length=40, blank=True, help_text="Only for incidents with this tag")
    expertise = models.CharField(max_length=60, blank=True, help_text="Somebody who holds this: postgresql")

    class Meta:
        verbose_name = "specialist team"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["plan", "schedule", "role", "incident_type", "domain", "tag", "expertise"],
                nulls_distinct=False,
                name="response_team_once",
            ),
            models.CheckConstraint(condition=Q(schedule__isnull=False), name="response_team_has_a_schedule"),
        )

    def __str__(self) -> str:
        return f"{self.role} of {self.schedule_id}"


class Engagement(IncidentScoped):
    """That an incident has engaged a plan, and what the plan said then: once for each plan."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="engagements")
    plan_unit = models.ForeignKey(
        "tenants.BusinessUnit", models.PROTECT, null=True, related_name="+", help_text="Whose plan; none: every unit's"
    )
    severity = models.CharField(max_length=4, choices=Severity, help_text="From which severity on the plan holds")
    roles = ArrayField(models.CharField(max_length=20, choices=RoleKind), default=list)
    protocol = models.TextField(blank=True)
    update_minutes = models.PositiveIntegerField(null=True)
    update_due_at = models.DateTimeField(null=True, help_text="When somebody is reminded if nobody has written one")
    at = models.DateTimeField()

    class Meta(IncidentScoped.Meta):
        ordering = ("severity", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["incident", "plan_unit", "severity"], nulls_distinct=False, name="plan_engaged_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.incident_id} engages {self.severity}"
