"""Jobs of the delivery area."""

from __future__ import annotations

from datetime import timedelta

from hub.delivery import actions, sending
from hub.lib.identity import SYSTEM
from hub.lib.jobs import beat, job, urgent_job


@urgent_job
def deliver(message_id: int) -> None:
    """Deliver one message; nothing happens if it is delivered or somebody is at it."""
    sending.deliver([message_id])


@urgent_job
def deliver_together(message_ids: list[int]) -> None:
    """Deliver several messages; those that are delivered, or that somebody is at, are left alone."""
    sending.deliver(message_ids)


@job
def send_code(method_id: int) -> None:
    """Send the code that proves a contact method; a job that is done again sends another one, which then holds."""
    if made := actions.new_code(actor=SYSTEM, method_id=method_id):
        method, code = made
        actions.note_code_problem(actor=SYSTEM, method_id=method_id, reason=sending.send_code(method, code))


@job
def mail_way_in(person_id: int) -> None:
    """Mail somebody the address under which they choose a password; a job that is done again mails another one."""
    sending.mail_way_in(person_id)


@job
def look_again(person_id: int) -> None:
    """Try what quiet hours kept back, once their person's methods have other rules."""
    actions.look_again(actor=SYSTEM, person_id=person_id)


@job
def announce(message_id: int) -> None:
    """Say to areas above that a message came further."""
    sending.announce(message_id)


@beat(timedelta(seconds=10))
def sweep_messages() -> None:
    """Take up again what is due: another try, or the message of a worker that was killed."""
    sending.sweep()
