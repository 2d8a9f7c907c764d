"""Types of what people agree on: swaps, leave, expertise."""

import strawberry_django
from strawberry import auto, relay

from hub.oncall import models
from hub.oncall.graphql.choices import Duty, SwapState
from hub.oncall.graphql.types import ScheduleType
from tenants.graphql.types import BusinessUnitType, PersonType


@strawberry_django.type(models.Swap, name="Swap", description="A shift, or part of one, that somebody offers.")
class SwapType(relay.Node):
    schedule: ScheduleType = strawberry_django.field(description="Of which schedule.")
    duty: Duty = strawberry_django.field(description="In which duty.")
    offered_by: PersonType = strawberry_django.field(description="Who gives it.")
    offered_to: PersonType | None = strawberry_django.field(description="To whom; nobody in particular for anybody.")
    starts_at: auto = strawberry_django.field(description="From when.")
    ends_at: auto = strawberry_django.field(description="Until when.")
    return_starts_at: auto = strawberry_django.field(description="In exchange for a time of theirs: from when.")
    return_ends_at: auto = strawberry_django.field(description="Until when the exchange lasts.")
    note: auto = strawberry_django.field(description="A word to whoever reads it.")
    state: SwapState = strawberry_django.field(description="What has become of it.")
    offered_at: auto = strawberry_django.field(description="When it was offered.")
    answered_by: PersonType | None = strawberry_django.field(description="Who accepted, refused or withdrew it.")
    answered_at: auto = strawberry_django.field(description="When that was.")


@strawberry_django.type(models.Leave, name="Leave", description="A person is away, and on call for nothing.")
class LeaveType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who.")
    starts_at: auto = strawberry_django.field(description="From when.")
    ends_at: auto = strawberry_django.field(description="Until when.")


@strawberry_django.type(
    models.Expertise, name="Expertise", description="A person is able to do something, in the eyes of a unit."
)
class ExpertiseType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who.")
    unit: BusinessUnitType = strawberry_django.field(description="Who says so.")
    key: auto = strawberry_django.field(description="What it is.")
    valid_from: auto = strawberry_django.field(description="From when on it holds; ever since without.")
    valid_until: auto = strawberry_django.field(description="Until when it holds; for good without.")
