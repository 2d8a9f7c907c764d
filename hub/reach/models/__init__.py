from hub.reach.models.answers import WrongCode
from hub.reach.models.drills import Drill, Probe, ProbeState
from hub.reach.models.trees import Call, CallState, PhoneTree, RunEnd, TreePlace, TreeRun

__all__ = [
    "Call",
    "CallState",
    "Drill",
    "PhoneTree",
    "Probe",
    "ProbeState",
    "RunEnd",
    "TreePlace",
    "TreeRun",
    "WrongCode",
]
