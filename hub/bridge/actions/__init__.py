"""The only writers of the bridge. Each is one transaction: lock, check, write, audit, event."""

from hub.bridge.actions.passing import pass_to_security, show_to_it
from hub.bridge.actions.rules import NewBridgeRule, place_bridge_rule, set_bridge_rules, withdraw_bridge_rule
from hub.bridge.actions.suspecting import suspect_breach

__all__ = [
    "NewBridgeRule",
    "pass_to_security",
    "place_bridge_rule",
    "set_bridge_rules",
    "show_to_it",
    "suspect_breach",
    "withdraw_bridge_rule",
]
