from hub.reach.models.answers import WrongCode
from hub.reach.models.trees import Call, CallState, PhoneTree, RunEnd, TreePlace, TreeRun

__all__ = ["Call", "CallState", "PhoneTree", "RunEnd", "TreePlace", "TreeRun", "WrongCode"]
