"""Faults in Python, and in what lists read: an identity that is not the reader's, a check that is gone."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from importlib import import_module
from random import Random
from typing import Any
from unittest.mock import patch

from hub.lib import identity
from hub.lib.identity import SEED, Actor, acting_as
from tenants.models import Person
from tests.conftest import seeding
from tests.tenancy.answers import Asking, Listing, everything, listed, listings
from tests.tenancy.faults import Fault, administrator, opened
from tests.tenancy.oracle import Tally, signed_in, two_worlds
from tests.tenancy.probes import Grounds

ASKED_OF_ONESELF = {"contactMethods", "inbox", "savedSearches"}
"""Lists that ask for what is the reader's own besides: without the policy nothing more is in them."""

ENDS_AT_ONCE = {"incidents"}
"""Lists that are not read at all for who has neither a role nor a grant: somebody of one unit asks for them."""


def lists(grounds: Grounds) -> Iterator[Fault]:
    """One fault for each list of a table of which something is hidden: what opens the table must show in the list."""
    admin = administrator(grounds)
    whole = everything(listings())
    with seeding():
        people = Person.objects.in_bulk([grounds.stranger, *grounds.named("narrow")])
    stranger, other = (
        Asking(signed_in(people[key]), key, whole) for key in (grounds.stranger, *grounds.named("narrow"))
    )
    for listing in listings():
        asking = other if listing.name in ENDS_AT_ONCE else stranger
        row = admin.execute(
            "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy"
            " WHERE polrelid = %s::regclass AND polname = 'hub_select'",
            [listing.table],
        ).fetchone()
        if row is None or listing.name in ASKED_OF_ONESELF or not asking.hidden(listing.table):
            continue
        yield Fault(
            f"list {listing.name} of all of {listing.table}",
            lambda grounds, table=listing.table, using=row[0]: opened(  # type: ignore[misc]
                administrator(grounds), "hub_select", table, (using, None), ("true", None)
            ),
            lambda grounds, listing=listing, asking=asking: _differs(asking, listing),  # type: ignore[misc]
        )


def _differs(asking: Asking, listing: Listing) -> bool:
    """Whether a list says something else than the rules, or breaks: that a restricted incident was read is recorded,
    and refused for whom nobody admitted.
    """
    try:
        return any(True for _ in listed(Random(1), asking, [listing]))
    except AssertionError:
        return True


SLIPS: tuple[tuple[str, str], ...] = (
    ("hub.metrics.figures.reading_as", "overview"),
    ("hub.metrics.consolidated.reading_as", "consolidated"),
    ("knowledge.search.access.acting_as", "nowledge"),
    ("hub.live.access.acting_as", "feed"),
    ("hub.graphql.websocket.identity.acting_as", "frames"),
)
"""Places in Python that read on somebody's behalf, and the paths there. Planted: they read as the seeding login,
which sees everything."""

RECHECKS: tuple[tuple[str, str, str, str], ...] = (
    ("hub.delivery.claims.parcel_of", "if message.restricted:", "if False:", "mail"),
    ("hub.delivery.ways.ways_to", "if not person.is_active:", "if False:", "mail"),
    (
        "knowledge.postmortems.access.readers",
        "Postmortem.objects.filter(pk=postmortem.pk).exists() and reads_drafts(reader, postmortem)",
        "True",
        "letters",
    ),
)
"""Checks in Python that stand beside the database's: the function, what it says, what is left, and the path."""


def slips(random: Random) -> Iterator[Fault]:
    """Faults in Python: reading with the wrong identity, and checks that are gone."""
    for path, where in SLIPS:
        yield Fault(
            f"{path} as the seeding login",
            lambda grounds, path=path: _slipping(path),  # type: ignore[misc]
            _worlds_notice(random, where),
        )
    yield Fault("every request as the seeding login", lambda grounds: _unbound(), _worlds_notice(random, "incidents"))
    for path, text, left, where in RECHECKS:
        yield Fault(
            f"{path} without “{text}”",
            lambda grounds, path=path, text=text, left=left: _rewritten(path, text, left),  # type: ignore[misc]
            _worlds_notice(random, where),
        )


def _worlds_notice(random: Random, where: str) -> Callable[[Grounds], bool]:
    def noticed(grounds: Grounds) -> bool:
        tally = Tally()
        for username in ("coordinator", "observer.payments", "commander.payments"):
            two_worlds(random, grounds.actors, tally, username=username, only=lambda request: where in request.name)
            if tally.leaks:
                return True
        return False

    return noticed


@contextmanager
def _slipping(path: str) -> Iterator[None]:
    def as_seed(actor: Actor, using: str = "default") -> AbstractContextManager[Actor]:
        return acting_as(replace(actor, role=SEED.role), using)

    with patch(path, as_seed):
        yield


@contextmanager
def _unbound() -> Iterator[None]:
    real = identity.bind

    def bind(wrapper: Any) -> None:
        real(wrapper)
        with wrapper.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', 'hub_seed', true)")

    with patch("hub.lib.identity.bind", bind):
        yield


@contextmanager
def _rewritten(path: str, text: str, left: str) -> Iterator[None]:
    module_name, _, name = path.rpartition(".")
    module = import_module(module_name)
    source = inspect.getsource(getattr(module, name))
    assert text in source, f"{path} does not say “{text}”: adapt the fault to what it says"
    changed: dict[str, Any] = {}
    exec(source.replace(text, left, 1), vars(module) | {}, changed)
    with patch(path, changed[name]):
        yield
