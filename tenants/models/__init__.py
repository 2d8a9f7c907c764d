from tenants.models.audit import AuditEntry
from tenants.models.customization import FieldKind, LocalField, LocalTemplate, Stage, TemplatePurpose, UnitPolicy
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
    "FieldKind",
    "LocalField",
    "LocalTemplate",
    "MappingVersion",
    "Person",
    "ProposalState",
    "ProposedChange",
    "Region",
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
    "UnitPolicy",
    "UnitRegion",
]
