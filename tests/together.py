"""Doing several things at the same moment, with real commits: for tests with a database of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

from hub.lib.errors import HubError


def together(*doings: Callable[[], object]) -> list[HubError | None]:
    """Do everything at once; the answers are what each was refused with."""
    start = threading.Barrier(len(doings))
    refused: list[HubError | None] = [None] * len(doings)

    def do(index: int, doing: Callable[[], object]) -> None:
        start.wait()
        try:
            doing()
        except HubError as error:
            refused[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=each) for each in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return refused
