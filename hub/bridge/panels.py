"""What an incident's room shows of its bridge: the projection on the IT side, both sides on the security side."""

from __future__ import annotations

from hub.bridge import access
from hub.bridge.models import LinkState
from hub.incidents import access as incidents
from hub.incidents.models import Incident
from hub.incidents.pages.panels import Panel
from hub.incidents.rooms import Act
from hub.lib.errors import NotFound
from hub.lib.identity import Actor

MOST_CROSSINGS = 12


def bridge_panel(actor: Actor, incident: Incident) -> Panel | None:
    """The bridge's panel; None in a room without one whose reader may not ask for one."""
    rights = incidents.rights(actor, incident)
    link = access.link_of(actor, incident.pk)
    try:
        investigation = access.investigation_of(actor, incident.pk) if incident.restricted else None
    except NotFound:
        investigation = None
    if investigation is not None:
        return Panel(
            "bridge/security.html",
            {
                "incident": incident,
                "link": investigation.link,
                "investigated": incidents.incidents(actor).filter(pk=investigation.link.incident_id).first(),
                "crossings": access.crossings(actor, investigation)[:MOST_CROSSINGS],
                "states": LinkState.choices,
                "may_show": Act.DECIDE in rights,
            },
        )
    if link is None and (Act.WRITE not in rights or not incident.is_open):
        return None
    return Panel("bridge/it.html", {"incident": incident, "link": link, "may_ask": Act.WRITE in rights})
