"""Services, their owners and what they depend on. Does not own who is on call (hub.oncall)."""
