"""Questions whether action items worked: one that is open, and one that was answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hub.demo.organisation import Organisation
from hub.lib import clock
from hub.lib.identity import SEED
from knowledge.postmortems import questions
from knowledge.postmortems.actions.writing import scope_of
from knowledge.postmortems.models import ActionsQuestion, Postmortem, PostmortemStatus, SeenAgain, Verdict

ASKED: Final = timedelta(days=9)
ANSWERED: Final = timedelta(days=2)


def load_questions(organisation: Organisation) -> None:
    """Ask them of Payments, whose reviews saw others fail in the same way later, past the actions."""
    asked: dict[int, ActionsQuestion] = {}
    rows = Postmortem.objects.filter(status=PostmortemStatus.PUBLISHED, restricted=False, failure_mode__isnull=False)
    for later in rows.select_related("failure_mode").order_by("-occurred_at", "-pk")[:60]:
        mode = questions.meant_by(SEED, later)
        if mode is None:
            continue
        for earlier in questions.earlier_with(SEED, later, mode):
            if earlier.unit_id != organisation.units["payments"].pk or (len(asked) == 2 and earlier.pk not in asked):
                continue
            if earlier.pk not in asked:
                asked[earlier.pk] = ActionsQuestion.objects.create(
                    **scope_of(earlier), failure_mode=mode, opened_at=clock.now() - ASKED
                )
            SeenAgain.objects.create(
                **scope_of(earlier),
                question=asked[earlier.pk],
                later=later,
                month=later.occurred_at.date().replace(day=1),
            )
    for question in list(asked.values())[1:]:
        ActionsQuestion.objects.filter(pk=question.pk).update(
            verdict=Verdict.PARTLY,
            answer="The alarm came an hour earlier than last time. The limit itself is still set by hand; from next"
            " quarter on it is made from the catalog.",
            answered_at=clock.now() - ASKED + ANSWERED,
            answered_by=organisation.people["commander.payments"],
        )
