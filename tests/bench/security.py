"""What row-level security costs: the same questions under the policies, and as a superuser with the rule written out.

    python -m tests.bench.security

200,000 incidents of 400 units, 4,000 of them restricted, two timeline entries each, and 40,000 searchable reviews. Four
readers: with roles in two units, a coordinator, somebody without any role, and one with 3,000 grants. Both ways are
asked as the hub asks, in a pipeline: what says who asks goes along with the question.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

import psycopg
from django.conf import settings

from hub.config.databases import embedded_address
from hub.config.secrets import load_secrets
from tests.bench.harness import Line, against, alone, hub_of, medians_of_rounds
from tests.database import Server

ROUNDS: Final = 7
REPEATS: Final = 3
UNITS: Final = 400
INCIDENTS: Final = 200_000
GRANTS: Final = 3_000

POPULATION: Final = f"""
INSERT INTO tenants_businessunit (slug, name, prefix, mission, time_zone, parent_id)
  SELECT 'bench-' || n, 'Bench ' || n, 'B' || n, '', 'UTC', NULL FROM generate_series(1, {UNITS}) n;
INSERT INTO incidents_incident (id, unit_id, reference, title, summary, severity, severity_reason, status, restricted,
    declared_at, updated_at)
  SELECT 10000000 + n, u.ids[1 + n % {UNITS}], 'BENCH-' || n, 'Incident ' || n, '', 'sev' || 1 + n % 5, '', 'declared',
         n % 50 = 0, now() - n * interval '3 minutes', now()
    FROM generate_series(1, {INCIDENTS}) n,
         (SELECT array_agg(id ORDER BY id) AS ids FROM tenants_businessunit WHERE slug LIKE 'bench-%') u;
INSERT INTO incidents_timelineentry (incident_id, unit_id, restricted, kind, body, rationale, at)
  SELECT i.id, i.unit_id, i.restricted, 'note', 'Note ' || k, '', i.declared_at + k * interval '1 minute'
    FROM incidents_incident i, generate_series(1, 2) k WHERE i.id > 10000000;
INSERT INTO postmortems_postmortem (incident_id, unit_id, restricted, reference, severity, occurred_at, status,
    audience, opened_at, due_at, published_at, title, summary, impact, detection, root_cause, went_well, went_badly,
    lessons, drafted, version, edited_at, tags, external_id, external_digest)
  SELECT i.id, i.unit_id, i.restricted, i.reference, i.severity, i.declared_at, 'published', 'unit', i.declared_at,
         i.declared_at, i.declared_at, i.title, '', '', '', '', '', '', '', '{{}}', 1, i.declared_at,
         '{{}}', '', ''
    FROM incidents_incident i WHERE i.id > 10000000 AND i.id % 5 = 0;
INSERT INTO search_document (kind, postmortem_id, unit_id, incident_id, restricted, shared, causes, published_at,
    record_version, version, digest, length, folded,
    vectors)
  SELECT 'postmortem', p.id, p.unit_id, p.incident_id, p.restricted, p.shared, '{{}}', p.published_at, 1, 1, '', 1000,
         '', ''
    FROM postmortems_postmortem p WHERE p.incident_id > 10000000;
INSERT INTO search_word (word, term) SELECT 'benchword' || n, 'benchword' || n FROM generate_series(1, 200) n;
INSERT INTO search_posting (word_id, shelf, document_id, weight)
  SELECT w.id, d.shelf, d.id, 100 + d.id % 300
    FROM search_document d JOIN search_word w ON w.term LIKE 'benchword%' AND w.id % 20 = d.id % 20
   WHERE d.incident_id > 10000000;
INSERT INTO tenants_person (username, name, password, is_superuser, email, time_zone, language, is_active, is_service,
    joined_at)
  SELECT name, name, '!', false, '', 'UTC', 'en', true, false, now()
    FROM unnest(ARRAY['bench.two', 'bench.all', 'bench.none', 'bench.granted']) name;
INSERT INTO tenants_roleassignment (person_id, role_id, unit_id, is_enterprise, valid_from)
  SELECT p.id, r.id, u.id, false, now() - interval '1 day' FROM tenants_person p, tenants_role r, tenants_businessunit u
   WHERE p.username = 'bench.two' AND r.key = 'responder' AND r.unit_id IS NULL AND u.slug IN ('bench-17', 'bench-180')
  UNION ALL
  SELECT p.id, r.id, NULL, true, now() - interval '1 day' FROM tenants_person p, tenants_role r
   WHERE p.username = 'bench.all' AND r.key = 'coordinator' AND r.unit_id IS NULL;
INSERT INTO incidents_incidentpersongrant (user_id, content_object_id, permission_id, reason, is_owner, is_emergency)
  SELECT p.id, i.id, a.id, '', false, false FROM tenants_person p, auth_permission a,
         (SELECT id FROM incidents_incident WHERE restricted AND id > 10000000 ORDER BY id LIMIT {GRANTS}) i
   WHERE p.username = 'bench.granted' AND a.codename = 'view_restricted';
