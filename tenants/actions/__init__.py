"""The only writers of people, roles, keys and terms. Each is one transaction: lock, check, write, audit."""

from tenants.actions.calendars import (
    add_closure,
    change_regulation_profile,
    create_regulation_profile,
    remove_closure,
    set_calendar,
    set_regulations,
)
from tenants.actions.fields import add_field, change_field, retire_field
from tenants.actions.keys import (
    NewAccessKey,
    create_access_key,
    create_service_account,
    revoke_access_key,
    rotate_access_key,
)
from tenants.actions.mapping import Meaning, map_terms
from tenants.actions.names import name_term
from tenants.actions.people import (
    Invited,
    add_person,
    ask_for_way_in,
    choose_password,
    deactivate_person,
    invite_person,
    reactivate_person,
)
from tenants.actions.policies import set_policy
from tenants.actions.roles import change_role, create_role, delete_role, end_role_assignment, give_role
from tenants.actions.stewardship import (
    Wording,
    decide_proposal,
    propose_addition,
    propose_change,
    propose_retirement,
    publish_taxonomy,
    withdraw_proposal,
)
from tenants.actions.templates import retire_template, save_template
from tenants.actions.terms import add_term, change_term, retire_term
from tenants.actions.tokens import LONGEST_VALIDITY, create_token, revoke_token

__all__ = [
    "LONGEST_VALIDITY",
    "Invited",
    "Meaning",
    "NewAccessKey",
    "Wording",
    "add_closure",
    "add_field",
    "add_person",
    "add_term",
    "ask_for_way_in",
    "change_field",
    "change_regulation_profile",
    "change_role",
    "change_term",
    "choose_password",
    "create_access_key",
    "create_regulation_profile",
    "create_role",
    "create_service_account",
    "create_token",
    "deactivate_person",
    "decide_proposal",
    "delete_role",
    "end_role_assignment",
    "give_role",
    "invite_person",
    "map_terms",
    "name_term",
    "propose_addition",
    "propose_change",
    "propose_retirement",
    "publish_taxonomy",
    "reactivate_person",
    "remove_closure",
    "retire_field",
    "retire_template",
    "retire_term",
    "revoke_access_key",
    "revoke_token",
    "rotate_access_key",
    "save_template",
    "set_calendar",
    "set_policy",
    "set_regulations",
    "withdraw_proposal",
]
