"""Mutations of the tenants area: each calls one action."""

from datetime import datetime, timedelta
from typing import Annotated

import strawberry
from strawberry import ID

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key
from hub.lib.errors import Invalid
from tenants import actions
from tenants.graphql.choices import Permission
from tenants.graphql.types import AccessKeyType, PersonType, RoleAssignmentType, RoleType


@strawberry.input(description="Somebody who comes, and the role that they come with.")
class AddPersonInput:
    username: str = strawberry.field(description="What they sign in with; no spaces.")
    name: str = strawberry.field(default="", description="What people call them; the username if left out.")
    email: str = strawberry.field(default="", description="Where mail reaches them.")
    time_zone: str = strawberry.field(default="UTC", description="Their time zone, by IANA name.")
    language: str = strawberry.field(default="en", description="Their language, as a BCP 47 tag.")
    unit_id: ID = strawberry.field(description="The unit in which they hold the role, and those below it.")
    role_id: ID = strawberry.field(description="The role: nothing beyond what you may give there.")
    valid_until: datetime | None = strawberry.field(default=None, description="When the role ends by itself, if so.")


@strawberry.input(description="Somebody to invite again.")
class InvitePersonInput:
    person_id: ID = strawberry.field(description="Somebody who has chosen no password yet.")


@strawberry.input(description="Somebody whose account is to be switched off.")
class DeactivatePersonInput:
    person_id: ID = strawberry.field(description="Somebody whose every role you could give.")


@strawberry.input(description="Somebody whose account is to be switched on again.")
class ReactivatePersonInput:
    person_id: ID = strawberry.field(description="Somebody whose every role you could give.")


@strawberry.type(name="Invitation", description="Somebody who can choose their password, and where.")
class InvitationType:
    person: PersonType = strawberry.field(description="Who is invited.")
    address: str = strawberry.field(
        description="Where they choose it, once and within three days. Whoever knows it can do so in their place."
    )
    is_mailed: bool = strawberry.field(description="Whether it is on its way to their e-mail address as well.")


@strawberry.input(description="A role for a person: in a unit, in a region, or enterprise-wide.")
class GiveRoleInput:
    person_id: ID = strawberry.field(description="Who shall hold it.")
    role_id: ID = strawberry.field(description="Which role.")
    unit_id: ID | None = strawberry.field(default=None, description="In this unit and those below it.")
    region_id: ID | None = strawberry.field(default=None, description="In the units of this region.")
    enterprise: bool = strawberry.field(default=False, description="In the whole enterprise.")
    valid_from: datetime | None = strawberry.field(default=None, description="From when on; now if left out.")
    valid_until: datetime | None = strawberry.field(default=None, description="When it ends by itself, if it does.")


@strawberry.input(description="The end of what somebody holds.")
class EndRoleAssignmentInput:
    assignment_id: ID = strawberry.field(description="What they hold.")
    at: datetime | None = strawberry.field(default=None, description="When it ends; now if left out.")
    leave_without_administrator: bool = strawberry.field(
        default=False, description="End it although the unit then has no administrator of its own."
    )


@strawberry.input(description="A role of a unit's own.")
class CreateRoleInput:
    unit_id: ID = strawberry.field(description="The unit.")
    name: str = strawberry.field(description="What people shall call it; at most 100 characters.")
    permissions: list[Permission] = strawberry.field(
        description="What its holders may do: nothing that you may not give."
    )
    description: str = strawberry.field(default="", description="What it is there for.")


@strawberry.input(description="A change of a unit's own role, for everybody who holds it.")
class ChangeRoleInput:
    role_id: ID = strawberry.field(description="The role.")
    name: str | None = strawberry.field(default=None, description="What people shall call it; as it was if left out.")
    description: str | None = strawberry.field(default=None, description="What it is there for; as it was if left out.")
    permissions: list[Permission] | None = strawberry.field(
        default=None, description="What its holders may do; as it was if left out."
    )


@strawberry.input(description="A role to delete.")
class DeleteRoleInput:
    role_id: ID = strawberry.field(description="The role.")


@strawberry.input(description="An account for a program.")
class CreateServiceAccountInput:
    unit_id: ID = strawberry.field(description="The unit that keeps it; it can hold roles there and below.")
    name: str = strawberry.field(description="What it is for; at most 100 characters.")


