"""Pages while everything around them breaks: `make faults`, held against an oracle that the hub knows nothing of.

The hub runs as it does in production, with a PostgreSQL of its own, in a night in which clocks change. Incidents are
declared, acknowledged and escalated through the API without a pause. Meanwhile processes are killed and frozen, the
database is restarted, the provider of messages fails, and the clock is set by an hour.
"""
