"""Jobs of the delivery area."""

from __future__ import annotations

from hub.delivery import sending
from hub.lib.jobs import job, periodic_job


@job
def deliver(message_id: int) -> None:
    """Deliver one message; nothing happens if it is delivered or somebody is at it."""
    sending.deliver(message_id)


@periodic_job("* * * * * */10")
def sweep_messages(timestamp: int) -> None:
    """Take up again what is due: another try, or the message of a worker that was killed."""
    sending.sweep()
