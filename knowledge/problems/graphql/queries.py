"""Queries of the problems area."""

import strawberry

from hub.lib.api import Connection, by_id, connection, one
from knowledge.problems.graphql.types import ProblemFilter, ProblemOrder, ProblemType


@strawberry.type
class ProblemsQuery:
    problems: Connection[ProblemType] = connection(
        description="The problems that you may read, the latest opened first: your units' and what others share.",
        filters=ProblemFilter,
        ordering=ProblemOrder,
    )

    problem: ProblemType | None = one(
        description="One problem; nothing if you may not read it.", noun="problem", by=(by_id("Problem"),)
    )
