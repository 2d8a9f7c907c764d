"""Jobs of reviews: they open by themselves, and remind whoever works on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from hub.delivery.actions import send_message
from hub.delivery.letters import Letter
from hub.incidents.models import Status
from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import job, periodic_job
from knowledge.postmortems import access, actions, disclosures
from knowledge.postmortems.letters import (
    action_item_letter,
    commitment_letter,
    disclosure_decided_letter,
    disclosure_letter,
    review_letter,
)
from knowledge.postmortems.models import Disclosure
from tenants import access as tenants

REVIEW_SOON: Final = timedelta(hours=12)
REVIEW_AGAIN: Final = timedelta(days=3)
MOST_APPROVERS: Final = 10
"""Of each side that are asked: one of them answers."""
ACTION_SOON: Final = timedelta(days=3)
ACTION_AGAIN: Final = timedelta(days=7)
"""How long before its end a review and an action item are recalled, and how often after it."""


@job
def open_review(*, event_id: str, unit_id: int, incident_id: int, before: str, after: str, entry_id: int) -> None:
    """Open the review of an incident that was resolved, unless it goes on again by now."""
    if after != Status.RESOLVED:
        return
    try:
        actions.open_postmortem(actor=SYSTEM, incident_id=incident_id)
    except Conflict:
        return  # Reopened in the meantime: its next resolution opens the review.


@job
def ask_owners(
    *, event_id: str, unit_id: int, incident_id: int, postmortem_id: int, version: int, changed: Sequence[str]
) -> None:
    """Ask the owners of a review's open items to commit to their days, once for each owner and day."""
    if "action_items" not in changed:
        return
    with acting_as(SYSTEM):
        for item in access.waiting_for_owners(SYSTEM, postmortem_id):
            owner, day = item.owner, item.due_on
            if owner is None or day is None or not owner.is_active:
                continue
            send_message(
                actor=SYSTEM,
                person_id=owner.pk,
                letter=commitment_letter(item),
                dedupe_key=f"action:{item.pk}:ask:{day.isoformat()}:person:{owner.pk}",
                unit_id=item.unit_id,
                incident_id=item.incident_id,
                restricted=item.restricted,
            )


@job
def ask_whether_actions_worked(*, postmortem_id: int, **others: Any) -> None:
    """Open the question on earlier reviews of what failed in the same way, whose action items are closed."""
    actions.ask_whether_actions_worked(actor=SYSTEM, postmortem_id=postmortem_id)


@job
def tell_approvers(*, disclosure_id: int, **others: Any) -> None:
    """Ask those who approve for legal and for compliance, once each."""
    with acting_as(SYSTEM):
        disclosure = disclosures.disclosure_for(SYSTEM, disclosure_id)
        for side in disclosures.SIDES:
            for person in tenants.people_holding(SYSTEM, side, disclosure.unit_id, most=MOST_APPROVERS, anyhow=True):
                if disclosure.is_open and person.pk != disclosure.requested_by_id:
                    _tell(disclosure, person.pk, disclosure_letter(disclosure), "asked")


@job
def tell_requester(*, disclosure_id: int, state: str, **others: Any) -> None:
    """Tell whoever asked for a disclosure that it was released, declined or withdrawn."""
    with acting_as(SYSTEM):
        disclosure = disclosures.disclosure_for(SYSTEM, disclosure_id)
        if disclosure.state == state and not disclosure.is_open and disclosure.requested_by.is_active:
            _tell(disclosure, disclosure.requested_by_id, disclosure_decided_letter(disclosure), state)


def _tell(disclosure: Disclosure, person_id: int, letter: Letter, stage: str) -> None:
    send_message(
        actor=SYSTEM,
        person_id=person_id,
        letter=letter,
        dedupe_key=f"disclosure:{disclosure.pk}:{stage}:person:{person_id}",
        unit_id=disclosure.unit_id,
        incident_id=disclosure.incident_id,
        restricted=disclosure.restricted,
    )


@periodic_job("23 * * * *")
def remind_authors(timestamp: int) -> None:
    """Remind whoever leads a draft that is due soon, and of an overdue one every three days."""
    now = clock.now()
    with acting_as(SYSTEM):
        for postmortem in access.due_by(SYSTEM, now + REVIEW_SOON).select_related("author", "unit"):
            author = postmortem.author
            if author is None or not author.is_active:
                continue
            is_late = postmortem.due_at <= now
            stage = f"late{(now - postmortem.due_at) // REVIEW_AGAIN}" if is_late else "soon"
            send_message(
                actor=SYSTEM,
                person_id=author.pk,
                letter=review_letter(postmortem, author, is_late=is_late),
                dedupe_key=f"postmortem:{postmortem.pk}:{stage}:{postmortem.due_at.isoformat()}:person:{author.pk}",
                unit_id=postmortem.unit_id,
                incident_id=postmortem.incident_id,
                restricted=postmortem.restricted,
            )


@periodic_job("41 * * * *")
def remind_owners(timestamp: int) -> None:
    """Remind the owner of an open action item three days before its deadline, and every week after it.

    It goes on after the incident is closed: only done or dropped ends it. Items of drafts wait for the publication.
    """
    today = clock.now().date()
    with acting_as(SYSTEM):
        for item in access.actions_due_by(SYSTEM, today + ACTION_SOON):
            owner = item.owner
            if owner is None or item.due_on is None or not owner.is_active:
                continue
            is_late = item.due_on < today
            stage = f"late{(today - item.due_on) // ACTION_AGAIN}" if is_late else "soon"
            send_message(
                actor=SYSTEM,
                person_id=owner.pk,
                letter=action_item_letter(item, is_late=is_late),
                dedupe_key=f"action:{item.pk}:{stage}:{item.due_on.isoformat()}:person:{owner.pk}",
                unit_id=item.unit_id,
                incident_id=item.incident_id,
                restricted=item.restricted,
            )
