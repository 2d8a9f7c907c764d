"""Whom a restricted incident pages: those who are admitted to it, in the order of what they are there, and nobody else.

A policy names people who may not know that the incident exists, so its steps are not taken. Its times hold.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from hub.escalation.chains import Chain, Step, Target
from hub.escalation.models import TargetKind, Trigger

NAME: Final = "Need to know"
WITHIN: Final = {Trigger.NOT_ACKNOWLEDGED: timedelta(minutes=10)}
"""What is watched for where no policy stands for the incident's unit and service."""
BETWEEN: Final = timedelta(minutes=5)
REPEATS: Final = 2
REPEAT_AFTER: Final = timedelta(minutes=15)


class Standing(StrEnum):
    """What somebody who is admitted is in the incident; a step's target has it for its role."""

    COMMANDER = "commander"
    RESPONDER = "responder"
    IN_ANOTHER_ROLE = "role"
    OWNER = "owner"
    ANY = ""


WORDS: Final = {
    Standing.COMMANDER: ("its commander", "a commander who is admitted"),
    Standing.RESPONDER: ("its responder", "responders who are admitted"),
    Standing.IN_ANOTHER_ROLE: ("somebody with a role in it", "others with a role who are admitted"),
    Standing.OWNER: ("its owner", "an owner"),
    Standing.ANY: ("admitted to it", "anybody who is admitted"),
}
"""What whoever is paged is told that they are, and who is not there where nobody is."""


def chain_in_place_of(policy: Chain | None) -> Chain:
    """The chain of a restricted incident: by the times of the policy that would stand for it, if one does."""
    steps = tuple(
        Step(BETWEEN if place else timedelta(), (Target(TargetKind.ADMITTED, role=standing.value),))
        for place, standing in enumerate(Standing)
    )
    if policy is None:
        return Chain(NAME, WITHIN, steps, REPEATS, REPEAT_AFTER)
    return Chain(NAME, policy.within, steps, policy.repeats, policy.repeat_after)
