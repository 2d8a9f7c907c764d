"""Runbooks, known errors and articles are found beside reviews: by whoever may read them, as long as they hold."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.lib.identity import SYSTEM, Actor
from knowledge.articles import actions as articles
from knowledge.articles.models import Article
from knowledge.articles.wording import Wording
from knowledge.postmortems import actions as postmortems
from knowledge.postmortems.models import Method, Postmortem
from knowledge.problems import actions as problems
from knowledge.problems.models import Problem
from knowledge.runbooks import actions as runbooks
from knowledge.runbooks.models import Runbook
from knowledge.runbooks.steps import Step
from knowledge.search import actions
from knowledge.search.filters import Filters
from knowledge.search.kinds import Kind
from knowledge.search.models import Document
from knowledge.search.titles import titles
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api
from tests.jobs import queued_jobs
from tests.knowledge.search.conftest import Search
from tests.knowledge.search.library import acting, index, publish, refresh, write

__all__ = ["api"]

pytestmark = pytest.mark.django_db


def approved_runbook() -> Runbook:
    """A runbook of Payments that is in force, and found by its unit."""
    writer, approver = acting("responder.payments"), acting("commander.payments")
    with seeding():
        unit_id = Runbook.objects.filter(unit__slug="payments").values_list("unit_id", flat=True)[0]
    book = runbooks.write_runbook(
        actor=writer,
        unit_id=unit_id,
        title="Quokkas sit on the fibre",
        purpose="For **quokkas** in the duct.",
        steps=[Step("Lure them out", "`numbatctl lure --eucalyptus`")],
    )
    with seeding():
        [proposal] = book.revisions.all()
    runbooks.approve_revision(actor=approver, revision_id=proposal.pk)
    follow(Kind.RUNBOOK, book.pk)
    return book


def known_error() -> Problem:
    """A known error of Payments."""
    worker = acting("responder.payments")
    with seeding():
        unit_id = Problem.objects.filter(unit__slug="payments").values_list("unit_id", flat=True)[0]
    problem = problems.open_problem(
        actor=worker, unit_id=unit_id, title="Quokkas come back", texts={"symptoms": "Gnawed ends."}
    )
    problems.mark_known_error(actor=worker, problem_id=problem.pk, workaround="Eucalyptus beside the duct.")
    follow(Kind.PROBLEM, problem.pk)
    return problem


def published_article() -> Article:
    """An article of Payments that is published."""
    with seeding():
        unit_id = Runbook.objects.filter(unit__slug="payments").values_list("unit_id", flat=True)[0]
    article = articles.write_article(
        actor=acting("responder.payments"),
        unit_id=unit_id,
        title="What quokkas gnaw at",
        wording=Wording("They like **sheaths**.", "Armoured ducts: `ERR_GNAWED_0x17`."),
    )
    with seeding():
        [proposal] = article.revisions.all()
    articles.approve_article_revision(actor=acting("commander.payments"), article_revision_id=proposal.pk)
    follow(Kind.ARTICLE, article.pk)
    return article


def follow(kind: Kind, record_id: int) -> None:
    """What the job does."""
    actions.index_records(actor=SYSTEM, kind=kind, record_ids=[record_id])
    refresh()


def found(search: Search, query: str, by: str) -> list[tuple[str, str]]:
    return [(hit.kind.value, hit.title.text) for hit in search(query, by=by).hits]


def test_runbooks_and_known_errors_are_found_as_long_as_they_hold(backend: str, search: Search) -> None:
    before = repr(search("quokkas duct cable", by="outsider.logistics"))
    book, problem = approved_runbook(), known_error()

    assert found(search, "numbatctl", "observer.payments") == [("runbook", "Quokkas sit on the fibre")]
    assert found(search, "gnawed eucalyptus", "coordinator")[0] == ("problem", "Quokkas come back")
    both = search("quokkas", by="responder.payments")
    assert {each.kind.value: each.count for each in both.facets.kinds} == {"runbook": 1, "problem": 1}
    narrowed = search("quokkas", by="responder.payments", filters=Filters(kinds=frozenset({Kind.RUNBOOK})))
    assert ([hit.record.pk for hit in narrowed.hits], narrowed.facets.kinds) == ([book.pk], both.facets.kinds)
    # Their unit's alone: to others they do not even count.
    assert repr(search("quokkas duct cable", by="outsider.logistics")) == before

    runbooks.share_runbook(actor=acting("commander.payments"), runbook_id=book.pk, shared=True)
    if backend == "postgresql":
        # The row goes along with the runbook's own, before any job has run.
        assert found(search, "numbatctl", "outsider.logistics") == [("runbook", "Quokkas sit on the fibre")]
    follow(Kind.RUNBOOK, book.pk)
    assert found(search, "quokkas", "outsider.logistics") == [("runbook", "Quokkas sit on the fibre")]

    runbooks.retire_runbook(actor=acting("commander.payments"), runbook_id=book.pk, reason="The duct is closed")
    assert found(search, "numbatctl", "outsider.logistics") == []
    problems.drop_problem(actor=acting("responder.payments"), problem_id=problem.pk, reason="They moved out")
    follow(Kind.RUNBOOK, book.pk)
    follow(Kind.PROBLEM, problem.pk)
    assert found(search, "quokkas", "responder.payments") == []
    assert [drift for drift in actions.compare(actor=SYSTEM) if drift.missing or drift.surplus] == []


def test_articles_are_found_by_who_may_read_them_as_long_as_they_are_published(
    backend: str, search: Search, api: ApiOf
) -> None:
    before = repr(search("quokkas sheaths", by="outsider.logistics"))
    article = published_article()
    writer, commander = acting("responder.payments"), acting("commander.payments")

    assert found(search, "err_gnawed_0x17", "observer.payments") == [("article", "What quokkas gnaw at")]
    both = search("quokkas", by="responder.payments")
    assert {each.kind.value: each.count for each in both.facets.kinds} == {"article": 1}
    assert both.hits[0].snippet.text.startswith("They like sheaths")
    assert repr(search("quokkas sheaths", by="outsider.logistics")) == before
    assert titles(acting("outsider.logistics"), "quokkas gn") == []
    assert [each.title for each in titles(acting("observer.payments"), "quokkas gn")] == ["What quokkas gnaw at"]
    asked = '{ knowledge(query: "sheaths", kinds: [ARTICLE]) { edges { kind node { ... on Article { title } } } } }'
    [edge] = api("observer.payments").ask(asked).data["knowledge"]["edges"]
    assert edge == {"kind": "ARTICLE", "node": {"title": "What quokkas gnaw at"}}

    articles.revise_article(
        actor=writer, article_id=article.pk, wording=Wording("Zugunruhe too.", "They migrate."), reason="Seen"
    )
    articles.share_article(actor=commander, article_id=article.pk, shared=True)
    follow(Kind.ARTICLE, article.pk)
    assert found(search, "sheaths", "outsider.logistics") == [("article", "What quokkas gnaw at")]
    assert found(search, "zugunruhe", "responder.payments") == []

    articles.retire_article(actor=commander, article_id=article.pk, reason="The ducts are closed")
    follow(Kind.ARTICLE, article.pk)
    assert found(search, "sheaths", "responder.payments") == []
    assert [drift for drift in actions.compare(actor=SYSTEM) if drift.missing or drift.surplus] == []


def test_a_proposal_is_not_found_before_it_is_in_force(search: Search) -> None:
    book = approved_runbook()
    runbooks.revise_runbook(
        actor=acting("responder.payments"),
        runbook_id=book.pk,
        purpose="For zugunruhe as well.",
        steps=[Step("Wait")],
        reason="They migrate",
    )
    follow(Kind.RUNBOOK, book.pk)

    assert found(search, "zugunruhe", "responder.payments") == []


def test_what_happens_to_them_queues_their_indexing() -> None:
    book, problem, article = approved_runbook(), known_error(), published_article()

    waiting = {
        (name.rpartition(".")[2], ids.get("runbook_id") or ids.get("problem_id") or ids.get("article_id"))
        for name, ids in queued_jobs()
    }
    assert {("index_runbook", book.pk), ("index_problem", problem.pk), ("index_article", article.pk)} <= waiting


def test_what_a_job_missed_is_caught_up_with(search: Search) -> None:
    book, problem = approved_runbook(), known_error()
    with seeding():
        Document.objects.filter(runbook=book).delete()
    problems.drop_problem(actor=acting("responder.payments"), problem_id=problem.pk, reason="They moved out")

    assert actions.catch_up(actor=SYSTEM) == 2

    assert found(search, "quokkas", "observer.payments") == [("runbook", "Quokkas sit on the fibre")]
    assert actions.catch_up(actor=SYSTEM) == 0


def test_why_it_happened_is_part_of_what_a_review_says(search: Search) -> None:
    draft = write(text="Cables.")
    author = acting("responder.payments")
    analysis = postmortems.start_analysis(
        actor=author, postmortem_id=draft.pk, method=Method.FIVE_WHYS, problem="Quokkas nested in the duct"
    )
    with seeding():
        [effect] = analysis.effects.all()
    postmortems.edit_effect(actor=author, effect_id=effect.pk, ended_because="Zugunruhe is in their nature")
    with seeding():
        draft = Postmortem.objects.get(pk=draft.pk)
    index(publish(draft))

    [hit] = search("zugunruhe").hits

    assert hit.reason == "Why it happened: zugunruhe"


def test_titles_are_suggested_of_what_one_may_read_alone(actor: Callable[[str], Actor]) -> None:
    approved_runbook()
    known_error()

    def suggested(by: str, typed: str) -> list[str]:
        return [each.title for each in titles(actor(by), typed)]

    assert suggested("observer.payments", "quokkas s") == ["Quokkas sit on the fibre"]
    assert sorted(suggested("observer.payments", "Quok")) == ["Quokkas come back", "Quokkas sit on the fibre"]
    assert suggested("outsider.logistics", "quok") == []
    assert suggested("observer.payments", "fibre quok") == ["Quokkas sit on the fibre"]
    assert suggested("observer.payments", "q") == suggested("observer.payments", "%%%") == []


def test_the_api_answers_with_each_kinds_own_object_in_as_few_statements_as_for_one(api: ApiOf) -> None:
    document = (
        "query ($q: String, $k: [KnowledgeKind!], $n: Int) { knowledge(query: $q, kinds: $k, first: $n) { totalCount"
        " facets { kinds { kind count } } edges { kind reason node { __typename id"
        " ... on Postmortem { title unit { name } } ... on Runbook { title owner { name } current { number } }"
        " ... on Problem { title state unit { name } }"
        " ... on Article { title cause { name } current { number } } } } } }"
    )
    asked = api("coordinator")

    def statements(first: int) -> tuple[int, list[str]]:
        with CaptureQueriesContext(connection) as captured:
            answer = asked.ask(document, q="acquirer connections pool", n=first)
        return len(captured), [edge["node"]["__typename"] for edge in answer.data["knowledge"]["edges"]]

    many, kinds = statements(30)
    assert {"Postmortem", "Runbook", "Problem", "Article"} == {*kinds}
    more, _ = statements(60)
    assert more <= many
    alone = asked.ask(document, q="acquirer", k=["RUNBOOK", "PROBLEM"])
    assert {edge["kind"] for edge in alone.data["knowledge"]["edges"]} == {"RUNBOOK", "PROBLEM"}
    counts = {each["kind"]: each["count"] for each in alone.data["knowledge"]["facets"]["kinds"]}
    assert counts["POSTMORTEM"] > 0
    reviews = asked.ask('{ searchKnowledge(query: "acquirer") { totalCount edges { node { id title } } } }')
    assert reviews.data["searchKnowledge"]["totalCount"] == counts["POSTMORTEM"]


def test_the_page_says_what_each_result_is_and_narrows_by_it(signed_in: SignedIn) -> None:
    client = signed_in("coordinator")

    everything = client.get("/knowledge/", {"q": "acquirer"}).content.decode()
    alone = client.get("/knowledge/", {"q": "acquirer", "kind": "runbook"}).content.decode()

    assert re.search(r'href="\?q=acquirer&amp;kind=runbook"', everything)
    assert re.search(r'href="/runbooks/\d+"', alone)
    assert "/postmortems/" not in re.sub(r"<header.*?</header>", "", alone, flags=re.DOTALL).split('id="answer"')[1]
    assert '<option value="Card payments fail for one acquirer">Runbook</option>' in everything
    assert '<span class="knowledge-kind">Known error</span>' in everything
