"""Schedules, rotations, overrides and the answer to "who is on at T". Does not own messages (hub.delivery)."""
