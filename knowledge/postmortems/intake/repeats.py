"""Keys that a source says more than once of one review: nothing of them is lost without a word. Pure.

Readers of YAML, JSON and HTML take the last and drop the rest. Here names add up; of anything else the last counts, and
that there were others is said; and a review with two ids is none.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import yaml

NAMES: Final = frozenset({"causes", "cause", "tags", "keywords"})
"""What may be several anyway: all of them count."""
_KNOWN_ONCE: Final = frozenset({"title", "body", "date", "service"})
"""Of what else is repeated it is said that it is not imported at all."""


@dataclass(frozen=True)
class Said:
    """One key with its value, as its source has it.

    Attributes:
        line: where it stands, counted from 1; None where that says nothing.
    """

    key: Hashable
    value: Any
    line: int | None = None


@dataclass(frozen=True)
class Told:
    """What a source says of one review.

    Attributes:
        remarks: sentences about what of it does not count.
        why_not: for which it cannot be taken at all, in a sentence; empty otherwise.
    """

    facts: dict[Hashable, Any]
    remarks: tuple[str, ...] = ()
    why_not: str = ""


class Pairs(dict[str, Any]):
    """An object of JSON that remembers all that it was made of: give it as `object_pairs_hook`."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.said = [Said(*pair) for pair in pairs]


def together(said: Iterable[Said]) -> Told:
    """Make one of what was said."""
    by_key: dict[Hashable, list[Said]] = {}
    for each in said:
        by_key.setdefault(each.key, []).append(each)
    facts: dict[Hashable, Any] = {}
    remarks = []
    for key, times in by_key.items():
        facts[key] = times[-1].value
        if len(times) == 1:
            continue
        if key == "id" and len({str(each.value) for each in times}) > 1:
            return Told({}, why_not=f"its `id` {_stands(times)}, and it cannot be known which is meant.")
        if key in NAMES:
            facts[key] = [name for each in times for name in _listed(each.value)]
        elif key in _KNOWN_ONCE and any(each.value != times[-1].value for each in times):
            remarks.append(f"its `{key}` {_stands(times)}; the last one was taken.")
    return Told(facts, tuple(remarks))


def of_yaml(text: str, *, below: int) -> Told | None:
    """What a mapping in YAML says; nothing where it is empty, and None where it is none.

    Args:
        below: how many lines of the file stand above it.

    Raises `yaml.YAMLError`, `ValueError` or `RecursionError` for a text that is no YAML.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Told({})
        facts = loader.construct_document(node)
        if not isinstance(facts, dict):
            return Told({}) if not facts else None
        said = [
            Said(loader.construct_object(key, deep=True), loader.construct_object(value, deep=True), _line(key, below))
            for key, value in node.value
        ]
        return together(said)
    finally:
        loader.dispose()


def _line(node: yaml.Node, below: int) -> int:
    return int(node.start_mark.line) + 1 + below


def _stands(times: list[Said]) -> str:
    lines = [f"{each.line:,}" for each in times if each.line is not None]
    where = f", on the lines {', '.join(lines[:-1])} and {lines[-1]}" if lines else ""
    return f"stands there {len(times):,} times{where}"


def _listed(value: Any) -> list[Any]:
    """A value that may be one name, or several with commas between, as a list."""
    if isinstance(value, str):
        return re.split(r"[,;]", value)
    return value if isinstance(value, list) else [value]