"""

READERS: Final[Mapping[str, str]] = {
    "two units": "bench.two",
    "a coordinator": "bench.all",
    "no access": "bench.none",
    "3,000 grants": "bench.granted",
}

UNITS_OF: Final = """(SELECT b.id FROM tenants_roleassignment a
   JOIN tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY['{permission}']::varchar[]
   JOIN tenants_person p ON p.id = a.person_id AND p.is_active
   JOIN tenants_businessunit b ON a.is_enterprise OR a.unit_id = ANY (b.lineage)
     OR EXISTS (SELECT 1 FROM tenants_unitregion g WHERE g.unit_id = b.id AND g.region_id = a.region_id)
  WHERE a.person_id = {person} AND a.valid_from <= now() AND (a.valid_until IS NULL OR a.valid_until > now()))"""
GRANTED_TO: Final = """(SELECT g.content_object_id FROM incidents_incidentpersongrant g
  WHERE g.user_id = {person} AND (g.valid_until IS NULL OR g.valid_until > now()))"""

QUESTIONS: Final[Mapping[str, str]] = {
    "list": "SELECT * FROM incidents_incident i WHERE {incident} ORDER BY declared_at DESC, id DESC LIMIT 50",
    "count": "SELECT count(*) FROM incidents_incident i WHERE {incident}",
    "nested list": "SELECT i.id, i.title, e.body FROM (SELECT * FROM incidents_incident i WHERE {incident}"
    " ORDER BY declared_at DESC, id DESC LIMIT 50) i LEFT JOIN LATERAL (SELECT * FROM incidents_timelineentry t"
    " WHERE t.incident_id = i.id AND {entry} ORDER BY at, id LIMIT 3) e ON true ORDER BY i.declared_at DESC, i.id DESC",
    "search": "SELECT document_id, sum(weight) AS score FROM search_posting s WHERE word_id = ANY ({words})"
    " AND {posting} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20",
}
GOALS: Final[Mapping[str, float]] = {"list": 1.0, "count": 1.3, "nested list": 1.3, "search": 1.3}
"""How many times the filter's time the policies may take."""
WORDS: Final = "SELECT id FROM search_word WHERE term = ANY (ARRAY['benchword7', 'benchword21', 'benchword40'])"


def measure(server: Server) -> list[Line]:
    """Milliseconds a question, as medians of interleaved rounds, after checking that both ways return the same."""
    with hub_of(server, "security") as hub, ExitStack() as stack:
        admin = stack.enter_context(psycopg.connect(server.cluster.admin_dsn(hub.database), autocommit=True))
        admin.execute(POPULATION)
        admin.execute("VACUUM ANALYZE")
        ids: dict[str, int] = dict(
            admin.execute("SELECT username, id FROM tenants_person WHERE username LIKE 'bench.%'").fetchall()
        )
        words = f"ARRAY[{', '.join(str(row[0]) for row in admin.execute(WORDS).fetchall())}]"
        login = embedded_address(
            settings.DATA_DIR, "hub_app", load_secrets(settings.DATA_DIR).app_password, hub.database
        )
        app = stack.enter_context(psycopg.connect(login.dsn()))
        lines: list[Line] = []
        for question, statement in QUESTIONS.items():
            asked = statement.replace("{words}", words)
            for reader, username in READERS.items():
                ways: dict[str, Callable[[], Any]] = {
                    f"{question}, {reader}: filter, superuser": by_filter(admin, asked, ids[username]),
                    f"{question}, {reader}: row-level security": by_policy(app, asked, ids[username]),
                }
                one, other = (way() for way in ways.values())
                assert one == other, f"{question} as {reader}: both ways return the same"
                figures = medians_of_rounds(ROUNDS, {name: timed(way) for name, way in ways.items()})
                baseline, policy = against(next(iter(ways)), "ms", figures)
                lines += [baseline, replace(policy, goal=f"at most {GOALS[question]}")]
    return lines


def by_filter(connection: psycopg.Connection, statement: str, person: int) -> Callable[[], Any]:
    """The rule as a filter, by somebody whom no policy holds."""
    units, granted = UNITS_OF.format(permission="incident.view", person=person), GRANTED_TO.format(person=person)
    shelves = UNITS_OF.format(permission="knowledge.view", person=person)
    text = statement.format(
        incident=f"((NOT i.restricted AND i.unit_id IN {units}) OR (i.restricted AND i.id IN {granted}))",
        entry=f"((NOT t.restricted AND t.unit_id IN {units}) OR (t.restricted AND t.incident_id IN {granted}))",
        posting=f"(s.shelf = 0 OR s.shelf IN {shelves} OR -s.shelf IN {granted})",
    )

    def ask() -> Any:
        with connection.pipeline(), connection.transaction():
            return connection.execute(text).fetchall()

    return ask


def by_policy(connection: psycopg.Connection, statement: str, person: int) -> Callable[[], Any]:
    """No filter at all: the policies decide."""
    text = statement.format(incident="true", entry="true", posting="true")

    def ask() -> Any:
        with connection.pipeline(), connection.transaction():
            connection.execute(
                "SELECT set_config('role', 'hub_app', true), set_config('app.uid', %s, true)", [str(person)]
            )
            return connection.execute(text).fetchall()

    return ask


def timed(way: Callable[[], Any]) -> Callable[[], float]:
    """Milliseconds of one call, over `REPEATS` calls."""

    def measured() -> float:
        began = time.perf_counter()
        for _ in range(REPEATS):
            way()
        return (time.perf_counter() - began) * 1000 / REPEATS

    return measured


if __name__ == "__main__":
    alone(measure)
