"""What happens to runbooks."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class RunbookChanged(Event):
    """What is known of it, or who reads it, changed; `changed` names the columns."""

    runbook_id: int
    changed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RevisionProposed(Event):
    runbook_id: int
    revision_id: int


@dataclass(frozen=True, kw_only=True)
class RevisionDecided(Event):
    """It is in force, or was declined."""

    runbook_id: int
    revision_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class RunbookStarted(Event):
    run_id: int


@dataclass(frozen=True, kw_only=True)
class RunStepSettled(Event):
    run_id: int
    step_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class RunbookEnded(Event):
    run_id: int
