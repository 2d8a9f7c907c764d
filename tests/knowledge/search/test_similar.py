"""What reads like an incident is offered while it runs, to who may read it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from hub.catalog.models import Service
from hub.incidents import actions as incidents
from hub.incidents.models import Incident, Severity
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from knowledge.postmortems.models import Audience
from knowledge.search.access import similar
from tenants.models import Person
from tests.conftest import seeding
from tests.knowledge.search.library import acting, publish, write

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]


def declared(title: str, *, summary: str = "", restricted: bool = False) -> Incident:
    with seeding():
        service = Service.objects.get(slug="wallet")
    return incidents.declare_incident(
        actor=acting("responder.payments"),
        title=title,
        summary=summary,
        severity=Severity.SEV3,
        restricted=restricted,
        service_id=service.pk,
    )


def titles(actor: Actor, incident: Incident) -> list[str]:
    return [hit.title.text for hit in similar(actor, incident.pk)]


def test_what_happened_before_is_offered_the_most_alike_first(actor: ActorNamed) -> None:
    incident = declared("Internal TLS handshakes fail", summary="The intermediate CA seems to have expired")

    found = titles(actor("responder.payments"), incident)

    assert found[0].startswith("Internal TLS failed everywhere when an intermediate certificate")
    assert len(found) <= 3


def test_nothing_is_offered_for_what_is_like_nothing(actor: ActorNamed) -> None:
    assert titles(actor("responder.payments"), declared("Zebra umbrella picnic")) == []


def test_what_one_may_not_read_is_not_offered(actor: ActorNamed) -> None:
    review = write(unit="media", title="Walrus turbine overheats in the newsroom", text="The walrus turbine overheats.")
    publish(review, audience=Audience.UNIT)
    incident = declared("Walrus turbine overheats", summary="The walrus turbine overheats again")

    assert titles(actor("responder.payments"), incident) == []
    assert titles(actor("coordinator"), incident) == ["Walrus turbine overheats in the newsroom"]


def test_an_incident_that_one_may_not_see_is_not_there(actor: ActorNamed) -> None:
    incident = declared("Internal TLS handshakes fail", restricted=True)

    with pytest.raises(NotFound):
        similar(actor("coordinator"), incident.pk)


def test_the_room_asks_for_it(client: Client, person: Callable[[str], Person]) -> None:
    incident = declared("Internal TLS handshakes fail", summary="The intermediate CA seems to have expired")
    client.force_login(person("observer.payments"))

    room = client.get(f"/incidents/{incident.reference}").content.decode()
    panel = client.get(f"/knowledge/similar/{incident.reference}")

    assert f'hx-get="/knowledge/similar/{incident.reference}"' in room
    assert "Internal TLS failed everywhere" in panel.content.decode()
    assert client.get("/knowledge/similar/PAY-99999").status_code == 404
