"""Many subscribers in one process: `python -m tests.bench.sockets ADDRESS COUNT TOKEN...`.

Writes a line when all have begun, and from then on, for each event, the moment at which the last one received it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

import websockets

PROTOCOL: Final = websockets.Subprotocol("graphql-transport-ws")
READY: Final = "ready"
TOGETHER: Final = 20
FEED: Final = "subscription { feed { cursor type incident { reference title } entry { body author { username } } } }"


class Subscribers:
    """Counts what arrives; an event is over when every socket has it."""

    def __init__(self, address: str, count: int, tokens: Sequence[str]) -> None:
        self.url = f"{address.replace('http', 'ws', 1)}/graphql/"
        self.count = count
        self.tokens = tokens
        self.begun = 0
        self.received: Counter[int] = Counter()
        self.turns = asyncio.Semaphore(TOGETHER)

    async def run(self) -> None:
        await asyncio.gather(*(self._subscriber(self.tokens[n % len(self.tokens)]) for n in range(self.count)))

    async def _subscriber(self, token: str) -> None:
        async with self.turns:
            socket = await websockets.connect(self.url, subprotocols=[PROTOCOL], open_timeout=120, ping_interval=None)
            await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
            await socket.recv()
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": FEED}}))
            await socket.recv()
        self.begun += 1
        if self.begun == self.count:
            print(READY, flush=True)
        number = 0
        async for _ in socket:
            number += 1
            self.received[number] += 1
            if self.received[number] == self.count:
                print(time.monotonic(), flush=True)


if __name__ == "__main__":
    asyncio.run(Subscribers(sys.argv[1], int(sys.argv[2]), sys.argv[3:]).run())
