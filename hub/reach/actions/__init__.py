"""The only writers of phone trees, their calls, and drills. Each is one transaction: lock, check, write, audit."""

from hub.reach.actions.answering import acknowledge_call
from hub.reach.actions.calling import activate_phone_tree, stop_phone_tree, sweep_trees
from hub.reach.actions.drilling import confirm_drill, send_drill, settle_probes, start_drill
from hub.reach.actions.trees import NewPlace, change_phone_tree, create_phone_tree, retire_phone_tree

__all__ = [
    "NewPlace",
    "acknowledge_call",
    "activate_phone_tree",
    "change_phone_tree",
    "confirm_drill",
    "create_phone_tree",
    "retire_phone_tree",
    "send_drill",
    "settle_probes",
    "start_drill",
    "stop_phone_tree",
    "sweep_trees",
]
