"""The demonstration's words: global terms and their versions, units' own and what they mean, names, proposals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from hub.catalog.models import Service
from hub.demo.analyses import load_failure_modes
from hub.demo.organisation import HISTORY, Organisation
from hub.demo.reading import read_content
from hub.lib import clock
from tenants.models import (
    MappingVersion,
    ProposalState,
    ProposedChange,
    TaxonomyVersion,
    Term,
    TermEdition,
    TermKind,
    TermMapping,
    TermName,
    TermProposal,
    TermRelation,
)

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
# A field of technology, what it is, and the services that are of it, whichever unit owns them.
DOMAINS: Final = (
    ("databases", "Databases", "What keeps rows: their servers, replicas, backups and migrations",
     ("postgres-fleet", "ledger", "product-catalog", "patient-records")),
    ("networks", "Networks", "What carries packets and requests: routing, names, load balancers, the mesh, the edge",
     ("network-core", "service-mesh", "cdn")),
    ("event-streams", "Event streams", "What hands events on: brokers, topics, consumers that fall behind",
     ("event-stream", "tracking", "fleet-telemetry")),
    ("containers", "Containers", "What runs workloads: clusters, nodes and images", ("kubernetes", "transcoder")),
    ("identity", "Identity and secrets", "What says who somebody is, and keeps keys: tokens, certificates",
     ("identity", "secrets-vault")),
)  # fmt: skip
LOCAL_SEVERITIES: Final = {
    "retail": (("p1", "P1 Trading stopped", "sev1"), ("p2", "P2 Trading impaired", "sev2"), ("p3", "P3 Minor", "sev3")),
    "media": (("blackout", "Blackout", "sev1"), ("degraded", "Degraded", "sev2"), ("blip", "Blip", "sev4")),
}


@dataclass(frozen=True)
class LocalType:
    """A unit's own word for a kind of incident.

    Attributes:
        target: the key of the global term it means; None for one that nobody has mapped yet.
        instead_of: incidents of this global type are called so every now and then.
    """

    unit: str
    key: str
    name: str
    description: str
    target: str | None
    relation: TermRelation = TermRelation.EQUAL
    strength: str = "1"
    instead_of: str = ""
    one_in: int = 3


LOCAL_TYPES: Final = (
    LocalType(
        "payments", "card-outage", "Card outage", "Cards are declined that should not be",
        "availability", TermRelation.NARROWER, "1", "availability",
    ),
    LocalType(
        "payments", "settlement-delay", "Settlement delay", "Money arrives later than agreed",
        "data", TermRelation.OVERLAPPING, "0.6", "data",
    ),
    LocalType(
        "payments", "scheme-advisory", "Scheme advisory", "A card scheme announces trouble of its own",
        None, instead_of="performance", one_in=6,
    ),
    LocalType(
        "logistics", "site-down", "Site down", "A warehouse cannot work, whatever the cause",
        "facility", TermRelation.BROADER, "0.7", "availability", 4,
    ),
    LocalType(
        "media", "stream-trouble", "Stream trouble", "Viewers see stutter or nothing",
        "performance", TermRelation.EQUAL, "1", "performance", 2,
    ),
)  # fmt: skip

NAMES: Final[Mapping[str, Mapping[TermKind, Mapping[str, str]]]] = {
    "de": {
        TermKind.SEVERITY: {
            "sev1": "SEV1 Kritisch",
            "sev2": "SEV2 Hoch",
            "sev3": "SEV3 Mittel",
            "sev4": "SEV4 Gering",
            "sev5": "SEV5 Hinweis",
        },
        TermKind.INCIDENT_TYPE: {
            "availability": "Verfügbarkeit",
            "performance": "Leistung",
            "data": "Daten",
            "security": "Sicherheit",
            "facility": "Standort",
        },
        TermKind.DOMAIN: {
            "databases": "Datenbanken",
            "networks": "Netze",
            "event-streams": "Ereignisströme",
            "containers": "Container",
            "identity": "Identität und Geheimnisse",
        },
    },
    "fr": {
        TermKind.INCIDENT_TYPE: {
            "availability": "Disponibilité",
            "performance": "Performance",
            "data": "Données",
            "security": "Sécurité",
            "facility": "Site",
        },
    },
}
UNIT_NAMES: Final = (
    ("health", TermKind.INCIDENT_TYPE, "availability", "en", "Clinical service unavailable"),
    ("payments", TermKind.INCIDENT_TYPE, "availability", "de", "Zahlung nicht möglich"),
)


def load_taxonomy(loaded: Organisation) -> None:
    """Write all terms and what was said about them; people and units are there already."""
    content = read_content("organisation.yaml")
    start = clock.now() - HISTORY - timedelta(days=7)
    for rank, (key, name, description) in enumerate(GLOBAL_SEVERITIES, start=1):
        loaded.severities[key] = _term(TermKind.SEVERITY, key, name, description, rank)
    for rank, (key, name, description) in enumerate(INCIDENT_TYPES):
        loaded.types[key] = _term(TermKind.INCIDENT_TYPE, key, name, description, rank)
    for rank, each in enumerate(content["causes"]):
        loaded.causes[each["key"]] = _term(TermKind.CAUSE, each["key"], each["name"], each["description"], rank)
    for rank, (key, name, description, services) in enumerate(DOMAINS):
        domain = _term(TermKind.DOMAIN, key, name, description, rank)
        Service.objects.filter(slug__in=services).update(domain=domain)
    load_failure_modes(loaded)
    steward, second = loaded.people["steward"], loaded.people["steward.second"]
    _publish(1, "The first common terms of the enterprise", start, steward.pk, Term.objects.filter(unit=None))
    for slug, terms in LOCAL_SEVERITIES.items():
        rows = []
        for rank, (key, name, target) in enumerate(terms, start=1):
            local = _term(TermKind.SEVERITY, key, name, "", rank, unit=slug, loaded=loaded)
            rows.append((local, loaded.severities[target], TermRelation.EQUAL, "1"))
        _say(loaded, slug, start, rows, reason="How we rate what happens here")
    _load_local_types(loaded, start)
    _load_names(loaded)
    _load_proposals(loaded, start, steward.pk, second.pk)


def _load_local_types(loaded: Organisation, start: datetime) -> None:
    said: dict[str, list[tuple[Term, Term, TermRelation, str]]] = {}
    for rank, each in enumerate(LOCAL_TYPES):
        local = _term(
            TermKind.INCIDENT_TYPE, each.key, each.name, each.description, rank, unit=each.unit, loaded=loaded
        )
        loaded.local_types[each.unit, each.instead_of] = (local, each.one_in)
        if each.target is not None:
            said.setdefault(each.unit, []).append((local, loaded.types[each.target], each.relation, each.strength))
    for slug, rows in said.items():
        _say(loaded, slug, start + timedelta(hours=1), rows, reason="Our kinds of incident in common words")
    # Viewers who see nothing were counted as slow for a year; Media then said so for the past as well.
    stream = Term.objects.get(unit=loaded.units["media"], key="stream-trouble")
    now = clock.now()
    _say(
        loaded, "media", now - timedelta(days=40),
        [(stream, loaded.types["availability"], TermRelation.OVERLAPPING, "0.8")],
        reason="Most of them were outages and not slowness: the first half of the year was reported wrongly",
        restates_from=now - timedelta(days=365),
    )  # fmt: skip


def _load_names(loaded: Organisation) -> None:
    rows = [
        TermName(term=Term.objects.get(kind=kind, key=key, unit=None), language=language, name=name)
        for language, kinds in NAMES.items()
        for kind, names in kinds.items()
        for key, name in names.items()
    ]
    rows += [
        TermName(term=Term.objects.get(kind=kind, key=key, unit=None), unit=loaded.units[slug], language=tag, name=name)
        for slug, kind, key, tag, name in UNIT_NAMES
    ]
    TermName.objects.bulk_create(rows)


def _load_proposals(loaded: Organisation, start: datetime, steward: int, second: int) -> None:
    data = loaded.types["data"]
    changed = start + timedelta(days=200)
    data.description = "Data is wrong, late, lost, or in the wrong hands"
    data.save()
    version = _publish(2, "Data in the wrong hands is counted as data, too", changed, second, [data])
    now = clock.now()
    TermProposal.objects.bulk_create(
        [
            TermProposal(
                change=ProposedChange.CHANGE, term=data, kind=data.kind, key=data.key, name=data.name,
                description=data.description, rank=data.rank,
                reason="Two units counted misdirected data as security, three as data",
                state=ProposalState.PUBLISHED, version=version,
                proposed_by_id=steward, proposed_at=changed - timedelta(days=9),
                decided_by_id=second, decided_at=changed, answer="Agreed with the units on Tuesday",
            ),
            TermProposal(
                change=ProposedChange.ADD, kind=TermKind.INCIDENT_TYPE, key="third-party", name="Third party",
                description="Somebody whom we depend on is in trouble", rank=5,
                reason="Scheme advisories have no common term, so they count as unmapped",
                unit=loaded.units["payments"],
                proposed_by=loaded.people["admin.payments"], proposed_at=now - timedelta(days=2),
            ),
        ]
    )  # fmt: skip


def _term(
    kind: TermKind,
    key: str,
    name: str,
    description: str,
    rank: int,
    *,
    unit: str = "",
    loaded: Organisation | None = None,
) -> Term:
    owner = loaded.units[unit] if loaded is not None else None
    return Term.objects.create(kind=kind, key=key, name=name, description=description, rank=rank, unit=owner)


def _publish(number: int, summary: str, at: datetime, person_id: int, terms: Iterable[Term]) -> TaxonomyVersion:
    version = TaxonomyVersion.objects.create(number=number, summary=summary, published_at=at, published_by_id=person_id)
    TermEdition.objects.bulk_create(
        TermEdition(term=term, version=version, name=term.name, description=term.description, rank=term.rank)
        for term in terms
    )
    return version


def _say(
    loaded: Organisation,
    slug: str,
    at: datetime,
    rows: Iterable[tuple[Term, Term, TermRelation, str]],
    *,
    reason: str,
    restates_from: datetime | None = None,
) -> None:
    unit = loaded.units[slug]
    version = MappingVersion.objects.create(
        unit=unit,
        number=unit.mapping_versions.count() + 1,
        reason=reason,
        restates_from=restates_from,
        published_at=at,
        published_by=loaded.people[f"admin.{slug}"],
    )
    TermMapping.objects.bulk_create(
        TermMapping(
            local=local,
            unit=unit,
            version=version,
            target=target,
            relation=relation,
            strength=Decimal(strength),
            valid_from=restates_from or at,
        )
        for local, target, relation, strength in rows
    )
