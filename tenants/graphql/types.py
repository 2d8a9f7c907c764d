"""Types of the tenants area. A field is a column or a relation; the database decides which rows there are."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, cast

import strawberry
import strawberry_django
from strawberry import auto, relay

from hub.lib.api import PEERS, annotated, as_type, row_data
from tenants import models
from tenants.access import term_label
from tenants.graphql.choices import Permission, ProposalState, ProposedChange, TermKind, TermRelation


@strawberry_django.type(models.Region, name="Region", description="A part of the world; regions cross business units.")
class RegionType(relay.Node):
    code: auto = strawberry_django.field(description="Short and stable: emea.")
    name: auto = strawberry_django.field(description="What people call it.")


@strawberry_django.type(
    models.WorkingHours, name="WorkingHours", description="Hours of one weekday at which a unit works."
)
class WorkingHoursType:
    weekday: auto = strawberry_django.field(description="0 is Monday, 6 is Sunday.")
    starts_at: auto = strawberry_django.field(description="In the unit's time zone.")
    ends_at: auto = strawberry_django.field(description="In the unit's time zone; 00:00 is the end of the day.")


@strawberry_django.type(
    models.Closure, name="Closure", description="Days on which a unit does not work though no public holiday says so."
)
class ClosureType(relay.Node):
    name: auto = strawberry_django.field(description="What it is.")
    starts_on: auto = strawberry_django.field(description="The first day.")
    ends_on: auto = strawberry_django.field(description="The last day.")


@strawberry_django.type(
    models.UnitCalendar, name="UnitCalendar", description="Where a unit's public holidays come from."
)
class UnitCalendarType:
    country: auto = strawberry_django.field(description="ISO 3166-1: DE; empty for a unit without public holidays.")
    subdivision: auto = strawberry_django.field(description="ISO 3166-2 without the country: BE.")


@strawberry.type(name="FreeDay", description="A day on which a unit does not work, and why.")
class FreeDayType:
    day: date = strawberry.field(description="In the unit's time zone.")
    name: str = strawberry.field(description="The public holiday or the closure.")


@strawberry_django.type(
    models.RegulationProfile,
    name="RegulationProfile",
    description="Rules of a place or a trade, and what they ask of incidents.",
)
class RegulationProfileType(relay.Node):
    key: auto = strawberry_django.field(description="Short and stable: gdpr.")
    name: auto = strawberry_django.field(description="What people call it.")
    description: auto = strawberry_django.field(description="What it asks for.")
    authority: auto = strawberry_django.field(description="Who is to be told.")
    source: auto = strawberry_django.field(description="The article that says so.")
    first_report_hours: auto = strawberry_django.field(
        description="Hours from becoming aware to the first report; nothing where there is no term."
    )
    region: RegionType | None = strawberry_django.field(description="Whose leads keep it; none for the enterprise's.")


@strawberry_django.type(
    models.UnitRegulation, name="UnitRegulation", description="A unit works under a regulation profile."
)
class UnitRegulationType:
    profile: RegulationProfileType = strawberry_django.field(description="The profile.")
    since: auto = strawberry_django.field(description="Since when the hub knows.")


@strawberry_django.type(
    models.BusinessUnit, name="BusinessUnit", description="A tenant of the hub: it keeps its own ways."
)
class BusinessUnitType(relay.Node):
    slug: auto = strawberry_django.field(description="Short and stable: payments.")
    prefix: auto = strawberry_django.field(description="Starts the references of its incidents: PAY in PAY-142.")
    name: auto = strawberry_django.field(description="What people call it.")
    mission: auto = strawberry_django.field(description="What it is there for.")
    time_zone: auto = strawberry_django.field(description="Its usual time zone, by IANA name.")
    parent: Annotated["BusinessUnitType", strawberry.lazy("tenants.graphql.types")] | None = strawberry_django.field(
        description="The unit above it, if any."
    )
    children: list[Annotated["BusinessUnitType", strawberry.lazy("tenants.graphql.types")]] = strawberry_django.field(
        description="The units right below it: whoever holds a role in it holds that there too."
    )
    regions: list[RegionType] = strawberry_django.field(description="Where it works.")
    calendar: UnitCalendarType | None = strawberry_django.field(description="Whose public holidays it keeps.")
    working_hours: list[WorkingHoursType] = strawberry_django.field(description="When it works, in its time zone.")
    closures: list[ClosureType] = strawberry_django.field(description="When it does not work beside that.")
    regulations: list[UnitRegulationType] = strawberry_django.field(description="What it works under.")


@strawberry_django.type(
    models.Person, name="Person", description="Somebody who works with the hub, or a service account."
)
class PersonType(relay.Node):
    username: auto = strawberry_django.field(description="The name they sign in with.")
    name: auto = strawberry_django.field(description="The name people know them by.")
    time_zone: auto = strawberry_django.field(description="Their time zone, by IANA name.")
    is_service: auto = strawberry_django.field(description="Whether it is a service account and no human being.")
    unit: BusinessUnitType | None = strawberry_django.field(
        description="The unit that keeps a service account; nothing for people, whose units follow from their roles."
    )


@strawberry_django.type(models.Term, name="Term", description="A word of the taxonomy: a global one, or a unit's own.")
class TermType(relay.Node):
    kind: TermKind = strawberry_django.field(description="What it classifies.")
    key: auto = strawberry_django.field(description="Short and stable: change-failure.")
    name: auto = strawberry_django.field(description="What people call it.")
    description: auto = strawberry_django.field(description="What it means.")
    unit: BusinessUnitType | None = strawberry_django.field(description="Whose word it is; none for a global term.")
    rank: auto = strawberry_django.field(description="Orders the terms of a kind; for severities 1 is the gravest.")
    retired_at: auto = strawberry_django.field(description="Since when nothing new is called so; never while in use.")
    label: str = annotated(
        sql=lambda prefix: term_label(f"{prefix}pk", f"{prefix}unit"),
        description="What it is called for you: in your language if there is a name in it, else as it is.",
    )
    names: list[Annotated["TermNameType", strawberry.lazy("tenants.graphql.types")]] = strawberry_django.field(
        description="What it is called in which language, by everybody or by one unit."
    )
    mappings: list[Annotated["TermMappingType", strawberry.lazy("tenants.graphql.types")]] = strawberry_django.field(
        description="What its unit said it means in global terms, the latest version first."
    )


@strawberry_django.type(models.Role, name="Role", description="A named set of permissions: built in, or a unit's own.")
class RoleType(relay.Node):
    key: auto = strawberry_django.field(description="Short and stable: unit_admin.")
    name: auto = strawberry_django.field(description="What people call it.")
    description: auto = strawberry_django.field(description="What it is there for.")
    unit: BusinessUnitType | None = strawberry_django.field(description="Whose own it is; none for a built-in role.")
    permissions: list[Permission] = strawberry_django.field(description="What its holders may do.")
    grants: list[Permission] = strawberry_django.field(
        description="What holders who administer people may give others, beside what they may do themselves."
    )


@strawberry_django.type(
    models.RoleAssignment,
    name="RoleAssignment",
    description="Somebody holds a role for a time: in a unit and below it, in a region's units, or enterprise-wide.",
)
class RoleAssignmentType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who.")
    role: RoleType = strawberry_django.field(description="Which role.")
    unit: BusinessUnitType | None = strawberry_django.field(description="The unit, where it is held in one.")
    region: RegionType | None = strawberry_django.field(description="The region, where it is held in one.")
    is_enterprise: auto = strawberry_django.field(description="Whether it is held in the whole enterprise.")
    valid_from: auto = strawberry_django.field(description="Since when.")
    valid_until: auto = strawberry_django.field(description="Until when; nothing if it does not end by itself.")
    granted_by: PersonType | None = strawberry_django.field(description="Who gave it.")


def _units_opened(root: Any) -> list[BusinessUnitType] | None:
    key = cast(models.AccessToken, root)
    if key.unit_ids is None:
        return None
    # One read for all the keys of a page, which remember each other.
    peers = cast("list[models.AccessToken]", root.__dict__.get(PEERS) or [key])
    if _UNITS not in root.__dict__:
        wanted = {unit_id for peer in peers for unit_id in peer.unit_ids or ()}
        found = models.BusinessUnit.objects.in_bulk(wanted)
        for peer in peers:
            peer.__dict__[_UNITS] = found
    found = root.__dict__[_UNITS]
    return [as_type(BusinessUnitType, found[unit_id]) for unit_id in key.unit_ids if unit_id in found]


_UNITS = "_units_opened"


@strawberry_django.type(
    models.AccessToken,
    name="AccessKey",
    description="A bearer token: your own, or a key of a service account that you administer. What it is made of is"
    " shown once, when it is made.",
)
class AccessKeyType(relay.Node):
    name: auto = strawberry_django.field(description="What it is for.")
    hint: auto = strawberry_django.field(description="Its first characters, to tell keys apart.")
    person: PersonType = strawberry_django.field(description="Whose it is.")
    permissions: list[Permission] | None = strawberry_django.field(
        description="What it opens; nothing here for all that its account holds."
    )
    units: list[BusinessUnitType] | None = row_data(
        _units_opened,
        only=["unit_ids"],
        description="Where it opens that, each with the units below it; nothing here for wherever its account does.",
    )
    documents: list[str] | None = strawberry_django.field(
        description="The only GraphQL documents that it may be used for, by their SHA-256; nothing here for any."
    )
    created_at: auto = strawberry_django.field(description="When it was made.")
    created_by: PersonType | None = strawberry_django.field(description="Who made it, for a service account's key.")
    expires_at: auto = strawberry_django.field(description="When it ends by itself.")
    revoked_at: auto = strawberry_django.field(description="When it was revoked, if it was.")
    succeeds: Annotated["AccessKeyType", strawberry.lazy("tenants.graphql.types")] | None = strawberry_django.field(
        description="The key that it took over from."
    )


@strawberry_django.type(models.TermName, name="TermName", description="What a term is called in a language.")
class TermNameType(relay.Node):
    language: auto = strawberry_django.field(description="BCP 47 tag: de, pt-br.")
    name: auto = strawberry_django.field(description="The name.")
    unit: BusinessUnitType | None = strawberry_django.field(description="Who calls it so; everybody if there is none.")


@strawberry_django.type(
    models.MappingVersion,
    name="MappingVersion",
    description="One change of what a unit's terms mean: all that was said at once.",
)
class MappingVersionType(relay.Node):
    number: auto = strawberry_django.field(description="From 1, within the unit.")
    unit: BusinessUnitType = strawberry_django.field(description="Whose mapping it is.")
    reason: auto = strawberry_django.field(description="Why it was changed.")
    restates_from: auto = strawberry_django.field(
        description="From when on it changes what figures say about the past; never if it does not."
    )
    published_at: auto = strawberry_django.field(description="When it was said.")
    published_by: PersonType | None = strawberry_django.field(description="Who said it.")
    mappings: list[Annotated["TermMappingType", strawberry.lazy("tenants.graphql.types")]] = strawberry_django.field(
        description="What was said."
    )


@strawberry_django.type(
    models.TermMapping,
    name="TermMapping",
    description="What a unit said its term means in global ones, from a moment on.",
)
class TermMappingType(relay.Node):
    local: TermType = strawberry_django.field(description="The unit's term.")
    target: TermType | None = strawberry_django.field(description="The global term; none if it means none.")
    relation: TermRelation | None = strawberry_django.field(
        description="How it relates to the global term; none without one."
    )
    strength: Decimal = strawberry_django.field(description="How surely it means it, above 0 and up to 1.")
    valid_from: auto = strawberry_django.field(description="From which moment on.")
    version: MappingVersionType = strawberry_django.field(description="With which version it was said.")


@strawberry_django.type(
    models.TermEdition, name="TermEdition", description="What a global term said from a version of the taxonomy on."
)
class TermEditionType(relay.Node):
    term: TermType = strawberry_django.field(description="The term.")
    name: auto = strawberry_django.field(description="Its name from then on.")
    description: auto = strawberry_django.field(description="What it meant from then on.")
    rank: auto = strawberry_django.field(description="Its rank from then on.")
    is_retired: auto = strawberry_django.field(description="Whether it went out of use.")


@strawberry_django.type(
    models.TermProposal,
    name="TermProposal",
    description="What somebody wants changed in the global terms; a steward who did not propose it decides.",
)
class TermProposalType(relay.Node):
    change: ProposedChange = strawberry_django.field(description="What is to be done.")
    term: TermType | None = strawberry_django.field(description="To which term; none while a new one is not published.")
    kind: TermKind = strawberry_django.field(description="What the term classifies.")
    key: auto = strawberry_django.field(description="The term's key.")
    name: auto = strawberry_django.field(description="The name it shall have.")
    description: auto = strawberry_django.field(description="What it shall mean.")
    rank: auto = strawberry_django.field(description="The rank it shall have.")
    successor: TermType | None = strawberry_django.field(description="What to map to when it is retired.")
    reason: auto = strawberry_django.field(description="What it is needed for.")
    unit: BusinessUnitType | None = strawberry_django.field(description="The unit that asks; none for the enterprise.")
    state: ProposalState = strawberry_django.field(description="How far it has got.")
    proposed_by: PersonType = strawberry_django.field(description="Who proposed it.")
    proposed_at: auto = strawberry_django.field(description="When it was proposed.")
    decided_by: PersonType | None = strawberry_django.field(description="Who decided.")
    decided_at: auto = strawberry_django.field(description="When it was decided.")
    answer: auto = strawberry_django.field(description="What was said to the decision.")


@strawberry_django.type(
    models.TaxonomyVersion, name="TaxonomyVersion", description="A published state of the global terms."
)
class TaxonomyVersionType(relay.Node):
    number: auto = strawberry_django.field(description="From 1.")
    summary: auto = strawberry_django.field(description="What it changed, in a sentence.")
    published_at: auto = strawberry_django.field(description="Since when it holds.")
    published_by: PersonType | None = strawberry_django.field(description="Who published it.")
    editions: list[TermEditionType] = strawberry_django.field(description="The terms that it changed.")
    proposals: list[TermProposalType] = strawberry_django.field(description="What was proposed for it.")
