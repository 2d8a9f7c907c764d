"""The only writers of phone trees and their calls. Each is one transaction: lock, check, write, audit, record."""

from hub.reach.actions.answering import acknowledge_call
from hub.reach.actions.calling import activate_phone_tree, stop_phone_tree, sweep_trees
from hub.reach.actions.trees import NewPlace, change_phone_tree, create_phone_tree, retire_phone_tree

__all__ = [
    "NewPlace",
    "acknowledge_call",
    "activate_phone_tree",
    "change_phone_tree",
    "create_phone_tree",
    "retire_phone_tree",
    "stop_phone_tree",
    "sweep_trees",
]
