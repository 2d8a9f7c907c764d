"""Which pages may open a socket: the hub's own. A browser says where a page came from, and sends cookies regardless."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import validate_host


class SameOrigin:
    """Turns a socket away (HTTP 403) that a foreign page opened.

    Clients that are no browsers send no Origin and hold no cookie of somebody else: they pass, and show a token.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if not _is_ours(host) or not (origin is None or _is_same(origin, host)):
            return await WebsocketDenier()(scope, receive, send)  # type: ignore[arg-type]  # a WebSocket's scope is a dict
        return await self.application(scope, receive, send)


def _is_ours(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    return validate_host(f"[{name}]" if ":" in name else name, settings.ALLOWED_HOSTS)


def _is_same(origin: str, host: str) -> bool:
    return origin in settings.CSRF_TRUSTED_ORIGINS or urlsplit(origin).netloc.lower() == host.lower()
