"""What the writers of runbooks share: who may, what a runbook is about, and how a change is told."""

from __future__ import annotations

from typing import Any, Final

from hub.catalog import access as catalog
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, within
from hub.lib.identity import Actor
from hub.lib.texts import checked_line
from hub.live import outbox
from knowledge.runbooks import access
from knowledge.runbooks.events import RunbookChanged
from knowledge.runbooks.models import Runbook
from tenants import access as tenants
from tenants import audit
from tenants.models import TermKind

LONGEST_TITLE: Final = 200
LONGEST_PURPOSE: Final = 5_000
LONGEST_REASON: Final = 500
CHECK_DAYS: Final = range(7, 1096)
"""How often a runbook can be asked to be looked at: from every week to every three years."""


def runbook_for_writing(actor: Actor, runbook_id: int, *, publishing: str = "") -> Runbook:
    """The runbook, locked, for somebody who may write it.

    Args:
        publishing: what it takes somebody who publishes in the unit for, as the sentence's beginning.

    Raises `NotFound`, `Forbidden`.
    """
    seen = access.runbook_for(actor, runbook_id)
    if publishing and not access.may_publish(actor, seen.unit_id):
        raise Forbidden(f"{publishing} is for a commander of its unit.")
    if not access.may_write(actor, seen.unit_id):
        raise Forbidden(f"You can read “{seen.title}” but not change it: that needs a responder's role in its unit.")
    return access.runbook_for(actor, runbook_id, lock=True)


def refuse_retired(runbook: Runbook) -> None:
    if runbook.retired_at is not None:
        raise Conflict(f"“{runbook.title}” is retired: restore it first.")


def refuse_twin(actor: Actor, runbook: Runbook) -> None:
    twin = access.named(actor, runbook.unit_id, runbook.title)
    if twin is not None and twin.pk != runbook.pk:
        raise Conflict(f"There is a runbook called “{twin.title}” already: revise that.", path=["title"])


def checked_title(title: str) -> str:
    return checked_line(title, "title", longest=LONGEST_TITLE)


def checked_days(days: int) -> int:
    if days not in CHECK_DAYS:
        raise Invalid(f"A runbook is checked every {CHECK_DAYS[0]} to {CHECK_DAYS[-1]} days.", path=["checkDays"])
    return days


def service_of(actor: Actor, service_id: int | None) -> int | None:
    with within("serviceId"):
        return None if service_id is None else catalog.service_for(actor, service_id).pk


def owner_of(actor: Actor, person_id: int | None) -> int | None:
    with within("ownerId"):
        return None if person_id is None else tenants.person_for(actor, person_id).pk


def failure_mode_of(actor: Actor, unit_id: int, term_id: int | None) -> int | None:
    with within("failureModeId"):
        if term_id is None:
            return None
        return tenants.term_for(actor, TermKind.FAILURE_MODE, term_id, unit_id=unit_id).pk


def save(actor: Actor, runbook: Runbook, verb: str, fields: list[str], change: dict[str, Any]) -> None:
    """Write these columns of a locked runbook, and tell of it."""
    runbook.version += 1
    runbook.edited_at = max(clock.now(), runbook.edited_at)
    runbook.save(update_fields=[*fields, "version", "edited_at"])
    event = RunbookChanged(unit_id=runbook.unit_id, incident_id=None, runbook_id=runbook.pk, changed=tuple(fields))
    outbox.record(actor=actor, event=event)
    audit.record(actor=actor, verb=verb, obj=runbook, unit_id=runbook.unit_id, change=change)
