from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hub.lib.witnessed import Witnessed

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class Severity(models.TextChoices):
    """The global scale that every unit's own severities resolve to; SEV1 is the gravest."""

    SEV1 = "sev1", "SEV1 Critical"
    SEV2 = "sev2", "SEV2 High"
    SEV3 = "sev3", "SEV3 Moderate"
    SEV4 = "sev4", "SEV4 Low"
    SEV5 = "sev5", "SEV5 Notice"


class Status(models.TextChoices):
    DECLARED = "declared", "Declared"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    MITIGATED = "mitigated", "Mitigated"
    RESOLVED = "resolved", "Resolved"
    CLOSED = "closed", "Closed"


LONGEST_TAG: Final = 40
MOST_TAGS: Final = 30

OVER: Final = (Status.RESOLVED, Status.CLOSED)
"""The statuses in which an incident is open no longer."""


class Incident(Witnessed):
    """Something is wrong, and these are its people, its times and its state.

    The times of the stages are columns, so that lists and figures need no walk through the timeline. Status moves
    only along `hub.incidents.status`, and each stage that was reached keeps its first time.
    """

    # Without an index of its own: two of those below begin with it.
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, db_index=False, related_name="incidents")
    reference = models.CharField(max_length=24, unique=True, help_text="PAY-142; restricted ones have a random number")
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True, help_text="Impact in a sentence or two, as it is understood now")
    severity = models.CharField(max_length=4, choices=Severity)
    severity_reason = models.CharField(max_length=300, blank=True, help_text="The rule or the person's reason")
    local_severity = models.ForeignKey(
        "tenants.Term", models.PROTECT, null=True, blank=True, related_name="+", help_text="The unit's own word"
    )
    former_local_severity = models.ForeignKey(
        "tenants.Term",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The word that was said before it was judged to be graver: what it means is the least still",
    )
    least_severity = models.CharField(
        max_length=4,
        choices=Severity,
        blank=True,
        default="",
        db_default="",
        help_text="What the enterprise's rules hold its alerts to: nobody makes it laxer",
    )
    least_reason = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="Which rule, and why"
    )
    incident_type = models.ForeignKey("tenants.Term", models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=12, choices=Status, default=Status.DECLARED)
    restricted = models.BooleanField(default=False)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        help_text="The incident of a unit above that gathers it; a restricted incident has none",
    )
    tags = ArrayField(
        models.CharField(max_length=LONGEST_TAG),
        default=list,
        db_default=[],
        blank=True,
        help_text="From its service, and what people added: they route it",
    )
    service = models.ForeignKey("catalog.Service", models.PROTECT, null=True, blank=True, related_name="incidents")
    maintenance = models.ForeignKey(
        "incidents.MaintenanceWindow",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="incidents",
        db_index=False,
        help_text="The maintenance of its service that ran when it was declared",
    )
    is_quiet = models.BooleanField(
        default=False, db_default=False, help_text="It pages nobody before that maintenance is over"
    )
    commander = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="commanded")
    declared_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="declared")
    declared_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    mitigated_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    witnessed_by = "id"

    class Meta(Witnessed.Meta):
        ordering = ("-declared_at", "-id")
        permissions = (("view_restricted", "Can see a restricted incident"),)
        indexes = (
            models.Index(F("declared_at").desc(), F("id").desc(), name="incident_newest"),
            models.Index("unit", F("declared_at").desc(), F("id").desc(), name="incident_newest_of_unit"),
            models.Index(
                F("declared_at").desc(),
                F("id").desc(),
                name="incident_open",
                condition=~Q(status__in=["resolved", "closed"]),
            ),
            # What polls for changes, or reports what was resolved, asks by.
            models.Index(fields=["updated_at", "id"], name="incident_updated"),
            models.Index(fields=["resolved_at", "id"], name="incident_resolved"),
            models.Index("service", F("declared_at").desc(), name="incident_of_service"),
            models.Index("commander", F("declared_at").desc(), name="incident_of_commander"),
            # The two sides of row-level security, said whole: no row is asked once more whose of them it is on.
            models.Index(fields=["unit"], name="incident_of_unit", condition=Q(restricted=False)),
            models.Index(fields=["id"], name="incident_restricted", condition=Q(restricted=True)),
            models.Index(fields=["parent"], name="incident_of_parent", condition=Q(parent__isnull=False)),
            models.Index(
                fields=["maintenance"], name="incident_in_maintenance", condition=Q(maintenance__isnull=False)
            ),
            models.Index(fields=["service"], name="incident_quiet", condition=Q(is_quiet=True)),
        )
        constraints = (
            # What children's composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit", "restricted"], name="incident_scope"),
            models.CheckConstraint(name="incident_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="incident_restricted_is_alone", condition=Q(restricted=False) | Q(parent__isnull=True)
            ),
            models.CheckConstraint(
                name="incident_quiet_in_maintenance", condition=Q(is_quiet=False) | Q(maintenance__isnull=False)
            ),
            models.CheckConstraint(
                name="incident_times_match_status",
                condition=Q(status__in=["declared"])
                | Q(status="acknowledged", acknowledged_at__isnull=False)
                | Q(status="mitigated", mitigated_at__isnull=False)
                | Q(status="resolved", resolved_at__isnull=False)
                | Q(status="closed", resolved_at__isnull=False, closed_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def is_open(self) -> bool:
        return self.status not in OVER

    @property
    def open_for(self) -> timedelta | None:
        """From the declaration to the resolution; None while it goes on."""
        return self.resolved_at - self.declared_at if self.resolved_at else None

    @property
    def stage_times(self) -> dict[str, datetime | None]:
        """When each stage was first reached, in the order of the stages."""
        return {status.value: getattr(self, f"{status.value}_at") for status in Status}


class IncidentNumber(models.Model):
    """The last number given to an unrestricted incident of the unit."""

    unit = models.OneToOneField("tenants.BusinessUnit", models.CASCADE, primary_key=True, related_name="+")
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.last}"


class IncidentScoped(Witnessed):
    """A row of an incident: it carries its parent's scope, kept equal by a composite foreign key."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="%(class)ss")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=False)

    class Meta(Witnessed.Meta):
        abstract = True
