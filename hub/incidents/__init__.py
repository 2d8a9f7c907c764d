"""The incident: its state, roles, timeline and decisions. Does not own alerts (hub.alerts) or reviews (knowledge)."""
