from tenants.models.audit import AuditEntry
from tenants.models.people import AccessToken, Person
from tenants.models.roles import Role, RoleAssignment
from tenants.models.taxonomy import Term, TermKind, TermMapping, TermRelation
from tenants.models.units import BusinessUnit, Region, UnitRegion

__all__ = [
    "AccessToken",
    "AuditEntry",
    "BusinessUnit",
    "Person",
    "Region",
    "Role",
    "RoleAssignment",
    "Term",
    "TermKind",
    "TermMapping",
    "TermRelation",
    "UnitRegion",
]
