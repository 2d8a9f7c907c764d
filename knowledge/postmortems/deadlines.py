"""When a review is due, and why then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from knowledge.postmortems.models import DueCounted, Postmortem
from tenants.calendars import Calendar
from tenants.models import ReviewClock, UnitPolicy

WRITTEN_WITHIN: Final = timedelta(hours=48)
"""How long after the resolution a review is due, where its unit says nothing else."""


@dataclass(frozen=True)
class Deadline:
    """When a review is due.

    Attributes:
        at: aware, UTC.
        hours: within how many hours of the resolution.
        counted: what these hours are.
    """

    at: datetime
    hours: int
    counted: DueCounted

    def as_columns(self) -> dict[str, Any]:
        """What the review keeps of it."""
        return {"due_at": self.at, "due_hours": self.hours, "due_counted": self.counted.value}


def deadline(resolved_at: datetime, policy: UnitPolicy, calendar: Calendar | None) -> Deadline:
    """When the review of what was resolved then is due, as its unit's policy says.

    A review opens by itself, so it is due even where its unit has lost its working hours since it chose working time:
    then these are plain hours, and the review says that they are.

    Args:
        calendar: the unit's; none where the actor may not know it.
    """
    hours, counted = timedelta(hours=policy.review_due_hours), DueCounted.HOURS
    if policy.review_clock == ReviewClock.WORKING_TIME:
        at = calendar.after(resolved_at, hours) if calendar is not None else None
        if at is not None:
            return Deadline(at, policy.review_due_hours, DueCounted.WORKING_TIME)
        counted = DueCounted.HOURS_INSTEAD
    return Deadline(resolved_at + hours, policy.review_due_hours, counted)


def explained(postmortem: Postmortem) -> str:
    """Why the review is due when it is, in words; nothing where that was not kept."""
    if postmortem.due_hours is None:
        return ""
    hours = f"{postmortem.due_hours} hour{'' if postmortem.due_hours == 1 else 's'}"
    if postmortem.due_counted == DueCounted.WORKING_TIME:
        return f"{hours} of working time in {postmortem.unit.name} after the resolution"
    if postmortem.due_counted == DueCounted.HOURS_INSTEAD:
        return f"{hours} after the resolution, in plain hours: {postmortem.unit.name} had too little working time"
    return f"{hours} after the resolution"
