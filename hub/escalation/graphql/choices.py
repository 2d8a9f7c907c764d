"""The enums of the escalation area."""

from hub.escalation.models import CommandedBy, Outcome, Ownership, RunEnd, TargetKind, Trigger, WhenNobodyOn
from hub.lib.api import choices

choices(
    Trigger,
    name="EscalationTrigger",
    description="What did not happen in time, so that people are paged.",
    values={
        "NOT_ACKNOWLEDGED": "Nobody has acknowledged the incident. An acknowledgement ends this one alone.",
        "NOT_UPDATED": "Nobody has written what is known. An update begins the time anew.",
        "NOT_MITIGATED": "The incident is not mitigated.",
        "BY_HAND": "Somebody has escalated it. It ends when somebody who was paged has it.",
    },
)
choices(
    TargetKind,
    name="EscalationTargetKind",
    description="Whom a step pages.",
    values={
        "PERSON": "A person.",
        "PRIMARY": "Whoever is on call as primary in a schedule: the one named, or the service's.",
        "SECONDARY": "Whoever is on call as secondary in a schedule. The commanders' takes over from a primary who does"
        " not acknowledge.",
        "NEXT": "Whoever comes on call next in a schedule.",
        "TEAM": "Everybody who takes turns in a schedule.",
        "ON_IT": "The incident's commander and responders.",
        "ROLE": "Everybody who holds a role in a unit: the one named, or the incident's.",
        "LEADERSHIP": "Who administers a unit; where nobody does, who leads its region.",
        "UNIT": "Another unit: whom its own policy pages first, or who leads it.",
        "COORDINATORS": "The enterprise's coordinators.",
        "ADMITTED": "Those admitted to a restricted incident, whom the hub pages by itself: no policy names them.",
    },
)
choices(
    Ownership,
    name="EscalationOwnership",
    description="How the incident's unit stands to the service that is affected.",
    values={
        "OWN": "The unit owns the service.",
        "FOREIGN": "Another unit owns the service.",
        "NONE": "The incident names no service.",
    },
)
choices(
    CommandedBy,
    name="EscalationCommandedBy",
    description="Who commands the incident by its unit's ownership model, as grave as it is.",
    values={
        "OWN": "The unit itself: it is decentralized, or hybrid and the severity is less grave than it gives away.",
        "CENTRAL": "Another unit: it commands all of the unit's incidents, or those of this severity.",
    },
)
choices(
    WhenNobodyOn,
    name="EscalationWhenNobody",
    description="What is done when a step's time comes and nobody it names is there.",
    values={
        "FALL_THROUGH": "The next step is taken at once.",
        "DEFER": "It waits for who comes on next.",
    },
)
choices(
    RunEnd,
    name="EscalationEnd",
    description="Why a run pages nobody any more.",
    values={
        "ACKNOWLEDGED": "Somebody has acknowledged the incident.",
        "ANSWERED": "Somebody who was paged has it.",
        "MITIGATED": "The incident is mitigated.",
        "RESOLVED": "The incident is over.",
        "HANDED_OVER": "The incident was handed over; another run began.",
        "RESTRICTED": "The incident became restricted.",
        "EXHAUSTED": "All steps were taken.",
    },
)
choices(
    Outcome,
    name="EscalationOutcome",
    description="What becomes of a step when its time comes.",
    values={
        "PAGED": "People are paged.",
        "PASSED_OVER": "It does not apply; the next one is taken at once.",
        "NOBODY": "Nobody is there; the next one is taken at once.",
        "DEFERRED": "It waits for who comes on next.",
    },
)

__all__ = ["CommandedBy", "Outcome", "Ownership", "RunEnd", "TargetKind", "Trigger", "WhenNobodyOn"]
