"""What Python's garbage collector need not look at."""

from __future__ import annotations

import gc
from typing import Final

THRESHOLDS: Final = (50_000, 20, 20)
"""Objects made before the youngest are looked at, and how often that is done before the older ones are as well.

Nearly everything goes by its count of references; only cycles wait, and a request makes few of them."""


def collect_rarely() -> None:
    """Called by every process of the hub before it loads anything large.

    Loading makes objects by the hundred thousand and throws next to none away: with Python's own thresholds, a quarter
    of a process's start goes into finding that out again and again.
    """
    gc.set_threshold(*THRESHOLDS)


def settle() -> None:
    """Called once by a long-lived process when all is loaded: what is there by now, stays.

    A process of the hub holds about a million objects, most of them the API's schema. The collector goes through all of
    them whenever many objects are made, as for a large answer: half of the time of one of 1.6 MB.
    """
    gc.collect()
    gc.freeze()
