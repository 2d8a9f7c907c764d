"""What happens to problems."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class ProblemOpened(Event):
    problem_id: int


@dataclass(frozen=True, kw_only=True)
class ProblemChanged(Event):
    """What it says, who is on it or who reads it changed; `changed` names the columns."""

    problem_id: int
    version: int
    changed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProblemStateChanged(Event):
    problem_id: int
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class ProblemLinked(Event):
    """The incident was said to be one of the problem's."""

    problem_id: int


@dataclass(frozen=True, kw_only=True)
class ProblemUnlinked(Event):
    problem_id: int
