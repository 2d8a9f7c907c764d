"""Reading and changing a unit's fields, templates and policy: each mutation calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID

from hub.lib.api import Connection, HubInfo, MutationErrors, actor_of, as_type, connection, mutation, node_key
from hub.lib.errors import Invalid
from hub.lib.unchanged import UNCHANGED
from tenants import actions
from tenants.graphql.customization import (
    LocalFieldFilter,
    LocalFieldOrder,
    LocalFieldType,
    LocalTemplateFilter,
    LocalTemplateType,
    UnitPolicyType,
)
from tenants.models import FieldKind, ReviewClock, ReviewSigner, Stage, TemplatePurpose


@strawberry.type
class CustomizationQuery:
    local_fields: Connection[LocalFieldType] = connection(
        description="What units want to know of their incidents.", filters=LocalFieldFilter, ordering=LocalFieldOrder
    )
    local_templates: Connection[LocalTemplateType] = connection(
        description="Wording that units have ready.", filters=LocalTemplateFilter
    )
    unit_policies: Connection[UnitPolicyType] = connection(
        description="What units demand of themselves; a unit without one demands what the enterprise does."
    )


@strawberry.input(description="A new field of a unit's incidents.")
class AddFieldInput:
    unit_id: ID = strawberry.field(description="The unit.")
    key: str = strawberry.field(description="Short and stable, in small letters: affected-terminals.")
    name: str = strawberry.field(description="What people call it; at most 100 characters.")
    kind: FieldKind = strawberry.field(description="What it holds; it cannot be changed later.")
    choices: list[str] = strawberry.field(default_factory=list, description="What can be chosen, for a choice.")
    hint: str = strawberry.field(default="", description="What to write, for whoever fills it in.")
    required_from: Stage | None = strawberry.field(
        default=None, description="The first stage that an incident cannot reach without it."
    )
    position: int = strawberry.field(default=0, description="Its place in forms.")


@strawberry.input(description="A change of a field; what is left out stays.")
class ChangeFieldInput:
    field_id: ID = strawberry.field(description="The field.")
    name: str | None = strawberry.field(default=None, description="What people call it.")
    hint: str | None = strawberry.field(default=None, description="What to write.")
    choices: list[str] | None = strawberry.field(default=None, description="What can be chosen from now on.")
    required_from: Stage | None = strawberry.field(default=None, description="From which stage on it is demanded.")
    is_optional: bool = strawberry.field(default=False, description="It may stay empty from now on.")
    position: int | None = strawberry.field(default=None, description="Its place in forms.")


@strawberry.input(description="A field that is not asked for any more.")
class RetireFieldInput:
    field_id: ID = strawberry.field(description="The field.")


@strawberry.input(description="What a section of a review begins with.")
class SectionTextInput:
    section: str = strawberry.field(description="The section: lessons.")
    text: str = strawberry.field(description="The text; {reference} and the like stand for facts.")


@strawberry.input(description="Wording for a unit; a template with the same purpose and name is replaced.")
class SaveTemplateInput:
    unit_id: ID = strawberry.field(description="The unit.")
    purpose: TemplatePurpose = strawberry.field(description="What it is for.")
    name: str = strawberry.field(description="What people call it.")
    title: str = strawberry.field(default="", description="The title of an incident that is declared with it.")
    body: str = strawberry.field(default="", description="The text; {reference} and the like stand for facts.")
    severity: str = strawberry.field(default="", description="The severity of an incident declared with it: sev2.")
    sections: list[SectionTextInput] = strawberry.field(
        default_factory=list, description="For a review, what its sections begin with."
    )
    position: int = strawberry.field(default=0, description="Its place in lists.")


@strawberry.input(description="A template that goes out of use.")
class RetireTemplateInput:
    template_id: ID = strawberry.field(description="The template.")


@strawberry.input(description="A part of an incident that a unit demands.")
class RequirementInput:
    part: str = strawberry.field(description="summary, service, incident_type or commander.")
    stage: Stage = strawberry.field(description="The first stage that an incident cannot reach without it.")


@strawberry.input(description="What a unit demands of itself: stricter than the enterprise, never laxer.")
class SetPolicyInput:
    unit_id: ID = strawberry.field(description="The unit.")
    review_due_hours: int = strawberry.field(default=48, description="Within how many hours a review is due.")
    requirements: list[RequirementInput] = strawberry.field(
        default_factory=list, description="What every incident needs from a stage on."
    )
    review_signers: list[ReviewSigner] | None = strawberry.field(
        default=None,
        description="In which roles a review has to be signed before it is published; left out, they stay.",
    )
    review_clock: ReviewClock | None = strawberry.field(
        default=None,
        description="Whether the hours within which a review is due are plain ones or those that the unit works; left"
        " out, it stays.",
    )


def _unit(global_id: ID) -> int:
    return node_key(global_id, "BusinessUnit", "business unit", "unitId")


@strawberry.type
class CustomizationMutation:
    @mutation(description="Add a field to a unit's incidents.")
    def add_field(
        self, info: HubInfo, input: AddFieldInput
    ) -> Annotated[LocalFieldType | MutationErrors, strawberry.union("AddFieldPayload")]:
        made = actions.add_field(
            actor=actor_of(info),
            unit_id=_unit(input.unit_id),
            key=input.key,
            name=input.name,
            kind=input.kind,
            choices=input.choices,
            hint=input.hint,
            required_from=input.required_from,
            position=input.position,
        )
        return as_type(LocalFieldType, made)

    @mutation(description="Change a field's wording, choices, place or demand; what incidents said in it stays.")
    def change_field(
        self, info: HubInfo, input: ChangeFieldInput
    ) -> Annotated[LocalFieldType | MutationErrors, strawberry.union("ChangeFieldPayload")]:
        changed = actions.change_field(
            actor=actor_of(info),
            field_id=node_key(input.field_id, "LocalField", "field", "fieldId"),
            name=input.name,
            hint=input.hint,
            choices=input.choices,
            required_from=input.required_from,
            is_optional=input.is_optional,
            position=input.position,
        )
        return as_type(LocalFieldType, changed)

    @mutation(description="Take a field out of forms; what incidents said in it stays.")
    def retire_field(
        self, info: HubInfo, input: RetireFieldInput
    ) -> Annotated[LocalFieldType | MutationErrors, strawberry.union("RetireFieldPayload")]:
        field_id = node_key(input.field_id, "LocalField", "field", "fieldId")
        return as_type(LocalFieldType, actions.retire_field(actor=actor_of(info), field_id=field_id))

    @mutation(description="Write a template of a unit.")
    def save_template(
        self, info: HubInfo, input: SaveTemplateInput
    ) -> Annotated[LocalTemplateType | MutationErrors, strawberry.union("SaveTemplatePayload")]:
        saved = actions.save_template(
            actor=actor_of(info),
            unit_id=_unit(input.unit_id),
            purpose=input.purpose,
            name=input.name,
            title=input.title,
            body=input.body,
            severity=input.severity,
            sections={each.section: each.text for each in input.sections},
            position=input.position,
        )
        return as_type(LocalTemplateType, saved)

    @mutation(description="Take a template out of use.")
    def retire_template(
        self, info: HubInfo, input: RetireTemplateInput
    ) -> Annotated[LocalTemplateType | MutationErrors, strawberry.union("RetireTemplatePayload")]:
        template_id = node_key(input.template_id, "LocalTemplate", "template", "templateId")
        return as_type(LocalTemplateType, actions.retire_template(actor=actor_of(info), template_id=template_id))

    @mutation(description="Say what a unit demands of itself; what is laxer than the enterprise is refused.")
    def set_policy(
        self, info: HubInfo, input: SetPolicyInput
    ) -> Annotated[UnitPolicyType | MutationErrors, strawberry.union("SetPolicyPayload")]:
        parts = [each.part for each in input.requirements]
        if len(set(parts)) < len(parts):
            raise Invalid("The same part is demanded twice.", path=["requirements"])
        changed = actions.set_policy(
            actor=actor_of(info),
            unit_id=_unit(input.unit_id),
            review_due_hours=input.review_due_hours,
            requirements={each.part: each.stage for each in input.requirements},
            review_signers=UNCHANGED if input.review_signers is None else input.review_signers,
            review_clock=UNCHANGED if input.review_clock is None else input.review_clock,
        )
        return as_type(UnitPolicyType, changed)
