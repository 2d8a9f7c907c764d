"""A page that is answered: the message, and with it the incident that it is about."""

from __future__ import annotations

from hub.delivery import access as messages
from hub.delivery.actions import acknowledge_message
from hub.delivery.models import Message
from hub.incidents.actions.progress import acknowledge_incident
from hub.incidents.actions.writing import incident_for_work
from hub.incidents.models import Status
from hub.incidents.rooms import Act
from hub.lib.errors import Forbidden, NotFound
from hub.lib.identity import Actor, acting_as


def acknowledge_page(*, actor: Actor, message_id: int) -> Message:
    """Say that the actor has a page of theirs in hand; its incident is acknowledged too if it waits for that, unless
    the page only asks whether its person is there.

    Somebody who may no longer work on the incident acknowledges the message alone. Locks incident, then message.

    Raises `NotFound`, and `Conflict` for a message that asks for no acknowledgement.
    """
    with acting_as(actor):
        page = messages.message_for(actor, message_id)
        incident_id = page.incident_id if page.takes_incident else None
        waits = False
        if incident_id is not None:
            try:
                waits = incident_for_work(actor, incident_id, Act.MOVE, lock=True).status == Status.DECLARED
            except (NotFound, Forbidden):
                waits = False
        message = acknowledge_message(actor=actor, message_id=message_id)
        if waits and incident_id is not None:
            acknowledge_incident(actor=actor, incident_id=incident_id)
        return message
