"""More requests than a process takes: the rest is sent away at once, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from urllib.parse import urlsplit

import psycopg

from hub.alerts.ingest.application import MOST_WAITING
from hub.alerts.models import SourceKind
from tests.alerts.senders import LiveHub, Source
from tests.database import Server


def event(source: Source, number: int) -> bytes:
    """The bytes of a request that repeats one trigger."""
    document = {
        "routing_key": source.made.key,
        "event_action": "trigger",
        "dedup_key": "busy",
        "payload": {"summary": f"Number {number}", "source": "ledger", "severity": "info"},
    }
    body = json.dumps(document).encode()
    path = urlsplit(source.address).path
    head = f"POST {path} HTTP/1.1\r\nHost: hub.test\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def status_of(source: Source, number: int, sent_away: asyncio.Event) -> int:
    address = urlsplit(source.address)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(event(source, number))
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    status = int(head.split()[1])
    if status == 429:
        assert "retry-after: 1" in head
        sent_away.set()
    return status


def test_a_request_too_many_is_told_to_come_back(hub: LiveHub, server: Server) -> None:
    source = hub.source(kind=SourceKind.EVENTS_V2)

    async def crowd(holder: psycopg.Connection) -> Counter[int]:
        sent_away = asyncio.Event()
        asking = [asyncio.create_task(status_of(source, number, sent_away)) for number in range(MOST_WAITING + 50)]
        await asyncio.wait_for(sent_away.wait(), 60)
        holder.rollback()
        return Counter(await asyncio.gather(*asking))

    assert asyncio.run(first(source)) == 202
    with psycopg.connect(server.cluster.admin_dsn(hub.database)) as holder:
        # Somebody holds the group's row, so that what arrives has to wait.
        holder.execute("SELECT 1 FROM alerts_alertgroup WHERE source_id = %s FOR UPDATE", [source.model.pk])
        statuses = asyncio.run(crowd(holder))

    assert statuses[429] > 0
    assert source.alert().count == statuses[202] + 1


async def first(source: Source) -> int:
    return await status_of(source, 0, asyncio.Event())
