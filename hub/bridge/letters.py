"""What security responders are told."""

from __future__ import annotations

from django.urls import reverse

from hub.bridge.models import SecurityLink
from hub.delivery.letters import Letter
from hub.incidents.models import Incident


def investigation_letter(investigated: Incident, suspected: Incident, link: SecurityLink) -> Letter:
    """Tells a security responder that an investigation is open and theirs."""
    return Letter(
        subject=f"{investigated.reference}: suspected breach",
        reference=investigated.reference,
        path=reverse("incident", args=[investigated.reference]),
        lead=f"{suspected.reference} may be a breach. A restricted incident is open for it, and you own it.",
        headline=suspected.title,
        facts=[("Why", link.reason), ("Where", suspected.unit.name)],
        request="Open it, take command, and show the IT side what it must not do.",
        because="You are a security responder for this unit.",
    )
