"""What people are told when they are paged, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from hub.delivery.letters import Letter
from hub.escalation.chains import Chain, Paged, Taken
from hub.escalation.models import Trigger
from hub.incidents.letters import BADGES, what_it_is, where
from hub.incidents.models import Incident, Severity, Status
from hub.web import wording
from tenants.access import Vocabulary

MINUTE: Final = timedelta(minutes=1)


def page_letter(
    incident: Incident,
    trigger: Trigger,
    chain: Chain,
    taken: Taken,
    paged: Paged,
    *,
    words: Vocabulary,
    commands: bool = False,
) -> Letter:
    """Tells somebody that an incident needs them, and why them; `commands` where they command it from now on."""
    severity = Severity(incident.severity)
    declared = wording.full(incident.declared_at.astimezone(ZoneInfo(paged.person.time_zone)))
    others = [each.person.name for each in taken.pages if each.person.id != paged.person.id]
    return Letter(
        subject=f"[{severity.upper()}] {incident.reference} {incident.title}: {reason(trigger, chain)}",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"{incident.reference} needs you: {reason(trigger, chain)}.{' You command it now.' if commands else ''}",
        headline=incident.title,
        facts=[
            *what_it_is(incident, words, paged.person.language),
            ("Where", where(incident)),
            ("Impact", incident.summary),
            ("Status", Status(incident.status).label),
            ("Declared", declared),
            ("Also paged", ", ".join(others)),
        ],
        request=_request(trigger),
        because=f"You were paged as {paged.because}, by step {taken.position + 1} of “{chain.policy}”.",
        badge=(severity.upper(), BADGES[severity]),
    )


def reason(trigger: Trigger, chain: Chain) -> str:
    """What did not happen, in words that go on after a colon."""
    within = chain.within.get(trigger)
    for_long = f" for {wording.span(within)}" if within and within >= MINUTE else ""
    match trigger:
        case Trigger.NOT_ACKNOWLEDGED:
            return f"nobody has acknowledged it{for_long}"
        case Trigger.NOT_UPDATED:
            return f"no update{for_long}"
        case Trigger.NOT_MITIGATED:
            return f"not mitigated{for_long}"
        case Trigger.BY_HAND:
            return "it was escalated by hand"


def told(trigger: Trigger, chain: Chain, taken: Taken) -> str:
    """What the timeline says of a step."""
    named = ", ".join(f"{each.person.name} ({each.because})" for each in taken.pages)
    why = reason(trigger, chain)
    step = f"step {taken.position + 1} of “{chain.policy}”"
    if named:
        return " ".join(filter(None, [f"Escalated, {why}: paged {named}, by {step}.", taken.note]))
    return " ".join(filter(None, [f"Escalated, {why}: {step} paged nobody.", taken.note]))


def _request(trigger: Trigger) -> str:
    if trigger is Trigger.NOT_ACKNOWLEDGED:
        return "Open it and press Acknowledge, so that everybody knows you have it."
    if trigger is Trigger.NOT_UPDATED:
        return "Open it and write what is known, even if nothing has changed."
    return "Open it and see what it takes to go on."
