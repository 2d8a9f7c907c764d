"""The story that the tests of reviews start from: checkout fails, is mended, and its review opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Page
from pytest_django import DjangoDbBlocker

from hub.catalog.models import Service
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, Severity
from hub.lib import clock, identity
from hub.lib.identity import SYSTEM, Actor
from knowledge.postmortems import actions
from knowledge.postmortems.models import Audience, Postmortem, Section
from tenants.models import Person, Term, TermKind
from tests.conftest import seeding, working_on
from tests.database import Server

ActorNamed = Callable[[str], Actor]

DECLARED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RESOLVED = DECLARED + timedelta(minutes=90)

TEXTS = {
    Section.SUMMARY.value: "Checkout answered 502 for an hour and a half.",
    Section.IMPACT.value: "One in three customers in Germany could not pay.",
    Section.DETECTION.value: "The error rate paged after two minutes.",
    Section.ROOT_CAUSE.value: "A pool of connections was sized for last year's traffic.",
    Section.WENT_WELL.value: "The second acquirer took over within ten minutes.",
    Section.WENT_BADLY.value: "Nobody could see how full the pool was.",
    Section.LESSONS.value: "Limits belong on the dashboard of what they limit.",
}


def acting(username: str) -> Actor:
    """The actor for a person, by username: for tests whose commits are real."""
    with seeding():
        return identity.person(Person.objects.get(username=username).pk, through="test")


def resolved_incident() -> Incident:
    """An incident of payments that was resolved after 90 minutes, with a note, a decision and a status or two."""
    responder = acting("responder.payments")
    with seeding():
        service = Service.objects.get(slug="checkout-api")
    with clock.at(DECLARED):
        incident = incidents.declare_incident(
            actor=responder,
            title="Checkout answers 502",
            severity=Severity.SEV2,
            service_id=service.pk,
            summary="One in three customers cannot pay",
        )
    with clock.at(DECLARED + timedelta(minutes=4)):
        incidents.acknowledge_incident(actor=responder, incident_id=incident.pk)
        incidents.add_timeline_entry(actor=responder, incident_id=incident.pk, body="The pool is exhausted")
    with clock.at(DECLARED + timedelta(minutes=30)):
        incidents.record_decision(
            actor=responder, incident_id=incident.pk, decision="Double the pool", rationale="Cheapest thing to undo"
        )
        incidents.mitigate_incident(actor=responder, incident_id=incident.pk)
    with clock.at(RESOLVED):
        return incidents.resolve_incident(actor=responder, incident_id=incident.pk)


def opened(incident: Incident) -> Postmortem:
    """The incident's review as it opens by itself."""
    with clock.at(RESOLVED + timedelta(minutes=1)):
        return actions.open_postmortem(actor=SYSTEM, incident_id=incident.pk)


@pytest.fixture(scope="session")
def world_after(
    server: Server, worker_name: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[str, int]]:
    """A database in which that happened once for all tests, and the incident's key."""
    with (
        server.clone(f"{worker_name}_resolved") as name,
        django_db_blocker.unblock(),
    ):
        with working_on(name):
            incident = resolved_incident()
        yield name, incident.pk


@pytest.fixture(scope="module", autouse=True)
def resolved(world_after: tuple[str, int]) -> Iterator[int]:
    """The key of the incident that every test of reviews starts from; what a test does to it is undone."""
    name, key = world_after
    with working_on(name):
        yield key


@pytest.fixture
def incident(resolved: int, db: None) -> Incident:
    with seeding():
        return Incident.objects.get(pk=resolved)


@pytest.fixture
def draft(incident: Incident) -> Postmortem:
    return opened(incident)


@pytest.fixture
def cause() -> Callable[[str], int]:
    """The id of a global cause, by its key."""

    def id_of(key: str) -> int:
        with seeding():
            return Term.objects.get(kind=TermKind.CAUSE, key=key, unit=None).pk

    return id_of


@pytest.fixture
def complete(draft: Postmortem, actor: ActorNamed, cause: Callable[[str], int]) -> Postmortem:
    """A draft that lacks nothing for its publication."""
    writer = actor("responder.payments")
    actions.edit_postmortem(actor=writer, postmortem_id=draft.pk, version=draft.version, texts=TEXTS)
    return actions.set_causes(
        actor=writer,
        postmortem_id=draft.pk,
        cause_id=cause("capacity"),
        contributing_ids=[cause("change-failure")],
    )


@pytest.fixture
def published(complete: Postmortem, actor: ActorNamed) -> Callable[..., Postmortem]:
    """The complete review, published to an audience."""

    def publish(audience: str = "enterprise") -> Postmortem:
        return actions.publish_postmortem(
            actor=actor("commander.payments"), postmortem_id=complete.pk, audience=Audience(audience)
        )

    return publish


def stored(postmortem: Postmortem) -> Postmortem:
    """The row as it is, whoever may see it."""
    with seeding():
        return Postmortem.objects.get(pk=postmortem.pk)


@pytest.fixture
def site(own_database: str) -> Iterator[str]:
    """The address of the hub's pages on the test's own database, for a real browser."""
    server = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()
    server.join(10)


def session_of(username: str) -> str:
    """The cookie of somebody who has signed in."""
    client = Client()
    with seeding():
        client.force_login(Person.objects.get(username=username), "django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def signed_in(page: Page, site: str, username: str) -> Page:
    """The page, for somebody who has signed in."""
    page.context.add_cookies([{"name": "sessionid", "value": session_of(username), "url": site}])
    return page
