"""What is written in German, French or Spanish is found by other forms of its words; English is not touched by it."""

from __future__ import annotations

import pytest

from hub.demo.reviews import read_reviews
from hub.lib.identity import SYSTEM
from knowledge.postmortems.actions.importing import import_postmortems
from knowledge.postmortems.intake import Piece
from knowledge.postmortems.models import Audience, Postmortem
from knowledge.search import actions
from knowledge.search.analysis import words
from knowledge.search.kinds import Kind
from knowledge.search.languages import language_asked, language_of
from tenants.models import BusinessUnit
from tests.conftest import seeding
from tests.knowledge.search.conftest import Search
from tests.knowledge.search.library import refresh
from tests.relevance.judgements import JUDGED

WRITTEN = {
    "Zertifikat ist abgelaufen": "Das Zertifikat der Börse war abgelaufen, und niemand hatte die Kühlung im Blick.",
    "Zertifikate erneuert": "Die Zertifikate wurden erneuert. Von den Störungen war nur ein Rechner betroffen.",
    "Datenbank stand": "Die Verbindung zur Datenbank brach ab, weil ein Bagger die Leitung durchtrennte.",
    "Panne du serveur": "Le serveur de paiement est tombé en panne et les commandes ont été perdues.",
    "Servidor caído": "El servidor de pagos fue rechazado por la red y las conexiones se agotaron.",
    "Server down": "The server of the exchange was down, and die and dice were cast for the outage.",
}


@pytest.mark.django_db
def test_other_forms_of_a_word_are_found_and_lit(backend: str, search: Search) -> None:
    with seeding():
        unit_id = BusinessUnit.objects.get(slug="payments").pk
    pieces = [Piece(where="x", id=title, title=title, body=body) for title, body in WRITTEN.items()]
    done = import_postmortems(actor=SYSTEM, unit_id=unit_id, pieces=pieces, audience=Audience.ENTERPRISE)
    actions.index_records(actor=SYSTEM, kind=Kind.POSTMORTEM, record_ids=done.written)
    refresh()

    def found(query: str) -> list[str]:
        hits = search(query).hits
        return [hit.title.text for hit in hits if isinstance(hit.record, Postmortem) and hit.title.text in WRITTEN]

    for query, wanted in {
        "Zertifikate abgelaufen": {"Zertifikat ist abgelaufen", "Zertifikate erneuert"},
        "des Zertifikats": {"Zertifikat ist abgelaufen", "Zertifikate erneuert"},
        "der Kuehlung": {"Zertifikat ist abgelaufen"},
        "Rechnern Stoerung": {"Zertifikate erneuert"},
        "Verbindungen Datenbanken": {"Datenbank stand"},
        "commande perdue": {"Panne du serveur"},
        "pago rechazados": {"Servidor caído"},
    }.items():
        assert wanted <= {*found(query)[: len(wanted)]}, query
    assert found("Zertifikate abgelaufen")[0] == "Zertifikat ist abgelaufen"
    # The small words of a language do not rank where there are others.
    assert found("die Datenbank ist nicht erreichbar")[0] == "Datenbank stand"

    [hit, *_] = search("Verbindungen Datenbanken").hits
    lit = {hit.snippet.text[each.start : each.end] for each in hit.snippet.highlights}
    assert {"Verbindung", "Datenbank"} <= lit
    assert "ꟷ" not in repr(
        [(each.reason, each.snippet) for each in search("Zertifikats Datenbankfehl Stoerungenx").hits]
    )
    for query in ("Stoerungen Kuehlung", "Rechnern Verbindungen"):
        results = search(query)
        assert (results.corrections, results.unknown) == ((), ()), query
    assert "ꟷ" not in repr(search("Kuehlungg Datenbankk").corrections)


def test_english_is_taken_for_no_other_language() -> None:
    texts = [" ".join([review.about["title"], *review.sections.values()]) for review in read_reviews()]
    assert {language_of(words(text[:2000])) for text in texts} == {""}

    asked = [query for queries in JUDGED.values() for query in queries]
    taken = [query for query in asked if language_asked(words(query))]
    assert len(taken) <= 0.05 * len(asked), taken
    for query, language in {
        "Datenbanken voll": "german",
        "Störungen": "german",
        "serveurs lents": "french",
        "conexiones rechazadas": "spanish",
        "why is there no space left": "",
        "die of overheating": "",
        "ERR_POOL_42": "",
        "": "",
    }.items():
        assert language_asked(words(query)) == language
