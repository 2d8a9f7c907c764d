"""Loads the demonstration organisation: regions, units, terms, people, services and schedules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml
from django.contrib.auth.hashers import make_password

from hub.catalog.models import Dependency, Service
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
    TermKind,
    TermMapping,
    TermRelation,
    UnitRegion,
)

CONTENT: Final = Path(__file__).parent / "content"
HISTORY: Final = timedelta(days=730)

GLOBAL_SEVERITIES: Final = (
    ("sev1", "SEV1 Critical", "Customers cannot use a critical service, or data is at risk"),
    ("sev2", "SEV2 High", "A critical service is degraded, or an important one is down"),
    ("sev3", "SEV3 Moderate", "Some customers are affected, and there is a workaround"),
    ("sev4", "SEV4 Low", "Little effect; can wait for working hours"),
    ("sev5", "SEV5 Notice", "No effect yet; worth a look"),
)
INCIDENT_TYPES: Final = (
    ("availability", "Availability", "A service does not answer, or answers with errors"),
    ("performance", "Performance", "A service answers too slowly"),
    ("data", "Data", "Data is wrong, late or lost"),
    ("security", "Security", "Confidentiality or integrity is in doubt"),
    ("facility", "Facility", "A site, its power or its network is affected"),
)
LOCAL_SEVERITIES: Final = {
    "retail": (("p1", "P1 Trading stopped", "sev1"), ("p2", "P2 Trading impaired", "sev2"), ("p3", "P3 Minor", "sev3")),
    "media": (("blackout", "Blackout", "sev1"), ("degraded", "Degraded", "sev2"), ("blip", "Blip", "sev4")),
}


@dataclass
class Organisation:
    """What was loaded, by the names that the content uses."""

    units: dict[str, BusinessUnit] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    causes: dict[str, Term] = field(default_factory=dict)
    types: dict[str, Term] = field(default_factory=dict)
    severities: dict[str, Term] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    """The names of the services that a service, by slug, depends on."""
    rosters: dict[tuple[str, str], list[Person]] = field(default_factory=dict)


def load_organisation(password: str) -> Organisation:
    """Write the organisation into an empty database. `password` is every login's."""
    content = yaml.safe_load((CONTENT / "organisation.yaml").read_text())
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
        )
        loaded.units[unit.slug] = unit
        UnitRegion.objects.bulk_create(UnitRegion(unit=unit, region=regions[code]) for code in each["regions"])
    _load_terms(content, loaded, start)
    _load_people(content, loaded, regions, password, start)
    load_schedules(loaded.units, loaded.people, loaded.rosters, start)
    _load_services(content, loaded)
    return loaded


def _load_terms(content: dict[str, Any], loaded: Organisation, start: datetime) -> None:
    for rank, (key, name, description) in enumerate(GLOBAL_SEVERITIES, start=1):
        loaded.severities[key] = Term.objects.create(
            kind=TermKind.SEVERITY, key=key, name=name, description=description, rank=rank
        )
    for rank, (key, name, description) in enumerate(INCIDENT_TYPES):
        loaded.types[key] = Term.objects.create(
            kind=TermKind.INCIDENT_TYPE, key=key, name=name, description=description, rank=rank
        )
    for rank, each in enumerate(content["causes"]):
        loaded.causes[each["key"]] = Term.objects.create(
            kind=TermKind.CAUSE, key=each["key"], name=each["name"], description=each["description"], rank=rank
        )
    for slug, terms in LOCAL_SEVERITIES.items():
        for rank, (key, name, target) in enumerate(terms, start=1):
            local = Term.objects.create(kind=TermKind.SEVERITY, key=key, name=name, unit=loaded.units[slug], rank=rank)
            TermMapping.objects.create(
                local=local,
                unit=loaded.units[slug],
                target=loaded.severities[target],
                relation=TermRelation.EQUAL,
                valid_from=start,
            )


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
