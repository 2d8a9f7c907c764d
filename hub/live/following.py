"""What is followed and by whom, as the feed needs to know it, and why somebody stops being served."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from hub.lib.identity import Actor
from hub.live.access import Credential, Happened
from hub.live.cursors import Cursor

Event_co = TypeVar("Event_co", covariant=True)


class NoLongerWelcome(Exception):
    """The subscriber's account was switched off, its token was revoked or ran out, or its person signed out."""


class SlowReader(Exception):
    """The subscriber takes nothing any more."""


class Full(Exception):
    """So much waits for a reader already that nothing more is kept for it."""


class RightsChanged(Exception):
    """The subscriber's rights are other ones: it is told, and catches up with them."""


class SightInDoubt(Exception):
    """An event of the incident that is followed was not for the subscriber's eyes: it may have lost sight of it."""


class Behind(Exception):
    """More has happened than is kept for a subscriber: it catches up by itself, at its own pace."""


@dataclass(frozen=True)
class Delivery:
    """An event on its way to a reader, with the cursor after it: taken with the rights of that moment."""

    event: Happened
    cursor: Cursor


@dataclass(frozen=True)
class Following(Generic[Event_co]):
    """What a subscription follows, as its resolver says. `Feed.follow` does it.

    Attributes:
        incident_id: the one incident that is followed, or None for everything.
        after: the cursor to go on from, if there is one.
        event: makes of a delivery what the selection is resolved from.
        check: raises `NotFound` where what is followed is out of the actor's sight.
    """

    actor: Actor
    incident_id: int | None
    after: str | None
    event: Callable[[Delivery], Event_co]
    check: Callable[[], None]

    def __aiter__(self) -> AsyncIterator[Event_co]:
        raise TypeError("a feed is not iterated over: it hands out its events to many at once")


class Reader(Protocol):
    """Where a subscription's answers are made and written.

    Attributes:
        asks: equal for readers who ask the same; with equal rights they get the same answers.
        credential: what its connection rests on, if it can end before the person's rights do.
    """

    @property
    def asks(self) -> Hashable: ...

    @property
    def credential(self) -> Credential | None: ...

    def answers(self, deliveries: Sequence[Delivery]) -> list[str | None]:
        """The answers to these events, as the reader sees them now; None for what it may not. Runs in a thread."""
        ...

    def write(self, answer: str) -> None:
        """Send an answer without waiting. Raises `Full` where too much waits already."""
        ...

    async def write_in_turn(self, answer: str) -> None:
        """Send an answer once all before it are sent. Raises `SlowReader` where the reader takes nothing."""
        ...
