from hub.oncall.models.calendars import CalendarLink, CalendarSource
from hub.oncall.models.changes import Leave, Override, PlannedGap, Swap, SwapState
from hub.oncall.models.schedules import (
    Expertise,
    FixedShift,
    Layer,
    Period,
    Rotation,
    RotationMember,
    Schedule,
    WhenNobody,
)

__all__ = [
    "CalendarLink",
    "CalendarSource",
    "Expertise",
    "FixedShift",
    "Layer",
    "Leave",
    "Override",
    "Period",
    "PlannedGap",
    "Rotation",
    "RotationMember",
    "Schedule",
    "Swap",
    "SwapState",
    "WhenNobody",
]
