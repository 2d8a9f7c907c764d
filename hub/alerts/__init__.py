"""What monitoring sends: sources and their keys, alerts, the incidents that they open, and rules for severity.

Does not own incidents themselves (hub.incidents) nor who is told about them (hub.delivery).
"""
