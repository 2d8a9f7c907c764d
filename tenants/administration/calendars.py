"""What the tenant admin shows of when units work, and of what they work under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.forms import CharField
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from hub.lib.identity import Actor
from tenants import access, actions
from tenants.administration.acting import ActionAdmin, ActionForm
from tenants.administration.pages import current_actor
from tenants.administration.site import asked_once
from tenants.calendars import WEEKDAYS, read_hours, said
from tenants.models import BusinessUnit, Region, RegulationProfile
from tenants.permissions import Permission, holds_for_enterprise, regions_with


def _hours_field(day: str) -> CharField:
    return CharField(
        required=False,
        label=day,
        help_text="09:00-12:30, 13:30-18:00; empty for a day off." if day == WEEKDAYS[0] else "",
        widget=UnfoldAdminTextInputWidget,
    )


class UnitCalendarForm(ActionForm):
    """A unit's week, and its place. One field a day, so that a phone can fill it in."""

    time_zone = CharField(label="Time zone", help_text="Such as Europe/Berlin", widget=UnfoldAdminTextInputWidget)
    monday = _hours_field("Monday")
    tuesday = _hours_field("Tuesday")
    wednesday = _hours_field("Wednesday")
    thursday = _hours_field("Thursday")
    friday = _hours_field("Friday")
    saturday = _hours_field("Saturday")
    sunday = _hours_field("Sunday")
    paths = {"timeZone": "time_zone", "hours": "monday"}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.instance.pk is None:
            return
        unit = self.instance.unit
        self.initial["time_zone"] = unit.time_zone
        hours = access.calendars(current_actor(), [unit.pk])[unit.pk].hours
        for number, day in enumerate(WEEKDAYS):
            self.initial[day.lower()] = ", ".join(said(each) for each in hours if each.weekday == number)

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        return actions.set_calendar(
            actor=actor,
            unit_id=given["unit"].pk if given.get("unit") else self.instance.unit_id,
            hours=[hours for number, day in enumerate(WEEKDAYS) for hours in read_hours(number, given[day.lower()])],
            country=given["country"],
            subdivision=given["subdivision"],
            time_zone=given["time_zone"].strip(),
        )


class UnitCalendarAdmin(ActionAdmin):
    """When the unit works, and whose public holidays it keeps."""

    form = UnitCalendarForm
    list_display = ("unit", "country", "subdivision", "time_zone")
    list_select_related = ("unit",)
    list_filter = ("country",)
    search_fields = ("unit__name", "country")
    fields = ("unit", "time_zone", "country", "subdivision", *(day.lower() for day in WEEKDAYS))

    def time_zone(self, obj: Any) -> str:
        return str(obj.unit.time_zone)

    def history_of(self, obj: Any) -> Q:
        """A calendar is the unit's: what was said of it stands there."""
        return Q(noun="businessunit", object_id=obj.unit_id, verb="set_calendar")


class ClosureForm(ActionForm):
    paths = {"endsOn": "ends_on", "startsOn": "starts_on"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        return actions.add_closure(
            actor=actor,
            unit_id=given["unit"].pk,
            name=given["name"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
        )


class ClosureAdmin(ActionAdmin):
    """Days on which the unit does not work though no public holiday says so. One that is wrong is removed."""

    form = ClosureForm
    list_display = ("name", "unit", "starts_on", "ends_on")
    list_select_related = ("unit",)
    list_filter = ("unit",)
    search_fields = ("name", "unit__name")
    date_hierarchy = "starts_on"
    fields = ("unit", "name", "starts_on", "ends_on")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        actions.remove_closure(actor=current_actor(), closure_id=obj.pk)


class RegulationProfileForm(ActionForm):
    paths = {"firstReportHours": "first_report_hours", "regionId": "region"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        words = {field: given[field] for field in ("name", "description", "authority", "source", "first_report_hours")}
        if self.instance.pk is not None:
            return actions.change_regulation_profile(actor=actor, profile_id=self.instance.pk, **words)
        region = given.get("region")
        return actions.create_regulation_profile(actor=actor, region_id=region.pk if region else None, **words)


class RegulationProfileAdmin(ActionAdmin):
    """Rules that units work under. Everybody reads them; a region's leads keep its own, and the enterprise the rest."""

    unit_path = ""
    form = RegulationProfileForm
    fixed = ("key", "region")
    list_display = ("name", "region", "authority", "first_report_hours")
    export_also = ("key", "description", "source")
    list_select_related = ("region",)
    list_filter = ("region",)
    search_fields = ("name", "key", "authority", "source")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegulationProfile]:
        return access.regulation_profiles(current_actor())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        base = ("name", "region", "description", "authority", "source", "first_report_hours")
        return ("key", *base) if obj is not None else base

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(_regions(request)) or _keeps_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return self.has_add_permission(request)
        return _keeps_all(request) if obj.region_id is None else obj.region_id in _regions(request)

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Region.objects.filter(pk__in=_regions(request))
        chosen = super().formfield_for_foreignkey(field, request, **kwargs)
        if chosen is not None:
            chosen.required = not _keeps_all(request)
        return chosen


class UnitRegulationForm(ActionForm):
    paths = {"profileIds": "profile"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        unit: BusinessUnit = given["unit"]
        held = set(unit.regulations.values_list("profile_id", flat=True))
        actions.set_regulations(actor=actor, unit_id=unit.pk, profile_ids=held | {given["profile"].pk})
        return unit.regulations.get(profile=given["profile"])


class UnitRegulationAdmin(ActionAdmin):
    """What the unit works under."""

    form = UnitRegulationForm
    list_display = ("unit", "profile", "since")
    list_select_related = ("unit", "profile")
    list_filter = ("profile", "unit")
    search_fields = ("unit__name", "profile__name")
    fields = ("unit", "profile")

    def history_of(self, obj: Any) -> Q:
        """Which profiles a unit works under is said for all of them at once."""
        return Q(noun="businessunit", object_id=obj.unit_id, verb="set_regulations")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        left = obj.unit.regulations.exclude(pk=obj.pk).values_list("profile_id", flat=True)
        actions.set_regulations(actor=current_actor(), unit_id=obj.unit_id, profile_ids=list(left))


def _regions(request: HttpRequest) -> frozenset[int]:
    return asked_once(request, regions_with, current_actor(), Permission.UNIT_ADMINISTER)


def _keeps_all(request: HttpRequest) -> bool:
    return asked_once(request, holds_for_enterprise, current_actor(), Permission.UNIT_ADMINISTER)