@strawberry.input(description="A key for a service account.")
class CreateAccessKeyInput:
    account_id: ID = strawberry.field(description="The service account.")
    name: str = strawberry.field(description="What it is for; at most 100 characters.")
    permissions: list[Permission] | None = strawberry.field(
        default=None, description="What it opens, no more than its account holds; all of that if left out."
    )
    unit_ids: list[ID] | None = strawberry.field(
        default=None, description="Where it opens that, each with the units below it; wherever its account holds it."
    )
    documents: list[str] | None = strawberry.field(
        default=None,
        description="The only GraphQL documents that it is good for, by their SHA-256 in hexadecimal; any if left out.",
    )
    valid_days: int = strawberry.field(default=90, description="For how many days: 1 to 366.")


@strawberry.input(description="A key to be taken over from.")
class RotateAccessKeyInput:
    key_id: ID = strawberry.field(description="The key.")
    overlap_minutes: int = strawberry.field(
        default=1440, description="How long the former key still opens as well; at most 30 days."
    )
    valid_days: int | None = strawberry.field(
        default=None, description="For how many days the new one is valid; as many as the former if left out."
    )


@strawberry.input(description="A key to revoke.")
class RevokeAccessKeyInput:
    key_id: ID = strawberry.field(description="The key.")


@strawberry.type(name="NewAccessKey", description="A key that was made. Its secret is shown this once.")
class NewAccessKeyType:
    key: AccessKeyType = strawberry.field(description="The key, as it is listed.")
    secret: str = strawberry.field(description="What is sent as a bearer token. Nothing can show it again.")


def _unit(global_id: ID, *path: str) -> int:
    return node_key(global_id, "BusinessUnit", "business unit", *path)


def _days(days: int) -> timedelta:
    if not 1 <= days <= 366:
        raise Invalid("A key is valid for 1 to 366 days.", path=["validDays"])
    return timedelta(days=days)


def _minutes(minutes: int) -> timedelta:
    if not 0 <= minutes <= 30 * 24 * 60:
        raise Invalid("A former key can stay valid for 0 minutes to 30 days.", path=["overlapMinutes"])
    return timedelta(minutes=minutes)


def _person(global_id: ID) -> int:
    return node_key(global_id, "Person", "person", "personId")


def _as_invitation(invited: actions.Invited) -> InvitationType:
    return InvitationType(
        person=as_type(PersonType, invited.person), address=invited.address, is_mailed=invited.is_mailed
    )


def _as_new(made: actions.NewAccessKey) -> NewAccessKeyType:
    return NewAccessKeyType(key=as_type(AccessKeyType, made.key), secret=made.secret)


