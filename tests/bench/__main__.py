"""`make bench`: every measurement in one run, on the machine as it is.

Figures of two runs are not to be compared; the ratios of two runs are.
"""

from __future__ import annotations

import os
import platform

from tests.bench import fanout, incidents, ingest, oncall, search, security
from tests.bench.harness import test_server


def run() -> None:
    """Measure and print, as figures come in."""
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load {load:.1f}\n")
    with test_server() as server:
        for measure in (incidents.measure, oncall.measure, fanout.measure, search.measure, security.measure):
            print(*measure(server), sep="\n", end="\n\n", flush=True)
    print(*(f"  {line}" for line in ingest.measure().lines()), sep="\n", flush=True)


if __name__ == "__main__":
    run()
