"""GraphQL over HTTP, to the letter of its specification."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from hub.graphql.cost import MOST
from tenants.models import Person
from tests.graphql.api import Api, ApiOf, api

__all__ = ["api"]

pytestmark = pytest.mark.django_db

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
ALLOWED = "GET, HEAD, POST, OPTIONS"


@pytest.fixture
def own(api: ApiOf) -> Api:
    return api("responder.payments")


def send(own: Api, body: object, *, accept: str = GRAPHQL, content_type: str = JSON) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body)
    headers = {"Authorization": f"Bearer {own.token}", "Accept": accept}
    return Client().generic("POST", "/graphql/", data, content_type=content_type, headers=headers)


def get(own: Api, *, accept: str = GRAPHQL, **parameters: str) -> Any:
    return Client().get("/graphql/", parameters, headers={"Authorization": f"Bearer {own.token}", "Accept": accept})


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{JSON};q=0.9, {GRAPHQL};q=0.4", JSON),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{JSON};q=nan", JSON),
        (f"{JSON};q=nan, {GRAPHQL};q=2", GRAPHQL),
        (f"*/*, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        ("application/*", JSON),
        ("*/*", JSON),
        ("", JSON),
        (" , ,", JSON),
    ],
)
def test_the_answer_has_the_media_type_that_is_wanted_most(own: Api, accept: str, content_type: str) -> None:
    response = send(own, {"query": "{ viewer { username } }"}, accept=accept)

    assert response.status_code == 200
    assert response["Content-Type"] == f"{content_type}; charset=utf-8"
    assert response.json() == {
        "data": {"viewer": {"username": "responder.payments"}},
        "extensions": {"cost": {"estimated": 1, "limit": MOST}},
    }
    assert {"Accept", "Authorization", "Cookie"} <= set(response["Vary"].split(", "))


def test_a_foreign_host_is_refused_in_json(own: Api) -> None:
    client = Client()
    asked = {"query": "{ __typename }"}
    headers = {"Authorization": f"Bearer {own.token}", "Accept": GRAPHQL, "Host": "evil.test"}

    answers = [
        client.get("/graphql/", asked, headers=headers),
        client.post("/graphql", asked, content_type=JSON, headers=headers),
        client.post("/graphql/", asked, content_type=JSON, headers={"Host": "evil.test"}),
    ]

    assert {each.status_code for each in answers} == {400}
    assert [each["Content-Type"].split(";")[0] for each in answers] == [GRAPHQL, GRAPHQL, JSON]
    for each in answers:
        (error,) = each.json()["errors"]
        assert error["extensions"] == {"code": "BAD_REQUEST"}
        assert error["message"] == (
            "The hub does not answer under the host “evil.test”; HUB_ALLOWED_HOSTS names those that it has."
        )
    page = client.get("/sign-in", headers={"Host": "evil.test"})
    assert (page.status_code, "This request cannot be read" in page.content.decode()) == (400, True)


@pytest.mark.parametrize("accept", ["text/csv", f"{JSON};q=0", f"*/*;q=0, {GRAPHQL};q=0.0", "text/html", "nonsense"])
def test_what_nobody_here_speaks_is_not_acceptable(own: Api, accept: str) -> None:
    response = send(own, {"query": "{ __typename }"}, accept=accept)

    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"] == {"code": "NOT_ACCEPTABLE"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b" ", "The body is not JSON"),
        (b"{", "The body is not JSON"),
        (b"\xff\xfe", "The body is not JSON in UTF-8: no character of UTF-8 begins at byte 1."),
        (b'{"query": "\xc3\x28"}', "The body is not JSON in UTF-8"),
        (b"[" * 100_000, "The body is not JSON"),
        (b"7", "The body has to be a JSON object"),
        (b'[{"query": "{ __typename }"}]', "batches are not taken"),
        ({}, "`query`"),
        ({"query": None}, "`query`"),
        ({"query": ""}, "`query`"),
        ({"query": ["{ __typename }"]}, "`query`"),
        ({"query": "{ __typename }", "operationName": 7}, "`operationName`"),
        ({"query": "{ __typename }", "variables": [7]}, "`variables`"),
        ({"query": "{ __typename }", "variables": "{}"}, "`variables`"),
        ({"query": "{ __typename }", "extensions": 1}, "`extensions`"),
    ],
)
@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
def test_what_is_no_request_is_said_to_be_none(own: Api, body: object, sentence: str, accept: str) -> None:
    response = send(own, body, accept=accept)

    assert response.status_code == 400
    assert sentence in response.json()["errors"][0]["message"]
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename }", "operationName": "B"}, "BAD_USER_INPUT"),
        ({"query": "query A { __typename } query B { __typename }"}, "BAD_USER_INPUT"),
        ({"query": "fragment F on Query { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
        (
            {"query": "query ($n: Int) { incidents(first: $n) { totalCount } }", "variables": {"n": "x"}},
            "BAD_USER_INPUT",
        ),
        ({"query": "query ($i: ID!) { node(id: $i) { id } }", "variables": {}}, "BAD_USER_INPUT"),
    ],
)
def test_an_operation_that_cannot_run_is_a_400_that_older_clients_see_as_200(own: Api, body: object, code: str) -> None:
    answers = {accept: send(own, body, accept=accept) for accept in (GRAPHQL, JSON)}

    assert answers[GRAPHQL].status_code == 400
    assert answers[JSON].status_code == 200
    for response in answers.values():
        assert {error["extensions"]["code"] for error in response.json()["errors"]} == {code}
        assert "data" not in response.json()


def test_an_operation_is_chosen_by_name(own: Api) -> None:
    body = {"query": "query A { viewer { username } } query B { __typename }", "operationName": "B"}

    assert send(own, body).json()["data"] == {"__typename": "Query"}


def test_null_parameters_count_as_absent(own: Api) -> None:
    body = {"query": "{ __typename }", "operationName": None, "variables": None, "extensions": None}

    assert send(own, body).status_code == 200
    assert send(own, {"query": "query A { __typename }", "operationName": ""}).status_code == 200
    assert get(own, query="query A { __typename }", operationName="", variables="", extensions="").status_code == 200


def test_of_a_key_that_is_given_twice_the_last_one_counts(own: Api) -> None:
    assert send(own, b'{"query": "{", "query": "{ __typename }"}').status_code == 200


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/graphql", "application/json; charset=latin-1"])
def test_only_json_in_utf8_is_taken(own: Api, content_type: str) -> None:
    response = send(own, {"query": "{ __typename }"}, content_type=content_type)

    assert response.status_code == 415
    assert response.json()["errors"][0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'application/json; charset="UTF-8"'])
def test_utf8_may_be_said(own: Api, content_type: str) -> None:
    assert send(own, {"query": "{ __typename }"}, content_type=content_type).status_code == 200


def test_a_body_over_the_limit_is_too_large(own: Api) -> None:
    response = send(own, {"query": "{ __typename }" + " " * 1024 * 1024})

    assert response.status_code == 413
    figures = response.json()["errors"][0]["extensions"]
    assert (figures["code"], figures["limit"]) == ("TOO_LARGE", 1024 * 1024)
    assert figures["found"] > 1024 * 1024


def test_what_is_compressed_is_not_taken(own: Api) -> None:
    headers = {"Authorization": f"Bearer {own.token}", "Content-Encoding": "gzip"}
    response = Client().generic("POST", "/graphql/", b"\x1f\x8b", content_type=JSON, headers=headers)

    assert response.status_code == 415


def test_a_query_may_be_got(own: Api) -> None:
    response = get(
        own, query="query ($n: Int) { regions(first: $n) { edges { node { code } } } }", variables='{"n": 1}'
    )

    assert response.status_code == 200
    assert len(response.json()["data"]["regions"]["edges"]) == 1


def test_a_mutation_may_not_be_got(own: Api) -> None:
    query = 'mutation { acknowledgeIncident(input: {incidentId: "x"}) { __typename } }'

    response = get(own, query=query)

    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "parameters", [{}, {"query": "{ __typename }", "variables": "{"}, {"query": "{ __typename }", "variables": "[1]"}]
)
def test_a_got_request_is_checked_in_the_same_way(own: Api, parameters: dict[str, str]) -> None:
    response = get(own, **parameters)

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "QUERY"])
def test_other_methods_are_not_allowed(own: Api, method: str) -> None:
    response = Client().generic(method, "/graphql/", headers={"Authorization": f"Bearer {own.token}"})

    assert (response.status_code, response["Allow"]) == (405, ALLOWED)


def test_a_client_may_ask_which_methods_there_are(own: Api) -> None:
    response = Client().options("/graphql/", headers={"Origin": "https://elsewhere.example"})

    assert (response.status_code, response["Allow"]) == (204, ALLOWED)
    assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_the_head_of_a_query_is_that_of_its_answer(own: Api) -> None:
    headers = {"Authorization": f"Bearer {own.token}", "Accept": GRAPHQL}
    response = Client().head("/graphql/", {"query": "{ __typename }"}, headers=headers)

    assert (response.status_code, response["Content-Type"]) == (200, f"{GRAPHQL}; charset=utf-8")
    assert Client().head("/graphql/", {"query": "mutation { x }"}, headers=headers).status_code == 400


def test_subscriptions_are_sent_to_the_socket(own: Api) -> None:
    response = send(own, {"query": "subscription { __typename }"})

    assert response.status_code == 400


@pytest.mark.parametrize("token", [None, "", "hub_unknown", "x" * 10_000])
@pytest.mark.parametrize("query", ["{ viewer { name } }", "{ __schema { types { name } } }", "{"])
def test_nobody_gets_an_answer_not_even_the_schema(token: str | None, query: str) -> None:
    headers = {"Accept": JSON} | ({"Authorization": f"Bearer {token}"} if token is not None else {})
    response = Client().post("/graphql/", {"query": query}, content_type=JSON, headers=headers)

    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


def test_nobody_is_told_so_before_the_csrf_check() -> None:
    response = Client(enforce_csrf_checks=True).post("/graphql/", {"query": "{ __typename }"}, content_type=JSON)

    assert response.status_code == 401


def test_a_cookie_needs_the_csrf_token_with_it(person: Callable[[str], Person]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person("responder.payments"), backend="django.contrib.auth.backends.ModelBackend")
    browser.cookies["csrftoken"] = "a" * 32
    body = {"query": "{ viewer { username } }"}

    without = browser.post("/graphql/", body, content_type=JSON, headers={"Accept": JSON})
    with_it = browser.post("/graphql/", body, content_type=JSON, headers={"X-CSRFToken": "a" * 32})
    by_get = browser.get("/graphql/", body, headers={"Accept": JSON})

    assert without.status_code == 403
    assert without.json()["errors"][0]["extensions"] == {"code": "CSRF_FAILED"}
    assert with_it.json()["data"] == by_get.json()["data"] == {"viewer": {"username": "responder.payments"}}


def test_a_bad_token_is_nobody_whatever_the_cookie_says(person: Callable[[str], Person]) -> None:
    browser = Client()
    browser.force_login(person("responder.payments"), backend="django.contrib.auth.backends.ModelBackend")

    response = browser.get(
        "/graphql/", {"query": "{ __typename }"}, headers={"Authorization": "Bearer hub_x", "Accept": JSON}
    )

    assert response.status_code == 401


def test_a_browser_gets_graphiql_once_it_is_signed_in(person: Callable[[str], Person]) -> None:
    browser = Client()
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    signed_out = browser.get("/graphql/", headers=accept)
    browser.force_login(person("responder.payments"), backend="django.contrib.auth.backends.ModelBackend")
    signed_in = browser.get("/graphql/", headers=accept)

    assert signed_out.status_code == 302
    assert signed_out["Location"].endswith("?next=/graphql/")
    assert signed_in.status_code == 200
    assert "graphiql" in signed_in.content.decode()
