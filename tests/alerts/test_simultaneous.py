"""What arrives at the same moment, at one process or at two."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from hub.alerts.models import AlertStatus, SourceKind
from hub.incidents import actions
from hub.incidents.models import Status
from tests.alerts.senders import LiveHub, alert, notification, told
from tests.processes import Hub


@pytest.fixture
def second_address(hub: LiveHub, tmp_path: Path) -> Iterator[str]:
    """Another web process on the same database."""
    with Hub(hub.database, tmp_path) as other:
        yield other.web()


def post_at_once(addresses: list[str], documents: list[Any]) -> Counter[int]:
    """Post the documents at the same moment, in turn to each address, and count the statuses of the answers."""

    async def post_all() -> list[int]:
        limits = httpx.Limits(max_connections=len(documents))
        async with httpx.AsyncClient(timeout=120, limits=limits) as http:
            pairs = ((addresses[number % len(addresses)], document) for number, document in enumerate(documents))
            answers = await asyncio.gather(*(http.post(address, json=document) for address, document in pairs))
            return [answer.status_code for answer in answers]

    return Counter(asyncio.run(post_all()))


def test_two_hundred_copies_make_one_incident(hub: LiveHub, second_address: str) -> None:
    source = hub.source()
    addresses = [source.address, source.address.replace(hub.address, second_address)]

    statuses = post_at_once(addresses, [notification(alert(instance="a"), alert(instance="b"))] * 200)

    assert statuses == {200: 200}
    assert source.incident().status == Status.DECLARED
    assert [each.count for each in source.alerts()] == [200, 200]
    assert len(told(source.incident())) == 1


def test_two_hundred_copies_of_an_event_make_one_incident(hub: LiveHub) -> None:
    source = hub.source(kind=SourceKind.EVENTS_V2)
    event = {
        "routing_key": source.made.key,
        "event_action": "trigger",
        "dedup_key": "copy",
        "payload": {"summary": "Stuck", "source": "ledger", "severity": "error"},
    }

    assert post_at_once([source.address], [event] * 200) == {202: 200}
    assert len(source.incidents()) == 1
    assert source.alert().count == 200


def test_different_alerts_of_one_group_share_its_incident(hub: LiveHub, second_address: str) -> None:
    source = hub.source()
    addresses = [source.address, source.address.replace(hub.address, second_address)]
    documents = [notification(alert(instance=f"host-{number}")) for number in range(60)]

    assert post_at_once(addresses, documents) == {200: 60}
    assert len(source.incidents()) == 1
    assert len(source.alerts()) == 60


def test_groups_that_cross_units_do_not_wait_for_each_other_in_a_circle(hub: LiveHub, second_address: str) -> None:
    source = hub.source("cloud")
    services = ["web-shop", "ledger", "newsroom", "cdn"]
    addresses = [source.address, source.address.replace(hub.address, second_address)]
    documents = [
        notification(*(alert(service=name) for name in turned(services, number)), group=f"crossing-{number % 5}")
        for number in range(40)
    ]

    assert post_at_once(addresses, documents) == {200: 40}
    assert len(source.incidents()) == 5 * len(services)
    assert {each.count for each in source.alerts()} == {8}


def turned(items: list[str], by: int) -> list[str]:
    """The items in another order, one for each number."""
    by %= len(items)
    return [*items[by:], *items[:by]]


def test_an_alert_that_fires_while_its_incident_is_resolved_is_never_lost(hub: LiveHub) -> None:
    source = hub.source()
    commander = hub.actor("commander.payments")
    for number in range(10):
        source.send(alert(instance=f"first-{number}"), group=f"race-{number}")
    opened = source.incidents()

    async def race(http: httpx.AsyncClient, number: int) -> int:
        body = notification(alert(instance=f"second-{number}"), group=f"race-{number}")
        posting = asyncio.create_task(http.post(source.address, json=body))
        await asyncio.sleep(0.002 * number)
        await asyncio.to_thread(resolved_apart, number)
        return (await posting).status_code

    def resolved_apart(number: int) -> None:
        actions.resolve_incident(actor=commander, incident_id=opened[number].pk)
        connection.close()

    async def all_races() -> list[int]:
        async with httpx.AsyncClient(timeout=60) as http:
            return [await race(http, number) for number in range(10)]

    assert asyncio.run(all_races()) == [200] * 10
    incidents = {incident.pk: incident for incident in source.incidents()}
    late = [each for each in source.alerts() if each.labels["instance"].startswith("second")]
    assert len(late) == 10
    for each in late:
        incident = incidents[each.incident_id or 0]
        joined_in_time = incident.status == Status.RESOLVED and incident.resolved_at > each.first_seen_at  # type: ignore[operator]
        assert joined_in_time or (incident.is_open and each.status == AlertStatus.FIRING)


def test_a_flood_of_one_source_does_not_hold_up_another(hub: LiveHub) -> None:
    flood, quiet = hub.source(), hub.source("retail")
    bodies = [
        notification(*(alert(instance=f"{number}-{each}") for each in range(50)), group="flood") for number in range(40)
    ]

    async def run() -> float:
        async with httpx.AsyncClient(timeout=60) as http:
            posting = [asyncio.create_task(http.post(flood.address, json=body)) for body in bodies]
            await asyncio.sleep(0.1)
            loop = asyncio.get_running_loop()
            began = loop.time()
            assert (await http.post(quiet.address, json=notification(alert(service="web-shop")))).status_code == 200
            took = loop.time() - began
            await asyncio.gather(*posting)
            return took

    assert asyncio.run(run()) < 5
    assert len(flood.alerts()) == 2_000
    assert len(quiet.incidents()) == 1
