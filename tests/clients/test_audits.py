"""The protocols' own audits and clients, against a running hub."""

from __future__ import annotations

import json

from hub.graphql.cost import MOST
from tests.clients.conftest import Endpoint
from tests.services.node import run_node


def test_every_audit_of_graphql_over_http_passes(endpoint: Endpoint) -> None:
    found = json.loads(run_node("audits/http.mjs", endpoint.url, endpoint.token("observer.payments")))

    assert len(found) > 50
    assert [audit for audit in found if audit["status"] != "ok"] == []


def test_the_client_of_graphql_ws_is_served(endpoint: Endpoint) -> None:
    found = json.loads(run_node("audits/socket.mjs", endpoint.socket_url, endpoint.token("observer.payments")))

    assert found["query"]["results"][0]["data"] == {"viewer": {"username": "observer.payments"}}
    assert found["invalid"] == {"results": [], "error": ["GRAPHQL_VALIDATION_FAILED"]}
    assert found["first"]["data"]["feed"]["type"] == "CONNECTED"
    assert found["first"]["extensions"] == {"cost": {"estimated": 1, "limit": MOST}}
    assert found["stranger"] == {"results": [], "error": 4403}
    assert found["pings"] == {"received": True, "payload": None}


def test_a_gateway_composes_the_hub_with_another_subgraph_and_answers_through_both(endpoint: Endpoint) -> None:
    references = ["PAY-101", "PAY-100", "PAY-0"]

    found = json.loads(
        run_node("audits/federation.mjs", endpoint.url, endpoint.token("observer.payments"), *references)
    )

    assert found["errors"] == []
    losses = found["answer"]["data"]["losses"]
    assert [loss["euros"] for loss in losses] == [0, 1, 2]
    assert [loss["incident"]["reference"] for loss in losses[:2]] == references[:2]
    assert all(loss["incident"]["title"] and loss["incident"]["unit"] == {"slug": "payments"} for loss in losses[:2])
    assert losses[2]["incident"] is None
    assert all(loss["service"]["name"] for loss in losses)
    assert len(found["asked"]) == 2, "one request for all incidents, and one for all services"
