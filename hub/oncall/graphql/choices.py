"""The enums of the on-call area."""

from typing import Any, Final

import strawberry

from hub.lib.api import choices
from hub.oncall.models import Period, SwapState, WhenNobody
from hub.oncall.shifts import Duty

_DUTIES: Final = {Duty.PRIMARY: "Is asked first.", Duty.SECONDARY: "Is asked when the primary does not answer."}
_duty: Any = strawberry.enum(Duty, name="Duty", description="What somebody on call is asked for.")
for _value in _duty.__strawberry_definition__.values:
    _value.description = _DUTIES[Duty(_value.value)]

choices(
    Period,
    name="RotationPeriod",
    description="What the length of a turn counts, on the local clock.",
    values={
        "HOURS": "Hours on the clock: one that the clock skips or repeats is as long as it is.",
        "DAYS": "Days from one local time to the same on another day.",
        "WEEKS": "Weeks from one local time to the same on another day.",
    },
)
choices(
    WhenNobody,
    name="WhenNobody",
    description="What is done for somebody who asks while nobody is on call.",
    values={
        "FALL_THROUGH": "Whoever is asked next is asked at once.",
        "DEFER": "It waits for whoever comes on next.",
    },
)
choices(
    SwapState,
    name="SwapState",
    description="What has become of an offer.",
    values={
        "OFFERED": "It waits for an answer; once its time has begun it has lapsed.",
        "ACCEPTED": "Somebody has taken it, and is on instead.",
        "REFUSED": "Whom it was offered to does not take it.",
        "WITHDRAWN": "Whoever offered it keeps the shift.",
    },
)

__all__ = ["Duty", "Period", "SwapState", "WhenNobody"]
