"""Queries of the reach area."""

import strawberry

from hub.lib.api import Connection, connection
from hub.reach.graphql.filters import (
    DrillFilter,
    DrillOrder,
    PhoneTreeFilter,
    PhoneTreeOrder,
    PhoneTreeRunFilter,
    PhoneTreeRunOrder,
)
from hub.reach.graphql.types import DrillType, PhoneTreeType, TreeRunType


@strawberry.type
class ReachQuery:
    phone_trees: Connection[PhoneTreeType] = connection(
        description="The phone trees in use of the units whose schedules you may see.",
        filters=PhoneTreeFilter,
        ordering=PhoneTreeOrder,
        rows=lambda trees: trees.filter(retired_at=None),
    )
    phone_tree_runs: Connection[TreeRunType] = connection(
        description="Phone trees at work for the incidents that you may see, the latest first: who was reached, who was"
        " silent, who could not be reached.",
        filters=PhoneTreeRunFilter,
        ordering=PhoneTreeRunOrder,
    )
    drills: Connection[DrillType] = connection(
        description="The drills of the units that you lead or administer, the latest first.",
        filters=DrillFilter,
        ordering=DrillOrder,
    )
