"""Reading the feed: as one person under row-level security, or for all connected people in one statement."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.contrib.sessions.models import Session as SignIn
from django.db import connection

from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from hub.live.cursors import Cursor, InvalidCursor, encode
from hub.live.models import FeedEvent

BATCH: Final = 200
"""How many events are read at once. Who may see them is decided then, and so they must not be many."""

CONNECTED: Final = "CONNECTED"
RESYNC: Final = "RESYNC"

Credential: TypeAlias = bytes | str
"""What a connection rests on: a token's digest, or the key of a sign-in's session."""


@dataclass(frozen=True)
class Happened:
    """An event at its place, as readers get it.

    Attributes:
        seen_by: the ids of the connected people who may see it now, where it was read for them.
    """

    id: int
    type: str
    at: datetime
    incident_id: int | None
    person_id: int | None
    payload: dict[str, Any] = field(hash=False, compare=False)
    seen_by: frozenset[int] = frozenset()

    @property
    def is_of_the_feed(self) -> bool:
        """Whether it tells of the feed itself."""
        return self.type in {CONNECTED, RESYNC}


def head() -> int:
    """The newest event's id."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.feed_head()")
        row: tuple[int] = cursor.fetchone()
        return row[0]


def cursor_now(actor: Actor) -> str:
    """A cursor at the newest event: what a page holds, taken before the page reads, so that it misses nothing."""
    with acting_as(actor):
        return encode(Cursor(head(), rights_of([actor.person_id or 0]).get(actor.person_id or 0, "")))


def events_between(actor: Actor, after: int, until: int, incident_id: int | None, most: int) -> list[Happened]:
    """What `actor` missed: the first `most` events after one id up to another, as the policies show them now."""
    with acting_as(actor):
        found = FeedEvent.objects.filter(pk__gt=after, pk__lte=until).order_by("pk")
        if incident_id is not None:
            found = found.filter(incident_id=incident_id)
        return [
            Happened(each.pk, each.type, each.at, each.incident_id, each.person_id, each.payload)
            for each in found[:most]
        ]


def may_see(actor: Actor, event: Happened) -> bool:
    """Whether `actor`, held to their key, may see an event of the feed that their person may see."""
    with acting_as(actor):
        return FeedEvent.objects.filter(pk=event.id).exists()


def check_cursor(cursor: Cursor) -> None:
    """Raise `InvalidCursor` for one older than the events that are kept, or newer than any that there is."""
    with connection.cursor() as database:
        database.execute("SELECT app.feed_oldest(), app.feed_head()")
        oldest, newest = database.fetchone()
    if cursor.event_id + 1 < oldest:
        raise InvalidCursor("This cursor is older than the events that are kept. Start without one.", path=["after"])
    if cursor.event_id > newest:
        # The database was brought back to an earlier state; ids will come again and mean other events.
        raise InvalidCursor("This cursor is newer than any event. Start without one.", path=["after"])


def events_since(since: int, people: Sequence[int]) -> list[Happened]:
    """At most `BATCH` events after `since`, each with those of `people` who may see it now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.feed_since(%s, %s, %s)", [since, BATCH, list(people)])
        return [
            Happened(
                id_,
                type_,
                at,
                incident_id,
                person_id,
                json.loads(payload) if isinstance(payload, str) else payload,
                frozenset(seen_by),
            )
            for id_, type_, at, incident_id, person_id, payload, seen_by in cursor.fetchall()
        ]


def rights_of(people: Sequence[int]) -> dict[int, str]:
    """A fingerprint of what each of these people may see, and in which language they read it (`app.term_name`); those
    who are not active any more are absent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT each.person_id, concat(each.rights, ' ', lower(p.language))"
            " FROM app.rights_of(%s) each JOIN tenants_person p ON p.id = each.person_id",
            [list(people)],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Standing:
    """How connected people stand at a moment.

    Attributes:
        rights: a fingerprint of what each of them may see and how; those who are not active any more are absent.
        valid: the credentials, of those asked about, that still open the door.
    """

    rights: dict[int, str]
    valid: frozenset[Credential]

    def welcomes(self, person_id: int, credential: Credential | None) -> bool:
        """Whether the person is active, and what their connection rests on is still good."""
        return person_id in self.rights and (credential is None or credential in self.valid)


def standing_of(people: Collection[int], credentials: Collection[Credential]) -> Standing:
    """How these people and their credentials stand: one statement for each kind, whatever their number."""
    rights = rights_of(sorted(people))
    tokens = [each for each in credentials if isinstance(each, bytes)]
    sign_ins = [each for each in credentials if isinstance(each, str)]
    return Standing(rights, tokens_alive(tokens) | sign_ins_alive(sign_ins))


def news(
    since: int, readers: Collection[int], people: Collection[int], credentials: Collection[Credential]
) -> tuple[list[Happened], Standing]:
    """What happened after `since`, with who of `readers` may see it, and then how all these people stand.

    In this order: what somebody lost before an event they have surely lost when they are asked about after it.
    """
    return events_since(since, sorted(readers)), standing_of(people, credentials)


def tokens_alive(digests: Collection[bytes]) -> frozenset[bytes]:
    """Which of these tokens, by digest, are neither expired nor revoked."""
    if not digests:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.tokens_alive(%s)", [list(digests)])
        return frozenset(bytes(row[0]) for row in cursor.fetchall())


def sign_ins_alive(keys: Collection[str]) -> frozenset[str]:
    """Which of these sessions, by key, nobody has signed out of, and have not expired."""
    if not keys:
        return frozenset()
    found = SignIn.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    return frozenset(found.values_list("session_key", flat=True))
