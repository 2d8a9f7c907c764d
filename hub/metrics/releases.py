"""What was told of restricted incidents, in words, and why the rest was not (`hub.metrics.disclosure`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.lib.identity import Actor
from hub.metrics.models import QuarterRelease
from tenants import access as tenants
from tenants.permissions import Permission, holds_for_enterprise

SHOWN = 8
"""How many quarters are shown, the latest first."""


@dataclass(frozen=True)
class Told:
    """A quarter's line.

    Attributes:
        total: how many there were; None where that is not told.
        by_unit: the units' names and figures; empty where they are not told.
        suppressed: what is not told and why, in a sentence; empty where everything is.
    """

    quarter: str
    released_at: datetime
    total: int | None
    by_unit: tuple[tuple[str, int], ...]
    suppressed: str


def told_quarters(actor: Actor) -> list[Told] | None:
    """What was told of the last quarters, the latest first; None for who reads no figures of the whole enterprise."""
    if not holds_for_enterprise(actor, Permission.METRICS_VIEW):
        return None
    names = {unit.pk: unit.name for unit in tenants.units(actor)}
    return [_told(release, names) for release in QuarterRelease.objects.all()[:SHOWN]]


def _told(release: QuarterRelease, names: Mapping[int, str]) -> Told:
    figures: Mapping[str, int] = release.by_unit or {}
    return Told(
        quarter=release.name,
        released_at=release.released_at,
        total=release.total,
        by_unit=tuple(sorted((names[int(key)], count) for key, count in figures.items() if int(key) in names)),
        suppressed=_suppressed(release),
    )


def _suppressed(release: QuarterRelease) -> str:
    if release.total is None:
        return f"Not told: fewer than {release.minimum}, or none at all."
    if release.by_unit is None:
        return (
            f"Not told by unit: at least one unit had fewer than {release.minimum}, or none, and the others' figures"
            " would leave over how many."
        )
    return ""
