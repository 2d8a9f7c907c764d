"""Types of the reach area. A field is a column or a relation; the database decides which rows there are."""

from typing import Annotated

import strawberry
import strawberry_django
from strawberry import auto, relay

from hub.delivery.graphql.choices import Channel
from hub.incidents.graphql.types import IncidentType
from hub.oncall.graphql.types import ScheduleType
from hub.reach import models
from hub.reach.graphql.choices import CallState, ProbeState, RunEnd
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


@strawberry_django.type(
    models.Probe,
    name="DrillProbe",
    description="One way to reach somebody, tried in a drill. No address is told.",
)
class ProbeType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who.")
    channel: Channel = strawberry_django.field(description="By what it was tried.")
    service: auto = strawberry_django.field(description="Which service, by its apprise scheme, if it was one.")
    is_verified: auto = strawberry_django.field(
        description="Whether it is a method that its person has verified; the account's address, or none, otherwise."
    )
    state: ProbeState = strawberry_django.field(description="What became of it.")
    reason: auto = strawberry_django.field(description="Why it was not sent.")
    sent_at: auto = strawberry_django.field(description="When a provider took it.")
    confirmed_at: auto = strawberry_django.field(description="When its person confirmed it.")


@strawberry_django.type(
    models.Drill,
    name="Drill",
    description="A proof that everybody of a unit, or of a schedule's team, can be reached. Who leads or administers"
    " the unit sees it.",
)
class DrillType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="The unit.")
    schedule: ScheduleType | None = strawberry_django.field(description="The schedule, if it was of a team.")
    role_key: auto = strawberry_django.field(
        description="The key of the role, if it was of those who hold one; empty otherwise."
    )
    name: auto = strawberry_django.field(description="Of whom it was.")
    started_at: auto = strawberry_django.field(description="When it began.")
    started_by: PersonType | None = strawberry_django.field(description="Who began it.")
    ends_at: auto = strawberry_django.field(description="Until when people are asked to confirm.")
    probes: list[ProbeType] = strawberry_django.field(description="Each way by which somebody was tried, by person.")
