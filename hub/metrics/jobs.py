"""Jobs of the figures."""

from __future__ import annotations

from hub.lib.jobs import periodic_job
from hub.metrics.actions import release_quarters


@periodic_job("11 3 * * *")
def release_restricted_figures(timestamp: int) -> None:
    """Each night: release the quarter that has ended, if one has."""
    release_quarters()
