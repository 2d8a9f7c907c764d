"""Pages of the escalation area."""
