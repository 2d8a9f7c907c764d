"""The one error of starting and stopping."""

from __future__ import annotations


class RunningError(Exception):
    """The hub cannot start or go on; its message is one sentence for the person at the terminal."""
