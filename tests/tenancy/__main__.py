"""`make leaks`: worlds and their twins, and every fault that the suite must notice, for as long as LEAKS_SECONDS says.

Two processes share the work, each on a database of its own: one begins with the worlds, the other with the faults. What
there was no time for is said; both begin somewhere else each time, so that short runs do not try the same for ever.

The last line is `worlds N, paths N, comparisons N, leaks 0, planted found K/K`; the exit code is 1 unless it reads so.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from random import Random

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.config.settings.testing")
django.setup()

from tests.database import Server  # noqa: E402
from tests.tenancy.looking import PARTS, Found, look_first, plant_first, quietly  # noqa: E402


def run(server: Server, seconds: float) -> int:
    """Look for leaks and plant faults, print what was found, and return the exit code."""
    start, until = Random().randrange(PARTS), time.monotonic() + seconds
    # Forked before there is a connection or a thread: what is loaded need not be loaded again.
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as other:
        planting = other.submit(plant_first, start + PARTS // 2, until)
        found = look_first(server, start, until)
        found.add(planting.result())
    return told(found, seconds)


def told(found: Found, seconds: float) -> int:
    """Print it all, the one line last, and return the exit code."""
    for leak in found.tally.leaks[:50]:
        print(f"leak: {leak}")
    for name in found.missed:
        print(f"not noticed: {name}")
    if found.untried or len(found.parts) < PARTS:
        print(
            f"{seconds:g} seconds were enough for {found.planted} of {found.planted + len(found.untried)} faults and"
            f" {len(found.parts)} of {PARTS} parts of the paths: LEAKS_SECONDS sets how many there are."
        )
    print(
        f"worlds {found.tally.worlds}, paths {len(found.tally.paths)}, comparisons {found.tally.comparisons},"
        f" leaks {len(found.tally.leaks)}, planted found {found.planted - len(found.missed)}/{found.planted}"
    )
    return 1 if found.tally.leaks or found.missed else 0


def main() -> int:
    """Run on the tests' server for LEAKS_SECONDS (60)."""
    quietly()
    server = Server()
    server.start()
    try:
        return run(server, float(os.environ.get("LEAKS_SECONDS", "60")))
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
