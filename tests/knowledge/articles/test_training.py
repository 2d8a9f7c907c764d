"""Training: of whom it is asked, going through it, how often, who is reminded, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Q

from hub.delivery.models import Message
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall.models import Expertise, Schedule
from knowledge.articles import actions, jobs, training
from knowledge.articles.models import Article, Audience, Training, TrainingCompletion, TrainingDuty
from knowledge.articles.training import months_later
from knowledge.runbooks.coverage import coverage
from tenants.definitions import VERSION
from tenants.models import Person, Role, RoleAssignment, Term
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import queued_jobs
from tests.knowledge.articles.conftest import SAYS, stored, waiting

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
FAR = date(2030, 3, 31)


def assign(by: Actor, article: Article, **others: Any) -> Training:
    given: dict[str, Any] = {"audience": Audience.EVERYBODY, "due_on": FAR, **others}
    assigned = actions.assign_training(actor=by, article_id=article.pk, **given)
    actions.follow_audience(actor=SYSTEM, training_id=assigned.pk)
    return assigned


def asked(assigned: Training) -> set[str]:
    with seeding():
        return set(assigned.duties.filter(ended_at=None).values_list("person__username", flat=True))


def person(username: str) -> Person:
    return Person.objects.get(username=username)


def duty(assigned: Training, username: str) -> TrainingDuty:
    with seeding():
        return assigned.duties.get(person__username=username)


@pytest.fixture
def assigned(published: Article, actor: ActorNamed) -> Training:
    return assign(actor("commander.payments"), published, repeat_months=12)


def test_it_is_asked_of_who_belongs_to_the_audience(published: Article, actor: ActorNamed) -> None:
    admin, commander = actor("admin.payments"), actor("commander.payments")
    with seeding():
        responder = Role.objects.get(key="responder", unit=None)
        schedule = Schedule.objects.get(slug="payments-commanders")
        Expertise.objects.create(person=person("commander.payments"), unit_id=published.unit_id, key="limits")

    by_role = assign(admin, published, audience=Audience.ROLE, role_id=responder.pk)
    by_turns = assign(commander, published, audience=Audience.SCHEDULE, schedule_id=schedule.pk)
    by_skill = assign(commander, published, audience=Audience.EXPERTISE, expertise="limits")
    everybody = assign(admin, published)

    assert asked(by_role) == {"responder.payments", "responder2.payments", "responder3.payments"}
    assert asked(by_turns) == {"commander.payments", "commander2.payments"}
    assert asked(by_skill) == {"commander.payments"}
    assert asked(everybody) >= asked(by_role) | asked(by_turns) | {"observer.payments", "admin.payments"}


def test_who_assigns_oversees_the_unit_and_says_what_holds(published: Article, actor: ActorNamed) -> None:
    commander = actor("commander.payments")
    with seeding():
        elsewhere = Schedule.objects.get(slug="retail-responders").pk
    for by in ("responder.payments", "observer.payments"):
        with pytest.raises(Forbidden):
            assign(actor(by), published)
    with pytest.raises(NotFound):
        assign(actor("commander.retail"), published)
    for given in (
        {"due_on": clock.now().date() - timedelta(days=1)},
        {"days": 0},
        {"repeat_months": 0},
        {"audience": Audience.ROLE},
        {"expertise": "limits"},
        {"audience": Audience.EXPERTISE, "expertise": "No key"},
        {"audience": Audience.SCHEDULE, "schedule_id": elsewhere},
    ):
        with pytest.raises((Invalid, NotFound)):
            assign(commander, published, **given)
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("responder.payments")):
        Training.objects.create(article=published, unit_id=published.unit_id, due_on=FAR, assigned_at=clock.now())

    with seeding():
        assert not Training.objects.filter(article=published).exists()


def test_it_counts_only_with_right_answers_and_tries_are_counted(assigned: Training, actor: ActorNamed) -> None:
    learner = actor("responder.payments")
    mine = duty(assigned, "responder.payments")

    failed = actions.confirm_training(actor=learner, duty_id=mine.pk, revision_number=1, answers=[0])
    still = duty(assigned, "responder.payments")
    passed = actions.confirm_training(actor=learner, duty_id=mine.pk, revision_number=1, answers=[1])

    assert (failed.wrong, failed.completion, still.tries, still.completed_at) == ((0,), None, 1, None)
    assert passed.completion is not None
    done = duty(assigned, "responder.payments")
    assert (passed.completion.tries, passed.completion.revision, done.tries) == (2, stored(assigned.article).current, 0)
    assert done.due_on == months_later(clock.now().date(), 12)


def test_nobody_goes_through_it_for_somebody_else(assigned: Training, actor: ActorNamed) -> None:
    mine = duty(assigned, "responder.payments")
    with pytest.raises(Forbidden):
        actions.confirm_training(actor=actor("commander.payments"), duty_id=mine.pk, revision_number=1, answers=[1])
    with pytest.raises(NotFound):
        actions.confirm_training(actor=actor("responder2.payments"), duty_id=mine.pk, revision_number=1, answers=[1])
    learner = actor("responder.payments")
    for answers in ([], [2], [1, 1]):
        with pytest.raises(Invalid):
            actions.confirm_training(actor=learner, duty_id=mine.pk, revision_number=1, answers=answers)
    with pytest.raises(Conflict, match="was published meanwhile"):
        actions.confirm_training(actor=learner, duty_id=mine.pk, revision_number=2, answers=[1])
    # Past the action, the database says so too.
    for change in ({"completed_at": clock.now()}, {"due_on": FAR + timedelta(days=900)}, {"ended_at": clock.now()}):
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(learner):
            TrainingDuty.objects.filter(pk=mine.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("commander.payments")):
        TrainingCompletion.objects.create(
            duty=mine, unit_id=mine.unit_id, person_id=mine.person_id, completed_at=clock.now(), tries=1
        )

    after = duty(assigned, "responder.payments")
    assert (after.tries, after.completed_at, after.due_on, after.ended_at) == (0, None, FAR, None)
    with seeding():
        assert not TrainingCompletion.objects.filter(duty=mine).exists()


def test_a_revision_that_says_so_asks_for_it_anew(assigned: Training, actor: ActorNamed) -> None:
    writer, commander = actor("responder.payments"), actor("commander.payments")
    mine = duty(assigned, "responder.payments")
    actions.confirm_training(actor=writer, duty_id=mine.pk, revision_number=1, answers=[1])
    held = duty(assigned, "responder.payments").due_on

    def publish(text: str, *, renews: bool) -> None:
        actions.revise_article(
            actor=writer,
            article_id=assigned.article_id,
            wording=replace(SAYS, text=text, renews_training=renews),
            reason="x",
        )
        revision = waiting(assigned.article)
        actions.approve_article_revision(actor=commander, article_revision_id=revision.pk)
        jobs.renew_training(article_revision_id=revision.pk)

    publish("A typo", renews=False)
    untouched = duty(assigned, "responder.payments").due_on
    publish("Other limits", renews=True)
    renewed = duty(assigned, "responder.payments").due_on
    actions.confirm_training(actor=writer, duty_id=mine.pk, revision_number=3, answers=[1])

    assert untouched == held
    assert renewed == clock.now().date() + timedelta(days=30)
    assert duty(assigned, "responder.payments").due_on == held
    assert duty(assigned, "responder2.payments").due_on == FAR
    with seeding():
        assert [each.revision.number for each in mine.completions.all() if each.revision] == [3, 1]


def test_it_follows_who_comes_and_goes(assigned: Training, actor: ActorNamed) -> None:
    with seeding():
        Training.objects.filter(pk=assigned.pk).update(
            assigned_at=clock.now() - timedelta(days=400), due_on=date(2026, 1, 1)
        )
        held = RoleAssignment.objects.get(person__username="responder3.payments", unit=assigned.unit_id)
        RoleAssignment.objects.filter(pk=held.pk).update(valid_until=clock.now() - timedelta(seconds=1))
        observer = Role.objects.get(key="observer", unit=None)
        RoleAssignment.objects.create(person=person("outsider.logistics"), role=observer, unit_id=assigned.unit_id)

    jobs.follow_audiences(0)

    assert "responder3.payments" not in asked(assigned)
    assert duty(assigned, "outsider.logistics").due_on == clock.now().date() + timedelta(days=30)
    actions.end_training(actor=actor("admin.payments"), training_id=assigned.pk)
    jobs.follow_audience(training_id=assigned.pk)
    assert asked(assigned) == set()
    with pytest.raises(Conflict):
        actions.end_training(actor=actor("admin.payments"), training_id=assigned.pk)


def test_people_are_reminded_before_and_after_the_day(assigned: Training, actor: ActorNamed) -> None:
    late, soon = duty(assigned, "responder.payments"), duty(assigned, "responder2.payments")
    today = clock.now().date()
    with seeding():
        TrainingDuty.objects.filter(pk=late.pk).update(due_on=today - timedelta(days=8))
        TrainingDuty.objects.filter(pk=soon.pk).update(due_on=today + timedelta(days=7))

    jobs.remind_learners(0)
    jobs.remind_learners(0)

    with seeding():
        about = Q(dedupe_key__startswith=f"training:{late.pk}:") | Q(dedupe_key__startswith=f"training:{soon.pk}:")
        told = Message.objects.filter(about)
        assert {(each.person_id, each.subject) for each in told} == {
            (late.person_id, "Overdue: training “What limits are for”"),
            (soon.person_id, "Due soon: training “What limits are for”"),
        }
        assert len(told) == 2


def test_it_gives_an_expertise_for_as_long_as_it_holds(published: Article, actor: ActorNamed) -> None:
    assigned = assign(actor("commander.payments"), published, grants="limits", repeat_months=6)
    mine = duty(assigned, "responder.payments")
    actions.confirm_training(actor=actor("responder.payments"), duty_id=mine.pk, revision_number=1, answers=[1])
    assert ("grant_expertise", mine.pk) in {
        (name.rpartition(".")[2], ids.get("duty_id")) for name, ids in queued_jobs()
    }

    jobs.grant_expertise(training_id=assigned.pk, duty_id=mine.pk)
    jobs.grant_expertise(training_id=assigned.pk, duty_id=mine.pk)

    again = months_later(clock.now().date(), 6) + timedelta(days=1)
    with seeding():
        held = Expertise.objects.get(person=mine.person_id, key="limits")
    assert held.valid_until == datetime(again.year, again.month, again.day, tzinfo=UTC)


def test_months_end_where_they_end() -> None:
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_later(date(2027, 12, 31), 2) == date(2028, 2, 29)
    assert months_later(date(2026, 11, 26), 12) == date(2027, 11, 26)


def test_coverage_says_who_is_late_and_what_there_is(
    assigned: Training, actor: ActorNamed, signed_in: SignedIn
) -> None:
    commander = actor("commander.payments")
    late = duty(assigned, "responder.payments")
    with seeding():
        mode = Term.objects.get(kind="failure_mode", key="stopped")
        Article.objects.filter(pk=assigned.article_id).update(failure_mode=mode)
        TrainingDuty.objects.filter(pk=late.pk).update(due_on=clock.now().date() - timedelta(days=2))
    learner = actor("responder2.payments")
    actions.confirm_training(
        actor=learner, duty_id=duty(assigned, "responder2.payments").pk, revision_number=1, answers=[1]
    )

    with acting_as(commander):
        [row] = training.coverage(commander, training.active(commander).filter(pk=assigned.pk))
    [covered] = [each for each in coverage(commander).rows if each.failure_mode == mode]

    assert (row.asked, row.current, row.late) == (len(asked(assigned)), 1, 1)
    assert assigned.article_id in {each.pk for each in covered.articles}
    assert covered.trainings >= 1
    overview = signed_in("admin.payments").get("/training/coverage?unit=payments").content.decode()
    assert "What limits are for" in overview
    assert f"Definitions, version {VERSION}" in overview
    assert '<th class="num">Asked of somebody</th>' in overview
    people = signed_in("admin.payments").get(f"/training/{assigned.pk}").content.decode()
    assert "Luca Marino" in people
    # Who does not oversee the unit sees themselves alone.
    alone = signed_in("responder2.payments").get(f"/training/{assigned.pk}").content.decode()
    assert "Luca Marino" not in alone.split("<main")[1]
    assert "Aisha Bello" in alone.split("<main")[1]


def test_one_goes_through_it_on_a_page(assigned: Training, signed_in: SignedIn) -> None:
    client = signed_in("responder.payments")
    mine = duty(assigned, "responder.payments")
    path = f"/training/duties/{mine.pk}"

    listed = client.get("/training/").content.decode()
    wrong = client.post(path, {"revision": 1, "answer-0": 0})
    right = client.post(path, {"revision": 1, "answer-0": 1})

    assert path in listed
    assert "Not right yet" in wrong.content.decode()
    assert right["Location"] == "/training/"
    assert duty(assigned, "responder.payments").completed_at is not None
    assert client.post(path, {"revision": 1}).status_code == 400
    assert signed_in("responder2.payments").get(path).status_code == 404
    assert signed_in("outsider.logistics").get(f"/training/{assigned.pk}").status_code == 404


def test_over_the_api_it_is_assigned_answered_and_counted(published: Article, api: ApiOf) -> None:
    commander, learner = api("commander.payments"), api("responder.payments")
    made = commander.ask(
        "mutation ($input: AssignTrainingInput!) { assignTraining(input: $input) { ... on Training { id audience dueOn"
        " article { title } } ... on MutationErrors { errors { message path } } } }",
        input={"articleId": global_id("Article", published), "audience": "EVERYBODY", "dueOn": "2030-03-31"},
    ).data["assignTraining"]
    with seeding():
        assigned = Training.objects.get(article=published)
    jobs.follow_audience(training_id=assigned.pk)
    mine = learner.ask(
        "query ($id: ID!) { trainingDuties(filters: {mine: true, training: {id: [$id]}}) { edges { node { id isLate"
        " training { article { current { number questions { text choices } } } } } } } }",
        id=made["id"],
    ).data["trainingDuties"]["edges"]
    answer = (
        "mutation ($input: ConfirmTrainingInput!) { confirmTraining(input: $input) { ... on TrainingAnswered { passed"
        " wrong duty { tries completedAt completions { tries revision { number } } } }"
        " ... on MutationErrors { errors { code path } } } }"
    )
    given = {"dutyId": mine[0]["node"]["id"], "revisionNumber": 1}

    failed = learner.ask(answer, input={**given, "answers": [0]}).data["confirmTraining"]
    passed = learner.ask(answer, input={**given, "answers": [1]}).data["confirmTraining"]
    refused = learner.ask(answer, input={**given, "answers": []}).data["confirmTraining"]
    counted = commander.ask(
        "query ($id: [ID!]) { all: trainingDuties(filters: {training: {id: $id}}) { totalCount }"
        " done: trainingDuties(filters: {done: true, training: {id: $id}}) { totalCount }"
        " late: trainingDuties(filters: {late: true, training: {id: $id}}) { totalCount } }",
        id=[made["id"]],
    ).data

    assert (made["audience"], made["dueOn"], len(mine)) == ("EVERYBODY", "2030-03-31", 1)
    assert failed == {"passed": False, "wrong": [0], "duty": {"tries": 1, "completedAt": None, "completions": []}}
    assert (passed["passed"], passed["duty"]["completions"]) == (True, [{"tries": 2, "revision": {"number": 1}}])
    assert refused["errors"] == [{"code": "INVALID", "path": ["input", "answers"]}]
    assert (counted["all"]["totalCount"], counted["done"]["totalCount"], counted["late"]["totalCount"]) == (
        len(asked(assigned)),
        1,
        0,
    )
