"""What a field costs, declared with the field: the ground of the API's limit on cost.

The model is that of the GraphQL cost directives (https://ibm.github.io/graphql-specs/cost-spec.html) as Apollo's router
reads them: an object costs 1 and a leaf nothing, unless a weight is declared, and a list costs its items as many times
as it may hold. `hub.graphql.cost` adds it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

OBJECT: Final = 1
MUTATION: Final = 10
USUAL_LIST: Final = 10
"""How many items a list without declaration and without paging is taken to hold."""

_KEY: Final = "cost"


@dataclass(frozen=True)
class Cost:
    """The declaration of one field.

    Attributes:
        weight: what the field costs itself, each time it is resolved; None for the usual.
        size: how many items its list is taken to hold where no argument says.
        sized_by: arguments that say how many: a number, or a list with one value an item.
        sized: fields below that hold the items, where the field's type is no list itself.
        largest: the most items that the arguments can ask for.
    """

    weight: int | None = None
    size: int | None = None
    sized_by: tuple[str, ...] = ()
    sized: tuple[str, ...] = ()
    largest: int | None = None


def costing(cost: Cost | None) -> Mapping[str, Any]:
    """A field's `metadata` that declares its cost, or leaves it at the usual."""
    return {_KEY: cost} if cost else {}


def cost_of(field: Any) -> Cost | None:
    """What the strawberry field of a schema's field declares, if anything."""
    metadata = getattr(field, "metadata", None) or {}
    found = metadata.get(_KEY)
    return found if isinstance(found, Cost) else None
