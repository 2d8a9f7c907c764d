"""The final schedule in GraphQL: who is on when, for many schedules by the same few statements."""

from collections.abc import Mapping
from datetime import datetime

import strawberry
from strawberry import ID, relay

from hub.lib.api import as_type
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.oncall import access
from hub.oncall.shifts import Stretch
from tenants import access as tenants
from tenants.graphql.types import PersonType


@strawberry.type(name="Stretch", description="A time in which nothing changes about who is on call.")
class StretchType:
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")
    primary: list[PersonType] = strawberry.field(description="Who is asked first; nobody in a gap.")
    secondary: list[PersonType] = strawberry.field(description="Who is asked when the primary does not answer.")
    is_needed: bool = strawberry.field(description="Whether somebody has to be on: a gap that is meant is not needed.")
    is_uncovered: bool = strawberry.field(
        description="Whether somebody has to be on and nobody is, or a second is required and there is none. Of"
        " whoever is planned without being able to work on incidents there, `coverageGaps` tells."
    )


@strawberry.type(name="FinalSchedule", description="Who is on call for something, with everything applied.")
class FinalScheduleType:
    schedule_id: ID = strawberry.field(description="The schedule.")
    slug: str = strawberry.field(description="Its short name, unique in its unit.")
    name: str = strawberry.field(description="What people call it.")
    unit_slug: str = strawberry.field(description="The short name of the unit it belongs to.")
    stretches: list[StretchType] = strawberry.field(
        description="Stretches without gaps between them, the earliest first; where nobody is on, one without people."
    )


def final_schedules(
    actor: Actor, keys: list[int] | None, since: datetime, until: datetime, *, most: int
) -> list[FinalScheduleType]:
    """The final schedules, by name. Raises `Invalid` for more than `most`."""
    found = access.schedules(actor).order_by("name", "pk")
    if keys is not None:
        found = found.filter(pk__any_of=keys)
    schedules = list(found.values_list("pk", "slug", "name", "unit__slug", "needs_secondary", named=True)[: most + 1])
    if len(schedules) > most:
        raise Invalid(f"There are more than {most} schedules: name those that you want.", path=["scheduleIds"])
    finals = access.final_schedules(actor, [each.pk for each in schedules], since, until)
    groups = {on for stretches in finals.values() for each in stretches for on in (each.primary, each.secondary)}
    people = {person.pk: person for person in tenants.people(actor, set().union(*groups))}
    named = {group: [as_type(PersonType, people[each]) for each in group] for group in groups}
    return [
        FinalScheduleType(
            schedule_id=ID(str(relay.GlobalID("Schedule", str(schedule.pk)))),
            slug=schedule.slug,
            name=schedule.name,
            unit_slug=schedule.unit__slug,
            stretches=[_stretch(each, named, schedule.needs_secondary) for each in finals.get(schedule.pk, ())],
        )
        for schedule in schedules
    ]


def _stretch(stretch: Stretch, named: Mapping[tuple[int, ...], list[PersonType]], needs_secondary: bool) -> StretchType:
    return StretchType(
        starts_at=stretch.starts_at,
        ends_at=stretch.ends_at,
        primary=named[stretch.primary],
        secondary=named[stretch.secondary],
        is_needed=stretch.is_needed,
        is_uncovered=stretch.is_uncovered or (needs_secondary and stretch.is_needed and not stretch.secondary),
    )
