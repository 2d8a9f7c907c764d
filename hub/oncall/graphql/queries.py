"""Queries of the on-call area."""

import strawberry

from hub.lib.api import Connection, connection
from hub.oncall.graphql.filters import ScheduleFilter, ScheduleOrder
from hub.oncall.graphql.types import ScheduleType


@strawberry.type
class OncallQuery:
    schedules: Connection[ScheduleType] = connection(
        description="The schedules that you may see, with who is on call now.",
        filters=ScheduleFilter,
        ordering=ScheduleOrder,
    )
