"""Many subscribers in one process: `python -m tests.bench.sockets ADDRESS COUNT TOKEN...`.

Writes a line when all have begun, and from then on, for each event, the moment at which the last one received it.

A socket has neither a task nor a queue here: with them, a thousand sockets took longer to read an event than the faster
servers to send it, and it was the client that was measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, cast

import uvloop
from websockets import Subprotocol
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

PROTOCOL: Final = Subprotocol("graphql-transport-ws")
READY: Final = "ready"
TOGETHER: Final = 20
FEED: Final = "subscription { feed { cursor type incident { reference title } entry { body author { username } } } }"


class Subscribers:
    """Counts what arrives; an event is over when every socket has it."""

    def __init__(self, address: str, count: int, tokens: Sequence[str]) -> None:
        self.url = f"{address.replace('http', 'ws', 1)}/graphql/"
        self.count = count
        self.tokens = tokens
        self.received: Counter[int] = Counter()
        self.turns = asyncio.Semaphore(TOGETHER)
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        await asyncio.gather(*(self._begin(self.tokens[n % len(self.tokens)]) for n in range(self.count)))
        print(READY, flush=True)
        await self.ended

    async def _begin(self, token: str) -> None:
        server = parse_uri(self.url)
        async with self.turns:
            _, subscriber = await asyncio.get_running_loop().create_connection(
                lambda: Subscriber(self, token), server.host, server.port
            )
            await subscriber.begun

    def take(self, number: int) -> None:
        """A socket has received its event of this number, from 1."""
        self.received[number] += 1
        if self.received[number] == self.count:
            print(time.monotonic(), flush=True)


class Subscriber(asyncio.Protocol):
    """One socket. `begun` is done when its subscription is under way."""

    def __init__(self, all_of_them: Subscribers, token: str) -> None:
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._all = all_of_them
        self._token = token
        self._protocol = ClientProtocol(parse_uri(all_of_them.url), subprotocols=[PROTOCOL])
        self._texts = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._say({"type": "connection_init", "payload": {"Authorization": f"Bearer {self._token}"}})
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._take()
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        for waiting in (self.begun, self._all.ended):
            if not waiting.done():
                waiting.set_exception(error or ConnectionError("the server closed the socket"))

    def _take(self) -> None:
        """The acknowledgement, then the answer that says where the feed is, then an answer for each event."""
        self._texts += 1
        match self._texts:
            case 1:
                self._say({"id": "1", "type": "subscribe", "payload": {"query": FEED}})
            case 2:
                self.begun.set_result(None)
            case _:
                self._all.take(self._texts - 2)

    def _say(self, message: dict[str, Any]) -> None:
        self._protocol.send_text(json.dumps(message).encode())

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            self._transport.write(data)


async def run() -> None:
    await Subscribers(sys.argv[1], int(sys.argv[2]), sys.argv[3:]).run()


if __name__ == "__main__":
    uvloop.run(run())
