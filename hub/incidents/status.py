"""The life of an incident: which status may follow which.

Work goes forward, and a stage may be skipped: an incident that heals before anybody looked is resolved from
`declared`. An incident comes back to `acknowledged` when it was not over after all; a closed one stays closed,
since its review builds on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.incidents.models import Status
from hub.lib.errors import Conflict

S = Status

TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = {
    S.DECLARED: frozenset({S.ACKNOWLEDGED, S.MITIGATED, S.RESOLVED}),
    S.ACKNOWLEDGED: frozenset({S.MITIGATED, S.RESOLVED}),
    S.MITIGATED: frozenset({S.ACKNOWLEDGED, S.RESOLVED}),
    S.RESOLVED: frozenset({S.ACKNOWLEDGED, S.CLOSED}),
    S.CLOSED: frozenset(),
}


def check_transition(reference: str, current: Status, target: Status) -> None:
    """Raise `Conflict`, saying what is possible instead, unless `target` may follow `current`."""
    if target in TRANSITIONS[current]:
        return
    if current == target:
        raise Conflict(f"{reference} is {target.label.lower()} already.")
    allowed = [status.label.lower() for status in S if status in TRANSITIONS[current]]
    after = f"can become {' or '.join(allowed)}" if allowed else "stays closed"
    raise Conflict(f"{reference} cannot become {target.label.lower()}: it is {current.label.lower()} and {after}.")
