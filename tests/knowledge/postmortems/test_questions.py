"""The same failure, seen again anywhere, asks an earlier review whether its actions worked, and tells no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from hub.delivery.models import Message
from hub.lib import clock
from hub.lib.identity import SYSTEM
from knowledge.postmortems import actions
from knowledge.postmortems.models import (
    ActionsQuestion,
    ActionStatus,
    Audience,
    Postmortem,
    PostmortemStatus,
    SeenAgain,
)
from tenants.models import Person, Term, TermKind, TermName
from tests.conftest import SignedIn, seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.jobs import queued_jobs
from tests.knowledge.search.library import acting, publish, write

__all__ = ["api"]

pytestmark = pytest.mark.django_db

BEFORE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AGAIN = datetime(2026, 6, 18, 9, 0, tzinfo=UTC)
ASKED = "{ actionsQuestions(first: 100) { edges { node { id verdict seen { month later { title } } } } } }"
ANSWER = """mutation ($input: AnswerActionsQuestionInput!) { answerActionsQuestion(input: $input) {
  ... on ActionsQuestion { verdict answer } ... on MutationErrors { errors { code path } } } }"""


@pytest.fixture(autouse=True)
def nothing_before() -> None:
    """The demonstration's reviews ask nothing here, and were asked nothing."""
    with seeding():
        SeenAgain.objects.all().delete()
        ActionsQuestion.objects.all().delete()
        Postmortem.objects.filter(status=PostmortemStatus.PUBLISHED).update(failure_mode=None)


def mode() -> int:
    with seeding():
        return Term.objects.filter(kind=TermKind.FAILURE_MODE, unit=None).values_list("pk", flat=True).order_by("pk")[0]


def earlier(*, is_closed: bool = True, restricted: bool = False) -> Postmortem:
    """A published review of Payments with an action item."""
    draft = write(title="The pool ran dry", declared=BEFORE, restricted=restricted)
    author = acting("responder.payments")
    with clock.at(BEFORE + timedelta(hours=3)):
        item = actions.add_action_item(
            actor=author, postmortem_id=draft.pk, title="Size it", owner_id=author.person_id, due_on=date(2026, 3, 20)
        )
        if is_closed:
            actions.complete_action_item(actor=author, action_item_id=item.pk, outcome="Doubled")
    with seeding():
        Postmortem.objects.filter(pk=draft.pk).update(failure_mode=mode())
        draft = Postmortem.objects.get(pk=draft.pk)
    return publish(draft, audience=Audience.UNIT, by="responder.payments" if restricted else "")


def seen_again(*, unit: str = "media", restricted: bool = False, declared: datetime = AGAIN) -> Postmortem:
    """Another review, in which it failed in the same way."""
    draft = write(unit=unit, title="Newsroom stood still", declared=declared, restricted=restricted)
    with seeding():
        Postmortem.objects.filter(pk=draft.pk).update(failure_mode=mode())
        draft = Postmortem.objects.get(pk=draft.pk)
    later = publish(draft, audience=Audience.UNIT, by=f"responder.{unit}" if restricted else "")
    assert any(name.endswith(".ask_whether_actions_worked") for name, _ in queued_jobs())
    for _ in range(2):
        actions.ask_whether_actions_worked(actor=SYSTEM, postmortem_id=later.pk)
    return later


def asked(review: Postmortem) -> int:
    with seeding():
        return ActionsQuestion.objects.filter(postmortem=review).count()


def letters() -> list[tuple[str, str, str]]:
    with seeding():
        rows = Message.objects.filter(dedupe_key__startswith="question:").order_by("pk")
        return [(row.person.username, row.subject, row.text) for row in rows]


