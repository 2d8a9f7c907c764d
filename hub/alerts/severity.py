"""How grave an alert is, and why: the unit's rules first, then what the alert says itself, then its source's default.

Whatever that comes to, an alert is at least as grave as the enterprise holds it to be (`hub.alerts.strictness`).

Pure. The alert's own word stands in its `severity` label (or `priority`, when there is no `severity`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.alerts.matchers import Matcher, all_match
from hub.alerts.strictness import Floor
from hub.incidents.models import Severity

SPOKEN: Final[Mapping[str, Severity]] = {
    **{severity.value: severity for severity in Severity},
    **{f"p{rank}": severity for rank, severity in enumerate(Severity, start=1)},
    "emergency": Severity.SEV1,
    "disaster": Severity.SEV1,
    "fatal": Severity.SEV1,
    "critical": Severity.SEV2,
    "crit": Severity.SEV2,
    "page": Severity.SEV2,
    "error": Severity.SEV3,
    "high": Severity.SEV3,
    "major": Severity.SEV3,
    "warning": Severity.SEV4,
    "warn": Severity.SEV4,
    "medium": Severity.SEV4,
    "minor": Severity.SEV4,
    "ticket": Severity.SEV4,
    "low": Severity.SEV5,
    "info": Severity.SEV5,
    "informational": Severity.SEV5,
    "notice": Severity.SEV5,
    "none": Severity.SEV5,
}
"""What monitoring systems say, on the global scale. A critical alert is SEV2: only a unit's own rule makes SEV1."""

SPEAKING_LABELS: Final = ("severity", "priority")
"""Where an alert says itself how grave it is; the first that says something known counts."""


@dataclass(frozen=True)
class Rule:
    """A unit's rule, ready to be asked.

    Attributes:
        position: its place among the unit's rules, from 1.
        explanation: the unit's own reason.
    """

    position: int
    matchers: tuple[Matcher, ...]
    severity: Severity
    explanation: str


@dataclass(frozen=True)
class Judgement:
    """A severity and the sentence that says why.

    Attributes:
        floor: the enterprise's rule that holds the alert to a severity, the gravest if there are several, whether it
            made the alert graver or not.
    """

    severity: Severity
    reason: str
    floor: Floor | None = None


def judge(
    labels: Mapping[str, str], rules: Sequence[Rule], default: Judgement, floors: Sequence[Floor] = ()
) -> Judgement:
    """The severity of an alert with these labels.

    Args:
        rules: those of the unit that the alert belongs to, in their order.
        default: for an alert that no rule matches and that says nothing itself.
        floors: the enterprise's rules: the gravest that matches holds where the judgement would be laxer.
    """
    own = _own_judgement(labels, rules, default)
    held = [floor for floor in floors if all_match(floor.matchers, labels)]
    if not held:
        return own
    floor = min(held, key=lambda each: (each.severity.value, each.position))
    if floor.severity.value >= own.severity.value:
        return replace(own, floor=floor)
    return Judgement(floor.severity, f"{floor.words}; otherwise {own.severity.upper()}", floor)


def _own_judgement(labels: Mapping[str, str], rules: Sequence[Rule], default: Judgement) -> Judgement:
    for rule in rules:
        if all_match(rule.matchers, labels):
            conditions = ", ".join(str(matcher) for matcher in rule.matchers)
            return Judgement(rule.severity, f"Rule {rule.position}: {rule.explanation} ({conditions})")
    for label in SPEAKING_LABELS:
        word = labels.get(label, "").strip()
        if word.lower() in SPOKEN:
            return Judgement(SPOKEN[word.lower()], f"The alert's {label} is “{word}”")
    return default


def gravest(judgements: Sequence[Judgement]) -> Judgement:
    """The gravest of at least one; the first of equals."""
    return min(judgements, key=lambda judgement: judgement.severity.value)
