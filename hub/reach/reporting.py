"""What a drill proves: who was reached by what within how long, who did not confirm, who has verified nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from statistics import median

from hub.reach.models import Probe, ProbeState
from tenants.definitions import Basis
from tenants.models import Person


@dataclass(frozen=True)
class Tried:
    """Somebody and the ways by which they were tried."""

    person: Person
    probes: tuple[Probe, ...]

    @property
    def is_reached(self) -> bool:
        """Whether they confirmed one of them."""
        return any(each.state == ProbeState.CONFIRMED for each in self.probes)

    @property
    def is_verified(self) -> bool:
        """Whether they have a method that they verified."""
        return any(each.is_verified for each in self.probes)

    @property
    def took(self) -> timedelta | None:
        """Until the first way was confirmed; None for who confirmed none."""
        return min((each.took for each in self.probes if each.took is not None), default=None)


@dataclass(frozen=True)
class Report:
    """The account of a drill."""

    people: tuple[Tried, ...]

    @property
    def reached(self) -> list[Tried]:
        return [each for each in self.people if each.is_reached]

    @property
    def silent(self) -> list[Tried]:
        """Who confirmed nothing."""
        return [each for each in self.people if not each.is_reached]

    @property
    def unverified(self) -> list[Tried]:
        """Who has no method that they verified."""
        return [each for each in self.people if not each.is_verified]

    @property
    def share(self) -> int | None:
        """Per cent of the people who were reached; None without people."""
        return round(100 * len(self.reached) / len(self.people)) if self.people else None

    @property
    def basis(self) -> Basis:
        """On what that rests: the people who have a method that they verified, of all."""
        verified = len(self.people) - len(self.unverified)
        return Basis(counted=len(self.people), covered=verified, strength=Decimal(verified))

    @property
    def typical(self) -> timedelta | None:
        """The median of how long it took."""
        times = [each.took.total_seconds() for each in self.people if each.took is not None]
        return timedelta(seconds=median(times)) if times else None


def report_of(probes: Sequence[Probe]) -> Report:
    """The report of a drill's probes, which come by person."""
    groups = (tuple(group) for _, group in groupby(probes, lambda probe: probe.person_id))
    return Report(tuple(Tried(group[0].person, group) for group in groups))


def rows_of(report: Report) -> Iterator[list[object]]:
    """The report as a table, with its heading: a row for each way by which somebody was tried."""
    yield ["Person", "Way", "Verified", "State", "Sent", "Confirmed", "Seconds", "Why not"]
    for tried in report.people:
        for probe in tried.probes:
            took = probe.took
            yield [
                tried.person.name,
                probe.way,
                probe.is_verified,
                ProbeState(probe.state).label,
                probe.sent_at,
                probe.confirmed_at,
                None if took is None else round(took.total_seconds()),
                probe.reason,
            ]
