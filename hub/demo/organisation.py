"""Loads the demonstration organisation: regions, units, people, services and schedules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib.auth.hashers import make_password

from hub.catalog.models import Dependency, Service
from hub.demo.reading import read_content
from hub.demo.rosters import load_schedules
from hub.lib import clock
from hub.oncall.models import Schedule
from tenants.models import (
    BusinessUnit,
    Person,
    Region,
    Role,
    RoleAssignment,
    Term,
    UnitRegion,
)

HISTORY: Final = timedelta(days=730)


@dataclass
class Organisation:
    """What was loaded, by the names that the content uses."""

    units: dict[str, BusinessUnit] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    causes: dict[str, Term] = field(default_factory=dict)
    failure_modes: dict[str, Term] = field(default_factory=dict)
    types: dict[str, Term] = field(default_factory=dict)
    severities: dict[str, Term] = field(default_factory=dict)
    local_types: dict[tuple[str, str], tuple[Term, int]] = field(default_factory=dict)
    """By unit and global type: the unit's own word, and every how many incidents it is said."""
    needs: dict[str, list[str]] = field(default_factory=dict)
    """The names of the services that a service, by slug, depends on."""
    rosters: dict[tuple[str, str], list[Person]] = field(default_factory=dict)


def load_organisation(password: str) -> Organisation:
    """Write the organisation into an empty database. `password` is every login's."""
    content = read_content("organisation.yaml")
    loaded = Organisation()
    start = clock.now() - HISTORY - timedelta(days=7)
    regions = {each["code"]: Region.objects.create(code=each["code"], name=each["name"]) for each in content["regions"]}
    for each in content["units"]:
        unit = BusinessUnit.objects.create(
            slug=each["slug"],
            prefix=each["prefix"],
            name=each["name"],
            mission=each["mission"],
            time_zone=each["time_zone"],
            parent=loaded.units[each["parent"]] if "parent" in each else None,
        )
        loaded.units[unit.slug] = unit
        UnitRegion.objects.bulk_create(UnitRegion(unit=unit, region=regions[code]) for code in each["regions"])
    _load_people(content, loaded, regions, password, start)
    load_schedules(loaded.units, loaded.people, loaded.rosters, start)
    _load_services(content, loaded)
    return loaded


def _load_people(
    content: dict[str, Any], loaded: Organisation, regions: dict[str, Region], password: str, start: datetime
) -> None:
    hashed = make_password(password)
    roles = {role.key: role for role in Role.objects.filter(unit=None)}
    for each in content["people"]:
        person = Person.objects.create(
            username=each["username"],
            name=each["name"],
            email=f"{each['username']}@meridian.example",
            time_zone=each["time_zone"],
            language=each.get("language", "en"),
            password=hashed,
            joined_at=start,
        )
        loaded.people[person.username] = person
        for held in each["roles"]:
            key, _, scope = held.partition("@")
            RoleAssignment.objects.create(
                person=person,
                role=roles[key],
                unit=loaded.units.get(scope),
                region=regions[scope.removeprefix("region:")] if scope.startswith("region:") else None,
                is_enterprise=scope == "enterprise",
                valid_from=start,
            )
            if scope in loaded.units and key in ("commander", "responder"):
                loaded.rosters.setdefault((scope, key), []).append(person)


def _load_services(content: dict[str, Any], loaded: Organisation) -> None:
    schedules = {schedule.slug: schedule for schedule in Schedule.objects.all()}
    for each in content["services"]:
        loaded.services[each["slug"]] = Service.objects.create(
            unit=loaded.units[each["unit"]],
            slug=each["slug"],
            name=each["name"],
            description=each.get("description", ""),
            criticality=each["criticality"],
            recovery_minutes=each.get("recovery_minutes"),
            asset_class=each.get("asset_class", ""),
            sensitivity=each.get("sensitivity"),
            tags=each["tags"],
            commander_schedule=schedules.get(f"{each['unit']}-commanders"),
            responder_schedule=schedules.get(f"{each['unit']}-responders"),
        )
    for each in content["services"]:
        loaded.needs[each["slug"]] = [loaded.services[needed].name for needed in each["depends_on"]]
    Dependency.objects.bulk_create(
        Dependency(
            service=loaded.services[each["slug"]],
            needs=loaded.services[needed],
            unit=loaded.units[each["unit"]],
        )
        for each in content["services"]
        for needed in each["depends_on"]
    )


def at_utc(text: str) -> datetime:
    """A time of the content, which is written in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
