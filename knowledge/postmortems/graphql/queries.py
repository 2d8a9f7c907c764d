"""Queries of the reviews area."""

import strawberry

from hub.lib.api import Connection, HubInfo, actor_of, by_id, connection, data_field, one
from knowledge.postmortems import access
from knowledge.postmortems.graphql.filters import ActionItemFilter, ActionItemOrder, PostmortemFilter, PostmortemOrder
from knowledge.postmortems.graphql.types import ActionItemType, ActionsQuestionType, PostmortemType
from tenants.graphql.figures import FigureBasis


@strawberry.type(description="What became of the action items of published reviews that fell due in a span.")
class ActionItemCompletion:
    due: int = strawberry.field(description="All that fell due, but those that were dropped.")
    done_in_time: int = strawberry.field(description="Done by their day.")
    done_late: int = strawberry.field(description="Done after it.")
    open: int = strawberry.field(description="Not done yet.")
    dropped: int = strawberry.field(description="Dropped, with a reason.")
    rate: float | None = strawberry.field(description="The share that is done; nothing where nothing fell due.")
    basis: FigureBasis = strawberry.field(description="On what the rate rests: items without a day cannot fall due.")


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

    actions_questions: Connection[ActionsQuestionType] = connection(
        description="Whether the action items of reviews worked, asked of your units when the same failure was seen"
        " again, anywhere; the latest first."
    )

    @data_field(description="What became of the action items that fell due in the last year, as far as you see them.")
    def action_item_completion(self, info: HubInfo) -> ActionItemCompletion:
        actor = actor_of(info)
        by_unit = access.completion_by_unit(actor)
        found = access.completion(actor)
        return ActionItemCompletion(
            due=found.due,
            done_in_time=found.in_time,
            done_late=found.late,
            open=found.open,
            dropped=found.dropped,
            rate=found.rate,
            basis=FigureBasis.of(access.completion_grounds(by_unit)),
        )

    postmortem: PostmortemType | None = one(
        description="One review; nothing if you may not read it.", noun="review", by=(by_id("Postmortem"),)
    )
