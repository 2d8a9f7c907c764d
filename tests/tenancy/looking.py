"""What `make leaks` does in each of its two processes: looks for leaks, and plants faults that must be noticed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Final

import psycopg

from tenants.models import BusinessUnit, Person
from tests.conftest import seeding, working_on
from tests.database import Server
from tests.services.elasticsearch import ElasticsearchServer
from tests.services.process import ServerDidNotStart
from tests.tenancy.answers import Asking, below, everything, listed, listings
from tests.tenancy.faults import Fault, administrator, functions, policies
from tests.tenancy.oracle import ACTORS, Tally, signed_in, two_worlds
from tests.tenancy.paths import Request
from tests.tenancy.probes import Grounds, probes
from tests.tenancy.readers import populate
from tests.tenancy.served import answering, compare
from tests.tenancy.served import notices as notices_other_shelves
from tests.tenancy.slips import lists, slips
from tests.tenancy.tables import Sample, moving, reading, scoped_tables, writing
from tests.tenancy.worlds import hide, source_for_worlds

PARTS: Final = 7
"""How many worlds share the paths among them, so that a minute tries many worlds and not one at length."""

WORTH_A_SERVER: Final = 90
"""How many seconds have to be left for an Elasticsearch to be started."""

OTHER_SHELVES: Final = "Elasticsearch searches every shelf"


@dataclass
class Found:
    """What was compared and planted.

    Attributes:
        parts: which parts of the paths were asked.
        planted: how many faults were.
        missed, untried: the faults that nobody noticed, and those for which there was no time.
    """

    tally: Tally = field(default_factory=Tally)
    parts: set[int] = field(default_factory=set)
    planted: int = 0
    missed: list[str] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Count what another process found as well."""
        self.tally.worlds += other.tally.worlds
        self.tally.comparisons += other.tally.comparisons
        self.tally.paths |= other.tally.paths
        self.tally.leaks += other.tally.leaks
        self.parts |= other.parts
        self.planted += other.planted
        self.missed += other.missed
        self.untried += other.untried


def quietly() -> None:
    """Thousands of refusals are what is wanted; the oracle reads every line, but nobody else should have to."""
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.CRITICAL)


def look_first(server: Server, turn: int, until: float) -> Found:
    """Search in Elasticsearch, and then worlds, beginning with this turn, until the monotonic clock says so."""
    random, found = Random(), Found()
    with _grounds(server, "looking", random) as ground:
        if time.monotonic() + WORTH_A_SERVER < until:
            _search(random, ground, found)
        else:
            found.untried.append(OTHER_SHELVES)
        _worlds(random, ground, found, turn, until)
    return found


def plant_first(turn: int, until: float) -> Found:
    """Tables and faults in a random order, and where time is left, worlds, until the monotonic clock says so."""
    random, found = Random(), Found()
    with _grounds(Server(), "planting", random) as ground:
        _tables(ground, found)
        faults = [*policies(administrator(ground)), *functions(), *slips(random), *lists(ground)]
        random.shuffle(faults)
        _plant(ground, faults, found, until)
        if time.monotonic() < until:
            _worlds(random, ground, found, turn, until)
    return found


@contextmanager
def _grounds(server: Server, name: str, random: Random) -> Iterator[Grounds]:
    """A database of its own with a committed world, on which this process works meanwhile."""
    with (
        server.clone(name) as database,
        working_on(database),
        psycopg.connect(server.cluster.admin_dsn(database), autocommit=True) as admin,
    ):
        source_for_worlds()
        actors = populate()
        with seeding():
            units = list(BusinessUnit.objects.order_by("pk"))
        for unit in units:
            for restricted in (True, False):
                hide(random, unit=unit, restricted=restricted, actors=actors, blind=None)
        admin.execute("ANALYZE")
        with seeding():
            known = list(Person.objects.filter(username__in=ACTORS).values_list("pk", flat=True))
        # Those whose rights have something of their own first: they notice most, and asking ends with the first.
        observers = [*(person.pk for person in actors.people.values()), *known]
        yield Grounds(admin, Sample.taken(scoped_tables()), actors, observers)


def _tables(ground: Grounds, found: Found) -> None:
    """Every table as each of the observers, against the rules."""
    for person in ground.observers:
        found.tally.leaks += reading(person, ground.sample, scoped_tables())
        found.tally.comparisons += len(scoped_tables())
    found.tally.leaks += writing(ground.stranger, ground.sample, scoped_tables())
    for person_id in ground.movers:
        found.tally.leaks += moving(person_id, ground.sample, scoped_tables())
    found.tally.leaks += probes(ground)
    found.tally.paths |= {f"table {table}" for table in scoped_tables()}


def _plant(ground: Grounds, faults: Sequence[Fault], found: Found, until: float) -> None:
    for fault in faults:
        if time.monotonic() >= until:
            found.untried.append(fault.name)
            continue
        found.planted += 1
        with fault.planted(ground):
            if not fault.noticed(ground):
                found.missed.append(fault.name)


def _worlds(random: Random, ground: Grounds, found: Found, turn: int, until: float) -> None:
    """Worlds and their twins: one at least."""
    with seeding():
        readers = list(Person.objects.filter(pk__in=ground.observers, is_active=True).order_by("pk"))
    sample = everything(listings())
    # Parts and readers have no common divisor, so each reader tries every part in time.
    while True:
        asks = partial(Request.is_in, part=turn % PARTS, parts=PARTS)
        two_worlds(random, ground.actors, found.tally, username=ACTORS[turn % len(ACTORS)], only=asks)
        reader = readers[turn % len(readers)]
        _answers(random, Asking(signed_in(reader), reader.pk, sample), turn, found.tally)
        found.parts.add(turn % PARTS)
        turn += 1
        if time.monotonic() >= until:
            break


def _answers(random: Random, asking: Asking, turn: int, tally: Tally) -> None:
    """Ask a part of the lists, and what is below them, against the rules."""
    asked = listings()[turn % PARTS :: PARTS]
    tally.leaks += [*listed(random, asking, asked), *below(random, asking)]
    tally.paths |= {f"list {listing.name}" for listing in asked}
    tally.comparisons += len(asked)


def _search(random: Random, ground: Grounds, found: Found) -> None:
    """The two worlds where a real Elasticsearch searches, if the machine can have one; without, it is said."""
    try:
        server = ElasticsearchServer(worker="leaks")
    except (ServerDidNotStart, OSError) as error:
        print(f"without Elasticsearch: {error}")
        return
    with server, answering(server) as answered:
        compare(random, ground.actors, found.tally)
        found.tally.paths.add("search in Elasticsearch")
        found.planted += 1
        if not notices_other_shelves(random, ground.actors) or not answered:
            found.missed.append(OTHER_SHELVES)
