from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tenants.models.units import BusinessUnit, Region


class UnitCalendar(models.Model):
    """Where a unit's public holidays come from. Its time zone is the unit's own."""

    unit = models.OneToOneField(BusinessUnit, models.CASCADE, primary_key=True, related_name="calendar")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1, such as DE; empty for no holidays")
    subdivision = models.CharField(max_length=12, blank=True, help_text="ISO 3166-2 without the country, such as BE")

    def __str__(self) -> str:
        return f"{self.country}-{self.subdivision}" if self.subdivision else self.country


class WorkingHours(models.Model):
    """Hours of one weekday, in the unit's time zone, at which it works; a day may have several."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday, 6 is Sunday")
    starts_at = models.TimeField()
    ends_at = models.TimeField(help_text="00:00 is the end of the day")

    class Meta:
        verbose_name_plural = "working hours"
        ordering = ("unit", "weekday", "starts_at")
        constraints = (
            models.CheckConstraint(name="working_weekday_is_one", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="working_hours_end_after_they_start", condition=Q(ends_at__gt=F("starts_at")) | Q(ends_at="00:00")
            ),
            models.UniqueConstraint(fields=["unit", "weekday", "starts_at"], name="working_hours_once_a_start"),
        )

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


class Closure(models.Model):
    """Days on which a unit does not work although no public holiday says so."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="closures")
    name = models.CharField(max_length=100)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day of it")

    class Meta:
        ordering = ("starts_on", "id")
        constraints = (
            models.CheckConstraint(name="closure_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))),
        )

    def __str__(self) -> str:
        return self.name


class RegulationProfile(models.Model):
    """Rules of a place or a trade that a unit works under, and what they ask of its incidents."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    authority = models.CharField(max_length=200, blank=True, help_text="Who is to be told")
    source = models.CharField(max_length=200, blank=True, help_text="The article that says so")
    first_report_hours = models.PositiveIntegerField(
        null=True, blank=True, help_text="Hours from becoming aware to the first report; empty where there is no term"
    )
    region = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="regulation_profiles",
        help_text="Whose leads keep it; none for one that the enterprise keeps",
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class UnitRegulation(models.Model):
    """A unit works under a regulation profile."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="regulations")
    profile = models.ForeignKey(RegulationProfile, models.PROTECT, related_name="units")
    since = models.DateField()

    class Meta:
        ordering = ("profile__name",)
        constraints = (models.UniqueConstraint(fields=["unit", "profile"], name="unit_once_a_regulation"),)

    def __str__(self) -> str:
        return f"{self.unit_id} under {self.profile_id}"
