"""Whether a unit's rule could make an alert less grave than the enterprise holds it to be.

Pure. Two rules meet where some alert satisfies the matchers of both. Labels are independent, so it is enough to look at
one label after the other; and a label's conditions exclude each other only where every value that one of them admits
can be listed and tried. What cannot be listed, such as `path=~"/card.*"`, is taken to meet: a rule is refused that
might be laxer, and never accepted that is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hub.alerts.matchers import Matcher, Operator
from hub.incidents.models import Severity


@dataclass(frozen=True)
class Floor:
    """The enterprise's word: an alert with these labels is at least this grave.

    Attributes:
        position: its place among the enterprise's, from 1.
        explanation: the enterprise's reason.
    """

    position: int
    matchers: tuple[Matcher, ...]
    severity: Severity
    explanation: str

    @property
    def conditions(self) -> str:
        return ", ".join(str(matcher) for matcher in self.matchers)

    @property
    def words(self) -> str:
        """The reason that it gives to an incident."""
        return f"The enterprise's rule {self.position}: {self.explanation} ({self.conditions})"


def laxer_than(matchers: Sequence[Matcher], severity: Severity, floors: Iterable[Floor]) -> Floor | None:
    """The gravest of the floors that a rule with these matchers and this severity would undercut, if any."""
    undercut = [
        floor for floor in floors if floor.severity.value < severity.value and may_meet(matchers, floor.matchers)
    ]
    return min(undercut, key=lambda floor: (floor.severity.value, floor.position), default=None)


def may_meet(first: Iterable[Matcher], second: Iterable[Matcher]) -> bool:
    """Whether some labels may satisfy both; False only where none can."""
    by_label: dict[str, list[Matcher]] = defaultdict(list)
    for matcher in (*first, *second):
        by_label[matcher.label].append(matcher)
    return all(_has_a_value(conditions) for conditions in by_label.values())


def _has_a_value(conditions: Sequence[Matcher]) -> bool:
    listed = [values for matcher in conditions if (values := _values_of(matcher)) is not None]
    if not listed:
        return True
    return any(all(matcher.matches({matcher.label: value}) for matcher in conditions) for value in min(listed, key=len))


_LITERAL: Final = re.compile(r"(?:[\w /:@%&,;<>=!~#\"'-]|\\[^\w\s])*")


def _values_of(matcher: Matcher) -> list[str] | None:
    """Every value that the matcher admits, or None where they cannot be listed."""
    if matcher.operator == Operator.EQUAL:
        return [matcher.value]
    if matcher.operator != Operator.MATCHES:
        return None
    text = matcher.value
    if wrapped := re.fullmatch(r"\((?:\?:)?([^()]*)\)", text):
        text = wrapped[1]
    alternatives = re.split(r"(?<!\\)\|", text)
    if not all(_LITERAL.fullmatch(each) for each in alternatives):
        return None
    return [re.sub(r"\\(.)", r"\1", each) for each in alternatives]
