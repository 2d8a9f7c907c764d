"""Several web processes that Redis wakes, and that do without it while it is away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from redis.exceptions import RedisError

from hub.incidents.models import Incident
from tests.live.conftest import FEED, Client, connected, off_loop
from tests.processes import Hub
from tests.services.redis import RedisServer
from tests.services.waiting import wait_until

TokenOf = Callable[[str], str]
Declare = Callable[..., Incident]

LISTENING = timedelta(seconds=30)


async def test_events_arrive_in_every_process_with_redis_without_it_and_after_it_is_back(
    hub: Hub, redis: RedisServer, token: TokenOf, declare: Declare
) -> None:
    sequencer = hub.sequencer(REDIS_URL=redis.url)
    addresses = [hub.web(REDIS_URL=redis.url) for _ in range(2)]
    secret = await off_loop(token)("observer.payments")
    async with connected(addresses[0]) as first, connected(addresses[1]) as second:
        for client in (first, second):
            await client.init(secret)
            await client.subscribe(FEED)
            assert (await client.event())["type"] == "CONNECTED"
        wait_until(lambda: listeners(redis) == 2, what="both processes to listen", timeout=LISTENING)

        await off_loop(declare)("responder.payments", "ledger", "With Redis")
        assert await title(first) == await title(second) == "With Redis"

        redis.process.kill()
        await off_loop(declare)("responder.payments", "ledger", "Without Redis")
        assert await title(first) == await title(second) == "Without Redis"
        assert sequencer.running

        redis.start()
        wait_until(lambda: listeners(redis) == 2, what="both processes to listen again", timeout=LISTENING)
        await off_loop(declare)("responder.payments", "ledger", "With Redis again")
        assert await title(first) == await title(second) == "With Redis again"
        assert sequencer.running


async def title(client: Client) -> str:
    """The title of the next incident that is declared."""
    seen = await client.events_until(lambda event: event["type"] == "IncidentDeclared")
    return str(seen[-1]["incident"]["title"])


def listeners(redis: RedisServer) -> int:
    """How many web processes are subscribed to the wake-ups."""
    with suppress(RedisError), redis.client() as client:
        return sum(count for name, count in client.pubsub_numsub(*client.pubsub_channels("hub__group__*")))
    return 0
