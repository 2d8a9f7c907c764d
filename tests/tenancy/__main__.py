"""`make leaks`: worlds and their twins for as long as LEAKS_SECONDS says, and every fault that the suite must notice.

The last line is `worlds N, paths N, comparisons N, leaks 0, planted found K/K`; the exit code is 1 unless it reads so.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from random import Random

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.config.settings.testing")
django.setup()

import psycopg  # noqa: E402

from tenants.models import BusinessUnit, Person  # noqa: E402
from tests.conftest import seeding, working_on  # noqa: E402
from tests.database import Server  # noqa: E402
from tests.services.elasticsearch import ElasticsearchServer  # noqa: E402
from tests.services.process import ServerDidNotStart  # noqa: E402
from tests.tenancy.answers import Asking, below, everything, listed, listings  # noqa: E402
from tests.tenancy.faults import administrator, functions, policies  # noqa: E402
from tests.tenancy.oracle import ACTORS, Tally, signed_in, two_worlds  # noqa: E402
from tests.tenancy.paths import Request  # noqa: E402
from tests.tenancy.probes import Grounds, probes  # noqa: E402
from tests.tenancy.readers import populate  # noqa: E402
from tests.tenancy.served import answering, compare  # noqa: E402
from tests.tenancy.served import notices as notices_other_shelves  # noqa: E402
from tests.tenancy.slips import lists, slips  # noqa: E402
from tests.tenancy.tables import Sample, reading, scoped_tables, writing  # noqa: E402
from tests.tenancy.worlds import hide, source_for_worlds  # noqa: E402

PARTS = 7
"""How many worlds share the paths among them, so that a minute tries many worlds and not one at length."""


@contextmanager
def grounds(server: Server, random: Random) -> Iterator[Grounds]:
    """A database of its own with a committed world, on which this process works meanwhile."""
    with (
        server.clone("leaks") as name,
        working_on(name),
        psycopg.connect(server.cluster.admin_dsn(name), autocommit=True) as admin,
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
        observers = [*known, *(person.pk for person in actors.people.values())]
        yield Grounds(admin, Sample.taken(scoped_tables()), actors, observers)


def active(ground: Grounds) -> list[Person]:
    """The observers who can sign in."""
    with seeding():
        return list(Person.objects.filter(pk__in=ground.observers, is_active=True).order_by("pk"))


def answers(random: Random, asking: Asking, turn: int, tally: Tally) -> None:
    """Ask a part of the lists, and what is below them, against the rules."""
    asked = listings()[turn % PARTS :: PARTS]
    tally.leaks += [*listed(random, asking, asked), *below(random, asking)]
    tally.paths |= {f"list {listing.name}" for listing in asked}
    tally.comparisons += len(asked)


@contextmanager
def served() -> Iterator[ElasticsearchServer | None]:
    """A real Elasticsearch, where the machine can have one; without, it is said."""
    try:
        server = ElasticsearchServer(worker="leaks")
    except (ServerDidNotStart, OSError) as error:
        print(f"without Elasticsearch: {error}")
        yield None
        return
    with server:
        yield server


def run(server: Server, seconds: float) -> int:
    """Compare and plant, print what was found, and return the exit code."""
    random, tally = Random(), Tally()
    started = time.monotonic()
    with grounds(server, random) as ground:
        for person in ground.observers:
            tally.leaks += reading(person, ground.sample, scoped_tables())
            tally.comparisons += len(scoped_tables())
        tally.leaks += writing(ground.stranger, ground.sample, scoped_tables())
        tally.leaks += probes(ground)
        tally.paths |= {f"table {table}" for table in scoped_tables()}
        planted, missed = 0, []
        for fault in [*policies(administrator(ground)), *functions(), *slips(random), *lists(ground)]:
            planted += 1
            with fault.planted(ground):
                if not fault.noticed(ground):
                    missed.append(fault.name)
        readers, sample = active(ground), everything(listings())
        turn = 0
        # Each path at least once. Parts and readers have no common divisor, so each reader tries every part in time.
        while turn < PARTS or time.monotonic() - started < seconds:
            asks = partial(Request.is_in, part=turn, parts=PARTS)
            two_worlds(random, ground.actors, tally, username=ACTORS[turn % len(ACTORS)], only=asks)
            reader = readers[turn % len(readers)]
            answers(random, Asking(signed_in(reader), reader.pk, sample), turn, tally)
            turn += 1
        with served() as search:
            if search is not None:
                planted += 1
                with answering(search) as answered:
                    compare(random, ground.actors, tally)
                    tally.paths.add("search in Elasticsearch")
                    if not notices_other_shelves(random, ground.actors) or not answered:
                        missed.append("Elasticsearch searches every shelf")
    for leak in tally.leaks[:50]:
        print(f"leak: {leak}")
    for name in missed:
        print(f"not noticed: {name}")
    print(
        f"worlds {tally.worlds}, paths {len(tally.paths)}, comparisons {tally.comparisons},"
        f" leaks {len(tally.leaks)}, planted found {planted - len(missed)}/{planted}"
    )
    return 1 if tally.leaks or missed else 0


def main() -> int:
    """Run on the tests' server for LEAKS_SECONDS (60)."""
    for handler in logging.getLogger().handlers:
        # Thousands of refusals are what is wanted; the oracle reads every line, but nobody else should have to.
        handler.setLevel(logging.CRITICAL)
    server = Server()
    server.start()
    try:
        return run(server, float(os.environ.get("LEAKS_SECONDS", "60")))
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
