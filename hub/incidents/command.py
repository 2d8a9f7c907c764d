"""The command structure: what each role is there for, and from which severity on an incident must have it.

The roles are those of the incident command system as technical organisations use it: one who leads, one who speaks to
those affected, those who repair, and one who writes down (NIST SP 800-61, PagerDuty's and Google's published practice
agree on these).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub.incidents.models import RoleKind, Severity


@dataclass(frozen=True)
class RoleGuide:
    """A role, documented.

    Attributes:
        responsibilities: what its holder does, the first thing first.
        mandatory_from: incidents as grave as this, or graver, must have it; None for a role that none must have.
    """

    kind: RoleKind
    description: str
    responsibilities: tuple[str, ...]
    mandatory_from: Severity | None

    def is_mandatory(self, severity: str) -> bool:
        """Whether an incident of this severity must have it. SEV1, the gravest, is the first by name."""
        return self.mandatory_from is not None and severity <= self.mandatory_from


GUIDES: Final = (
    RoleGuide(
        RoleKind.COMMANDER,
        "Leads the incident and decides. There is one, and everybody knows who it is.",
        (
            "Says what is being done, by whom, and when it is looked at again",
            "Decides on severity, and on whom else to call",
            "Hands command over in words, and only to somebody who accepts it",
            "Does not repair anything while leading",
        ),
        Severity.SEV5,
    ),
    RoleGuide(
        RoleKind.RESPONDER,
        "Finds and repairs what is wrong: the technical resolver.",
        (
            "Acknowledges the page, and says what they look at",
            "Writes findings into the timeline as they come",
            "Changes nothing in production that the commander has not heard of",
        ),
        Severity.SEV4,
    ),
    RoleGuide(
        RoleKind.COMMUNICATIONS_LEAD,
        "Speaks to those who are affected, so that the others need not.",
        (
            "Sends the first update, and the next one when it was promised",
            "Says what is known and what is not, without guessing at causes",
            "Collects what customers and units report",
        ),
        Severity.SEV2,
    ),
    RoleGuide(
        RoleKind.TECHNICAL_LEAD,
        "Leads the technical work of several responders, so that the commander keeps the overview.",
        (
            "Splits the work, and keeps two people from changing the same thing",
            "Proposes what to do, with its risk, to the commander",
            "Says when users no longer suffer",
        ),
        Severity.SEV1,
    ),
    RoleGuide(
        RoleKind.SCRIBE,
        "Writes down what happens and what is decided, while it happens.",
        (
            "Records decisions with their reasons",
            "Records what was seen and done outside the hub",
            "Reminds the commander of what is due",
        ),
        Severity.SEV2,
    ),
    RoleGuide(
        RoleKind.OBSERVER,
        "Follows the incident and takes no part in it.",
        ("Asks the communications lead, not those who repair",),
        None,
    ),
)


def missing_roles(severity: str, held: Iterable[str], demanded: Iterable[str] = ()) -> list[RoleKind]:
    """The roles that an incident of this severity must have, or that its plans demand, and nobody of `held` holds."""
    taken, more = set(held), set(demanded)
    return [
        guide.kind
        for guide in GUIDES
        if (guide.is_mandatory(severity) or guide.kind in more) and guide.kind not in taken
    ]
