"""Says that an edit leaves a value as it is, where None means "none"."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Unchanged(Enum):
    """The type of `UNCHANGED`, for annotations and `isinstance`."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED
