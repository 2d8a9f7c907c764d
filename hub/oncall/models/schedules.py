from __future__ import annotations

from datetime import time

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from hub.oncall.shifts import Duty

DUTIES = [(duty.value, duty.value.capitalize()) for duty in Duty]


class WhenNobody(models.TextChoices):
    FALL_THROUGH = "fall_through", "Go on to whoever is asked next"
    DEFER = "defer", "Wait for who comes on next"


class Schedule(models.Model):
    """A question that always has one answer: who is on call for this, now."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="schedules")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=64, help_text="IANA name; the zone of its hours, and of new layers")
    hours = models.JSONField(
        default=list,
        blank=True,
        help_text="When somebody has to be on: pairs of minutes from Monday 00:00; empty for always",
    )
    needs_secondary = models.BooleanField(default=False, help_text="Whether a shift without a secondary is a gap")
    when_nobody = models.CharField(max_length=12, choices=WhenNobody, default=WhenNobody.FALL_THROUGH)
    calendars_decide_at_once = models.BooleanField(
        default=False, db_default=False, help_text="Whether a calendar that is read may change who is on at that moment"
    )
    expertise = ArrayField(
        models.SlugField(max_length=60),
        default=list,
        blank=True,
        help_text="What everybody on must be able to do: keys of expertise",
    )
    demands = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        help_text="Since when what expertise is demanded, the earliest first; empty for always the same",
    )

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["unit", "slug"], name="schedule_slug_once_a_unit"),)

    def __str__(self) -> str:
        return self.name


class Layer(models.Model):
    """Part of a schedule: of the layers of a duty, the one with the highest priority that has anybody decides.

    Duty and priority stay as they are, since another one would change who is on now: a layer is ended and another
    one begun.
    """

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="layers")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    duty = models.CharField(max_length=10, choices=DUTIES, default=Duty.PRIMARY.value)
    priority = models.PositiveSmallIntegerField(default=0, help_text="The highest decides")

    class Meta:
        ordering = ("schedule", "duty", "-priority", "id")
        constraints = (
            models.UniqueConstraint(fields=["schedule", "duty", "priority"], name="layer_priority_once_a_duty"),
        )

    def __str__(self) -> str:
        return self.name


class Period(models.TextChoices):
    HOURS = "hours", "Hours"
    DAYS = "days", "Days"
    WEEKS = "weeks", "Weeks"


class Rotation(models.Model):
    """Who takes turns in a layer, from `effective_from` until the layer's next rotation is in force.

    An edit is a new row, so that it takes effect when it says and never changes what was.
    """

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="rotations")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    effective_from = models.DateTimeField()
    time_zone = models.CharField(max_length=64, help_text="IANA name; hand-overs happen at this zone's local time")
    starts_on = models.DateField(help_text="The local date of the first hand-over")
    hands_over_at = models.TimeField(default=time(9), help_text="Local time")
    period = models.CharField(max_length=5, choices=Period, default=Period.WEEKS)
    length = models.PositiveSmallIntegerField(default=1, help_text="Periods a turn")
    hand_over_days = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        help_text="For weeks: further days of the week to hand over on, 1 for Monday; empty for the first one's alone",
    )
    hours = models.JSONField(
        default=list,
        blank=True,
        help_text="When somebody is on: pairs of minutes from Monday 00:00; empty for always",
    )
    created_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("layer", "effective_from")
        constraints = (
            models.CheckConstraint(condition=Q(length__gte=1), name="rotation_turn_has_a_length"),
            models.UniqueConstraint(fields=["layer", "effective_from"], name="rotation_once_a_moment"),
        )

    def __str__(self) -> str:
        return f"Rotation of layer {self.layer_id} from {self.effective_from:%Y-%m-%d %H:%M}"


class RotationMember(models.Model):
    """A person's place in a rotation; those of the same position are on together."""

    rotation = models.ForeignKey(Rotation, models.CASCADE, related_name="members")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="rotations")

    class Meta:
        ordering = ("rotation", "position", "id")
        constraints = (
            models.UniqueConstraint(fields=["rotation", "position", "person"], name="rotation_place_once_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} at {self.position}"


class FixedShift(models.Model):
    """A shift that follows no rotation: imported from a calendar, or planned to balance the load."""

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="fixed_shifts")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="fixed_shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    source = models.ForeignKey("oncall.CalendarSource", models.CASCADE, null=True, related_name="shifts")

    class Meta:
        ordering = ("layer", "starts_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="fixed_shift_ends_after_it_starts"),
        )
        indexes = (models.Index(fields=["layer", "starts_at", "ends_at"], name="fixed_shift_when"),)

    def __str__(self) -> str:
        return f"{self.person_id} from {self.starts_at:%Y-%m-%d %H:%M}"


class Held(Func):
    """From when until when somebody is able to do something, as a range; without an edge where there is none."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class Expertise(models.Model):
    """A person is able to do something, in the eyes of a unit, until it has to be shown anew.

    Once that is over, another row says from when on they are able again, so that what was stays as it was.
    """

    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="expertise")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    key = models.SlugField(max_length=60, help_text="What it is: postgresql, card-schemes")
    valid_from = models.DateTimeField(null=True, blank=True, help_text="Empty for ever since")
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "expertise"
        ordering = ("unit", "key", "person")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "unit", "key", "valid_from"], name="expertise_begins_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")), name="expertise_ends_after_it_begins"
            ),
            # Two rows of one time would outlive each other: who is no longer able by one still is by the other.
            ExclusionConstraint(
                name="expertise_held_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    ("key", RangeOperators.EQUAL),
                    (Held(F("valid_from"), F("valid_until")), RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} of {self.person_id}"
