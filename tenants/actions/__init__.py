"""The only writers of people, roles and keys. Each is one transaction: lock, check, write, audit."""

from tenants.actions.keys import (
    NewAccessKey,
    create_access_key,
    create_service_account,
    revoke_access_key,
    rotate_access_key,
)
from tenants.actions.roles import change_role, create_role, delete_role, end_role_assignment, give_role
from tenants.actions.tokens import LONGEST_VALIDITY, create_token, revoke_token

__all__ = [
    "LONGEST_VALIDITY",
    "NewAccessKey",
    "change_role",
    "create_access_key",
    "create_role",
    "create_service_account",
    "create_token",
    "delete_role",
    "end_role_assignment",
    "give_role",
    "revoke_access_key",
    "revoke_token",
    "rotate_access_key",
]
