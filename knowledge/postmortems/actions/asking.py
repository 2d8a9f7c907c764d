"""Asking whether action items worked, when what they were to prevent was seen again; and answering."""

from __future__ import annotations

from typing import Final

from hub.delivery.actions import send_message
from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.lib.texts import checked_text
from knowledge.postmortems import access, questions
from knowledge.postmortems.actions.writing import audit_change, part_changed, postmortem_for_work, scope_of
from knowledge.postmortems.letters import question_letter
from knowledge.postmortems.models import ActionsQuestion, Postmortem, SeenAgain, Verdict
from tenants import access as tenants

LONGEST_ANSWER: Final = 1000


def ask_whether_actions_worked(*, actor: Actor, postmortem_id: int) -> int:
    """Open the question on every earlier review whose failure this published one saw again, in whichever unit, and tell
    whoever leads it; returns how many were opened or seen once more.

    What is told of the later one is its month. A restricted one asks nothing: that it exists is not to be told.
    Running again asks nothing twice. Locks the earlier reviews, in the order of their ids.
    """
    with acting_as(actor):
        later = access.postmortems(actor).filter(pk=postmortem_id).select_related("failure_mode").first()
        if later is None or not later.is_published or later.restricted:
            return 0
        mode = questions.meant_by(actor, later)
        if mode is None:
            return 0
        earlier = questions.earlier_with(actor, later, mode)
        for each in earlier:
            review = access.postmortem_for(actor, each.pk, lock=True)
            question, is_new = ActionsQuestion.objects.get_or_create(
                postmortem=review,
                answered_at=None,
                defaults={**scope_of(review), "failure_mode": mode, "opened_at": clock.now()},
            )
            SeenAgain.objects.get_or_create(
                postmortem=review,
                later=later,
                defaults={
                    **scope_of(review),
                    "question": question,
                    "month": later.occurred_at.date().replace(day=1),
                },
            )
            if is_new:
                audit_change(actor, review, "ask_whether_actions_worked", {"failure_mode": [None, mode.key]})
                _tell(review, question)
        return len(earlier)


def answer_actions_question(*, actor: Actor, question_id: int, verdict: Verdict, answer: str) -> ActionsQuestion:
    """Say whether the action items of a review worked, and what is done now.

    Raises `NotFound`, `Forbidden` without knowledge.write in the review's unit, `Invalid` without an answer, `Conflict`
    for a question that was answered. Locks the review.
    """
    with acting_as(actor):
        seen = questions.question_for(actor, question_id)
        review = postmortem_for_work(actor, seen.postmortem_id)
        question = questions.question_for(actor, question_id, lock=True)
        said = checked_text(answer, "answer", longest=LONGEST_ANSWER)
        if not question.is_open:
            raise Conflict("The question was answered already.")
        question.verdict, question.answer = verdict, said
        question.answered_at, question.answered_by_id = clock.now(), actor.person_id
        question.save(update_fields=["verdict", "answer", "answered_at", "answered_by"])
        part_changed(actor, review, question, "answer_actions_question", {"verdict": [None, verdict]}, of="questions")
        return question


def _tell(review: Postmortem, question: ActionsQuestion) -> None:
    words = tenants.Vocabulary.of(SYSTEM, [question.failure_mode_id])
    for person in access.whoever_leads(SYSTEM, review):
        send_message(
            actor=SYSTEM,
            person_id=person.pk,
            letter=question_letter(review, question, person, words),
            dedupe_key=f"question:{question.pk}:person:{person.pk}",
            unit_id=review.unit_id,
            incident_id=review.incident_id,
            restricted=review.restricted,
        )
