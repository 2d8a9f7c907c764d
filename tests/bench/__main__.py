"""`make bench`: every measurement in one run, on the machine as it is; `python -m tests.bench list feed` runs some.

Figures of two runs are not to be compared; the ratios of two runs are.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tests.bench import coverage, escalation, fanout, incidents, ingest, library, lists, oncall, scale, search, security
from tests.bench.harness import Line, test_server
from tests.bench.peer import Missing
from tests.database import Server

PARTS: Final[Mapping[str, Callable[[Server], list[Line]]]] = {
    "list": lists.measure,
    "compiled": lists.measure_compiled,
    "coverage": coverage.measure,
    "feed": fanout.measure,
    "alerts": ingest.measure,
    "scale": scale.measure,
    "statement": incidents.measure,
    "oncall": oncall.measure,
    "escalation": escalation.measure,
    "search": search.measure,
    "library": library.measure,
    "security": security.measure,
}


def run(names: Sequence[str]) -> int:
    """Measure and print, as figures come in; what cannot be measured here says why, and the rest goes on."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"There is no measurement called {unknown[0]}: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load {load:.1f}", flush=True
    )
    failed = 0
    with test_server() as server:
        for name in names or PARTS:
            began = time.monotonic()
            print(f"\n{name}", flush=True)
            try:
                print(*PARTS[name](server), sep="\n")
            except Missing as missing:
                print(f"  not measured: {missing}")
            except Exception as error:  # whatever it is, the other parts are to be measured
                failed += 1
                print(f"  not measured: {type(error).__name__}: {error}")
            print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
