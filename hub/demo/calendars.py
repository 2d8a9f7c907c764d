"""When the units work and what they work under, a role of a unit's own, and a service account with a narrow key."""

from __future__ import annotations

import hashlib
from datetime import date, time, timedelta
from typing import Final

from hub.demo.organisation import Organisation
from hub.lib import clock
from tenants.models import (
    AccessToken,
    Closure,
    Person,
    Region,
    RegulationProfile,
    Role,
    RoleAssignment,
    UnitCalendar,
    UnitRegulation,
    WorkingHours,
)

PLACES: Final = {
    "group": ("GB", "ENG", 9, 18),
    "payments": ("DE", "BE", 8, 18),
    "retail": ("GB", "ENG", 8, 20),
    "stores": ("GB", "ENG", 8, 20),
    "logistics": ("US", "IL", 6, 18),
    "cloud": ("US", "CA", 9, 17),
    "health": ("SG", "", 8, 18),
    "media": ("BR", "SP", 10, 22),
}
PROFILES: Final = (
    ("gdpr", "GDPR", "emea", 72, "The lead supervisory authority", "Regulation (EU) 2016/679, article 33",
     "A breach of personal data is reported unless it is unlikely to be a risk to people."),
    ("nis2", "NIS2", "emea", 24, "The national CSIRT", "Directive (EU) 2022/2555, article 23",
     "An early warning of a significant incident, a notification within 72 hours, a final report in a month."),
    ("dora", "DORA", "emea", 4, "The financial supervisor", "Regulation (EU) 2022/2554, article 19",
     "A major ICT-related incident of a financial entity is reported within 4 hours of being classified as one."),
    ("hipaa", "HIPAA Breach Notification", "amer", 1440, "The Department of Health and Human Services",
     "45 CFR 164.404 to 164.408", "A breach of unsecured health information is reported within 60 days."),
    ("pdpa", "PDPA", "apac", 72, "The Personal Data Protection Commission",
     "Personal Data Protection Act 2012, section 26D", "A notifiable data breach is reported within 3 days."),
    ("lgpd", "LGPD", "latam", 72, "The Autoridade Nacional de Proteção de Dados", "Lei 13.709/2018, article 48",
     "A security incident with relevant risk is reported within 3 working days."),
)  # fmt: skip
UNDER: Final = {
    "payments": ("gdpr", "nis2", "dora"),
    "retail": ("gdpr",),
    "cloud": ("gdpr", "nis2"),
    "logistics": ("hipaa",),
    "health": ("pdpa",),
    "media": ("lgpd",),
}


def load_calendars(organisation: Organisation) -> None:
    """Write them into the organisation that was just loaded."""
    today = clock.now().date()
    for slug, (country, subdivision, start, end) in PLACES.items():
        unit = organisation.units[slug]
        UnitCalendar.objects.create(unit=unit, country=country, subdivision=subdivision)
        WorkingHours.objects.bulk_create(
            WorkingHours(unit=unit, weekday=weekday, starts_at=time(start), ends_at=time(end)) for weekday in range(5)
        )
    Closure.objects.create(
        unit=organisation.units["logistics"],
        name="Stocktaking",
        starts_on=today + timedelta(days=18),
        ends_on=today + timedelta(days=19),
    )
    _load_regulations(organisation, today)
    _load_stores(organisation)
    _load_account(organisation)


def _load_regulations(organisation: Organisation, today: date) -> None:
    regions = {region.code: region for region in Region.objects.all()}
    profiles = {
        key: RegulationProfile.objects.create(
            key=key,
            name=name,
            region=regions[region],
            first_report_hours=hours,
            authority=authority,
            source=source,
            description=description,
        )
        for key, name, region, hours, authority, source, description in PROFILES
    }
    UnitRegulation.objects.bulk_create(
        UnitRegulation(unit=organisation.units[slug], profile=profiles[key], since=today - timedelta(days=400))
        for slug, keys in UNDER.items()
        for key in keys
    )


def _load_stores(organisation: Organisation) -> None:
    """A role of the stores' own, which somebody holds for a season. Nobody is on call for them at night."""
    stores = organisation.units["stores"]
    role = Role.objects.create(
        key="season",
        name="Season helper",
        description="Watches over the stores before the holidays",
        unit=stores,
        permissions=["incident.view", "oncall.view", "unit.view"],
    )
    now = clock.now()
    RoleAssignment.objects.create(
        person=organisation.people["responder2.retail"],
        role=role,
        unit=stores,
        valid_from=now - timedelta(days=9),
        valid_until=now + timedelta(days=35),
        granted_by=organisation.people["admin.retail"],
    )


def _load_account(organisation: Organisation) -> None:
    unit = organisation.units["payments"]
    now = clock.now()
    account = Person.objects.create(
        username="service.payments.deployments",
        name="Deployments",
        password="!",
        is_service=True,
        unit=unit,
        joined_at=now - timedelta(days=200),
    )
    RoleAssignment.objects.create(
        person=account,
        role=Role.objects.get(key="observer", unit=None),
        unit=unit,
        valid_from=now - timedelta(days=200),
        granted_by=organisation.people["admin.payments"],
    )
    AccessToken.objects.create(
        person=account,
        unit=unit,
        name="Change calendar",
        # Nobody knows what it is made of: this one opens nothing, and is there to be seen.
        digest=hashlib.sha256(b"demonstration").digest(),
        hint="hub_demo0001",
        permissions=["incident.view"],
        created_at=now - timedelta(days=60),
        created_by=organisation.people["admin.payments"],
        expires_at=now + timedelta(days=30),
    )
