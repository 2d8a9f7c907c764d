"""The auditor finds what does not move, and its silence outside is the alarm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from hub.escalation.auditing import audit, look
from hub.escalation.models import Run
from hub.lib import clock
from hub.lib.identity import Actor
from tests.conftest import seeding
from tests.escalation.test_running import FIRST, three_steps
from tests.escalation.world import MINUTE, NIGHT, declare, later, paged, policy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]


@pytest.fixture
def beats(settings: Settings) -> Iterator[list[str]]:
    """What an outside heartbeat service has heard."""
    heard: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.HEARTBEAT_URL = f"http://127.0.0.1:{server.server_port}/beat"
        yield heard
        server.shutdown()


def test_while_all_is_well_it_says_so_outside(actor: ActorNamed, beats: list[str]) -> None:
    policy(actor("admin.payments"), *three_steps())
    declare(actor("responder.payments"))
    assert audit().is_well
    assert beats == ["/beat"]


def test_a_late_step_keeps_it_silent_until_it_is_taken(actor: ActorNamed, beats: list[str]) -> None:
    policy(actor("admin.payments"), *three_steps())
    declare(actor("responder.payments"))
    with clock.at(NIGHT + 7 * MINUTE):
        assert audit().runs == 1
        assert beats == []
    with later(7):
        assert audit().runs == 0


def test_an_incident_whose_run_never_began_gets_it(actor: ActorNamed, beats: list[str]) -> None:
    policy(actor("admin.payments"), *three_steps())
    with clock.at(NIGHT + MINUTE):
        incident = declare(actor("responder.payments"))
    with seeding():
        Run.objects.filter(incident=incident).delete()
    with clock.at(NIGHT + 3 * MINUTE):
        assert audit().incidents == (incident.pk,)
        assert beats == []
        assert audit().is_well
    with later(6):
        assert paged(incident) == [(6, 1, FIRST)]


def test_nobody_listening_outside_is_no_fault(actor: ActorNamed, settings: Settings) -> None:
    settings.HEARTBEAT_URL = "http://127.0.0.1:9/"
    assert audit().is_well


def test_looking_costs_the_same_for_one_incident_and_many(
    actor: ActorNamed, django_assert_num_queries: Callable[[int], Any]
) -> None:
    policy(actor("admin.payments"), *three_steps())
    with clock.at(NIGHT + MINUTE):
        made = [declare(actor("responder.payments")) for _ in range(4)]
    with seeding():
        Run.objects.filter(incident__in=made[:1]).delete()
    with clock.at(NIGHT + 3 * MINUTE):
        with CaptureQueriesContext(connection) as one:
            assert look().incidents == (made[0].pk,)
        costs = len(one)
        with seeding():
            Run.objects.filter(incident__in=made).delete()
        with django_assert_num_queries(costs):
            assert look().incidents == tuple(each.pk for each in made)
