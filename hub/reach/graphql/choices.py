"""The enums of the reach area."""

from hub.lib.api import choices
from hub.reach.models import CallState, ProbeState, RunEnd

choices(
    RunEnd,
    name="PhoneTreeEnd",
    description="Why a phone tree calls nobody any more.",
    values={
        "EVERYBODY": "Everybody was reached.",
        "EXHAUSTED": "Everybody was called, and not all were reached.",
        "STOPPED": "Somebody stopped it.",
        "OVER": "The incident was over, or became restricted.",
    },
)
choices(
    CallState,
    name="PhoneTreeCallState",
    description="How far somebody was reached.",
    values={
        "WAITING": "Not called yet.",
        "CALLED": "Called, and an answer is waited for.",
        "REACHED": "Answered with the code.",
        "SILENT": "Did not answer in time; may still.",
        "UNREACHABLE": "Nothing outside the hub took the call.",
    },
)
choices(
    ProbeState,
    name="DrillProbeState",
    description="What became of a message of a drill.",
    values={
        "WAITING": "It is being sent.",
        "SENT": "A provider took it; its person has not confirmed it.",
        "CONFIRMED": "Its person confirmed it.",
        "FAILED": "It was not sent: see the reason.",
        "NO_WAY": "There is nothing to reach its person by.",
    },
)

__all__ = ["CallState", "ProbeState", "RunEnd"]
