"""`make faults`: everything breaks for FAULTS_SECONDS (60), and every page is accounted for.

The last line is `pages N, lost 0, duplicates 0, early 0, late p99 S s`; the exit status is 1 unless it reads so. How
late a page was is counted from the moment it was due until a provider took it, whatever was broken then. FAULTS_SEED
chooses the faults, and keeps what the processes said.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import django

# A server of its own, since it is restarted, and has a clock of its own.
os.environ.setdefault("HUB_TEST_DATA_DIR", str(Path(__file__).parents[2] / ".hub" / "faults"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.config.settings.testing")
django.setup()

from django.db import connections  # noqa: E402

from hub.lib import clock  # noqa: E402
from tests.conftest import working_on  # noqa: E402
from tests.database import Server  # noqa: E402
from tests.faults import world  # noqa: E402
from tests.faults.judging import Due, Verdict, judge, missing  # noqa: E402
from tests.faults.machine import FROZEN, PATIENCE, Ground, Machine  # noqa: E402
from tests.faults.people import People  # noqa: E402
from tests.faults.plans import FIRST, Asked, Night, dues_of  # noqa: E402
from tests.faults.provider import Provider  # noqa: E402
from tests.faults.skew import Skew, compiler  # noqa: E402
from tests.services.availability import SERVICES  # noqa: E402

SETTLING: Final = 240.0
"""Seconds after the last fault in which every page that was due must have gone out, and nothing may come twice."""
FURNISHING: Final = timedelta(seconds=15)
"""About how long it takes until everything runs, so that the hand-over comes amid the faults."""
BETWEEN: Final = (1.0, 3.0)
"""Seconds from one fault to the next."""


def main() -> int:
    """Run for FAULTS_SECONDS on a server of its own; returns the exit status."""
    seconds = float(os.environ.get("FAULTS_SECONDS", "60"))
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))
    directory = Path(tempfile.mkdtemp(prefix="hub-faults-"))
    directory.chmod(0o755)
    made = compiler()
    skew = Skew(made, directory) if made else None
    server = Server()
    try:
        server.start()
        with server.clone("faults") as database, working_on(database):
            verdict = run(Ground(server, database, directory, skew), seconds, random.Random(seed))
    finally:
        server.stop()
        if skew is not None:
            skew.close()
    if verdict.is_clean and "FAULTS_SEED" not in os.environ:
        shutil.rmtree(directory, ignore_errors=True)
    else:
        print(f"FAULTS_SEED={seed}; what the processes said is in {directory}")
    print(verdict)
    return 0 if verdict.is_clean else 1


def run(ground: Ground, seconds: float, dice: random.Random) -> Verdict:
    """Furnish a hub, break it for so long, let it settle, and judge."""
    skew = ground.skew
    hand_over = world.night_after(datetime.now(UTC))
    night = hand_over - FURNISHING - timedelta(seconds=seconds / 2) if skew else datetime.now(UTC)
    start = round((night - datetime.now(UTC)).total_seconds())
    if skew is None:
        print("No compiler (Debian: gcc): the clock cannot be set, and it is no night in which clocks change.")
    else:
        skew.set(start)

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=start)

    with (
        Provider(random.Random(dice.random()), patience=PATIENCE) as provider,
        Machine(ground, redis=SERVICES["redis"].find(), start=start) as machine,
    ):
        with clock.at(now() - timedelta(minutes=10)):
            services, tree = world.furnish(provider.address, hand_over), world.plant()
            token = world.token_of(FIRST)
        zero, began = now(), time.monotonic()
        before = world.declare_before(zero, 60, dice)
        connections.close_all()
        address = machine.start()
        running = time.monotonic()
        for asked in before:
            asked.counts_from = (began + asked.counts_from[0], began + asked.counts_from[1])
            asked.known_from = running
        people = People(address, token, services, tree, random.Random(dice.random()), pause=0.4)
        provider.is_unwell = True
        people.start()
        _break(machine, running + seconds, dice)
        provider.is_unwell = False
        people.stop()
        ends = time.monotonic()
        found = world.there()
        every = [each for each in (*before, *people.asked) if each.title in found]
        facts = Night(began + (hand_over - zero).total_seconds(), ends)
        dues = [due for asked in every for due in dues_of(asked, facts)]
        settled = _settle(dues, provider, ends)
        verdict = judge(dues, list(provider.arrivals), machine.disturbances, patience=PATIENCE)
    print(f"{len(every)} incidents in {ends - running:.0f} s; all that was due had gone out {settled:.0f} s after that")
    _tell(machine, provider, every, verdict)
    return verdict


def _break(machine: Machine, until: float, dice: random.Random) -> None:
    """One fault after another: each kind once, in any order, then anew."""
    left: list[str] = []
    while time.monotonic() < until:
        pause = time.monotonic() + dice.uniform(*BETWEEN)
        while time.monotonic() < min(pause, until):
            machine.thaw()
            time.sleep(0.05)
        if time.monotonic() < until:
            left = left or dice.sample(sorted(machine.faults()), len(machine.faults()))
            machine.do(left.pop(), dice)
    machine.thaw(everything=True)


def _settle(dues: Iterable[Due], provider: Provider, ends: float) -> float:
    """Wait until every page that was due has gone out, which is returned in seconds, and for a copy of the last."""
    required = [due for due in dues if due.is_required]
    while missing(required, list(provider.arrivals)) and time.monotonic() < ends + SETTLING:
        time.sleep(0.5)
    settled = time.monotonic() - ends
    time.sleep(FROZEN)
    return settled


def _tell(machine: Machine, provider: Provider, every: list[Asked], verdict: Verdict) -> None:
    done = ", ".join(f"{name} {count} ×" for name, count in sorted(Counter(machine.done).items()))
    print(f"{done}; the provider failed {provider.failures} ×")
    acknowledged = sum(each.acknowledged is not None for each in every)
    escalated = sum(each.escalated is not None for each in every)
    called = sum(each.called is not None for each in every)
    print(
        f"{acknowledged} acknowledged, {escalated} escalated by hand, {called} called by a phone tree;"
        f" {verdict.copies} copies known by their names"
    )
    for seconds, arrival in sorted(verdict.lateness, key=lambda late: -late[0])[:5]:
        print(f"late by {seconds:.1f} s: step {arrival.slot.step} of {arrival.slot.incident}, {arrival.slot.trigger}")
    for name, found in (("lost", verdict.lost), ("duplicate", verdict.duplicates), ("early", verdict.early)):
        for each in found[:20]:
            print(f"{name}: {each}")


if __name__ == "__main__":
    sys.exit(main())
