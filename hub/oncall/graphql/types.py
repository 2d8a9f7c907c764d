"""Types of the on-call area. Who is on call is arithmetic over rows that are read for all schedules at once."""

from datetime import datetime
from typing import Any, cast

import strawberry
import strawberry_django
from strawberry import auto, relay

from hub.lib import clock
from hub.lib.api import as_type
from hub.oncall import access, models
from tenants.graphql.types import BusinessUnitType, PersonType


@strawberry.type(name="OnCall", description="Somebody is on call for a time.")
class OnCallType:
    person: PersonType = strawberry.field(description="Who.")
    since: datetime = strawberry.field(description="Since when.")
    until: datetime = strawberry.field(description="Until when: the next hand-over, or the end of the override.")


def _on_call_now(root: Any) -> OnCallType | None:
    found = access.on_call_of(cast(models.Schedule, root), clock.now())
    if found is None:
        return None
    return OnCallType(person=as_type(PersonType, found.person), since=found.since, until=found.until)


@strawberry_django.type(
    models.Schedule,
    name="Schedule",
    description="Who is on call for something, week by week. Its unit's people see it.",
)
class ScheduleType(relay.Node):
    slug: auto = strawberry_django.field(description="Short and stable; unique in its unit.")
    name: auto = strawberry_django.field(description="What people call it.")
    time_zone: auto = strawberry_django.field(description="Hand-overs happen at this zone's local time, by IANA name.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit it belongs to.")
    on_call_now: OnCallType | None = strawberry_django.field(
        resolver=_on_call_now,
        only=["time_zone"],
        prefetch_related=[*access.ROTATIONS, lambda info: access.overrides_from(clock.now())],
        description="Who is on call at this moment; nobody where neither a rotation nor an override says so.",
    )
