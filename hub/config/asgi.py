"""The hub over ASGI: alerts and the API's programs through doors of their own, other HTTP through Django, WebSockets
through Channels."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.config.settings.development")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured

try:
    http = get_asgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"hub: {error}")

# Imported after the applications are loaded.
from hub.alerts.ingest.application import Ingestion
from hub.graphql.bearers import BearerRequests
from hub.graphql.origins import SameOrigin
from hub.graphql.websocket import websocket_application
from hub.lib import garbage

application = ProtocolTypeRouter(
    {"http": Ingestion(BearerRequests(http)), "websocket": SameOrigin(websocket_application)}
)
garbage.settle()
