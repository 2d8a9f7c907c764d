"""How grave the alerts of a request are: by rules over labels, and by what is known of the service and of the impact.

Most alerts of a burst say the same in the few labels that anything asks about. Those are judged once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias, TypeVar

from hub.alerts import access
from hub.alerts.access import KnownSource
from hub.alerts.actions.storing import PlacedAlert
from hub.alerts.severity import SPEAKING_LABELS, Judgement, Rule, judge
from hub.alerts.strictness import Floor
from hub.catalog.models import Sensitivity
from hub.incidents import access as incidents
from hub.incidents.actions.knowing import facts_of_services
from hub.incidents.models import Impact, Reach
from hub.incidents.thresholds import Facts, Proposal, Threshold, propose
from hub.lib.identity import Actor
from hub.lib.prepared import answers

S = TypeVar("S", Impact, Reach, Sensitivity)

Said: TypeAlias = tuple[int | None, tuple[str | None, ...]]
"""All that a judgement depends on: the alert's service, and what it says in the labels that are asked about."""

_SCALES: Final[Mapping[str, type[Impact | Reach | Sensitivity]]] = {
    "impact": Impact,
    "reach": Reach,
    "sensitivity": Sensitivity,
}


@dataclass(frozen=True)
class Verdict:
    """How grave some alerts are.

    Attributes:
        alert: the gravest of them.
        floor: the enterprise's rule that holds one of them, not always the gravest, to the gravest severity.
    """

    alert: PlacedAlert
    judgement: Judgement
    floor: Floor | None


@dataclass(frozen=True)
class _Grounds:
    """What judgements go by: the units' rules, the enterprise's, both's thresholds, and what is known of services."""

    rules: Mapping[int, Sequence[Rule]]
    floors: Sequence[Floor]
    thresholds: Mapping[int | None, Sequence[Threshold]]
    known: Mapping[int, Facts]


class Judge:
    """Judges the alerts of one request; what it goes by is read when the first of them needs it, and once for all."""

    def __init__(
        self, actor: Actor, source: KnownSource, unit_ids: Collection[int], service_ids: Collection[int]
    ) -> None:
        """`unit_ids`, `service_ids`: the units whose alerts may be judged, and the services that they are about."""
        self._actor = actor
        self._source = source
        self._unit_ids = unit_ids
        self._service_ids = service_ids
        self._asked: dict[int, tuple[str, ...]] = {}
        self._judged: dict[tuple[int, Said], Judgement] = {}

    def gravest(self, unit_id: int, alerts: Iterable[PlacedAlert]) -> Verdict:
        """The gravest of at least one of the unit's alerts, the first of equals, and why it is as grave as that."""
        asked = self._labels_asked(unit_id)
        different: dict[Said, PlacedAlert] = {}
        for placed in alerts:
            service_id = placed.service.id if placed.service else None
            different.setdefault((service_id, tuple(map(placed.alert.labels.get, asked))), placed)
        for said, placed in different.items():
            if (unit_id, said) not in self._judged:
                self._judged[unit_id, said] = self._judgement(unit_id, placed)
        said = min(different, key=lambda each: self._judged[unit_id, each].severity.value)
        floors = [floor for each in different if (floor := self._judged[unit_id, each].floor)]
        floor = min(floors, key=lambda each: each.severity.value, default=None)
        return Verdict(different[said], self._judged[unit_id, said], floor)

    def assessed(self, unit_id: int, placed: PlacedAlert) -> tuple[Facts, Proposal] | None:
        """What an alert says is known, and what follows, where a threshold of the enterprise is among that."""
        known, proposal = self._proposed(unit_id, placed)
        return (known, proposal) if proposal.floor is not None else None

    def _judgement(self, unit_id: int, placed: PlacedAlert) -> Judgement:
        """By the rules over labels; where they say nothing, by what is known of the service and of the impact."""
        default = Judgement(
            self._source.default_severity,
            f"No rule matched and the alert says nothing: the default of {self._source.name}",
        )
        _, proposal = self._proposed(unit_id, placed)
        if proposal.severity is not None:
            default = Judgement(proposal.severity, proposal.reason)
        judgement = judge(placed.alert.labels, self._grounds.rules.get(unit_id, ()), default, self._grounds.floors)
        if proposal.floor is not None and proposal.floor.value < judgement.severity.value:
            reason = f"{proposal.floor_reason}; otherwise {judgement.severity.upper()}"
            return replace(judgement, severity=proposal.floor, reason=reason)
        return judgement

    def _proposed(self, unit_id: int, placed: PlacedAlert) -> tuple[Facts, Proposal]:
        thresholds = self._grounds.thresholds[unit_id]
        if not thresholds:
            return Facts(), Proposal(None, None, ())
        labels = placed.alert.labels
        known = self._grounds.known[placed.service.id] if placed.service else Facts()
        known = replace(
            known,
            impact=_said(Impact, labels.get("impact", "")),
            reach=_said(Reach, labels.get("reach", "")) or known.reach,
            sensitivity=_said(Sensitivity, labels.get("sensitivity", "")) or known.sensitivity,
        )
        return known, propose(known, thresholds)

    def _labels_asked(self, unit_id: int) -> tuple[str, ...]:
        """Every label that could change what an alert of this unit is judged to be."""
        if unit_id not in self._asked:
            rules: list[Rule | Floor] = [*self._grounds.rules.get(unit_id, ()), *self._grounds.floors]
            matched = {matcher.label for rule in rules for matcher in rule.matchers}
            self._asked[unit_id] = tuple(matched.union(SPEAKING_LABELS, _SCALES))
        return self._asked[unit_id]

    @cached_property
    def _grounds(self) -> _Grounds:
        return _Grounds(
            *answers(
                access.severity_rules(self._actor, self._unit_ids),
                access.severity_floors(self._actor),
                incidents.thresholds_of_units(self._actor, self._unit_ids),
                facts_of_services(self._actor, self._service_ids),
            )
        )


def _said(scale: type[S], word: str) -> S | None:
    """The member of a scale that a label names, if it names one."""
    try:
        return scale(word.strip().lower())
    except ValueError:
        return None
