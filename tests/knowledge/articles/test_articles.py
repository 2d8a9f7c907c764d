"""Writing articles: proposals, approval by somebody else, who reads what, and what a review found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.live.models import OutboxEntry
from knowledge.articles import access, actions
from knowledge.articles.models import Article, ArticleRevision
from knowledge.postmortems.models import Postmortem
from tenants.models import AuditEntry, Term
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.knowledge.articles.conftest import SAYS, stored, unit_id, waiting

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]


def test_nobody_approves_what_they_wrote(actor: ActorNamed) -> None:
    writer = actor("commander.payments")
    article = actions.write_article(actor=writer, unit_id=unit_id("payments"), title="Limits", wording=SAYS)
    revision = waiting(article)

    with pytest.raises(Forbidden, match="You wrote it"):
        actions.approve_article_revision(actor=writer, article_revision_id=revision.pk)
    with pytest.raises(Forbidden, match="commander"):
        actions.approve_article_revision(actor=actor("responder.payments"), article_revision_id=revision.pk)
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(writer):
        ArticleRevision.objects.filter(pk=revision.pk).update(
            state="current", decided_by=writer.person_id, decided_at=clock.now()
        )
    untouched = stored(article).current
    actions.approve_article_revision(actor=actor("commander2.payments"), article_revision_id=revision.pk, note="Clear")

    current = stored(article).current
    assert untouched is None
    assert current is not None
    assert (current.pk, current.state, current.decision) == (revision.pk, "current", "Clear")
    with seeding():
        assert OutboxEntry.objects.get(type="ArticleRevisionDecided").payload["state"] == "current"
        assert AuditEntry.objects.get(verb="approve_article_revision").unit_id == article.unit_id


def test_every_revision_is_kept_with_who_and_why(published: Article, actor: ActorNamed) -> None:
    writer, decider = actor("responder.payments"), actor("commander.payments")
    revise: dict[str, Any] = {"actor": writer, "article_id": published.pk, "reason": "Clearer"}

    with pytest.raises(Invalid, match="already"):
        actions.revise_article(**revise, wording=SAYS)
    with pytest.raises(Conflict, match="was published while you wrote"):
        actions.revise_article(**revise, wording=replace(SAYS, text="x"), based_on=7)
    revision = actions.revise_article(**revise, wording=replace(SAYS, text="Other", questions=None), based_on=1)
    with pytest.raises(Conflict, match="waits for approval"):
        actions.revise_article(**revise, wording=replace(SAYS, text="x"))
    actions.edit_article_revision(
        actor=writer,
        article_revision_id=revision.pk,
        wording=replace(SAYS, text="Better", questions=None, renews_training=True),
        reason="Clearest",
    )
    meanwhile = stored(published).current
    actions.approve_article_revision(actor=decider, article_revision_id=revision.pk)
    with pytest.raises(Conflict, match="already"):
        actions.edit_article_revision(actor=writer, article_revision_id=revision.pk, wording=SAYS, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic(), acting_as(decider):
        ArticleRevision.objects.filter(pk=revision.pk).update(text="Smuggled in")

    assert meanwhile == published.current
    with seeding():
        kept = list(published.revisions.values_list("number", "state", "text", "reason", "proposed_by", "decided_by"))
        questions = published.revisions.values_list("questions", flat=True)
        assert questions[0] == questions[1] != []
    people = (writer.person_id, decider.person_id)
    assert kept == [
        (2, "current", "Better", "Clearest", *people),
        (1, "superseded", SAYS.text, "The first one", *people),
    ]


def test_outside_the_unit_only_what_is_published_is_read(published: Article, actor: ActorNamed) -> None:
    outsider, commander = actor("responder.retail"), actor("commander.payments")
    with acting_as(outsider), pytest.raises(NotFound):
        access.article_for(outsider, published.pk)
    with pytest.raises(Forbidden):
        actions.share_article(actor=actor("responder.payments"), article_id=published.pk, shared=True)

    actions.share_article(actor=commander, article_id=published.pk, shared=True)
    actions.revise_article(
        actor=actor("responder.payments"), article_id=published.pk, wording=replace(SAYS, text="Draft"), reason="x"
    )

    with acting_as(outsider):
        read = access.article_for(outsider, published.pk)
        assert [each.text for each in access.revisions(outsider, read)] == [SAYS.text]
        assert access.waiting(outsider, read) is None
    with pytest.raises(Forbidden, match="can read"):
        actions.revise_article(actor=outsider, article_id=published.pk, wording=SAYS, reason="x")
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("responder.payments")):
        Article.objects.filter(pk=published.pk).update(shared=False)


def test_what_is_bad_is_refused_and_nothing_is_kept(published: Article, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    with seeding():
        mode = Term.objects.get(kind="failure_mode", key="stuck").pk
    with acting_as(writer):
        before = Article.objects.count()
    usual: dict[str, Any] = {"actor": writer, "unit_id": unit_id("payments"), "title": "New", "wording": SAYS}
    refused: tuple[dict[str, Any], ...] = (
        {"title": " "},
        {"title": "WHAT LIMITS are for"},
        {"wording": replace(SAYS, summary="")},
        {"wording": replace(SAYS, text=" \n")},
        {"wording": replace(SAYS, text="x" * 100_001)},
        {"check_days": 3},
        {"cause_id": mode},
        {"service_id": 10**9},
    )
    for given in refused:
        with pytest.raises((Invalid, Conflict, NotFound)):
            actions.write_article(**{**usual, **given})
    with pytest.raises(Forbidden):
        actions.write_article(actor=writer, unit_id=unit_id("retail"), title="New", wording=SAYS)

    with acting_as(writer):
        assert Article.objects.count() == before


def test_an_article_that_nobody_looks_at_is_stale_until_somebody_does(published: Article, actor: ActorNamed) -> None:
    with seeding():
        Article.objects.filter(pk=published.pk).update(check_due_at=clock.now() - timedelta(days=1))
    was_stale = stored(published).is_stale

    with pytest.raises(Forbidden):
        actions.confirm_article(actor=actor("observer.payments"), article_id=published.pk)
    still = stored(published).is_stale
    actions.confirm_article(actor=actor("responder2.payments"), article_id=published.pk)

    assert (was_stale, still, stored(published).is_stale) == (True, True, False)


def test_a_retired_article_is_left_alone_until_it_is_restored(published: Article, actor: ActorNamed) -> None:
    commander = actor("commander.payments")
    actions.retire_article(actor=commander, article_id=published.pk, reason="There are no limits any more")

    with pytest.raises(Conflict, match="retired"):
        actions.edit_article(actor=commander, article_id=published.pk, title="x")
    with acting_as(commander):
        assert published not in access.published(commander)
    actions.restore_article(actor=commander, article_id=published.pk)

    with acting_as(commander):
        assert published in access.published(commander)


def test_a_review_proposes_an_article_and_both_show_it(published: Article, signed_in: SignedIn) -> None:
    client = signed_in("responder.payments")
    with seeding():
        review = Postmortem.objects.filter(unit=published.unit_id, restricted=False).latest("occurred_at")
        restricted = Postmortem.objects.filter(restricted=True).first()

    beside = client.get(f"/postmortems/{review.pk}/articles").content.decode()
    chosen = client.get("/articles/revise", {"review": review.pk, "article": published.pk})
    client.post(
        chosen["Location"],
        {
            "review": review.pk,
            "based_on": 1,
            "summary": SAYS.summary,
            "text": "# A <script>alert(1)</script> limit",
            "questions": "Why?\n* So\n- Not",
            "reason": "It was not known",
        },
    )
    written = client.post(
        "/articles/new",
        {"review": review.pk, "unit": "payments", "title": "Found anew", "summary": "s", "text": "t", "questions": ""},
    )

    assert f'<option value="{published.pk}"' in beside
    assert "It was not known" in client.get(f"/postmortems/{review.pk}/articles").content.decode()
    page = client.get(f"/articles/{published.pk}?revision=2").content.decode()
    assert review.reference in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert review.reference in client.get(written["Location"]).content.decode()
    assert f'hx-get="/postmortems/{review.pk}/articles"' in client.get(f"/postmortems/{review.pk}").content.decode()
    if restricted is not None:
        refused = client.get(f"/articles/new?review={restricted.pk}")
        assert refused.status_code == 404


def test_which_answers_are_right_is_told_to_writers_alone(published: Article, signed_in: SignedIn, api: ApiOf) -> None:
    path = f"/articles/{published.pk}"
    asked = f'{{ article(id: "{global_id("Article", published)}") {{ current {{ questions {{ text choices }} }} }} }}'

    assert "A promise" in signed_in("responder.payments").get(path).content.decode()
    assert "A promise" not in signed_in("observer.payments").get(path).content.decode()
    answer = api("observer.payments").ask(asked).data["article"]["current"]["questions"]
    assert answer == [{"text": "What is a limit?", "choices": ["A wish", "A promise"]}]
    assert api("observer.payments").ask(asked.replace("choices", "right")).codes


def test_it_is_written_and_published_over_the_api(api: ApiOf) -> None:
    written = (
        api("responder.payments")
        .ask(
            "mutation ($input: WriteArticleInput!) { writeArticle(input: $input) { ... on Article { id current { id }"
            " revisions { id state } } ... on MutationErrors { errors { message } } } }",
            input={
                "unitId": global_id("BusinessUnit", unit_id("payments")),
                "title": "Over the API",
                "summary": "s",
                "text": "t",
                "questions": [{"text": "q", "choices": ["a", "b"], "right": 0}],
            },
        )
        .data["writeArticle"]
    )
    [revision] = written["revisions"]
    approved = (
        api("commander.payments")
        .ask(
            "mutation ($input: ApproveArticleRevisionInput!) { approveArticleRevision(input: $input) {"
            " ... on ArticleRevision { state article { title isStale current { number } } } } }",
            input={"articleRevisionId": revision["id"]},
        )
        .data["approveArticleRevision"]
    )

    assert (written["current"], revision["state"]) == (None, "PROPOSED")
    assert approved == {
        "state": "CURRENT",
        "article": {"title": "Over the API", "isStale": False, "current": {"number": 1}},
    }


def test_the_list_shows_what_is_published_and_what_waits(published: Article, signed_in: SignedIn) -> None:
    client = signed_in("commander.payments")

    def listed(query: str) -> list[str]:
        return re.findall(
            r'class="clip">([^<]+)<', client.get(f"/articles/?{query}").content.decode().split("<main")[1]
        )

    assert "What limits are for" in listed("")
    assert listed("q=limits+are") == ["What limits are for"]
    assert "What limits are for" not in listed("unit=retail")
    assert listed("view=stale") == ["Nights that have an hour twice: what runs at 02:30"]
