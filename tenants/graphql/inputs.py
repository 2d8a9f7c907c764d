"""Input types of the tenants area."""

from collections.abc import Sequence
from decimal import Decimal

import strawberry
from strawberry import ID

from hub.lib.api import node_key
from tenants.actions import Meaning
from tenants.graphql.choices import TermRelation


@strawberry.input(description="What a unit's term means in global ones.")
class MeaningInput:
    term_id: ID = strawberry.field(description="The unit's term.")
    target_id: ID | None = strawberry.field(
        default=None, description="The global term; none for a term that means no global one from then on."
    )
    relation: TermRelation | None = strawberry.field(
        default=None, description="How it relates to the global term; EQUAL if left out."
    )
    strength: Decimal = strawberry.field(default=Decimal(1), description="How surely, above 0 and up to 1.")


def meanings_of(given: Sequence[MeaningInput]) -> list[Meaning]:
    """Raises `NotFound` for an id of no term."""
    return [
        Meaning(
            term_id=node_key(each.term_id, "Term", "term of this unit", "meanings", str(index), "termId"),
            target_id=node_key(each.target_id, "Term", "global term", "meanings", str(index), "targetId")
            if each.target_id is not None
            else None,
            relation=each.relation,
            strength=each.strength,
        )
        for index, each in enumerate(given)
    ]
