"""What each role lets its holder do in an incident's room. Pure.

Somebody who holds a role in the room does what the role is for. Without one, a responder of the unit works like the
room's responders; whoever may command the unit's incidents leads wherever they stand. In a restricted room a grant
gives sight and the right to write; its owners may do everything, and they alone admit others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from hub.incidents.models import RoleKind


class Act(StrEnum):
    """What somebody does in a room; the values finish the sentence "You cannot …"."""

    WRITE = "write here"
    DECIDE = "record decisions here"
    MOVE = "move it on"
    JUDGE = "change its severity"
    ASSIGN = "give roles here"
    LEAD = "lead it"
    ADMIT = "admit people"


EVERYTHING: Final = frozenset(Act)
_WORK: Final = frozenset({Act.WRITE, Act.DECIDE, Act.MOVE, Act.JUDGE, Act.ASSIGN})

RIGHTS: Final[Mapping[RoleKind, frozenset[Act]]] = {
    RoleKind.COMMANDER: _WORK | {Act.LEAD},
    RoleKind.TECHNICAL_LEAD: _WORK,
    RoleKind.RESPONDER: _WORK,
    RoleKind.COMMUNICATIONS_LEAD: frozenset({Act.WRITE, Act.ASSIGN}),
    RoleKind.SCRIBE: frozenset({Act.WRITE, Act.DECIDE, Act.ASSIGN}),
    RoleKind.OBSERVER: frozenset(),
}


def rights(
    *, roles: Collection[RoleKind], may_respond: bool, may_command: bool, is_admitted: bool, is_owner: bool
) -> frozenset[Act]:
    """What somebody may do in a room.

    Args:
        roles: those that they hold in it now.
        may_respond, may_command: whether they hold incident.respond and incident.command in its unit.
        is_admitted: whether it is restricted and they are admitted.
        is_owner: whether they own it as well.
    """
    if is_owner:
        return EVERYTHING
    held = frozenset[Act]().union(*(RIGHTS[role] for role in roles))
    if may_command:
        return held | RIGHTS[RoleKind.COMMANDER]
    if roles:
        return held
    if may_respond:
        return _WORK
    return frozenset({Act.WRITE}) if is_admitted else frozenset()
