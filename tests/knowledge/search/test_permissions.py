"""Nobody finds, counts or infers what they may not read: not by hits, totals, facets, corrections, nor by the order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import pytest

from hub.incidents import actions as incidents
from hub.lib.identity import SYSTEM, Actor, acting_as
from knowledge.postmortems import actions as postmortems
from knowledge.postmortems.models import Audience, Postmortem
from knowledge.search import elasticsearch
from knowledge.search.actions import indexing
from knowledge.search.models import Document, Posting, Word
from tests.conftest import seeding
from tests.knowledge.search.conftest import Search
from tests.knowledge.search.library import acting, index, publish, refresh, write

pytestmark = pytest.mark.django_db

CANARY: Final = "zugunruhe"
# Beside the canary, words that stand in many reviews: were hidden ones counted, they would weigh less from then on.
HIDDEN: Final = (
    f"The {CANARY} queue held every certificate, database connection and checkout timeout. {CANARY.title()} again:"
    f" ERR_{CANARY.upper()}_RESET from Kubernetes, expired licences, payments, retries and pools."
)
COMMON: Final = "certificate expired database"
QUESTIONS: Final = (
    CANARY,
    CANARY[:6],
    CANARY.replace("ruhe", "ruhhe"),
    f'"{CANARY} queue"',
    f"err_{CANARY}_reset",
    f"certificate {CANARY}",
    f"certificate -{CANARY}",
    COMMON,
    "checkout timeout connection pool",
    "kubernetes payments retries",
    "queue",
    "",
)


def answers(search: Search, *, by: str) -> str:
    """Everything that a person is told for all the questions, page by page, as it is."""
    said = []
    for question in QUESTIONS:
        first = search(question, by=by, first=10)
        said.append(repr(first))
        if first.has_more:
            said.append(repr(search(question, by=by, first=10, after=first.hits[-1].cursor)))
    return "\n".join(said)


def known(search: Search, *, by: str) -> list[object]:
    """What a person is told for all the questions, but for the order: documents, totals, facets, corrections."""
    found = [search(question, by=by, first=100) for question in QUESTIONS]
    return [
        ({(hit.kind, hit.record.pk) for hit in each.hits}, each.total, each.facets, each.corrections, each.unknown)
        for each in found
    ]


def restricted(postmortem: Postmortem) -> None:
    """The review's incident becomes restricted, by its commander."""
    commander = acting("commander.payments")
    incidents.restrict_incident(actor=commander, incident_id=postmortem.incident_id or 0, reason="May be an intrusion")


def found_by(search: Search, *people: str) -> dict[str, int]:
    return {person: search(CANARY, by=person).total for person in people}


def test_a_units_own_review_is_found_by_those_who_read_it(backend: str, search: Search) -> None:
    publish(write(text=HIDDEN), audience=Audience.UNIT)

    assert found_by(
        search, "responder.payments", "observer.payments", "coordinator", "auditor", "lead.emea", "outsider.logistics"
    ) == {
        "responder.payments": 1,
        "observer.payments": 1,
        "coordinator": 1,
        "auditor": 1,
        "lead.emea": 1,
        "outsider.logistics": 0,
    }


def test_a_review_for_the_enterprise_is_found_by_everybody(backend: str, search: Search) -> None:
    publish(write(text=HIDDEN), audience=Audience.ENTERPRISE)

    assert found_by(search, "outsider.logistics", "responder.media") == {"outsider.logistics": 1, "responder.media": 1}


def test_a_draft_is_found_by_nobody(backend: str, search: Search) -> None:
    index(write(text=HIDDEN))

    assert found_by(search, "responder.payments", "coordinator") == {"responder.payments": 0, "coordinator": 0}


def test_a_restricted_review_is_found_by_grants_alone(backend: str, search: Search) -> None:
    publish(write(text=HIDDEN, restricted=True), audience=Audience.UNIT, by="responder.payments")

    assert found_by(search, "responder.payments", "commander.payments", "coordinator", "admin.payments") == {
        "responder.payments": 1,
        "commander.payments": 0,
        "coordinator": 0,
        "admin.payments": 0,
    }


def hide_in_another_unit() -> None:
    publish(write(text=HIDDEN), audience=Audience.UNIT)


def hide_in_a_draft() -> None:
    index(write(unit="logistics", text=HIDDEN))


def hide_behind_a_grant() -> None:
    publish(write(unit="logistics", text=HIDDEN, restricted=True), audience=Audience.UNIT, by="responder.logistics")


def hide_by_restricting() -> None:
    published = publish(write(text=HIDDEN), audience=Audience.ENTERPRISE)
    restricted(published)
    index(published)


def hide_by_taking_back() -> None:
    published = publish(write(text=HIDDEN), audience=Audience.ENTERPRISE)
    postmortems.retract_postmortem(
        actor=acting("commander.payments"), postmortem_id=published.pk, reason="Names a customer"
    )
    index(published)


