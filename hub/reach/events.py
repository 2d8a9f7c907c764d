"""What happens when people are to be reached."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class PhoneTreeChanged(Event):
    """The unit's phone tree calls other people than before, when it is next begun."""

    tree_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class PhoneTreeProgressed(Event):
    """A phone tree that calls people for the incident began, came further or ended: `what`."""

    run_id: int
    what: str
