"""Trusted documents: named by their digest, alone where the hub is set so, and tokens that are bound to them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from tenants import actions
from tenants.models import AccessToken
from tests.conftest import seeding
from tests.graphql.api import Answer, Api, ApiOf, api

__all__ = ["api"]

pytestmark = pytest.mark.django_db

VIEWER = "query Viewer { viewer { username } }"
OTHER = "query Other { viewer { name } }"
REGIONS = "query Viewer($first: Int) { regions(first: $first) { totalCount } }"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def manifest(settings: Settings, tmp_path: Path) -> Path:
    """The file of the trusted documents, with VIEWER in it."""
    path = tmp_path / "trusted" / "documents.json"
    settings.TRUSTED_DOCUMENTS = str(path)
    (tmp_path / "viewer.graphql").write_text(VIEWER)
    trust(tmp_path / "viewer.graphql")
    return path


@pytest.fixture
def own(api: ApiOf) -> Api:
    return api("responder.payments")


def trust(*words: object) -> str:
    out = io.StringIO()
    call_command("documents", *map(str, words), stdout=out)
    return out.getvalue()


def persisted(text: str, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}, **more}


def username(answer: Answer) -> str:
    return str(answer.data["viewer"]["username"])


@pytest.mark.usefixtures("manifest")
def test_a_trusted_document_is_named_by_its_digest(own: Api) -> None:
    for parameters in (
        {"documentId": digest(VIEWER)},
        {"documentId": f"sha256:{digest(VIEWER)}"},
        persisted(VIEWER),
        persisted(VIEWER, query=VIEWER),
        {"documentId": digest(OTHER), "query": OTHER},
    ):
        assert own.send(parameters).data["viewer"]


@pytest.mark.usefixtures("manifest")
def test_it_can_be_got_as_apollos_clients_do(own: Api) -> None:
    response = Client().get(
        "/graphql/",
        {"extensions": json.dumps({"persistedQuery": {"version": 1, "sha256Hash": digest(VIEWER)}})},
        headers={"Authorization": f"Bearer {own.token}", "Accept": "application/json"},
    )

    assert response.json()["data"] == {"viewer": {"username": "responder.payments"}}


@pytest.mark.usefixtures("manifest")
def test_an_unknown_digest_is_told_in_the_words_of_apollos_clients(own: Api) -> None:
    answer = own.send(persisted(OTHER))

    assert (answer.status, answer.codes, answer.message) == (
        400,
        ["PERSISTED_QUERY_NOT_FOUND"],
        "PersistedQueryNotFound",
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"documentId": 7},
        {"documentId": "viewer"},
        {"documentId": digest(VIEWER), "query": OTHER},
        {"documentId": digest(VIEWER), "query": ""},
        persisted(VIEWER, query=OTHER),
        {"extensions": {"persistedQuery": 1}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": digest(VIEWER)}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": [1]}}},
    ],
)
@pytest.mark.usefixtures("manifest")
def test_what_names_no_document_is_no_request(own: Api, parameters: dict[str, Any]) -> None:
    answer = own.send(parameters)

    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])


@pytest.mark.usefixtures("manifest")
def test_a_hub_can_carry_out_nothing_else(own: Api, settings: Settings) -> None:
    settings.TRUSTED_DOCUMENTS_ONLY = True

    assert username(own.send({"documentId": digest(VIEWER)})) == username(own.ask(VIEWER)) == "responder.payments"
    for query in (OTHER, VIEWER + " ", "{ __schema { types { name } } }", "{"):
        answer = own.ask(query)
        assert (answer.status, answer.codes) == (403, ["DOCUMENT_NOT_TRUSTED"])
        assert "data" not in answer.body


def test_documents_are_trusted_from_manifests(manifest: Path, tmp_path: Path) -> None:
    apollo = tmp_path / "apollo.json"
    apollo.write_text(
        json.dumps(
            {
                "format": "apollo-persisted-query-manifest",
                "version": 1,
                "operations": [{"id": digest(OTHER), "name": "Other", "type": "query", "body": OTHER}],
            }
        )
    )
    relay = tmp_path / "relay.json"
    relay.write_text(json.dumps({"0f3a": REGIONS}))

    printed = trust(apollo, relay)

    assert printed.splitlines() == [f"{digest(OTHER)}  Other", f"{digest(REGIONS)}  0f3a"]
    assert set(json.loads(manifest.read_bytes())) == {digest(VIEWER), digest(OTHER), digest(REGIONS)}
    assert len(trust().splitlines()) == 3

    trust("--replace", relay)

    assert list(json.loads(manifest.read_bytes())) == [digest(REGIONS)]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.graphql", "{ nothing }", "Cannot query field"),
        ("a.graphql", "{", "Syntax Error"),
        ("a.graphql", "\xff", "Syntax Error"),
        ("a.json", "[", "is not JSON"),
        ("a.json", "[1]", "is no manifest"),
        ("a.json", "{}", "is no manifest"),
        ("a.json", '{"a": 1}', "is no manifest"),
        ("a.json", '{"a": "{ nothing }"}', "a.json (a) is no document of this hub"),
    ],
)
def test_what_is_no_document_is_not_trusted(
    manifest: Path, tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    before = manifest.read_bytes()
    (tmp_path / name).write_text(text)

    with pytest.raises(CommandError) as refusal:
        trust(tmp_path / "viewer.graphql", tmp_path / name)

    assert sentence in str(refusal.value)
    assert manifest.read_bytes() == before


def test_a_hub_without_a_file_for_them_says_so() -> None:
    with pytest.raises(CommandError, match="HUB_TRUSTED_DOCUMENTS"):
        trust("x.graphql")


@pytest.mark.usefixtures("manifest")
def test_a_token_that_is_bound_opens_its_documents_and_nothing_else() -> None:
    out = io.StringIO()
    call_command("token", "responder.payments", "--document", digest(VIEWER), stdout=out, stderr=io.StringIO())
    bound = Api(out.getvalue().strip())

    assert username(bound.send({"documentId": digest(VIEWER)})) == username(bound.ask(VIEWER)) == "responder.payments"
    for query in (OTHER, "{ __typename }", "{ __schema { types { name } } }", "mutation { x }"):
        answer = bound.ask(query)
        assert (answer.status, answer.codes) == (403, ["DOCUMENT_NOT_ALLOWED"])
        assert "data" not in answer.body


def test_a_token_that_is_bound_opens_no_page(actor: Callable[[str], Actor], own: Api) -> None:
    token = actions.create_token(
        actor=actor("responder.payments"), name="bound", valid_for=timedelta(days=1), documents=[digest(VIEWER)]
    )

    def status(bearer: str | None) -> int:
        return Client().get("/incidents/", headers={"Authorization": f"Bearer {bearer}"}).status_code

    assert (status(own.token), status(token)) == (200, 302)


@pytest.mark.parametrize("documents", [[], ["x"], [digest(VIEWER)[:-1]], [f"{number:064x}" for number in range(101)]])
def test_a_token_is_bound_to_documents_or_not_made(actor: Callable[[str], Actor], documents: list[str]) -> None:
    with pytest.raises(Invalid):
        actions.create_token(
            actor=actor("responder.payments"), name="bound", valid_for=timedelta(days=1), documents=documents
        )

    with seeding():
        assert not AccessToken.objects.filter(name="bound").exists()
