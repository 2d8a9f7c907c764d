"""Naming the root cause and what contributed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.lib import clock
from hub.lib.errors import Forbidden, Invalid, NotFound
from knowledge.postmortems import actions
from knowledge.postmortems.models import Postmortem
from tenants.models import BusinessUnit, Term, TermKind
from tests.conftest import seeding
from tests.knowledge.postmortems.conftest import ActorNamed, stored

pytestmark = pytest.mark.django_db

CauseNamed = Callable[[str], int]


def contributing(postmortem: Postmortem) -> set[str]:
    with seeding():
        return set(postmortem.contributing.values_list("key", flat=True))


def local_cause(unit: str) -> Term:
    with seeding():
        return Term.objects.create(
            unit=BusinessUnit.objects.get(slug=unit), kind=TermKind.CAUSE, key="own-words", name="Own words"
        )


def test_causes_replace_what_was_chosen_before(draft: Postmortem, actor: ActorNamed, cause: CauseNamed) -> None:
    writer = actor("responder.payments")
    actions.set_causes(
        actor=writer,
        postmortem_id=draft.pk,
        cause_id=cause("capacity"),
        contributing_ids=[cause("vendor-failure"), cause("change-failure")],
    )

    actions.set_causes(
        actor=writer,
        postmortem_id=draft.pk,
        cause_id=cause("software-defect"),
        contributing_ids=[cause("change-failure"), cause("capacity")],
    )

    assert stored(draft).cause_id == cause("software-defect")
    assert contributing(draft) == {"change-failure", "capacity"}
    assert stored(draft).version == 3


def test_a_unit_may_use_its_own_words(draft: Postmortem, actor: ActorNamed) -> None:
    own = local_cause("payments")

    actions.set_causes(actor=actor("responder.payments"), postmortem_id=draft.pk, cause_id=own.pk)

    assert stored(draft).cause_id == own.pk


def test_terms_that_are_no_causes_here_are_not_found(draft: Postmortem, actor: ActorNamed, cause: CauseNamed) -> None:
    with seeding():
        severity = Term.objects.filter(kind=TermKind.SEVERITY, unit=None).first()
        retired = Term.objects.create(kind=TermKind.CAUSE, key="old", name="Old", retired_at=clock.now())
    assert severity is not None
    for term_id in (severity.pk, retired.pk, local_cause("retail").pk, 0):
        with pytest.raises(NotFound) as refused:
            actions.set_causes(
                actor=actor("coordinator"),
                postmortem_id=draft.pk,
                cause_id=cause("capacity"),
                contributing_ids=[cause("vendor-failure"), term_id],
            )
        assert refused.value.path == ("contributingIds", "1")

    assert stored(draft).cause_id is None


def test_the_root_cause_does_not_also_contribute(draft: Postmortem, actor: ActorNamed, cause: CauseNamed) -> None:
    with pytest.raises(Invalid, match="root cause already"):
        actions.set_causes(
            actor=actor("responder.payments"),
            postmortem_id=draft.pk,
            cause_id=cause("capacity"),
            contributing_ids=[cause("capacity")],
        )


def test_a_published_review_keeps_a_root_cause(
    published: Callable[..., Postmortem], actor: ActorNamed, cause: CauseNamed
) -> None:
    review = published()

    with pytest.raises(Invalid, match="keeps a root cause"):
        actions.set_causes(actor=actor("commander.payments"), postmortem_id=review.pk, cause_id=None)
    actions.set_causes(actor=actor("commander.payments"), postmortem_id=review.pk, cause_id=cause("network-fault"))

    assert stored(review).cause_id == cause("network-fault")


@pytest.mark.parametrize(("username", "error"), [("observer.payments", Forbidden), ("outsider.logistics", NotFound)])
def test_nobody_else_may(
    draft: Postmortem, actor: ActorNamed, cause: CauseNamed, username: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        actions.set_causes(actor=actor(username), postmortem_id=draft.pk, cause_id=cause("capacity"))

    assert stored(draft).cause_id is None
