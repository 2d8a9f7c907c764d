"""Elasticsearch analyses and finds as the standard distribution does, and tests do not meet in it."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.services.elasticsearch import ElasticsearchServer

ANALYSIS = {
    "filter": {
        "terms": {"type": "synonym_graph", "synonyms": ["db, database"]},
        "english_stem": {"type": "stemmer", "language": "english"},
        "prefixes": {"type": "edge_ngram", "min_gram": 2, "max_gram": 10},
    },
    "analyzer": {
        "prose": {"tokenizer": "standard", "filter": ["lowercase", "asciifolding", "terms", "english_stem"]},
        "typing": {"tokenizer": "standard", "filter": ["lowercase", "prefixes"]},
    },
}


def tokens(client: Elasticsearch, **request: Any) -> list[str]:
    return [token["token"] for token in client.indices.analyze(**request)["tokens"]]


def test_it_is_healthy(elasticsearch: ElasticsearchServer) -> None:
    with elasticsearch.client() as client:
        assert client.cluster.health()["status"] in ("yellow", "green")


def test_it_analyses_english(elasticsearch: ElasticsearchServer) -> None:
    with elasticsearch.client() as client:
        assert tokens(client, analyzer="english", text="The databases were failing") == ["databas", "were", "fail"]


@pytest.mark.parametrize(
    ("analyzer", "text", "expected"),
    [
        ("prose", "Überlastete DB", ["uberlastet", "databas", "db"]),
        ("typing", "fail", ["fa", "fai", "fail"]),
    ],
)
def test_an_index_has_analyzers_of_its_own(
    elasticsearch: ElasticsearchServer, analyzer: str, text: str, expected: list[str]
) -> None:
    with elasticsearch.client() as client:
        index = f"{elasticsearch.prefix}analysis"
        client.indices.create(index=index, settings={"analysis": ANALYSIS, "number_of_replicas": 0})

        assert sorted(tokens(client, index=index, analyzer=analyzer, text=text)) == sorted(expected)


def test_it_finds_stems_and_misspellings_and_lights_them(elasticsearch: ElasticsearchServer) -> None:
    with elasticsearch.client() as client:
        index = f"{elasticsearch.prefix}articles"
        client.indices.create(
            index=index,
            mappings={"properties": {"text": {"type": "text", "analyzer": "english"}, "unit": {"type": "keyword"}}},
        )
        client.index(index=index, id="1", document={"text": "Connections leaked.", "unit": "payments"}, refresh=True)

        answer = client.search(
            index=index,
            query={"match": {"text": {"query": "conection leaking", "fuzziness": "AUTO", "operator": "and"}}},
            highlight={"fields": {"text": {}}},
            aggregations={"units": {"terms": {"field": "unit"}}},
        )

    [hit] = answer["hits"]["hits"]
    assert hit["highlight"]["text"] == ["<em>Connections</em> <em>leaked</em>."]
    assert answer["aggregations"]["units"]["buckets"] == [{"key": "payments", "doc_count": 1}]


def test_only_its_own_indices_are_deleted(elasticsearch: ElasticsearchServer) -> None:
    with ElasticsearchServer(worker="neighbour") as neighbour, elasticsearch.client() as client:
        client.indices.create(index=f"{elasticsearch.prefix}articles")
        client.indices.create(index=f"{neighbour.prefix}articles")

        elasticsearch.delete_indices()

        assert elasticsearch.indices() == []
        assert neighbour.indices() == [f"{neighbour.prefix}articles"]