def test_what_is_hidden_changes_no_byte_of_an_outsiders_answers(backend: str, search: Search) -> None:
    before = answers(search, by="outsider.logistics")

    for hide in (hide_in_another_unit, hide_in_a_draft, hide_behind_a_grant):
        hide()

        assert answers(search, by="outsider.logistics") == before, hide.__name__


def test_what_was_open_and_is_hidden_now_might_never_have_been(backend: str, search: Search) -> None:
    before, before_known = answers(search, by="outsider.logistics"), known(search, by="outsider.logistics")

    for hide in (hide_by_restricting, hide_by_taking_back):
        hide()

        assert known(search, by="outsider.logistics") == before_known, hide.__name__
        if backend == "postgresql":
            # Elasticsearch takes a minute or two to forget it in its scores as well (`jobs.expunge_deleted`).
            assert answers(search, by="outsider.logistics") == before, hide.__name__


def test_one_grant_tells_nothing_of_other_restricted_reviews(backend: str, search: Search) -> None:
    publish(
        write(title="Odd logins", text=HIDDEN.replace(CANARY, "sonder"), restricted=True),
        by="responder.payments",
        audience=Audience.UNIT,
    )
    before = answers(search, by="responder.payments")

    publish(write(unit="media", text=HIDDEN, restricted=True), audience=Audience.UNIT, by="responder.media")

    assert search("sonder", by="responder.payments").total == 1
    assert answers(search, by="responder.payments") == before


def test_restricting_hides_at_once(backend: str, search: Search) -> None:
    before, before_known = answers(search, by="observer.payments"), known(search, by="observer.payments")
    published = publish(write(text=HIDDEN), audience=Audience.UNIT)
    assert search(CANARY, by="observer.payments").total == 1

    restricted(published)

    # Before any job has run: the row and its words went with the incident, in one statement.
    assert search(CANARY, by="observer.payments").hits == ()
    assert search(CANARY, by="observer.payments").total == 0
    assert search(CANARY, by="commander.payments").total == 1
    if backend == "postgresql":
        assert answers(search, by="observer.payments") == before
    index(published)
    assert known(search, by="observer.payments") == before_known
    assert search(CANARY, by="commander.payments").total == 1


def test_a_review_that_was_taken_back_is_no_result(backend: str, search: Search) -> None:
    published = publish(write(text=HIDDEN), audience=Audience.ENTERPRISE)
    postmortems.retract_postmortem(
        actor=acting("commander.payments"), postmortem_id=published.pk, reason="Names a customer"
    )

    for person in ("outsider.logistics", "responder.payments", "coordinator"):
        found = search(CANARY, by=person)
        assert (found.hits, found.total) == ((), 0)
    index(published)
    assert search(CANARY, by="responder.payments").total == 0

    publish(published)
    assert search(CANARY, by="outsider.logistics").total == 1


# PostgreSQL's index is under row-level security itself.
@pytest.mark.parametrize("backend", ["elasticsearch"], indirect=True)
def test_what_the_index_offers_and_may_not_be_read_is_not_shown_and_is_logged(
    backend: str, search: Search, caplog: pytest.LogCaptureFixture
) -> None:
    before = search(COMMON, by="outsider.logistics").total
    published = publish(write(text=HIDDEN), audience=Audience.UNIT)
    server = elasticsearch.configured()
    assert server is not None
    with acting_as(SYSTEM):
        [document] = Document.objects.filter(postmortem=published)
        # As a fault would have it: the unit's review on the shelf that everybody reads.
        entries = indexing._entries(SYSTEM, [document.pk])
        entries[0].document.shelf = 0
    server.put(entries)
    server.refresh()

    with caplog.at_level(logging.ERROR, logger="knowledge.search.access"):
        found = search(COMMON, by="outsider.logistics", first=100)

    assert ("postmortem", published.pk) not in {(hit.kind, hit.record.pk) for hit in found.hits}
    assert found.total == len(found.hits) == before
    assert f"post-mortem {published.pk}" in caplog.text


def test_the_tables_themselves_show_an_outsider_nothing(db: None, actor: Callable[[str], Actor]) -> None:
    published = publish(write(text=HIDDEN), audience=Audience.UNIT)
    with seeding():
        assert Posting.objects.filter(word__word=CANARY).exists()

    with acting_as(actor("outsider.logistics")):
        assert not Document.objects.filter(postmortem=published).exists()
        assert not Posting.objects.filter(document__postmortem=published).exists()
        assert not Word.objects.exists()
    with acting_as(actor("observer.payments")):
        assert Document.objects.filter(postmortem=published).exists()
        assert not Word.objects.exists()
        assert not Document.objects.filter(postmortem=published).update(shared=True)
        assert not Posting.objects.filter(document__postmortem=published).delete()[0]
    refresh()
