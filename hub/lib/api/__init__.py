"""What every area's GraphQL part is built from: context, nodes, connections, and mutations with typed errors."""

from hub.lib.api.context import Context, HubInfo, actor_of
from hub.lib.api.mutations import MutationError, MutationErrors, mutation
from hub.lib.api.nodes import as_type, connection, field, node_key

__all__ = [
    "Context",
    "HubInfo",
    "MutationError",
    "MutationErrors",
    "actor_of",
    "as_type",
    "connection",
    "field",
    "mutation",
    "node_key",
]
