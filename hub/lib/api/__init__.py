"""What every area's GraphQL part is built from: context, ids, connections, filters, and mutations with typed errors."""

from hub.lib.api.choices import choices
from hub.lib.api.connections import DEFAULT_PAGE, LARGEST_PAGE, PAGE_COST, PEERS, Connection, connection, together
from hub.lib.api.context import Context, HubInfo, actor_of
from hub.lib.api.costs import Cost
from hub.lib.api.filters import (
    ChoiceFilter,
    NumberFilter,
    TextFilter,
    TimeFilter,
    any_id,
    filter_type,
    key_of,
    where,
)
from hub.lib.api.mutations import MutationError, MutationErrors, mutation
from hub.lib.api.nodes import as_type, field, find_node, find_nodes, node_key, plain_field, subscription

__all__ = [
    "DEFAULT_PAGE",
    "LARGEST_PAGE",
    "PAGE_COST",
    "PEERS",
    "ChoiceFilter",
    "Connection",
    "Context",
    "Cost",
    "HubInfo",
    "MutationError",
    "MutationErrors",
    "NumberFilter",
    "TextFilter",
    "TimeFilter",
    "actor_of",
    "any_id",
    "as_type",
    "choices",
    "connection",
    "field",
    "filter_type",
    "find_node",
    "find_nodes",
    "key_of",
    "mutation",
    "node_key",
    "plain_field",
    "subscription",
    "together",
    "where",
]
