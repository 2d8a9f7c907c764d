"""What a sender asks for, whatever its protocol, and which requests can share a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.alerts.intake.reports import Report


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody is on what this group reported."""

    group_key: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The alert of this fingerprint is over."""

    group_key: str
    fingerprint: str


Request = Report | Acknowledgement | Resolution


def batches(requests: Sequence[Request]) -> list[list[int]]:
    """The positions of the requests, in batches of which each can be one transaction, in the order of arrival.

    Reports share a batch until one of them names an alert that the batch has already: what was said about an alert
    first must count as well as what was said last. Everything else is a batch of its own.
    """
    found: list[list[int]] = []
    named: set[tuple[str, str]] | None = None
    for position, request in enumerate(requests):
        if not isinstance(request, Report):
            found.append([position])
            named = None
            continue
        alerts = {(request.group_key, alert.fingerprint) for alert in request.alerts}
        if named is not None and named.isdisjoint(alerts):
            found[-1].append(position)
            named |= alerts
        else:
            found.append([position])
            named = alerts
    return found
