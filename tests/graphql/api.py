"""The API as a program uses it: over HTTP, with a bearer token of its own."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hub.lib.identity import Actor
from tenants import actions


@dataclass
class Answer:
    """A response's status and body.

    Attributes:
        statements: how many statements the operation itself took.
    """

    status: int
    body: dict[str, Any]
    statements: int = 0

    @property
    def data(self) -> Any:
        """The data of an operation without errors."""
        assert "errors" not in self.body, self.body
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]

    @property
    def message(self) -> str:
        """The sentence of the only error."""
        (error,) = self.body["errors"]
        return str(error["message"])


@dataclass
class Api:
    """The endpoint, for the holder of a token, or for nobody."""

    token: str | None

    def ask(self, query: str, **variables: Any) -> Answer:
        """Send a document with its variables by POST."""
        return self.send({"query": query, "variables": variables})

    def send(self, parameters: dict[str, Any]) -> Answer:
        """Send a request's parameters by POST."""
        headers = {"Accept": "application/graphql-response+json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        with CaptureQueriesContext(connection) as statements:
            response = Client().post(
                "/graphql/",
                parameters,
                content_type="application/json",
                headers=headers,
            )
        return Answer(response.status_code, response.json(), len(statements))

    def change(self, mutation: str, fields: str, /, **input: Any) -> Answer:
        """Send a mutation with its input; `fields` are those of the object that it returns."""
        name = f"{mutation[0].upper()}{mutation[1:]}"
        return self.ask(
            f"mutation ($input: {_INPUTS.get(mutation, name + 'Input')}!) {{ {mutation}(input: $input) {{"
            f" __typename {fields} ... on MutationErrors {{ errors {{ code message path }} }} }} }}",
            input=input,
        )


_INPUTS = {
    "acceptSwap": "SwapInput",
    "refuseSwap": "SwapInput",
    "withdrawSwap": "SwapInput",
    "acknowledgeIncident": "IncidentInput",
    "closeIncident": "IncidentInput",
    "mitigateIncident": "IncidentNoteInput",
    "reopenIncident": "IncidentNoteInput",
    "resolveIncident": "IncidentNoteInput",
}

ApiOf = Callable[[str | None], Api]


@pytest.fixture
def api(actor: Callable[[str], Actor]) -> ApiOf:
    """The API for a person of the demonstration organisation, by username; for None, for nobody."""

    def api_of(username: str | None) -> Api:
        if username is None:
            return Api(None)
        return Api(actions.create_token(actor=actor(username), name="tests", valid_for=timedelta(days=1)))

    return api_of


def global_id(type_name: str, row: Model | int | str) -> str:
    """The global id of a row, or of any key."""
    key = row.pk if isinstance(row, Model) else row
    return base64.b64encode(f"{type_name}:{key}".encode()).decode()
