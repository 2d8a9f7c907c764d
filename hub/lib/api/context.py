"""Who asks, as resolvers see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from strawberry.types import Info

from hub.lib.errors import Unauthenticated
from hub.lib.identity import Actor


@dataclass
class Context:
    """The context of one operation.

    Attributes:
        actor: who asks, or None for nobody.
        request: the HTTP request, or the WebSocket's consumer for subscriptions.
        response: the HTTP response under way, where there is one.
        takes_json: whether the result's data may be JSON that is made already (`orjson.Fragment`).
        not_compiled: why the operation was not compiled, where that was tried.
    """

    actor: Actor | None
    request: Any = None
    response: Any = None
    takes_json: bool = False
    not_compiled: str | None = None


HubInfo: TypeAlias = Info[Context, None]


def actor_of(info: HubInfo) -> Actor:
    """Who asks. Raises `Unauthenticated` for nobody."""
    actor = info.context.actor
    if actor is None:
        raise Unauthenticated("Sign in, or send a bearer token.")
    return actor
