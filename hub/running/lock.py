"""One hub a data directory: a lock that the operating system releases when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from hub.running.errors import RunningError


class Lock:
    """An exclusive lock on a file, held by this process until `release` or its death."""

    def __init__(self, path: Path, held: str) -> None:
        """`held` is the sentence to raise where another process holds the lock."""
        self._path = path
        self._held = held
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock at once, or raise RunningError."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise RunningError(f"The hub cannot write to {self._path.parent}: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise RunningError(self._held) from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; nothing happens where it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
