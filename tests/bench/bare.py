"""The baseline of the fan-out: a Channels consumer that passes a text on to all of its group, and nothing else."""

from __future__ import annotations

import json

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter

django.setup()

GROUP = "everybody"
EVENT = {
    "cursor": "x" * 140,
    "type": "TimelineEntryAdded",
    "incident": {"reference": "PAY-1000", "title": "Ledger lags"},
    "entry": {"body": "Half of the pool is back.", "author": {"username": "responder.payments"}},
}
TEXT = json.dumps({"id": "1", "type": "next", "payload": {"data": {"feed": EVENT}}})
BEGINNING = json.dumps({"id": "1", "type": "next", "payload": {"data": {"feed": {"type": "CONNECTED"}}}})


class Bare(AsyncWebsocketConsumer):
    """Speaks just enough of graphql-transport-ws for the same clients."""

    async def connect(self) -> None:
        await self.accept("graphql-transport-ws")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        match json.loads(text_data or "{}").get("type"):
            case "connection_init":
                await self.send(text_data='{"type":"connection_ack"}')
            case "subscribe":
                await self.channel_layer.group_add(GROUP, self.channel_name)
                await self.send(text_data=BEGINNING)
            case "fire":
                await self.channel_layer.group_send(GROUP, {"type": "pass.on", "text": TEXT})

    async def pass_on(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


application = ProtocolTypeRouter({"websocket": Bare.as_asgi()})
