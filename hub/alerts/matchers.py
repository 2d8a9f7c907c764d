"""Label matchers as Prometheus writes them: `severity="critical"`, `env!="test"`, `path=~"/card.*"`, `job!~"dev-.+"`.

Pure. A label that is missing counts as empty, and an expression must match the whole value. Expressions are RE2's,
Prometheus' own dialect, whose time is linear in the text: labels come from outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import re2

from hub.lib.errors import Invalid

LONGEST: Final = 500
_MEMORY: Final = 1 << 20  # bytes that one compiled expression may take

_SYNTAX: Final = re.compile(
    r"""\s* (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<label>[^\s"=!~{},]+) ) \s*
        (?P<operator>=~|!~|!=|=) \s*
        (?: "(?P<value>(?:[^"\\]|\\.)*)" | (?P<bare>(?:[^\s"{},=~][^\s"{},]*)?) ) \s*""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"'}


class Operator(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    MATCHES_NOT = "!~"


@dataclass(frozen=True)
class Matcher:
    """One condition on one label.

    Raises `Invalid` for an expression that RE2 does not understand.
    """

    label: str
    operator: Operator
    value: str
    _expression: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.operator in (Operator.MATCHES, Operator.MATCHES_NOT):
            object.__setattr__(self, "_expression", _compiled(self.value))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the condition holds for these labels."""
        actual = labels.get(self.label, "")
        if self.operator == Operator.EQUAL:
            return actual == self.value
        if self.operator == Operator.NOT_EQUAL:
            return actual != self.value
        return (self._expression.fullmatch(actual) is not None) == (self.operator == Operator.MATCHES)

    def __str__(self) -> str:
        return f"{self._label_as_written()}{self.operator}{_quoted(self.value)}"

    def _label_as_written(self) -> str:
        return self.label if re.fullmatch(r'[^\s"=!~{},]+', self.label) else _quoted(self.label)


def parse_matcher(text: str) -> Matcher:
    """The matcher that `text` says. Raises `Invalid` in one sentence."""
    if len(text) > LONGEST:
        raise Invalid(f"A matcher has at most {LONGEST} characters; this one has {len(text)}.")
    said = _SYNTAX.fullmatch(text)
    if said is None:
        raise Invalid(f'“{text}” is not a matcher: write a label, one of = != =~ !~, and a value, as in env="prod".')
    label = said["label"] if said["quoted"] is None else _unescaped(said["quoted"])
    if not label:
        raise Invalid(f"“{text}” names no label.")
    value = said["bare"] if said["value"] is None else _unescaped(said["value"])
    return Matcher(label, Operator(said["operator"]), value)


def all_match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether every condition holds."""
    return all(matcher.matches(labels) for matcher in matchers)


def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.dot_nl = True
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(expression, options)
    except re2.error:
        raise Invalid(f"“{expression}” is not a regular expression that RE2 understands.") from None


def _quoted(text: str) -> str:
    for character in ("\\", '"'):
        text = text.replace(character, "\\" + character)
    return '"' + text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'


def _unescaped(text: str) -> str:
    # A backslash before any other character stands for itself, so that "\d" can be written as it is.
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), text)
