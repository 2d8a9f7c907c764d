"""What every area's GraphQL part is built from: context, ids, connections, filters, and mutations with typed errors."""

from hub.lib.api.choices import choices
from hub.lib.api.computed import annotated, computed, row_data
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
    keys_of,
    one_of,
    plain,
    where,
)
from hub.lib.api.mutations import MutationError, MutationErrors, mutation, refusal
from hub.lib.api.nodes import (
    as_type,
    changed_key,
    data_field,
    entities_field,
    entity_keys,
    field,
    find_node,
    find_nodes,
    node_key,
    optional_key,
    plain_field,
    subscription,
)
from hub.lib.api.roots import NodeField, NodesField, by_id, by_text, one
from hub.lib.api.variants import Variant, variants
from hub.lib.given import me, now, today

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
    "NodeField",
    "NodesField",
    "NumberFilter",
    "TextFilter",
    "TimeFilter",
    "Variant",
    "actor_of",
    "annotated",
    "any_id",
    "as_type",
    "by_id",
    "by_text",
    "changed_key",
    "choices",
    "computed",
    "connection",
    "data_field",
    "entities_field",
    "entity_keys",
    "field",
    "filter_type",
    "find_node",
    "find_nodes",
    "key_of",
    "keys_of",
    "me",
    "mutation",
    "node_key",
    "now",
    "one",
    "one_of",
    "optional_key",
    "plain",
    "plain_field",
    "refusal",
    "row_data",
    "subscription",
    "today",
    "together",
    "variants",
    "where",
]
