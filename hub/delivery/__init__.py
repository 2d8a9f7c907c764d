"""Messages to people: contact methods, messages, attempts and receipts. Does not decide who is told (hub.oncall, hub.incidents)."""
