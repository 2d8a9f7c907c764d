"""Whether an incident may be a breach, by the rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from hub.alerts.matchers import Matcher, all_match


@dataclass(frozen=True)
class Criterion:
    """A rule, ready to be asked. `explanation` is its author's reason."""

    matchers: tuple[Matcher, ...]
    explanation: str


@dataclass(frozen=True)
class Facts:
    """What is known of an incident.

    Attributes:
        about: single facts by name, such as `asset_class`; they win over an alert's label of the same name.
        tags: those of its service; each is asked as `tag`.
        alerts: the labels of each of its alerts.
        types: what kind it is, in its unit's own word and in the global one; each is asked as `incident_type`.
    """

    about: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    alerts: Sequence[Mapping[str, str]] = ()
    types: Sequence[str] = ()


def suspicion(facts: Facts, criteria: Sequence[Criterion]) -> str | None:
    """Why this may be a breach, in the words of the first rule that says so; None where none does."""
    for criterion in criteria:
        conditions = ", ".join(str(matcher) for matcher in criterion.matchers)
        kinds = [{"incident_type": each} for each in facts.types] or [{}]
        for labels, kind, tag in product(facts.alerts or ({},), kinds, facts.tags or ("",)):
            if all_match(criterion.matchers, {**labels, **facts.about, **kind, "tag": tag}):
                return f"{criterion.explanation} ({conditions})"
    return None
