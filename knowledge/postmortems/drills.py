"""Drills that show that an action item was done: those that are over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.urls import reverse

from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import Actor
from hub.reach import access as reach
from hub.reach.models import Drill
from knowledge.postmortems.proofs import Thing


def check(actor: Actor, key: int, since: datetime) -> None:
    """Whether the drill is over, and is not older than `since`. Raises `NotFound`, `Conflict`."""
    drill = reach.drill_for(actor, key)
    if drill.started_at < since:
        raise Conflict(f"The drill of {drill.name} was before this: it shows nothing that came of it.")
    if drill.ends_at > clock.now():
        raise Conflict(f"The drill of {drill.name} is not over yet.")


def seen(actor: Actor, keys: Collection[int]) -> Sequence[Thing]:
    """Those of these drills that `actor` may see."""
    return [_thing(drill) for drill in reach.drills(actor).filter(pk__in=keys)]


def offered(actor: Actor, since: datetime, *, most: int) -> Sequence[Thing]:
    """Drills since then that are over, the latest first."""
    return [_thing(each) for each in reach.drills(actor).filter(started_at__gte=since, ends_at__lte=clock.now())[:most]]


def _thing(drill: Drill) -> Thing:
    label = f"Drill of {drill.name}, {drill.started_at:%-d %b %Y}"
    return Thing(drill.pk, label, reverse("drill", args=[drill.pk]), drill.started_at)
