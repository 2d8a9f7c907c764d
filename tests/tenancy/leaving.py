"""What leaves the hub otherwise than in answers: frames of subscriptions, letters by the clock, search requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest.mock import patch

from django.test import Client, override_settings
from elastic_transport import ConnectionError as Unreachable
from elastic_transport import Transport
from graphql import Executor, GraphQLObjectType, parse
from graphql.execution import create_source_event_stream
from procrastinate.contrib.django import app

from hub.delivery.models import Message
from hub.graphql.documents import Asked
from hub.graphql.sessions import Session
from hub.graphql.websocket import _Subscription, executor_of
from hub.incidents.models import TimelineEntry
from hub.lib import clock
from hub.lib.api import Context
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import beats
from hub.live.access import Happened
from hub.live.cursors import Cursor
from hub.live.following import Delivery
from tenants.models import Person
from tests.conftest import seeding
from tests.graphql.walking import SCHEMA, field_selected
from tests.tenancy.hidden import Hidden
from tests.tenancy.paths import Request

MOST_EVENTS: Final = 6
UPKEEP: Final = "remove_old_jobs"
"""A job of the queue itself: for nobody."""


def selection() -> str:
    """All of an event but its place, whose cursor is sealed anew each time."""
    named = SCHEMA.type_map["FeedEvent"]
    assert isinstance(named, GraphQLObjectType)
    parts = [field_selected(name, field, 2) for name, field in named.fields.items() if name != "cursor"]
    return "subscription { feed { " + " ".join(part for part in parts if part) + " } }"


def events(hidden: Hidden) -> list[Happened]:
    """What may have been written in hidden rooms, as the feed would hand it out to whoever it should not."""
    keys = [*hidden.ids.get("TimelineEntry", [])[:MOST_EVENTS]]
    with seeding():
        return [_written(entry) for entry in TimelineEntry.objects.filter(pk__in=keys).order_by("pk")]


def seen(actor: Actor) -> list[Happened]:
    """What was written last in the rooms that somebody sees."""
    with acting_as(actor):
        return [_written(entry) for entry in TimelineEntry.objects.order_by("-pk")[:MOST_EVENTS]]


def _written(entry: TimelineEntry) -> Happened:
    return Happened(
        entry.pk, "TimelineEntryAdded", entry.at, entry.incident_id, entry.author_id, {"entry_id": entry.pk}
    )


def frames(actor: Actor, happened: Iterable[Happened]) -> list[str | None]:
    """What a subscriber's socket is sent of these events, whoever decided that they are the subscriber's."""
    asked = Asked(selection())
    executor = executor_of(asked, parse(asked.query), Context(actor))
    assert isinstance(executor, Executor), executor
    session = cast(Session, SimpleNamespace(actor=actor))
    subscription = _Subscription(asked, session, executor, asyncio.run(_following(executor)))
    return subscription.answers([Delivery(each, Cursor(each.id, "")) for each in happened])


async def _following(executor: Executor[Any]) -> Any:
    source = create_source_event_stream(executor)
    return await cast(Any, source)


@dataclass(frozen=True)
class Letter:
    """What somebody was told by a message."""

    reference: str
    subject: str
    text: str
    parts: str
    calendar: str


def monday(now: datetime) -> datetime:
    """Noon of the next Monday: when those who look ahead do so."""
    return (now + timedelta(days=7 - now.weekday())).replace(hour=12, minute=0, second=0, microsecond=0)


def work(at: datetime) -> None:
    """Do all that comes by the clock."""
    with clock.at(at):
        for periodic in app.periodic_registry.periodic_tasks.values():
            if not periodic.task.name.endswith(UPKEEP):
                periodic.task.func(int(at.timestamp()))
        for beat in beats():
            beat.work()


def letters(person: Person, at: datetime) -> list[Letter]:
    """What all that comes by the clock writes to somebody, in no order."""
    with seeding():
        before = set(Message.objects.values_list("pk", flat=True))
    work(at)
    with seeding():
        return sorted(
            (
                Letter(each.reference, each.subject, each.text, json.dumps(each.letter), each.calendar)
                for each in Message.objects.filter(person=person).exclude(pk__in=before)
            ),
            key=str,
        )


@contextmanager
def recording() -> Iterator[list[str]]:
    """The bodies of all requests to Elasticsearch meanwhile, as its client sends them; nothing answers."""
    sent: list[str] = []

    def perform_request(self: Transport, method: str, target: str, *, body: Any = None, **more: Any) -> Any:
        sent.append(f"{method} {target} {json.dumps(body, sort_keys=True, default=str)}")
        raise Unreachable("nobody is there")

    with (
        override_settings(ELASTICSEARCH_URL="http://127.0.0.1:9", ELASTICSEARCH_INDEX_PREFIX="world"),
        patch.object(Transport, "perform_request", perform_request),
        patch("knowledge.search.elasticsearch.index.QUIET", 0.0),
    ):
        yield sent


def searched(client: Client, asked: Sequence[Request]) -> list[str]:
    """What Elasticsearch is asked for these requests."""
    with recording() as sent:
        for request in asked:
            request.send(client)
    return sent
