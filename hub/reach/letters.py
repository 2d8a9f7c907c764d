"""What people are told when they are called, in words."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from hub.delivery.letters import Letter
from hub.incidents.letters import BADGES, how_grave, where
from hub.incidents.models import Incident, Severity
from hub.reach.codes import spoken
from hub.reach.models import Call, CallState, Drill, Probe, TreeRun
from hub.web import wording
from tenants.access import Vocabulary


def call_letter(
    incident: Incident, run: TreeRun, call: Call, code: str, below: Sequence[str], *, words: Vocabulary
) -> Letter:
    """Calls somebody by a phone tree, with the code of their own."""
    severity = Severity(incident.severity)
    return Letter(
        subject=f"[{severity.upper()}] {incident.reference}: phone tree {run.name}, your code is {spoken(code)}",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"{incident.reference} calls everybody of the phone tree “{run.name}”. Your code is {spoken(code)}.",
        headline=incident.title,
        facts=[
            ("Your code", spoken(code)),
            ("Severity", how_grave(incident, words, call.person.language)),
            ("Where", where(incident)),
            ("Impact", incident.summary),
            ("Called", _why(call)),
            ("Called after you", ", ".join(below)),
        ],
        request=f"Say within {wording.span(run.wait)} that you were reached: open {_answered_at()} and give your code."
        " Whoever comes after you is called then; without an answer they are called all the same.",
        because=f"You have a place in the phone tree “{run.name}”.",
        badge=(severity.upper(), BADGES[severity]),
        acknowledge=reverse("answer-call-with", args=[code]),
    )


def _answered_at() -> str:
    """Where a code is given, as people reach it."""
    return f"{settings.PUBLIC_URL}{reverse('answer-call')}"


def _why(call: Call) -> str:
    above = call.above
    if above is None:
        return "among the first"
    if above.state == CallState.REACHED:
        return f"after {above.person.name}"
    return f"after {above.person.name}, who did not answer"


def drill_letter(drill: Drill, probe: Probe, code: str) -> Letter:
    """Asks somebody to confirm that a way reaches them, and says before all else that it is a drill."""
    return Letter(
        subject=f"DRILL of {drill.name}, nothing has happened: your code is {spoken(code)}",
        path=reverse("contact-methods"),
        lead=f"This is a drill: nothing has happened. It proves that messages reach you. Your code is {spoken(code)}.",
        headline="Can you be reached?",
        facts=[("Your code", spoken(code)), ("Sent by", probe.way), ("Drill of", drill.name)],
        request=f"Open {_answered_at()} and give your code, or press the link below. Each way has a code of its own.",
        because=f"{drill.name} tries whether everybody can be reached.",
        badge=("DRILL", "#475569"),
        acknowledge=reverse("answer-call-with", args=[code]),
    )
