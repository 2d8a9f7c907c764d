"""Why an operation is left to the executor."""

from __future__ import annotations


class NotCompiled(Exception):
    """The operation is left to the executor.

    Args:
        reason: one sentence for developers. It names fields and types, and never a value.
        for_good: whether every operation of this shape is left to it, so that the reason may be remembered.
    """

    def __init__(self, reason: str, *, for_good: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good
