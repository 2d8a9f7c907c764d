"""Graphs of effects and their causes: what leads where, and how they read as a list.

Pure: rows of one analysis go in, and nothing is asked of the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.postmortems.models import Analysis, CausalLink, CauseRole, Effect, Evidence, Method


@dataclass(frozen=True)
class Branch:
    """An effect as the list shows it, under the effect that it is a cause of.

    Attributes:
        role: what it is to that effect; empty for the primary one.
        link_id: of the link to it; 0 for the primary one.
        evidence: how it is known.
        branches: its causes in turn.
        missing: the roles that nobody has named yet, while the branch is open.
        is_repeated: whether it is told elsewhere already, with its causes.
    """

    effect: Effect
    role: str
    link_id: int
    evidence: tuple[Evidence, ...]
    branches: tuple[Branch, ...]
    missing: tuple[str, ...]
    is_repeated: bool

    @property
    def role_label(self) -> str:
        return str(CauseRole(self.role).label) if self.role else ""

    @property
    def asks(self) -> str:
        """What is still asked, in a few words; empty for a closed branch."""
        return f"Asks for {' and '.join(self.missing)}" if self.missing else ""


def reachable(links: Iterable[tuple[int, int]], start: int) -> set[int]:
    """Everything that leads to `start`, and `start` itself.

    Args:
        links: pairs of an effect and a cause of it.
    """
    causes: defaultdict[int, list[int]] = defaultdict(list)
    for effect, cause in links:
        causes[effect].append(cause)
    found, waiting = {start}, [start]
    while waiting:
        for cause in causes[waiting.pop()]:
            if cause not in found:
                found.add(cause)
                waiting.append(cause)
    return found


def is_explained(roles: Collection[str]) -> bool:
    """Whether causes with these roles are enough: an answer to a why, or both an action and a condition."""
    return CauseRole.WHY in roles or {CauseRole.ACTION, CauseRole.CONDITION} <= set(roles)


def told(analysis: Analysis) -> Branch | None:
    """The analysis as a list, from its primary effect; actions before conditions."""
    effects = {effect.pk: effect for effect in analysis.effects.all()}
    causes: defaultdict[int, list[CausalLink]] = defaultdict(list)
    for link in analysis.links.all():
        causes[link.effect_id].append(link)
    primary = next((effect for effect in effects.values() if effect.is_primary), None)
    return _branch(primary, None, effects, causes, set()) if primary else None


def _branch(
    effect: Effect,
    link: CausalLink | None,
    effects: Mapping[int, Effect],
    causes: Mapping[int, Sequence[CausalLink]],
    seen: set[int],
) -> Branch:
    is_repeated = effect.pk in seen
    seen.add(effect.pk)
    links = sorted(causes.get(effect.pk, ()), key=lambda each: (each.role, each.pk))
    return Branch(
        effect=effect,
        role=link.role if link else "",
        link_id=link.pk if link else 0,
        evidence=tuple(effect.evidence.all()),
        branches=()
        if is_repeated
        else tuple(_branch(effects[each.cause_id], each, effects, causes, seen) for each in links),
        missing=() if not effect.is_open else _missing(effect, [each.role for each in links]),
        is_repeated=is_repeated,
    )


def _missing(effect: Effect, roles: Sequence[str]) -> tuple[str, ...]:
    if effect.analysis.method == Method.FIVE_WHYS:
        return ("why",)
    return tuple(
        f"{'an' if role == CauseRole.ACTION else 'a'} {role.label.lower()}"
        for role in (CauseRole.ACTION, CauseRole.CONDITION)
        if role not in roles
    )
