"""The door to the questions whether a review's action items worked."""

from __future__ import annotations

from typing import Final

from django.db.models import Exists, F, OuterRef, QuerySet

from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from knowledge.postmortems.models import (
    ActionItem,
    ActionsQuestion,
    ActionStatus,
    Postmortem,
    PostmortemStatus,
)
from tenants import access as tenants
from tenants.models import Term, TermKind
from tenants.resolution import Resolution

MOST_ASKED: Final = 50
"""Earlier reviews that are asked because of one: the latest of them."""


def questions(actor: Actor) -> QuerySet[ActionsQuestion]:
    """The questions that `actor` may see, the open ones first, then the latest."""
    return ActionsQuestion.objects.order_by(F("answered_at").desc(nulls_first=True), "-pk")


def questions_of(actor: Actor, postmortem: Postmortem) -> QuerySet[ActionsQuestion]:
    """A review's questions, with what was seen again."""
    rows = questions(actor).filter(postmortem=postmortem)
    return rows.select_related("failure_mode", "answered_by").prefetch_related("seen__later")


def question_for(actor: Actor, question_id: int, *, lock: bool = False) -> ActionsQuestion:
    """The question with this id. Raises `NotFound`."""
    rows = ActionsQuestion.objects.select_for_update(no_key=True, of=("self",)) if lock else questions(actor)
    found = rows.filter(pk=question_id).first()
    if found is None:
        raise NotFound("question")
    return found


def meant_by(actor: Actor, postmortem: Postmortem) -> Term | None:
    """The global failure mode that the review's own meant when it happened; None for one that means none."""
    mode = postmortem.failure_mode
    if mode is None:
        return None
    found = tenants.Meanings.of(actor, [mode]).at(mode, moment=postmortem.occurred_at)
    if not isinstance(found, Resolution):
        return None
    return tenants.terms(actor).filter(pk=found.term, unit=None).first()


def earlier_with(actor: Actor, later: Postmortem, mode: Term) -> list[Postmortem]:
    """Published reviews of what failed in the same way before `later` did, and whose action items were all closed by
    then, one of them done; the latest first, at most `MOST_ASKED`."""
    items = ActionItem.objects.filter(postmortem=OuterRef("pk"))
    done = items.filter(status=ActionStatus.DONE)
    terms = {term.pk: term for term in tenants.terms(actor).filter(kind=TermKind.FAILURE_MODE)}
    meanings = tenants.Meanings.of(actor, terms.values())
    rows = (
        Postmortem.objects.filter(
            Exists(done),
            ~Exists(items.filter(status=ActionStatus.OPEN)),
            ~Exists(done.filter(done_at__gt=later.occurred_at)),
            status=PostmortemStatus.PUBLISHED,
            failure_mode__in=terms,
            occurred_at__lt=later.occurred_at,
        )
        .exclude(pk=later.pk)
        .exclude(Exists(ActionsQuestion.objects.filter(postmortem=OuterRef("pk"), seen__later=later)))
        .order_by("-occurred_at", "-pk")
    )
    alike = []
    for row in rows.only("pk", "failure_mode", "occurred_at").iterator(chunk_size=500):
        found = meanings.at(terms[row.failure_mode_id or 0], moment=row.occurred_at)
        if isinstance(found, Resolution) and found.term == mode.pk:
            alike.append(row.pk)
            if len(alike) == MOST_ASKED:
                break
    return list(Postmortem.objects.filter(pk__in=alike).order_by("pk"))
