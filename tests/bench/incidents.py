"""The list of incidents over GraphQL, against one hand-written statement that returns the same JSON.

    python -m tests.bench.incidents

Fifty incidents with service, commander and five timeline entries each, as a regional lead sees them: row-level
security decides for all three. The statement goes through psycopg as the application's login with the same identity.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import psycopg
from django.conf import settings

from hub.config.databases import embedded_address
from hub.config.secrets import load_secrets
from hub.graphql.schema import schema
from hub.lib import identity
from hub.lib.api import Context
from hub.lib.identity import SEED, Actor, acting_as
from tenants.actions import create_token
from tenants.models import Person
from tests.bench.harness import Line, against, alone, hub_of, medians_of_rounds
from tests.database import Server

ROUNDS: Final = 15
REPEATS: Final = 5
READER: Final = "lead.emea"

QUERY: Final = """{ incidents(first: 50) { edges { node {
  id reference title status severity declaredAt
  service { slug name } commander { username name }
  timeline(first: 5) { edges { node { kind body at author { username } } } }
} } } }"""

STATEMENT: Final = """
SELECT json_build_object('incidents', json_build_object(
         'edges', coalesce(json_agg(json_build_object('node', node)), '[]')))
FROM (
  SELECT json_build_object(
    'id', encode(convert_to('Incident:' || i.id, 'UTF8'), 'base64'),
    'reference', i.reference, 'title', i.title, 'status', upper(i.status), 'severity', upper(i.severity),
    'declaredAt', i.declared_at,
    'service', CASE WHEN s.id IS NOT NULL THEN json_build_object('slug', s.slug, 'name', s.name) END,
    'commander', CASE WHEN p.id IS NOT NULL THEN json_build_object('username', p.username, 'name', p.name) END,
    'timeline', json_build_object('edges', (
      SELECT coalesce(json_agg(json_build_object('node', json_build_object(
               'kind', upper(t.kind), 'body', t.body, 'at', t.at,
               'author', CASE WHEN a.id IS NOT NULL THEN json_build_object('username', a.username) END))), '[]')
        FROM (SELECT * FROM incidents_timelineentry e WHERE e.incident_id = i.id ORDER BY e.at, e.id LIMIT 5) t
        LEFT JOIN tenants_person a ON a.id = t.author_id))) AS node
  FROM (SELECT * FROM incidents_incident ORDER BY declared_at DESC, id DESC LIMIT 50) i
  LEFT JOIN catalog_service s ON s.id = i.service_id
  LEFT JOIN tenants_person p ON p.id = i.commander_id
  ORDER BY i.declared_at DESC, i.id DESC
) listed
"""


def measure(server: Server) -> list[Line]:
    """Milliseconds for one list: medians of interleaved rounds, after checking that all return the same."""
    with hub_of(server, "incidents") as hub:
        with acting_as(SEED):
            actor = identity.person(Person.objects.get(username=READER).pk, through="graphql")
        address = urlsplit(hub.web())
        web = http.client.HTTPConnection(address.hostname or "", address.port)
        token = create_token(actor=actor, name="bench", valid_for=timedelta(hours=1))
        login = embedded_address(
            settings.DATA_DIR, "hub_app", load_secrets(settings.DATA_DIR).app_password, hub.database
        )
        with psycopg.connect(login.dsn()) as connection:
            ways: dict[str, Callable[[], Any]] = {
                "list of 50 incidents: one hand-written statement": lambda: by_hand(connection, actor),
                "list of 50 incidents: GraphQL, in process": lambda: in_process(actor),
                "list of 50 incidents: GraphQL, over HTTP with a token": lambda: over_http(web, token),
            }
            answers = [comparable(way()) for way in ways.values()]
            assert len(answers[0]["incidents"]["edges"]) == 50
            assert answers[0] == answers[1] == answers[2], "all three return the same"
            figures = medians_of_rounds(ROUNDS, {name: timed(way, web.close) for name, way in ways.items()})
        web.close()
    return against(next(iter(ways)), "ms", figures)


def by_hand(connection: psycopg.Connection, actor: Actor) -> Any:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', 'hub_app', true), set_config('app.uid', %s, true)", (str(actor.person_id),)
        )
        cursor.execute(STATEMENT)
        row = cursor.fetchone()
        return row[0] if row else None


def in_process(actor: Actor) -> Any:
    with acting_as(actor):
        result = schema.execute_sync(QUERY, context_value=Context(actor, takes_json=True))
    assert not result.errors, result.errors
    return orjson.loads(orjson.dumps(result.data))


def over_http(web: http.client.HTTPConnection, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    web.request("POST", "/graphql/", json.dumps({"query": QUERY}), headers)
    answer = json.loads(web.getresponse().read())
    assert "errors" not in answer, answer
    return answer["data"]


def timed_post(address: str, token: str, query: str, repeats: int) -> Callable[[], float]:
    """Milliseconds of one request, over `repeats` on one connection."""
    at = urlsplit(address)
    web = http.client.HTTPConnection(at.hostname or "", at.port)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"query": query})

    def measured() -> float:
        web.close()
        began = time.perf_counter()
        for _ in range(repeats):
            web.request("POST", "/graphql/", body, headers)
            answer = json.loads(web.getresponse().read())
            assert "errors" not in answer, answer
        return (time.perf_counter() - began) * 1000 / repeats

    return measured


def timed(way: Callable[[], Any], prepare: Callable[[], None]) -> Callable[[], float]:
    """Milliseconds of one call, over `REPEATS` calls; `prepare` is not counted."""

    def measured() -> float:
        prepare()
        began = time.perf_counter()
        for _ in range(REPEATS):
            way()
        return (time.perf_counter() - began) * 1000 / REPEATS

    return measured


def comparable(value: Any) -> Any:
    """The answer with its times parsed, since PostgreSQL writes fewer zeros than Python does."""
    if isinstance(value, dict):
        return {name: comparable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)", value):
        return datetime.fromisoformat(value)
    return value


if __name__ == "__main__":
    alone(measure)
