"""What people are told about reviews and their action items, in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.urls import reverse

from hub.delivery.letters import Letter
from hub.web import wording
from knowledge.postmortems.deadlines import explained
from knowledge.postmortems.disclosures import page_of
from knowledge.postmortems.models import (
    ActionItem,
    ActionsQuestion,
    Disclosure,
    DisclosureState,
    Postmortem,
    Recipients,
)
from tenants.access import Vocabulary
from tenants.models import Person


def review_letter(postmortem: Postmortem, reader: Person, *, is_late: bool) -> Letter:
    """Reminds whoever leads a review that it is due, or was; or somebody who may, where nobody does."""
    due = wording.full(postmortem.due_at.astimezone(ZoneInfo(reader.time_zone)))
    leads = postmortem.author_id == reader.pk
    said = f"was due on {due}" if is_late else f"is due on {due}"
    return Letter(
        subject=f"{'Overdue' if is_late else 'Due soon'}: the review of {postmortem.reference} {postmortem.title}",
        reference=postmortem.reference,
        path=reverse("postmortem", args=[postmortem.pk]),
        lead=f"The review of {postmortem.reference} {said}.",
        headline=postmortem.title,
        facts=[
            ("Unit", postmortem.unit.name),
            ("Minutes to resolve", str(postmortem.minutes_to_resolve or "")),
            ("Due", explained(postmortem)),
        ],
        request="Open it to see what is missing, write it and publish it, or let somebody else lead it."
        if leads
        else "Nobody leads it. Open it to take it up, or let somebody lead it.",
        because="You are told because you lead this review."
        if leads
        else "You are told because nobody who is still here leads this review, and you may publish those of its unit.",
    )


def commitment_letter(item: ActionItem) -> Letter:
    """Asks an owner to commit to a deadline. Like every letter to owners, it says nothing of the review."""
    day = f"{item.due_on:%-d %b %Y}" if item.due_on else ""
    return Letter(
        subject=f"Will you do this by {day}? {item.title}",
        path=f"{reverse('my-actions')}#action-{item.pk}",
        lead=f"You are asked to take on an action item by {day}.",
        headline=item.title,
        facts=[("Unit", item.unit.name)],
        request="Accept it, or agree on another day or owner with the people of the review, which waits for that.",
        because="You are told because you were made the owner of this action item.",
    )


def action_item_letter(item: ActionItem, *, is_late: bool) -> Letter:
    """Reminds an owner of a deadline that comes near, or has passed.

    It says nothing of the review: an owner from another unit may not read that.
    """
    day = f"{item.due_on:%-d %b %Y}" if item.due_on else ""
    return Letter(
        subject=f"{'Overdue' if is_late else 'Due soon'}: {item.title}",
        path=f"{reverse('my-actions')}#action-{item.pk}",
        lead=f"An action item of yours {'was' if is_late else 'is'} due on {day}.",
        headline=item.title,
        facts=[("Unit", item.unit.name)],
        request="Say that it is done, or agree on another day with the people of the review.",
        because="You are told because you own this action item.",
    )


def question_letter(postmortem: Postmortem, question: ActionsQuestion, reader: Person, words: Vocabulary) -> Letter:
    """Asks `reader`, who leads a review, whether its actions worked, and says nothing of where it failed again."""
    mode = words.called(question.failure_mode_id, postmortem.unit_id, reader.language)
    months = ", ".join(f"{seen.month:%B %Y}" for seen in question.seen.all())
    return Letter(
        subject=f"Did the actions work? {postmortem.reference} {postmortem.title}",
        reference=postmortem.reference,
        path=f"{reverse('postmortem', args=[postmortem.pk])}#questions",
        lead=f"What failed in {postmortem.reference} has failed in the same way again; its action items are closed.",
        headline=postmortem.title,
        facts=[("Failure mode", mode), ("Seen again", months), ("Unit", postmortem.unit.name)],
        request="Say whether the actions worked, and what is done now. Where it happened is told to who may know.",
        because="You are told because you lead this review.",
    )


def disclosure_letter(disclosure: Disclosure) -> Letter:
    """Asks who approves for legal or compliance."""
    return Letter(
        subject=f"Please approve a disclosure: {disclosure.title}",
        path=page_of(disclosure),
        lead="A text of a review is to leave its unit, and waits for your side's approval.",
        headline=disclosure.title,
        facts=[
            ("For", str(Recipients(disclosure.recipients).label)),
            ("Purpose", disclosure.purpose),
            ("Unit", disclosure.unit.name),
        ],
        request="Read it, and approve or decline it. It is released once legal and compliance both approve.",
        because="You are told because you approve disclosures of this unit.",
    )


def disclosure_decided_letter(disclosure: Disclosure) -> Letter:
    """Tells whoever asked what became of it."""
    state = str(DisclosureState(disclosure.state).label)
    return Letter(
        subject=f"{state}: {disclosure.title}",
        path=page_of(disclosure),
        lead=f"The disclosure that you asked for is {state.lower()}.",
        headline=disclosure.title,
        facts=[("Why", disclosure.ended_because)],
        request="Open it for its address and who decided.",
        because="You are told because you asked for it.",
    )
