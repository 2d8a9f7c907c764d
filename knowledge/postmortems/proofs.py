"""What shows that an action item was done, where that is a thing in the hub.

A runbook's revision, an alert that a source sent as a test, a drill, the maintenance in which a change was made.

Each kind of thing is told of by a module of its own (`HUB_ACTION_PROOFS`), and only to who may see it: others read what
was written beside it, and not that there is such a thing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Final, NamedTuple, Protocol, cast

from django.conf import settings

from hub.lib.identity import Actor
from knowledge.postmortems.models import SHOWN_IN, ActionItem, Proof

COLUMNS: Final[Mapping[Proof, str]] = {kind: f"{field}_id" for kind, field in SHOWN_IN.items()}
"""Where an item keeps the key of the thing of each kind that shows it."""

MOST_OFFERED: Final = 30


class Thing(NamedTuple):
    """A thing as somebody sees it who may: what it is called, where its page is, and since when it shows something."""

    key: int
    label: str
    url: str
    at: datetime


class Things(Protocol):
    """What a module is that knows one kind of thing."""

    def check(self, actor: Actor, key: int, since: datetime) -> None:
        """Whether this one shows that something was done.

        Args:
            since: aware; what is older shows nothing.

        Raises `NotFound` for one that `actor` may not see, `Conflict` for one that shows nothing.
        """

    def seen(self, actor: Actor, keys: Collection[int]) -> Sequence[Thing]:
        """Those of these that `actor` may see."""

    def offered(self, actor: Actor, since: datetime, *, most: int) -> Sequence[Thing]:
        """Those that `actor` may see and that `check` lets pass, the latest first."""


def things_of(kind: Proof) -> Things:
    """Who knows the things of this kind, one of `COLUMNS`."""
    return cast(Things, import_module(settings.HUB_ACTION_PROOFS[kind.value]))


def shown(actor: Actor, items: Iterable[ActionItem]) -> dict[int, Thing]:
    """What shows each of these items, by item, where that is a thing that `actor` may see: a query for each kind."""
    found: dict[int, Thing] = {}
    items = list(items)
    for kind, column in COLUMNS.items():
        keys = {item.pk: key for item in items if (key := getattr(item, column)) is not None}
        if keys:
            seen = {thing.key: thing for thing in things_of(kind).seen(actor, set(keys.values()))}
            found |= {item: seen[key] for item, key in keys.items() if key in seen}
    return found


def offered(actor: Actor, wanted: Mapping[ActionItem, datetime]) -> dict[int, Sequence[Thing]]:
    """What could show each of these open items that say what they are closed with, by item: a query for each kind.

    Args:
        wanted: the items, with the moment (aware) before which nothing shows them.
    """
    found: dict[int, Sequence[Thing]] = {}
    for kind in COLUMNS:
        since = {item.pk: moment for item, moment in wanted.items() if item.closes_with == kind}
        if since:
            things = things_of(kind).offered(actor, min(since.values()), most=MOST_OFFERED)
            found |= {key: [thing for thing in things if thing.at >= moment] for key, moment in since.items()}
    return found
