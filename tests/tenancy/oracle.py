"""The two-world oracle: an answer must be a function of what its reader may see.

Every path is asked in a world, then in its twin, which holds more that is hidden from the reader. Both answers must be
the same, byte for byte but for what no two answers share, and none may contain a canary: no body, no log line, no frame
of the feed, no mail. The same holds of what leaves the hub otherwise (`leaving`), and of what is logged meanwhile.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.test import Client

from hub.delivery import claims, ways
from hub.delivery.attempts import ACCOUNT
from hub.delivery.models import Channel, ContactMethod, Message
from hub.lib import clock, identity
from hub.live import access as live
from hub.live.access import Happened
from tenants.models import AuditEntry, BusinessUnit, Person
from tenants.permissions import Permission, units_with
from tests.conftest import seeding
from tests.tenancy import inside, leaving, paths
from tests.tenancy.addresses import POSTED
from tests.tenancy.changes import changes
from tests.tenancy.hidden import CANARY, Hidden
from tests.tenancy.inside import Inside, settle
from tests.tenancy.paths import MISSING, Request
from tests.tenancy.readers import Actors
from tests.tenancy.tables import Leak
from tests.tenancy.worlds import hide

ACTORS = (
    "coordinator",
    "admin.payments",
    "responder.payments",
    "observer.payments",
    "outsider.logistics",
    "lead.emea",
    "auditor",
    "commander.payments",
)

SEARCHES: Final = ("graphql searchKnowledge", "page knowledge", "graphql similarKnowledge")
MOST_SEARCHES: Final = 6
"""Which requests are asked once more with Elasticsearch, and how many: what it is asked follows from few things."""

Answer = tuple[int, str, bytes]
Answered = tuple[Answer, list[str]]
"""An answer, and what was logged until it was there."""

LEAVING: Final = ("frames", "letters")
"""What leaves the hub otherwise than in answers, beside what is asked of Elasticsearch for them."""


@dataclass
class Tally:
    """How much was compared."""

    worlds: int = 0
    comparisons: int = 0
    paths: set[str] = field(default_factory=set)
    leaks: list[Leak] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[list[str]]:
    """Every line that is logged meanwhile."""
    lines: list[str] = []
    wording = logging.Formatter()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # With what was raised: an exception's own words are where a row's content would be.
            lines.append(wording.format(record))

    listener, root = Listener(), logging.getLogger()
    root.addHandler(listener)
    try:
        yield lines
    finally:
        root.removeHandler(listener)


def signed_in(person: Person) -> Client:
    """A browser in which the person has signed in."""
    client = Client(raise_request_exception=False)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def two_worlds(
    random: Random,
    actors: Actors,
    tally: Tally,
    *,
    username: str,
    share: float = 1.0,
    only: Callable[[Request], bool] = lambda request: True,
    write: Callable[[Person], Hidden] | None = None,
    between: Callable[[], None] = lambda: None,
) -> None:
    """Compare one world with its twin for one reader; nothing of both is kept.

    Args:
        share: how many of the requests to try, chosen by the dice; all of them at 1.
        only: which of them.
        write: writes what is hidden from the reader; what the dice say without it.
        between: undoes what is hidden where the database does not, once its twin is undone.
    """
    with transaction.atomic():
        with seeding():
            reader = Person.objects.get(username=username)
        actor = identity.person(reader.pk, through="test")
        visible = units_with(actor, Permission.INCIDENT_VIEW)
        client = signed_in(reader)
        with seeding():
            settle(reader)
            units = list(BusinessUnit.objects.order_by("pk"))
        unit = random.choice(units)
        restricted = unit.pk in visible or random.random() < 0.5
        moment = clock.now()
        head = live.head()
        ways = [each for each in LEAVING if only(Request(each, "")) and (share >= 1 or random.random() < share)]
        # Where the reader is at home: chosen before anything is hidden, and so the same in both worlds.
        at_home = inside.requests(Inside(actor, unit.pk, random), with_admin=share >= 1)
        leaves = Leaving(reader, client, moment, leaving.seen(actor), ways)
        # The twin comes first and is undone: so what is hidden in it has an address that both can be asked for.
        with transaction.atomic(), clock.at(moment), listening() as said:
            hidden = (
                write(reader) if write else hide(random, unit=unit, restricted=restricted, actors=actors, blind=reader)
            )
            every = [*paths.requests(hidden), *at_home]
            asked = [each for each in every if only(each) and (share >= 1 or random.random() < share)]
            after = _answers(client, asked, moment)
            leaves.happened += leaving.events(hidden)
            left = leaves.of(asked)
            _feed(actor, head, username, tally)
            posts = [
                name for name in POSTED if only(Request(f"post {name}", "")) and (share >= 1 or random.random() < share)
            ]
            _posted(client, hidden, moment, username, tally, names=posts)
            tried = [pair for pair in changes(hidden) if only(pair[0]) and (share >= 1 or random.random() < share)]
            _changed(client, tried, moment, username, tally)
            _mail(hidden, actors, tally)
            transaction.set_rollback(True)
        between()
        _compare(asked, _answers(client, asked, moment), after, username, tally)
        _compare_leaving(leaves.of(asked), left, username, tally)
        for line in said:
            if CANARY in line:
                tally.leaks.append(Leak("log", username, line[:200]))
        tally.worlds += 1
        transaction.set_rollback(True)


def _answers(client: Client, asked: list[Request], moment: datetime) -> list[Answered]:
    answers: list[Answered] = []
    for request in asked:
        # Each in a savepoint of its own: reading leaves records, and the twin shall not find those of the first.
        with transaction.atomic(), clock.at(moment), listening() as said:
            answers.append((request.send(client), said))
            transaction.set_rollback(True)
    return answers


def _compare(asked: list[Request], before: list[Answered], after: list[Answered], username: str, tally: Tally) -> None:
    for request, (one, logged), (other, logged_then) in zip(asked, before, after, strict=True):
        tally.paths.add(request.name)
        tally.comparisons += 1
        first, second = (*one[:2], paths.normal(one[2])), (*other[:2], paths.normal(other[2]))
        if first != second:
            tally.leaks.append(Leak(f"{request.name} {request.path}", username, _difference(first, second)))
        elif told := _canaries(other[2]) - _canaries(one[2]):
            tally.leaks.append(Leak(f"{request.name} {request.path}", username, f"says {sorted(told)[:3]}"))
        if logged != logged_then:
            tally.leaks.append(Leak(f"log of {request.name} {request.path}", username, f"{logged} and {logged_then}"))


@dataclass
class Leaving:
    """What leaves the hub for one reader otherwise than in answers, in the world as it is.

    Attributes:
        happened: what a subscriber's socket might be sent.
        ways: which of `LEAVING`.
    """

    reader: Person
    client: Client
    moment: datetime
    happened: list[Happened]
    ways: Sequence[str]

    def of(self, asked: Sequence[Request]) -> dict[str, list[Any]]:
        searches = [each for each in asked if each.name.startswith(SEARCHES)][:MOST_SEARCHES]
        asks: dict[str, Callable[[], list[Any]]] = {
            "frames": lambda: leaving.frames(identity.person(self.reader.pk, through="test"), self.happened),
            "letters": lambda: leaving.letters(self.reader, leaving.monday(self.moment) + timedelta(days=7)),
            "search requests": lambda: leaving.searched(self.client, searches),
        }
        found = {}
        for way in (*self.ways, *(["search requests"] if searches else [])):
            with transaction.atomic(), clock.at(self.moment):
                found[way] = asks[way]()
                transaction.set_rollback(True)
        return found


def _compare_leaving(before: dict[str, list[Any]], after: dict[str, list[Any]], username: str, tally: Tally) -> None:
    for way, one in before.items():
        tally.paths.add(way)
        tally.comparisons += 1
        if told := [each for each in after[way] if each not in one]:
            tally.leaks.append(Leak(way, username, f"{len(told)} more: {str(told[0])[:300]}"))
        elif lost := [each for each in one if each not in after[way]]:
            tally.leaks.append(Leak(way, username, f"{len(lost)} fewer: {str(lost[0])[:300]}"))
        elif said := _canaries(str(after[way]).encode()) - _canaries(str(one).encode()):
            tally.leaks.append(Leak(way, username, f"says {sorted(said)[:3]}"))


def _canaries(body: bytes) -> set[bytes]:
    """The hidden words in a body. What a page repeats of a question has no digits behind the canary."""
    return set(re.findall(CANARY.encode() + rb"\d+", body))


def _difference(one: Answer, other: Answer) -> str:
    if one[:2] != other[:2]:
        return f"{one[:2]} and {other[:2]}"
    place = next((at for at, (a, b) in enumerate(zip(one[2], other[2], strict=False)) if a != b), -1)
    return f"at byte {place}: {one[2][place - 60 : place + 60]!r} and {other[2][place - 60 : place + 60]!r}"


def _feed(actor: identity.Actor, head: int, username: str, tally: Tally) -> None:
    """What a subscriber hears: catching up by themselves, and live."""
    tally.paths |= {"feed catching up", "feed live"}
    tally.comparisons += 2
    person_id = actor.person_id or 0
    if missed := live.events_between(actor, head, live.head(), None, live.BATCH):
        tally.leaks.append(Leak("feed catching up", username, repr(missed[:2])))
    heard = [event for event in live.events_since(head, [person_id]) if person_id in event.seen_by]
    if heard:
        tally.leaks.append(Leak("feed live", username, repr(heard[:2])))


def _posted(
    client: Client, hidden: Hidden, moment: datetime, username: str, tally: Tally, *, names: Iterable[str]
) -> None:
    """What is hidden is answered like what is not there, whatever one tries to do to it."""
    missing = Hidden(
        ids={name: [MISSING + number for number, _ in enumerate(keys)] for name, keys in hidden.ids.items()},
        references=["ZZZ-R00000000" for _ in hidden.references],
    )
    for name in names:
        makes, form = POSTED[name]
        for path, other in zip(makes(hidden), makes(missing), strict=True):
            tally.paths.add(f"post {name}")
            tally.comparisons += 1
            answers = []
            for each in (path, other):
                with transaction.atomic(), clock.at(moment):
                    status, kind, body = Request(name, each, form=form).send(client)
                    transaction.set_rollback(True)
                # What is asked may be repeated, and where it leads names the incident that was asked about.
                for asked in (each, *(hidden if each == path else missing).references):
                    kind, body = kind.replace(asked, ""), body.replace(asked.encode(), b"")
                answers.append((status, kind, paths.normal(body)))
            if answers[0] != answers[1]:
                tally.leaks.append(Leak(f"post {name} {path}", username, _difference(answers[0], answers[1])))


def _changed(
    client: Client, tried: list[tuple[Request, Request]], moment: datetime, username: str, tally: Tally
) -> None:
    """A mutation of what is hidden is refused in the words in which it is refused of what is not there."""
    for of_hidden, of_missing in tried:
        tally.paths.add(of_hidden.name)
        tally.comparisons += 1
        answers, written = [], []
        for request in (of_hidden, of_missing):
            with transaction.atomic(), clock.at(moment):
                before = _last_act()
                answers.append(request.send(client))
                written.append(_last_act() != before)
                transaction.set_rollback(True)
        if answers[0] != answers[1]:
            tally.leaks.append(Leak(of_hidden.name, username, _difference(answers[0], answers[1])))
        if written[0]:
            tally.leaks.append(Leak(of_hidden.name, username, "did something to what is hidden"))


def _last_act() -> int:
    """The newest entry of the audit trail: every action leaves one."""
    with seeding():
        return AuditEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _mail(hidden: Hidden, actors: Actors, tally: Tally) -> None:
    """What leaves the hub about something restricted has none of its words, and nothing leaves for who has left."""
    tally.paths.add("mail")
    with seeding():
        gone = actors.people["gone"]
        if ways.ways_to(Message(person=gone), ContactMethod.objects.filter(person=gone)):
            tally.leaks.append(Leak("mail", "world.gone", "has left and can still be told"))
        for message in Message.objects.filter(pk__in=hidden.ids.get("Message", []), restricted=True):
            tally.comparisons += 1
            parcel = claims.parcel_of(message, ways.Way(ACCOUNT, Channel.EMAIL, "x@example.org"))
            if CANARY in f"{parcel.subject}{parcel.text}{parcel.html}{parcel.calendar}":
                tally.leaks.append(Leak("mail", str(message.person), parcel.subject))
