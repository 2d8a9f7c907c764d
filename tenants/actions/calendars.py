"""When a unit works and what it works under: kept by whoever administers it, a regional lead for those of a region."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.zones import checked_zone
from tenants import access, audit
from tenants.calendars import Hours, is_place, overlapping
from tenants.models import BusinessUnit, Closure, RegulationProfile, UnitCalendar, UnitRegulation, WorkingHours
from tenants.permissions import Permission, holds_for_enterprise, regions_with, require

MOST_HOURS: Final = 50
LONGEST_CLOSURE: Final = 366


def set_calendar(
    *,
    actor: Actor,
    unit_id: int,
    hours: Sequence[Hours],
    country: str = "",
    subdivision: str = "",
    time_zone: str | None = None,
) -> UnitCalendar:
    """Say when a unit works: all of its hours, in the place of those before, and whose public holidays it keeps.

    Args:
        hours: local, at most 50; none for a unit without working hours.
        country: ISO 3166-1, such as DE; empty for no holidays.
        subdivision: ISO 3166-2 without the country, such as BE.
        time_zone: the unit's, by IANA name; as it was if left out.

    Raises `NotFound`, `Forbidden` without unit.administer in the unit, `Invalid` for a place or zone that is not known
    and for hours that overlap. Locks the unit.
    """
    with acting_as(actor):
        unit = _administered(actor, unit_id)
        country, subdivision = country.strip().upper(), subdivision.strip().upper()
        if not is_place(country, subdivision):
            raise Invalid(f"No public holidays are known for {'-'.join(filter(None, (country, subdivision)))}.",
                          path=["subdivision" if subdivision and is_place(country, "") else "country"])  # fmt: skip
        if time_zone is not None:
            checked_zone(time_zone, "timeZone")
        _check_hours(hours)
        before = _as_words(WorkingHours.objects.filter(unit=unit))
        calendar, _ = UnitCalendar.objects.update_or_create(
            unit=unit, defaults={"country": country, "subdivision": subdivision}
        )
        WorkingHours.objects.filter(unit=unit).delete()
        kept = WorkingHours.objects.bulk_create(
            WorkingHours(unit=unit, weekday=each.weekday, starts_at=each.starts_at, ends_at=each.ends_at)
            for each in hours
        )
        change = {"hours": [before, _as_words(kept)], "place": [None, str(calendar)]}
        if time_zone is not None and time_zone != unit.time_zone:
            change["time_zone"] = [unit.time_zone, time_zone]
            unit.time_zone = time_zone
            unit.save(update_fields=["time_zone"])
        audit.record(actor=actor, verb="set_calendar", obj=unit, unit_id=unit.pk, change=change)
        return calendar


def add_closure(*, actor: Actor, unit_id: int, name: str, starts_on: date, ends_on: date | None = None) -> Closure:
    """Add days on which a unit does not work.

    Raises `NotFound`, `Forbidden` without unit.administer in the unit, `Invalid` for no name or days out of order.
    """
    with acting_as(actor):
        unit = _administered(actor, unit_id)
        name = _checked(name, "name", 100)
        last = ends_on or starts_on
        if last < starts_on or (last - starts_on).days > LONGEST_CLOSURE:
            raise Invalid("A closure ends on the day it begins or after, within a year.", path=["endsOn"])
        closure = Closure.objects.create(unit=unit, name=name, starts_on=starts_on, ends_on=last)
        audit.record(
            actor=actor,
            verb="add_closure",
            obj=closure,
            unit_id=unit.pk,
            change={"name": [None, name], "days": [None, [starts_on.isoformat(), last.isoformat()]]},
        )
        return closure


def remove_closure(*, actor: Actor, closure_id: int) -> BusinessUnit:
    """Take a closure back. Raises `NotFound`, `Forbidden` without unit.administer in the unit."""
    with acting_as(actor):
        closure = access.closure_for(actor, closure_id)
        unit = _administered(actor, closure.unit_id)
        audit.record(
            actor=actor, verb="remove_closure", obj=closure, unit_id=unit.pk, change={"name": [closure.name, None]}
        )
        closure.delete()
        return unit


def create_regulation_profile(
    *,
    actor: Actor,
    name: str,
    region_id: int | None = None,
    description: str = "",
    authority: str = "",
    source: str = "",
    first_report_hours: int | None = None,
) -> RegulationProfile:
    """Describe rules that units work under.

    Args:
        region_id: the region whose leads keep it; the enterprise keeps one without.
        first_report_hours: from becoming aware to the first report.

    Raises `NotFound`, `Forbidden` unless the actor administers the units of the region, or the enterprise, `Invalid`
    for no name, `Conflict` for one that is taken.
    """
    with acting_as(actor):
        if region_id is not None:
            try:
                access.region_for(actor, region_id)
            except NotFound as error:
                raise error.at("regionId") from None
        _require_keeping(actor, region_id)
        values = _profile_values(name, description, authority, source, first_report_hours)
        try:
            with transaction.atomic():
                profile = RegulationProfile.objects.create(
                    key=slugify(values["name"])[:40], region_id=region_id, **values
                )
        except IntegrityError:
            raise Conflict(f"There is a regulation profile called {name} already.", path=["name"]) from None
        audit.record(
            actor=actor,
            verb="create_regulation_profile",
            obj=profile,
            unit_id=None,
            change={field: [None, value] for field, value in values.items()},
        )
        return profile


def change_regulation_profile(
    *,
    actor: Actor,
    profile_id: int,
    name: str,
    description: str = "",
    authority: str = "",
    source: str = "",
    first_report_hours: int | None = None,
) -> RegulationProfile:
    """Describe rules anew: all of what is said of them. Their key and their region stay.

    Args:
        first_report_hours: from becoming aware to the first report.

    Raises `NotFound`, `Forbidden` unless the actor administers the units of the profile's region, or the enterprise,
    `Invalid` for no name. Locks the profile.
    """
    with acting_as(actor):
        profile = access.regulation_profile_for(actor, profile_id)
        _require_keeping(actor, profile.region_id)
        values = _profile_values(name, description, authority, source, first_report_hours)
        profile = RegulationProfile.objects.select_for_update().get(pk=profile.pk)
        change = {
            field: [getattr(profile, field), value]
            for field, value in values.items()
            if getattr(profile, field) != value
        }
        for field, value in values.items():
            setattr(profile, field, value)
        profile.save(update_fields=list(values))
        audit.record(actor=actor, verb="change_regulation_profile", obj=profile, unit_id=None, change=change)
        return profile


def set_regulations(*, actor: Actor, unit_id: int, profile_ids: Iterable[int]) -> BusinessUnit:
    """Say under which regulation profiles a unit works: all of them, in the place of those before.

    Raises `NotFound`, `Forbidden` without unit.administer in the unit.
    """
    with acting_as(actor):
        unit = _administered(actor, unit_id)
        wanted = set(profile_ids)
        known = {each.pk: each.key for each in RegulationProfile.objects.filter(pk__in=wanted)}
        if wanted - known.keys():
            raise NotFound("regulation profile", path=["profileIds"])
        held = {each.profile_id: each.profile.key for each in unit.regulations.select_related("profile")}
        UnitRegulation.objects.filter(unit=unit).exclude(profile_id__in=wanted).delete()
        UnitRegulation.objects.bulk_create(
            UnitRegulation(unit=unit, profile_id=each, since=clock.now().date()) for each in wanted - held.keys()
        )
        audit.record(
            actor=actor,
            verb="set_regulations",
            obj=unit,
            unit_id=unit.pk,
            change={"regulations": [sorted(held.values()), sorted(known.values())]},
        )
        return unit


def _require_keeping(actor: Actor, region_id: int | None) -> None:
    keeps = (
        holds_for_enterprise(actor, Permission.UNIT_ADMINISTER)
        if region_id is None
        else region_id in regions_with(actor, Permission.UNIT_ADMINISTER)
    )
    if not keeps:
        raise Forbidden("Regulation profiles are kept by regional leads, and by the enterprise for all.")


def _profile_values(
    name: str, description: str, authority: str, source: str, first_report_hours: int | None
) -> dict[str, Any]:
    if first_report_hours is not None and not 1 <= first_report_hours <= 24 * 366:
        raise Invalid("A first report is due after 1 hour to a year.", path=["firstReportHours"])
    return {
        "name": _checked(name, "name", 100),
        "description": _checked(description, "description", 2_000, required=False),
        "authority": _checked(authority, "authority", 200, required=False),
        "source": _checked(source, "source", 200, required=False),
        "first_report_hours": first_report_hours,
    }


def _administered(actor: Actor, unit_id: int) -> BusinessUnit:
    try:
        unit = access.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None
    require(actor, Permission.UNIT_ADMINISTER, unit.pk, f"You do not administer {unit.name}.")
    return BusinessUnit.objects.select_for_update().get(pk=unit.pk)


def _check_hours(hours: Sequence[Hours]) -> None:
    if len(hours) > MOST_HOURS:
        raise Invalid(f"{len(hours)} working hours are too many; {MOST_HOURS} is the most.", path=["hours"])
    for each in hours:
        if not 0 <= each.weekday <= 6:
            raise Invalid("Weekdays go from 0, Monday, to 6, Sunday.", path=["hours"])
        if each.ends_at != time(0) and each.ends_at <= each.starts_at:
            raise Invalid("Working hours end after they start; 00:00 is the end of the day.", path=["hours"])
    if (clash := overlapping(hours)) is not None:
        raise Invalid(f"The hours from {clash.starts_at:%H:%M} begin before others of that day end.", path=["hours"])


def _checked(text: str, field: str, longest: int, *, required: bool = True) -> str:
    text = text.replace("\x00", "").strip()
    if (required and not text) or len(text) > longest:
        raise Invalid(f"The {field} has 1 to {longest} characters.", path=[field])
    return text


def _as_words(hours: Iterable[WorkingHours]) -> list[str]:
    return [str(each) for each in hours]
