"""Asking why: Five Whys and cause-and-effect graphs, and what they keep from being published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hub.lib.errors import Conflict, Forbidden, Invalid, InvalidMany, NotFound
from hub.lib.identity import acting_as
from hub.live.models import OutboxEntry
from knowledge.postmortems import actions
from knowledge.postmortems.models import (
    Analysis,
    Audience,
    CausalLink,
    CauseRole,
    Effect,
    Gap,
    GapKind,
    Method,
    Postmortem,
)
from tenants.models import AuditEntry, Term, TermKind
from tests.conftest import seeding
from tests.knowledge.postmortems.conftest import ActorNamed, stored

pytestmark = pytest.mark.django_db

Begin = Callable[..., Effect]


@pytest.fixture
def begin(actor: ActorNamed) -> Begin:
    """Begin an analysis of a review; returns its primary effect."""

    def started(review: Postmortem, method: Method = Method.APOLLO, ended: str = "") -> Effect:
        who = actor("commander.payments")
        analysis = actions.start_analysis(
            actor=who, postmortem_id=review.pk, method=method, problem="Checkout answered 502", ended_because=ended
        )
        with seeding():
            return analysis.effects.get()

    return started


@pytest.fixture
def add(actor: ActorNamed) -> Begin:
    """Name a cause, as somebody of the unit."""

    def cause_of(effect: Effect, text: str, role: CauseRole | None = None, ended: str = "") -> Effect:
        who = actor("responder.payments")
        return actions.add_cause(actor=who, effect_id=effect.pk, text=text, role=role, ended_because=ended)

    return cause_of


def now(effect: Effect) -> Effect:
    with seeding():
        return Effect.objects.get(pk=effect.pk)


def open_texts(review: Postmortem) -> list[str]:
    with seeding():
        return list(review.effects.filter(is_open=True).order_by("id").values_list("text", flat=True))


def test_an_effect_asks_until_it_has_an_action_and_a_condition(complete: Postmortem, begin: Begin, add: Begin) -> None:
    problem = begin(complete)
    asked = [now(problem).is_open]

    add(problem, "The pool was full", CauseRole.ACTION, "Seen often enough")
    asked.append(now(problem).is_open)
    add(problem, "It was sized for last year", CauseRole.CONDITION, "This is what we change")
    asked.append(now(problem).is_open)

    assert asked == [True, True, False]
    assert open_texts(complete) == []


def test_five_whys_are_a_chain(complete: Postmortem, begin: Begin, add: Begin, actor: ActorNamed) -> None:
    problem = begin(complete, Method.FIVE_WHYS)
    first = add(problem, "The pool was full")
    add(first, "It was sized for last year")

    with pytest.raises(Conflict, match="has its answer already"):
        add(problem, "Something else")
    with pytest.raises(Invalid, match="neither actions nor conditions"):
        add(first, "Something else", CauseRole.ACTION)
    with pytest.raises(Conflict, match="chain"):
        actions.link_cause(
            actor=actor("responder.payments"), effect_id=first.pk, cause_id=problem.pk, role=CauseRole.WHY
        )

    assert open_texts(complete) == ["It was sized for last year"]
    with seeding():
        assert complete.effects.count() == 3


def test_an_open_branch_keeps_a_review_from_its_readers_until_it_says_why(
    complete: Postmortem, begin: Begin, add: Begin, actor: ActorNamed
) -> None:
    commander = actor("commander.payments")
    cause = add(begin(complete, Method.FIVE_WHYS), "The pool was full")

    with pytest.raises(InvalidMany) as refused:
        actions.publish_postmortem(actor=commander, postmortem_id=complete.pk, audience=Audience.UNIT)
    status, version = stored(complete).status, stored(complete).version
    actions.edit_effect(actor=commander, effect_id=cause.pk, ended_because="The supplier does not tell")
    actions.publish_postmortem(actor=commander, postmortem_id=complete.pk, audience=Audience.UNIT)

    assert [(error.path, error.message) for error in refused.value.errors] == [
        (("analyses",), "“The pool was full” is an open branch: name its causes, or say why it ends there.")
    ]
    assert (status, version) == ("draft", complete.version + 2)
    assert stored(complete).is_published


def test_the_database_refuses_it_too(complete: Postmortem, begin: Begin, actor: ActorNamed) -> None:
    begin(complete)

    with pytest.raises(IntegrityError, match="no open branch"), transaction.atomic(), seeding():
        Postmortem.objects.filter(pk=complete.pk).update(status="published", published_at=complete.opened_at)

    assert not stored(complete).is_published


def test_a_published_review_stays_without_open_branches(
    published: Callable[..., Postmortem], begin: Begin, actor: ActorNamed
) -> None:
    review, commander = published(), actor("commander.payments")
    problem = begin(review, ended="For later")
    cause = actions.add_cause(
        actor=commander, effect_id=problem.pk, text="Full", role=CauseRole.ACTION, ended_because="Seen"
    )
    version = stored(review).version

    attempts: list[Callable[[], object]] = [
        lambda: begin(review),
        lambda: actions.add_cause(actor=commander, effect_id=problem.pk, text="No", role=CauseRole.CONDITION),
        lambda: actions.edit_effect(actor=commander, effect_id=problem.pk, ended_because=""),
    ]
    for attempt in attempts:
        with pytest.raises(Invalid) as error:
            attempt()
        assert error.value.path == ("endedBecause",)
    with pytest.raises(IntegrityError, match="no open branch"), transaction.atomic(), acting_as(commander):
        Effect.objects.filter(pk=cause.pk).update(ended_because="")

    assert stored(review).version == version
    assert open_texts(review) == []
    actions.add_cause(
        actor=commander, effect_id=problem.pk, text="Small", role=CauseRole.CONDITION, ended_because="Changed"
    )
    assert actions.edit_effect(actor=commander, effect_id=problem.pk, ended_because="").is_open is False
    with seeding():
        link = CausalLink.objects.get(cause=cause)
    with pytest.raises(Invalid, match="would be an open branch of a published review"):
        actions.remove_cause(actor=commander, link_id=link.pk)


def test_causes_go_in_no_circle(complete: Postmortem, begin: Begin, add: Begin, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    problem = begin(complete)
    pool = add(problem, "The pool was full", CauseRole.ACTION)
    small = add(pool, "It was small", CauseRole.CONDITION)

    with pytest.raises(Invalid) as refused:
        actions.link_cause(actor=writer, effect_id=small.pk, cause_id=problem.pk, role=CauseRole.ACTION)
    with pytest.raises(Invalid, match="circle"):
        actions.link_cause(actor=writer, effect_id=small.pk, cause_id=small.pk, role=CauseRole.ACTION)
    with pytest.raises(Conflict, match="already"):
        actions.link_cause(actor=writer, effect_id=pool.pk, cause_id=small.pk, role=CauseRole.ACTION)
    actions.link_cause(actor=writer, effect_id=problem.pk, cause_id=small.pk, role=CauseRole.CONDITION)

    assert refused.value.message == (
        "“It was small” leads to “Checkout answered 502”, so it cannot also follow from it: causes go in no circle."
    )
    with seeding():
        assert complete.analyses.get().links.count() == 3


def test_what_leads_nowhere_goes_with_its_cause(
    complete: Postmortem, begin: Begin, add: Begin, actor: ActorNamed
) -> None:
    problem = begin(complete)
    pool = add(problem, "The pool was full", CauseRole.ACTION)
    shared = add(pool, "It was small", CauseRole.CONDITION)
    add(pool, "Callers waited", CauseRole.ACTION)
    actions.link_cause(
        actor=actor("responder.payments"), effect_id=problem.pk, cause_id=shared.pk, role=CauseRole.CONDITION
    )
    with seeding():
        link = CausalLink.objects.get(cause=pool)

    actions.remove_cause(actor=actor("responder.payments"), link_id=link.pk)

    with seeding():
        assert set(complete.effects.values_list("text", flat=True)) == {"Checkout answered 502", "It was small"}
        trail = AuditEntry.objects.get(verb="remove_cause")
        assert trail.change["effects"] == [["The pool was full", "Callers waited"], None]


def test_evidence_says_where_to_look(complete: Postmortem, begin: Begin, actor: ActorNamed) -> None:
    writer, problem = actor("responder.payments"), begin(complete)

    evidence = actions.add_evidence(
        actor=writer, effect_id=problem.pk, text="Errors by the minute", url="https://grafana.example/d/1"
    )
    for address in ("javascript:alert(1)", "https://", "not an address", "https://a b"):
        with pytest.raises(Invalid) as refused:
            actions.add_evidence(actor=writer, effect_id=problem.pk, text="x", url=address)
        assert refused.value.path == ("url",)

    with seeding():
        assert problem.evidence.get() == evidence
    actions.remove_evidence(actor=writer, evidence_id=evidence.pk)
    with seeding():
        assert not problem.evidence.exists()


def test_gaps_say_what_was_missing(complete: Postmortem, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    gap = actions.add_gap(
        actor=writer, postmortem_id=complete.pk, kind=GapKind.DETECTION, text="No alert on the pool", minutes=12
    )
    actions.edit_gap(actor=writer, gap_id=gap.pk, minutes=None)

    wrong: list[dict[str, Any]] = [{"text": " "}, {"minutes": -1}, {"minutes": 10**9}]
    for given in wrong:
        with pytest.raises(Invalid):
            actions.edit_gap(actor=writer, gap_id=gap.pk, **given)

    with seeding():
        kept = complete.gaps.get()
        assert (kept.kind, kept.text, kept.minutes) == ("detection", "No alert on the pool", None)
        event = OutboxEntry.objects.filter(type="PostmortemEdited", incident_id=complete.incident_id).latest("pk")
        assert event.payload["changed"] == ["gaps"]


def test_the_failure_mode_stays_when_it_is_not_asked_for(
    complete: Postmortem, actor: ActorNamed, cause: Callable[[str], int]
) -> None:
    writer = actor("responder.payments")
    with seeding():
        mode = Term.objects.get(kind=TermKind.FAILURE_MODE, key="exhausted", unit=None)
    chosen: dict[str, Any] = {"actor": writer, "postmortem_id": complete.pk, "cause_id": cause("capacity")}
    actions.set_causes(**chosen, failure_mode_id=mode.pk)
    actions.set_causes(**chosen)
    with pytest.raises(NotFound) as refused:
        actions.set_causes(**chosen, failure_mode_id=cause("capacity"))

    assert refused.value.path == ("failureModeId",)
    assert stored(complete).failure_mode_id == mode.pk
    actions.set_causes(**chosen, failure_mode_id=None)
    assert stored(complete).failure_mode_id is None


@pytest.mark.parametrize(("username", "error"), [("observer.payments", Forbidden), ("outsider.logistics", NotFound)])
def test_nobody_else_may(
    complete: Postmortem, begin: Begin, actor: ActorNamed, username: str, error: type[Exception]
) -> None:
    problem = begin(complete)
    writer = actor("responder.payments")
    pool = actions.add_cause(actor=writer, effect_id=problem.pk, text="Full", role=CauseRole.ACTION)
    small = actions.add_cause(actor=writer, effect_id=problem.pk, text="Small", role=CauseRole.CONDITION)
    who = actor(username)
    with seeding():
        link = CausalLink.objects.get(cause=pool)
    before = stored(complete).version

    for attempt in (
        lambda: actions.start_analysis(actor=who, postmortem_id=complete.pk, method=Method.APOLLO, problem="x"),
        lambda: actions.remove_analysis(actor=who, analysis_id=problem.analysis_id),
        lambda: actions.add_cause(actor=who, effect_id=problem.pk, text="x", role=CauseRole.ACTION),
        lambda: actions.link_cause(actor=who, effect_id=pool.pk, cause_id=small.pk, role=CauseRole.ACTION),
        lambda: actions.edit_effect(actor=who, effect_id=pool.pk, text="x"),
        lambda: actions.remove_cause(actor=who, link_id=link.pk),
        lambda: actions.add_evidence(actor=who, effect_id=pool.pk, text="x"),
        lambda: actions.add_gap(actor=who, postmortem_id=complete.pk, kind=GapKind.RECOVERY, text="x"),
    ):
        with pytest.raises(error):
            attempt()

    assert stored(complete).version == before
    with seeding():
        assert (Analysis.objects.filter(postmortem=complete).count(), complete.effects.count()) == (1, 3)
        assert not Gap.objects.filter(postmortem=complete).exists()
