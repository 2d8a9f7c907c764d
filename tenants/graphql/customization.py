"""Fields, templates and policies of units in GraphQL."""

import strawberry_django
from strawberry import ID, auto, relay
from strawberry.scalars import JSON
from strawberry_django import order_field

from hub.lib.api import ChoiceFilter, TextFilter, any_id, choices, filter_type, where
from tenants import models
from tenants.graphql.filters import BusinessUnitFilter
from tenants.graphql.types import BusinessUnitType, PersonType
from tenants.models import FieldKind, ReviewClock, ReviewSigner, Stage, TemplatePurpose

choices(
    FieldKind,
    name="FieldKind",
    description="What a local field holds.",
    values={
        "TEXT": "A text.",
        "NUMBER": "A number.",
        "CHOICE": "One of several choices.",
        "DATE": "A day.",
        "BOOLEAN": "Yes or no.",
        "PERSON": "A person.",
        "LINK": "A link.",
    },
)
choices(
    Stage,
    name="Stage",
    description="The stages of an incident, in their order, as demands name them.",
    values={
        "DECLARED": "From the start.",
        "ACKNOWLEDGED": "Once somebody is on it.",
        "MITIGATED": "Once users no longer suffer.",
        "RESOLVED": "Once it is over.",
        "CLOSED": "Once nothing is left to do.",
    },
)
choices(
    TemplatePurpose,
    name="TemplatePurpose",
    description="What a template is for.",
    values={
        "DECLARATION": "Declaring an incident.",
        "UPDATE": "An update on the timeline.",
        "REVIEW": "What the sections of a review begin with.",
    },
)


choices(
    ReviewClock,
    name="ReviewClock",
    description="What the hours are within which a unit's reviews are due.",
    values={
        "HOURS": "Plain hours.",
        "WORKING_TIME": "Hours that the unit works: its working hours, in its time zone, without its closures and"
        " public holidays.",
    },
)
choices(
    ReviewSigner,
    name="ReviewSigner",
    description="In which roles a review can be signed before it is published. One person stands for one of them.",
    values={
        "COMMANDER": "Whoever commanded the incident.",
        "SERVICE_OWNER": "Somebody of the teams that own its service, or who keeps the catalogue of that unit.",
        "FACILITATOR": "Whoever facilitated the review meeting.",
        "OTHER_TEAM": "Somebody who had no part in the incident and does not own its service.",
    },
)


@strawberry_django.type(
    models.LocalField, name="LocalField", description="Something that a unit wants to know of each of its incidents."
)
class LocalFieldType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="Whose field it is.")
    key: auto = strawberry_django.field(description="Short and stable: affected-terminals.")
    name: auto = strawberry_django.field(description="What people call it.")
    hint: auto = strawberry_django.field(description="What to write, for whoever fills it in.")
    kind: FieldKind = strawberry_django.field(description="What it holds.")
    choices: list[str] = strawberry_django.field(description="What can be chosen, for a choice.")
    required_from: Stage | None = strawberry_django.field(
        description="The first stage that an incident cannot reach without it; none where it may stay empty."
    )
    position: auto = strawberry_django.field(description="Its place in forms.")
    retired_at: auto = strawberry_django.field(description="Since when it is not asked for any more.")


@strawberry_django.type(models.LocalTemplate, name="LocalTemplate", description="Wording that a unit has ready.")
class LocalTemplateType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="Whose wording it is.")
    purpose: TemplatePurpose = strawberry_django.field(description="What it is for.")
    name: auto = strawberry_django.field(description="What people call it.")
    title: auto = strawberry_django.field(description="The title of an incident that is declared with it.")
    body: auto = strawberry_django.field(description="The text; {reference} and the like stand for facts.")
    severity: auto = strawberry_django.field(description="The severity of an incident that is declared with it: sev2.")
    sections: JSON = strawberry_django.field(description="For a review, what each section begins with.")
    position: auto = strawberry_django.field(description="Its place in lists.")
    retired_at: auto = strawberry_django.field(description="Since when it is out of use.")


@strawberry_django.type(
    models.UnitPolicy,
    name="UnitPolicy",
    description="What a unit demands of itself beyond what the enterprise demands.",
)
class UnitPolicyType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="Whose policy it is.")
    review_due_hours: auto = strawberry_django.field(description="Within how many hours a review is due; at most 48.")
    review_clock: ReviewClock = strawberry_django.field(
        description="Whether these are plain hours or hours that the unit works."
    )
    requirements: JSON = strawberry_django.field(
        description='What every incident needs from a stage on: {"summary": "mitigated"}.'
    )
    review_signers: list[ReviewSigner] = strawberry_django.field(
        description="In which roles a review has to be signed before it is published; none by default."
    )
    changed_at: auto = strawberry_django.field(description="When it was last changed.")
    changed_by: PersonType | None = strawberry_django.field(description="Who changed it.")


@filter_type(description="Which local fields.")
class LocalFieldFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("LocalField"))
    key: TextFilter | None = where("By key.")
    kind: ChoiceFilter[FieldKind] | None = where("By what they hold.")
    unit: BusinessUnitFilter | None = where("By the unit whose fields they are.")


@filter_type(description="Which templates.")
class LocalTemplateFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("LocalTemplate"))
    purpose: ChoiceFilter[TemplatePurpose] | None = where("By what they are for.")
    unit: BusinessUnitFilter | None = where("By the unit whose wording they are.")


@strawberry_django.order_type(models.LocalField, description="By what local fields are ordered.")
class LocalFieldOrder:
    position: auto = order_field(description="By their place in forms.")
    name: auto = order_field(description="By name.")
