"""Who does not keep up: bounded by what the reader has not taken, and never by how much happens at once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import timedelta

import websockets
from strawberry.relay import to_base64

from hub.incidents import actions
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.identity import Actor
from hub.live.models import OutboxEntry
from tests.conftest import seeding
from tests.live.conftest import Client, connected, off_loop
from tests.processes import Hub
from tests.services.waiting import wait_until

ActorNamed = Callable[[str], Actor]
TokenOf = Callable[[str], str]
Declare = Callable[..., Incident]

LARGE = (
    "subscription($id: ID!, $after: String) { incidentFeed(incidentId: $id, after: $after) { cursor type entry { "
    + " ".join(f"b{number}: body" for number in range(28))
    + " } } }"
)
LEAN = "subscription { feed { cursor type } }"
SLOW = 4290
LARGE_EVENTS = 30
BURST = 1_100
PATIENCE = timedelta(seconds=60)


async def test_a_reader_that_takes_nothing_is_dropped_and_misses_nothing_when_it_comes_back(
    hub: Hub, token: TokenOf, declare: Declare, actor_named: ActorNamed
) -> None:
    hub.sequencer()
    address = hub.web(HUB_SOCKET_PATIENCE="1")
    secret = await off_loop(token)("observer.payments")
    incident = await off_loop(declare)("responder.payments", "ledger", "Ledger lags")
    actor = await off_loop(actor_named)("responder.payments")
    body = "x" * 19_000
    entry = await off_loop(actions.add_timeline_entry)(actor=actor, incident_id=incident.pk, body=body)
    key = to_base64("Incident", incident.pk)
    seen: list[dict[str, object]] = []

    async with connected(address, max_queue=1, compression=None) as slow:
        await slow.init(secret)
        await slow.subscribe(LARGE, id=key)
        assert (await slow.event())["type"] == "CONNECTED"

        await off_loop(happen)(incident, LARGE_EVENTS, entry.pk)
        await asyncio.to_thread(
            wait_until, lambda: is_given_up(hub), what="the socket to be given up", timeout=PATIENCE
        )
        code = await read_until_closed(slow, seen)

    assert code == SLOW
    assert 0 < len(seen) < LARGE_EVENTS
    async with connected(address) as again:
        await again.init(secret)
        await again.subscribe(LARGE, id=key, after=seen[-1]["cursor"])
        while len(seen) < LARGE_EVENTS:
            seen.append(await again.event())
    assert [event["type"] for event in seen] == ["Burst"] * LARGE_EVENTS
    assert len({str(event["cursor"]) for event in seen}) == LARGE_EVENTS


async def test_a_burst_of_events_drops_nobody_who_reads(hub: Hub, token: TokenOf, declare: Declare) -> None:
    address = hub.web()
    secret = await off_loop(token)("observer.payments")
    incident = await off_loop(declare)("responder.payments", "ledger", "Ledger lags")
    async with connected(address) as client:
        await client.init(secret)
        await client.subscribe(LEAN)
        assert (await client.event())["type"] == "CONNECTED"

        await off_loop(happen)(incident, BURST)
        hub.sequencer()

        cursors = set()
        seen = 0
        while seen < BURST:
            event = await client.event(within=60)
            cursors.add(event["cursor"])
            seen += event["type"] == "Burst"
        assert len(cursors) >= BURST


def happen(incident: Incident, times: int, entry_id: int | None = None) -> None:
    """Leave so many events in the outbox, as if no sequencer had run for a while."""
    with seeding():
        OutboxEntry.objects.bulk_create(
            OutboxEntry(
                event_id=uuid.uuid4(),
                type="Burst",
                at=clock.now(),
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=False,
                payload={"entry_id": entry_id},
            )
            for _ in range(times)
        )


def is_given_up(hub: Hub) -> bool:
    return any("took nothing" in log.read_text() for log in hub.directory.glob("web-*.log"))


async def read_until_closed(client: Client, seen: list[dict[str, object]]) -> int:
    """Take what waits until the socket is closed; returns the code."""
    try:
        while True:
            event = await client.event()
            seen += [event] if event["type"] == "Burst" else []
    except websockets.ConnectionClosed:
        return int(client.socket.close_code)
