"""What another release or model has indexed is indexed anew by itself, while everything stays to be found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from pytest_django import Settings

from hub.lib.identity import SYSTEM, Actor, acting_as
from knowledge.search import access, actions, elasticsearch, jobs, meaning
from knowledge.search.documents import Content, Field, Passage
from knowledge.search.edition import EDITION, edition
from knowledge.search.elasticsearch.mapping import source_of
from knowledge.search.models import Document, Posting, Word
from tests.knowledge.search.conftest import Search
from tests.knowledge.search.library import publish, refresh, write
from tests.services.elasticsearch import ElasticsearchServer

SAMPLE = Content(
    (
        Passage(Field.TITLE, "Title", "Checkout answered 502s: the connection pool's limit was hit"),
        Passage(Field.REFERENCE, "Incident", "PAY-142"),
        Passage(Field.CAUSES, "Cause", "Configuration drift"),
        Passage(Field.ABOUT, "About", "Payments · Checkout API · checkout-api"),
        Passage(
            Field.SUMMARY, "Summary", "K8s evicted getUserById workers after `ERR_CONN_RESET` in pg_stat_activity."
        ),
        Passage(
            Field.TEXT,
            "Detection",
            "Fail-over of the DB took 5 min; TLSv1.3 certificates had expired, nai\u0308vely re\u00adnewed.",
        ),
    )
)
MADE = "aa71f1af818cc0ee"
"""What is made of the sample in this edition, as a digest. When it differs, `EDITION` has to change with it, so that
what was indexed is indexed anew."""
MEANT = [-9, -4, -8, -1, 10, -17, -6, -7, 12, 18, -5, -13, -19, 0, -4, -9]
"""The first of its whole text's vector, which may differ by one from machine to machine."""


def test_what_is_made_of_a_text_changes_with_the_edition_only() -> None:
    document = Document(pk=1, kind="postmortem", unit_id=1, shelf=0)
    made = repr((sorted(SAMPLE.weights.items()), SAMPLE.folded, sorted(source_of(document, SAMPLE).items())))
    vectors = np.frombuffer(meaning.pack(SAMPLE), np.int8).reshape(-1, meaning.DIMENSIONS)

    assert (EDITION, hashlib.blake2s(made.encode(), digest_size=8).hexdigest()) == (5, MADE)
    assert np.abs(vectors[1, : len(MEANT)].astype(int) - MEANT).max() <= 1


@pytest.mark.django_db
def test_what_another_edition_indexed_is_indexed_anew(backend: str, search: Search) -> None:
    published = publish(write(text="Quokkas chewed through the fibre."))
    mine = Document.objects.filter(postmortem=published)
    with acting_as(SYSTEM):
        Posting.objects.filter(document__postmortem=published).delete()
        mine.update(edition="3", vectors=b"", signature=None)
        Word.objects.filter(word="quokkas").update(term="quokk")  # as if other endings had been taken off then
        key, version = mine.values_list("pk", "version").get()
    server = elasticsearch.configured()
    if server is not None:
        server.remove([(server.alias(0), key)])
        refresh()
    assert search("quokkas").total == 0
    with pytest.raises(CommandError, match="reindex"):
        call_command("reindex", "--check", stdout=StringIO())

    jobs.renew.func(0)
    refresh()

    assert [hit.record.pk for hit in search("quokkas").hits] == [published.pk]
    jobs.renew.func(0)
    with acting_as(SYSTEM):
        assert mine.values_list("edition", "version").get() == (edition(), version + 1)
        assert not Document.objects.filter(shelf__isnull=False).exclude(edition=edition()).exists()


@pytest.mark.django_db
def test_an_index_made_for_other_documents_is_built_anew_beside(
    elasticsearch_server: ElasticsearchServer,
    settings: Settings,
    actor: Callable[[str], Actor],
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.ELASTICSEARCH_URL = elasticsearch_server.url
    settings.ELASTICSEARCH_INDEX_PREFIX = f"{elasticsearch_server.prefix}edition"
    server = elasticsearch.configured()
    assert server is not None
    with acting_as(SYSTEM):
        # One is enough, and builds in a tenth of the time.
        kept = Document.objects.filter(shelf=0).values_list("pk", flat=True)[:1].get()
        Document.objects.exclude(pk=kept).delete()
    actions.build_beside(server, actor=SYSTEM)
    assert server.is_of_today()
    server._patient.indices.put_mapping(index=server.alias(0), meta={"edition": "another"})
    assert not server.is_of_today()

    jobs.renew.func(0)

    assert server.is_of_today()
    assert "built anew beside" in caplog.text
    found = access.search(actor("coordinator"), "")
    assert (found.total, found.notice) == (1, "")
    server.delete()


@pytest.mark.django_db
@pytest.mark.parametrize("backend", ["elasticsearch"], indirect=True)
def test_what_the_server_missed_while_it_was_away_comes_in_at_night(backend: str, search: Search) -> None:
    published = publish(write(text="Quokkas chewed through the fibre."))
    server = elasticsearch.configured()
    assert server is not None
    with acting_as(SYSTEM):
        Document.objects.filter(postmortem=published).update(version=F("version") + 1)
        key = Document.objects.get(postmortem=published).pk
    server.remove([(server.alias(0), key)])
    refresh()
    assert search("quokkas").total == 0

    jobs.mend.func(0)

    assert search("quokkas").total == 1
