"""How grave the alerts of a request are: by rules over labels, and by what is known of the service and of the impact.

Most alerts of a burst say the same in the few labels that anything asks about. Those are judged once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final, TypeAlias, TypeVar

from hub.alerts import access
from hub.alerts.access import KnownSource
from hub.alerts.actions.storing import PlacedAlert
from hub.alerts.severity import SPEAKING_LABELS, Judgement, Rule, judge
from hub.alerts.strictness import Floor
from hub.catalog import access as catalog
from hub.catalog.models import Sensitivity
from hub.incidents import access as incidents
from hub.incidents.actions.knowing import facts_of
from hub.incidents.models import Impact, Reach
from hub.incidents.thresholds import Facts, Proposal, Threshold, propose
from hub.lib.identity import Actor

S = TypeVar("S", Impact, Reach, Sensitivity)

Said: TypeAlias = tuple[int | None, tuple[str, ...]]
"""All that a judgement depends on: the alert's service, and what it says in the labels that are asked about."""

_SCALES: Final[Mapping[str, type[Impact | Reach | Sensitivity]]] = {
    "impact": Impact,
    "reach": Reach,
    "sensitivity": Sensitivity,
}


class Judge:
    """Judges the alerts of one request; rules and facts are read when the first of them needs it, and once for all."""

    def __init__(self, actor: Actor, source: KnownSource, unit_ids: Collection[int]) -> None:
        """`unit_ids`: the units whose alerts may be judged."""
        self._actor = actor
        self._source = source
        self._unit_ids = unit_ids
        self._thresholds: dict[int, list[Threshold]] = {}
        self._asked: dict[int, tuple[str, ...]] = {}
        self._known: dict[int | None, Facts] = {}
        self._judged: dict[tuple[int, Said], Judgement] = {}

    def gravest(self, unit_id: int, alerts: Iterable[PlacedAlert]) -> tuple[PlacedAlert, Judgement]:
        """The gravest of at least one of the unit's alerts, the first of equals, and why it is as grave as that."""
        asked = self._labels_asked(unit_id)
        different: dict[Said, PlacedAlert] = {}
        for placed in alerts:
            labels = placed.alert.labels
            service_id = placed.service.id if placed.service else None
            different.setdefault((service_id, tuple(labels.get(label, "") for label in asked)), placed)
        for said, placed in different.items():
            if (unit_id, said) not in self._judged:
                self._judged[unit_id, said] = self._judgement(unit_id, placed)
        said = min(different, key=lambda each: self._judged[unit_id, each].severity.value)
        return different[said], self._judged[unit_id, said]

    def _judgement(self, unit_id: int, placed: PlacedAlert) -> Judgement:
        """By the rules over labels; where they say nothing, by what is known of the service and of the impact."""
        default = Judgement(
            self._source.default_severity,
            f"No rule matched and the alert says nothing: the default of {self._source.name}",
        )
        proposal = self._proposed(unit_id, placed)
        if proposal.severity is not None:
            default = Judgement(proposal.severity, proposal.reason)
        judgement = judge(placed.alert.labels, self._rules.get(unit_id, ()), default, self._floors)
        if proposal.floor is not None and proposal.floor.value < judgement.severity.value:
            return Judgement(proposal.floor, f"{proposal.floor_reason}; otherwise {judgement.severity.upper()}")
        return judgement

    def _proposed(self, unit_id: int, placed: PlacedAlert) -> Proposal:
        thresholds = self._thresholds_of(unit_id)
        if not thresholds:
            return Proposal(None, None, ())
        labels = placed.alert.labels
        known = self._facts_of(placed)
        known = replace(
            known,
            impact=_said(Impact, labels.get("impact", "")),
            reach=_said(Reach, labels.get("reach", "")) or known.reach,
            sensitivity=_said(Sensitivity, labels.get("sensitivity", "")) or known.sensitivity,
        )
        return propose(known, thresholds)

    def _facts_of(self, placed: PlacedAlert) -> Facts:
        """What the catalog knows of the alert's service; asked once for all alerts of it."""
        key = placed.service.id if placed.service else None
        if key not in self._known:
            service = None if key is None else catalog.service_for(self._actor, key)
            self._known[key] = facts_of(self._actor, service)
        return self._known[key]

    def _labels_asked(self, unit_id: int) -> tuple[str, ...]:
        """Every label that could change what an alert of this unit is judged to be."""
        if unit_id not in self._asked:
            rules: list[Rule | Floor] = [*self._rules.get(unit_id, ()), *self._floors]
            matched = {matcher.label for rule in rules for matcher in rule.matchers}
            self._asked[unit_id] = tuple(matched.union(SPEAKING_LABELS, _SCALES))
        return self._asked[unit_id]

    def _thresholds_of(self, unit_id: int) -> Sequence[Threshold]:
        if unit_id not in self._thresholds:
            self._thresholds[unit_id] = incidents.thresholds(self._actor, unit_id)
        return self._thresholds[unit_id]

    @cached_property
    def _rules(self) -> Mapping[int, Sequence[Rule]]:
        return access.severity_rules(self._actor, self._unit_ids)

    @cached_property
    def _floors(self) -> Sequence[Floor]:
        return access.severity_floors(self._actor)


def _said(scale: type[S], word: str) -> S | None:
    """The member of a scale that a label names, if it names one."""
    try:
        return scale(word.strip().lower())
    except ValueError:
        return None