@strawberry.type
class TenantsMutation:
    @mutation(description="Let somebody in, with a role in a unit. The answer says where they choose their password.")
    def add_person(
        self, info: HubInfo, input: AddPersonInput
    ) -> Annotated[InvitationType | MutationErrors, strawberry.union("AddPersonPayload")]:
        return _as_invitation(
            actions.add_person(
                actor=actor_of(info),
                username=input.username,
                name=input.name,
                email=input.email,
                time_zone=input.time_zone,
                language=input.language,
                unit_id=_unit(input.unit_id, "unitId"),
                role_id=node_key(input.role_id, "Role", "role", "roleId"),
                valid_until=input.valid_until,
            )
        )

    @mutation(description="Invite somebody again who has chosen no password yet.")
    def invite_person(
        self, info: HubInfo, input: InvitePersonInput
    ) -> Annotated[InvitationType | MutationErrors, strawberry.union("InvitePersonPayload")]:
        return _as_invitation(actions.invite_person(actor=actor_of(info), person_id=_person(input.person_id)))

    @mutation(description="Switch somebody's account off: they sign in no more, and their tokens open nothing.")
    def deactivate_person(
        self, info: HubInfo, input: DeactivatePersonInput
    ) -> Annotated[PersonType | MutationErrors, strawberry.union("DeactivatePersonPayload")]:
        return as_type(PersonType, actions.deactivate_person(actor=actor_of(info), person_id=_person(input.person_id)))

    @mutation(description="Switch somebody's account on again, with the roles that they still hold.")
    def reactivate_person(
        self, info: HubInfo, input: ReactivatePersonInput
    ) -> Annotated[PersonType | MutationErrors, strawberry.union("ReactivatePersonPayload")]:
        return as_type(PersonType, actions.reactivate_person(actor=actor_of(info), person_id=_person(input.person_id)))

    @mutation(description="Give somebody a role. Nobody gives what they do not hold, and nobody gives themselves one.")
    def give_role(
        self, info: HubInfo, input: GiveRoleInput
    ) -> Annotated[RoleAssignmentType | MutationErrors, strawberry.union("GiveRolePayload")]:
        return as_type(
            RoleAssignmentType,
            actions.give_role(
                actor=actor_of(info),
                person_id=node_key(input.person_id, "Person", "person", "personId"),
                role_id=node_key(input.role_id, "Role", "role", "roleId"),
                unit_id=_unit(input.unit_id, "unitId") if input.unit_id else None,
                region_id=node_key(input.region_id, "Region", "region", "regionId") if input.region_id else None,
                enterprise=input.enterprise,
                valid_from=input.valid_from,
                valid_until=input.valid_until,
            ),
        )

    @mutation(description="End what somebody holds. A unit's last administrator stays unless you say otherwise.")
    def end_role_assignment(
        self, info: HubInfo, input: EndRoleAssignmentInput
    ) -> Annotated[RoleAssignmentType | MutationErrors, strawberry.union("EndRoleAssignmentPayload")]:
        return as_type(
            RoleAssignmentType,
            actions.end_role_assignment(
                actor=actor_of(info),
                assignment_id=node_key(input.assignment_id, "RoleAssignment", "role assignment", "assignmentId"),
                at=input.at,
                leave_without_administrator=input.leave_without_administrator,
            ),
        )

    @mutation(description="Make a role of a unit's own.")
    def create_role(
        self, info: HubInfo, input: CreateRoleInput
    ) -> Annotated[RoleType | MutationErrors, strawberry.union("CreateRolePayload")]:
        return as_type(
            RoleType,
            actions.create_role(
                actor=actor_of(info),
                unit_id=_unit(input.unit_id, "unitId"),
                name=input.name,
                permissions=input.permissions,
                description=input.description,
            ),
        )

    @mutation(description="Change a unit's own role.")
    def change_role(
        self, info: HubInfo, input: ChangeRoleInput
    ) -> Annotated[RoleType | MutationErrors, strawberry.union("ChangeRolePayload")]:
        return as_type(
            RoleType,
            actions.change_role(
                actor=actor_of(info),
                role_id=node_key(input.role_id, "Role", "role", "roleId"),
                name=input.name,
                description=input.description,
                permissions=input.permissions,
            ),
        )

    @mutation(description="Delete a unit's own role that nobody ever held.")
    def delete_role(
        self, info: HubInfo, input: DeleteRoleInput
    ) -> Annotated[RoleType | MutationErrors, strawberry.union("DeleteRolePayload")]:
        return as_type(
            RoleType,
            actions.delete_role(actor=actor_of(info), role_id=node_key(input.role_id, "Role", "role", "roleId")),
        )

    @mutation(description="Make an account for a program. It holds nothing until it is given roles.")
    def create_service_account(
        self, info: HubInfo, input: CreateServiceAccountInput
    ) -> Annotated[PersonType | MutationErrors, strawberry.union("CreateServiceAccountPayload")]:
        return as_type(
            PersonType,
            actions.create_service_account(
                actor=actor_of(info), unit_id=_unit(input.unit_id, "unitId"), name=input.name
            ),
        )

    @mutation(description="Make a key of a service account, as narrow as you say. It is shown this once.")
    def create_access_key(
        self, info: HubInfo, input: CreateAccessKeyInput
    ) -> Annotated[NewAccessKeyType | MutationErrors, strawberry.union("CreateAccessKeyPayload")]:
        return _as_new(
            actions.create_access_key(
                actor=actor_of(info),
                account_id=node_key(input.account_id, "Person", "person", "accountId"),
                name=input.name,
                valid_for=_days(input.valid_days),
                permissions=input.permissions,
                unit_ids=None if input.unit_ids is None else [_unit(each, "unitIds") for each in input.unit_ids],
                documents=input.documents,
            )
        )

    @mutation(description="Make the key that takes over from another, of the same scope; both open for a while.")
    def rotate_access_key(
        self, info: HubInfo, input: RotateAccessKeyInput
    ) -> Annotated[NewAccessKeyType | MutationErrors, strawberry.union("RotateAccessKeyPayload")]:
        return _as_new(
            actions.rotate_access_key(
                actor=actor_of(info),
                key_id=node_key(input.key_id, "AccessKey", "key", "keyId"),
                overlap=_minutes(input.overlap_minutes),
                valid_for=None if input.valid_days is None else _days(input.valid_days),
            )
        )

    @mutation(description="End a key at once.")
    def revoke_access_key(
        self, info: HubInfo, input: RevokeAccessKeyInput
    ) -> Annotated[AccessKeyType | MutationErrors, strawberry.union("RevokeAccessKeyPayload")]:
        return as_type(
            AccessKeyType,
            actions.revoke_access_key(actor=actor_of(info), key_id=node_key(input.key_id, "AccessKey", "key", "keyId")),
        )
