from tenants.models.audit import AuditEntry
from tenants.models.calendars import Closure, RegulationProfile, UnitCalendar, UnitRegulation, WorkingHours
from tenants.models.customization import (
    FieldKind,
    LocalField,
    LocalTemplate,
    ReviewClock,
    ReviewSigner,
    Stage,
    TemplatePurpose,
    UnitPolicy,
)
from tenants.models.people import AccessToken, Person
from tenants.models.roles import Role, RoleAssignment
from tenants.models.taxonomy import (
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
from tenants.models.units import BusinessUnit, Region, UnitRegion

__all__ = [
    "AccessToken",
    "AuditEntry",
    "BusinessUnit",
    "Closure",
    "FieldKind",
    "LocalField",
    "LocalTemplate",
    "MappingVersion",
    "Person",
    "ProposalState",
    "ProposedChange",
    "Region",
    "RegulationProfile",
    "ReviewClock",
    "ReviewSigner",
    "Role",
    "RoleAssignment",
    "Stage",
    "TaxonomyVersion",
    "TemplatePurpose",
    "Term",
    "TermEdition",
    "TermKind",
    "TermMapping",
    "TermName",
    "TermProposal",
    "TermRelation",
    "UnitCalendar",
    "UnitPolicy",
    "UnitRegion",
    "UnitRegulation",
    "WorkingHours",
]
