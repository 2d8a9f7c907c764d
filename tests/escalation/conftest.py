"""Time stands still in the night unless a test moves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.lib import clock
from tests.escalation.world import NIGHT


@pytest.fixture
def night(db: None) -> Iterator[None]:
    """It is three in the morning in Berlin."""
    with clock.at(NIGHT):
        yield
