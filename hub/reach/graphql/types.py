"""Types of the reach area. A field is a column or a relation; the database decides which rows there are."""

from typing import Annotated

import strawberry
import strawberry_django
from strawberry import auto, relay

from hub.incidents.graphql.types import IncidentType
from hub.reach import models
from hub.reach.graphql.choices import CallState, RunEnd
from tenants.graphql.types import BusinessUnitType, PersonType


@strawberry_django.type(models.TreePlace, name="PhoneTreePlace", description="Somebody's place in a phone tree.")
class TreePlaceType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who.")
    above: Annotated["TreePlaceType", strawberry.lazy("hub.reach.graphql.types")] | None = strawberry_django.field(
        description="The place of who calls them; nothing for who is called first."
    )
    position: auto = strawberry_django.field(description="In which order, from 1 through the whole tree.")


@strawberry_django.type(
    models.PhoneTree,
    name="PhoneTree",
    description="Who calls whom, in order, when a team has to be reached whole.",
)
class PhoneTreeType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="The unit it belongs to.")
    name: auto = strawberry_django.field(description="What people call it.")
    wait: auto = strawberry_django.field(
        description="Minutes that each has to answer, until those below are called without them."
    )
    version: auto = strawberry_django.field(description="Counts its changes: `changePhoneTree` asks for it.")
    changed_at: auto = strawberry_django.field(description="When it last changed.")
    changed_by: PersonType | None = strawberry_django.field(description="Who changed it last.")
    places: list[TreePlaceType] = strawberry_django.field(description="Its people, in order.")


@strawberry_django.type(
    models.Call,
    name="PhoneTreeCall",
    description="A place of a phone tree at work. Its code is told to its person alone.",
)
class CallType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who.")
    above: Annotated["CallType", strawberry.lazy("hub.reach.graphql.types")] | None = strawberry_django.field(
        description="The call after whose end this one is made; nothing for who is called first."
    )
    position: auto = strawberry_django.field(description="In which order, from 1 through the whole tree.")
    state: CallState = strawberry_django.field(description="How far they were reached.")
    called_at: auto = strawberry_django.field(description="When they were called.")
    due_at: auto = strawberry_django.field(description="Until when an answer is waited for.")
    reached_at: auto = strawberry_django.field(description="When they answered.")


@strawberry_django.type(
    models.TreeRun,
    name="PhoneTreeRun",
    description="A phone tree at work for an incident, with its places as they were when it began.",
)
class TreeRunType(relay.Node):
    incident: IncidentType = strawberry_django.field(description="The incident.")
    tree: PhoneTreeType | None = strawberry_django.field(description="The phone tree, if you may see it.")
    name: auto = strawberry_django.field(description="The phone tree's name.")
    began_at: auto = strawberry_django.field(description="Since when it calls.")
    began_by: PersonType | None = strawberry_django.field(description="Who began it.")
    ended_at: auto = strawberry_django.field(description="When it ended; nothing while it goes on.")
    ended_by: PersonType | None = strawberry_django.field(description="Who stopped it.")
    end: RunEnd | None = strawberry_django.field(description="Why it ended.")
    calls: list[CallType] = strawberry_django.field(description="Its calls, in order.")
