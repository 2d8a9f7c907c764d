"""Types of analyses: graphs of effects and their causes, and gaps."""

from typing import Annotated

import strawberry
import strawberry_django
from strawberry import auto, relay

from knowledge.postmortems import models
from knowledge.postmortems.graphql.choices import CauseRole, EvidenceKind, GapKind, Method
from tenants.graphql.types import PersonType


@strawberry_django.type(models.Evidence, name="Evidence", description="How it is known that an effect was so.")
class EvidenceType(relay.Node):
    kind: EvidenceKind = strawberry_django.field(description="By what it is known.")
    text: auto = strawberry_django.field(description="What shows it.")
    url: auto = strawberry_django.field(description="Where it can be looked at; empty where that is nowhere.")


@strawberry_django.type(
    models.CausalLink, name="CausalLink", description="An effect has a cause, which is an effect of the same analysis."
)
class CausalLinkType(relay.Node):
    role: CauseRole = strawberry_django.field(description="What the cause is to the effect.")
    effect: Annotated["EffectType", strawberry.lazy("knowledge.postmortems.graphql.analyses")] = (
        strawberry_django.field(description="What happened because of it.")
    )
    cause: Annotated["EffectType", strawberry.lazy("knowledge.postmortems.graphql.analyses")] = strawberry_django.field(
        description="Why the effect happened."
    )


@strawberry_django.type(
    models.Effect,
    name="Effect",
    description="Something that happened or was there, and has causes of its own.",
)
class EffectType(relay.Node):
    text: auto = strawberry_django.field(description="What happened or was there, in a sentence.")
    is_primary: auto = strawberry_django.field(description="Whether the analysis begins with it.")
    is_open: auto = strawberry_django.field(
        description="Whether its causes are still asked for: none are named (in a cause-and-effect graph an action and"
        " a condition), and nobody said why the branch ends. No review is published with such a branch."
    )
    ended_because: auto = strawberry_django.field(description="Why nobody asks further behind it; empty otherwise.")
    causes: list[CausalLinkType] = strawberry_django.field(description="Its causes, in the order of their naming.")
    effects: list[CausalLinkType] = strawberry_django.field(description="What it is a cause of.")
    evidence: list[EvidenceType] = strawberry_django.field(description="How it is known.")


@strawberry_django.type(
    models.Analysis, name="Analysis", description="One way of asking why it happened, from a primary effect on."
)
class AnalysisType(relay.Node):
    method: Method = strawberry_django.field(description="How it asks.")
    effects: list[EffectType] = strawberry_django.field(
        description="All of its effects, the primary one first; their causes make the graph."
    )
    links: list[CausalLinkType] = strawberry_django.field(description="All links between its effects.")
    created_at: auto = strawberry_django.field(description="When it was begun.")
    created_by: PersonType | None = strawberry_django.field(description="Who began it.")


@strawberry_django.type(
    models.Gap,
    name="Gap",
    description="What should have noticed it earlier, or should have ended it sooner, and was not there.",
)
class GapType(relay.Node):
    kind: GapKind = strawberry_django.field(description="What it kept from happening sooner.")
    text: auto = strawberry_django.field(description="What was missing.")
    minutes: auto = strawberry_django.field(description="How long it took because of that, in minutes.")
