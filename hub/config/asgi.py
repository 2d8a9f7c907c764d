"""The hub over ASGI: alerts and the API's programs through doors of their own, other HTTP through Django, WebSockets
through Channels."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.config.settings.development")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

http = get_asgi_application()

# Imported after the applications are loaded.
from hub.alerts.ingest.application import Ingestion  # noqa: E402
from hub.graphql.bearers import BearerRequests  # noqa: E402
from hub.graphql.origins import SameOrigin  # noqa: E402
from hub.graphql.websocket import websocket_application  # noqa: E402
from hub.lib import garbage  # noqa: E402

application = ProtocolTypeRouter(
    {"http": Ingestion(BearerRequests(http)), "websocket": SameOrigin(websocket_application)}
)
garbage.settle()
