"""Queries of the reviews area."""

import strawberry

from hub.lib.api import Connection, by_id, connection, one
from knowledge.postmortems.graphql.filters import ActionItemFilter, ActionItemOrder, PostmortemFilter, PostmortemOrder
from knowledge.postmortems.graphql.types import ActionItemType, PostmortemType


@strawberry.type
class PostmortemsQuery:
    postmortems: Connection[PostmortemType] = connection(
        description="The reviews that you may read, the latest opened first: your units' and what others published"
        " to the enterprise.",
        filters=PostmortemFilter,
        ordering=PostmortemOrder,
    )
    action_items: Connection[ActionItemType] = connection(
        description="The action items that you may see, the most urgent first: yours, and those of reviews that you"
        " may read.",
        filters=ActionItemFilter,
        ordering=ActionItemOrder,
    )

    postmortem: PostmortemType | None = one(
        description="One review; nothing if you may not read it.", noun="review", by=(by_id("Postmortem"),)
    )