def test_it_is_asked_once_and_says_the_month_alone(api: ApiOf) -> None:
    review = earlier()
    with seeding():
        Person.objects.filter(pk=review.author_id or 0).update(language="de")
        TermName.objects.create(term_id=mode(), language="de", name="Zu wenig Platz")
    later = seen_again()
    seen_again(unit="logistics", declared=AGAIN + timedelta(days=40))

    [(person, subject, text)] = letters()
    with seeding():
        assert review.author is not None
        assert person == review.author.username
    assert subject == f"Did the actions work? {review.reference} The pool ran dry"
    assert "June 2026" in text
    assert "Zu wenig Platz" in text
    for secret in ("Newsroom", later.reference, "Media", "18 Jun", "2026-06-18"):
        assert secret not in text.replace(review.reference, "")

    [question] = [edge["node"] for edge in api("responder.payments").ask(ASKED).data["actionsQuestions"]["edges"]]
    assert question["seen"] == [{"month": "2026-06-01", "later": None}, {"month": "2026-07-01", "later": None}]
    # Whoever reads the other review gets it; whoever reads neither, nothing.
    [question] = [edge["node"] for edge in api("coordinator").ask(ASKED).data["actionsQuestions"]["edges"]]
    assert [seen["later"]["title"] for seen in question["seen"]] == ["Newsroom stood still"] * 2
    assert api("responder.media").ask(ASKED).data["actionsQuestions"]["edges"] == []


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda: (earlier(is_closed=False), seen_again()), id="an action is open"),
        pytest.param(lambda: (earlier(), seen_again(restricted=True)), id="the later one is restricted"),
        pytest.param(lambda: (earlier(), seen_again(declared=BEFORE - timedelta(days=9))), id="it was before"),
    ],
)
def test_it_is_not_asked(given: Callable[[], tuple[Postmortem, Postmortem]]) -> None:
    review, _ = given()

    assert (asked(review), letters()) == (0, [])


def test_the_answer_is_the_units_and_stays(api: ApiOf) -> None:
    review = earlier()
    seen_again()
    with seeding():
        question = ActionsQuestion.objects.get(postmortem=review)

    def answer(asker: Api, text: str = "The pool is sized by hand still.") -> dict[str, object]:
        said = {"questionId": global_id("ActionsQuestion", question), "verdict": "PARTLY", "answer": text}
        return dict(asker.ask(ANSWER, input=said).data["answerActionsQuestion"])

    for person, code in (("outsider.logistics", "NOT_FOUND"), ("observer.payments", "FORBIDDEN")):
        assert [error["code"] for error in answer(api(person))["errors"]] == [code]  # type: ignore[attr-defined]
    assert [error["path"] for error in answer(api("responder.payments"), " ")["errors"]] == [["input", "answer"]]  # type: ignore[attr-defined]
    with seeding():
        assert ActionsQuestion.objects.get(pk=question.pk).is_open
        assert not review.action_items.filter(status=ActionStatus.OPEN).exists()

    assert answer(api("responder.payments"))["verdict"] == "PARTLY"
    assert [error["code"] for error in answer(api("commander.payments"))["errors"]] == ["CONFLICT"]  # type: ignore[attr-defined]

    # Seen once more, it is asked anew.
    seen_again(unit="logistics", declared=AGAIN + timedelta(days=40))
    assert asked(review) == 2


def test_the_review_asks_and_takes_the_answer(signed_in: SignedIn) -> None:
    review = earlier()
    later = seen_again()
    client: Client = signed_in("commander.payments")
    address = f"/postmortems/{review.pk}"
    with seeding():
        question = ActionsQuestion.objects.get(postmortem=review)

    page = client.get(address).content.decode()
    assert "Did the actions work?" in page
    assert "June 2026" in page
    assert later.reference not in page
    assert f"/postmortems/{later.pk}" in signed_in("coordinator").get(address).content.decode()

    posted = client.post(f"/postmortems/questions/{question.pk}", {"verdict": "worked", "answer": "Another pool."})
    assert posted["Location"] == f"{address}#questions"
    assert "Another pool." in client.get(address).content.decode()
    assert client.post(f"/postmortems/questions/{question.pk}", {"answer": "x"}).status_code == 400
