"""Queries of the reviews area."""

import strawberry
from strawberry import ID

from hub.lib.api import Connection, HubInfo, actor_of, as_type, connection, field, key_of
from knowledge.postmortems import access
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

    @field(description="One review; nothing if you may not read it.")
    def postmortem(self, info: HubInfo, id: ID) -> PostmortemType | None:
        found = access.postmortems(actor_of(info)).filter(pk=key_of(id, "Postmortem") or 0)
        return as_type(PostmortemType, found)
