"""Reviews of a test's own, written and published through the doors that people use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.catalog.models import Service
from hub.incidents import actions as incidents
from hub.incidents.models import Severity
from hub.lib import clock, identity
from hub.lib.identity import SYSTEM, Actor
from knowledge.postmortems import actions as postmortems
from knowledge.postmortems.models import Audience, Postmortem, Section
from knowledge.search import actions, elasticsearch
from tenants.models import Person, Term, TermKind
from tests.conftest import seeding

DECLARED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SERVICES = {"payments": "checkout-api", "media": "newsroom", "logistics": "tracking"}


def acting(username: str) -> Actor:
    """The actor for a person, by username."""
    with seeding():
        return identity.person(Person.objects.get(username=username).pk, through="test")


def cause(key: str) -> Term:
    with seeding():
        return Term.objects.get(kind=TermKind.CAUSE, key=key, unit=None)


def write(
    *,
    unit: str = "payments",
    title: str = "Checkout answers 502",
    text: str = "Nothing to see.",
    restricted: bool = False,
    cause_key: str = "capacity",
    declared: datetime = DECLARED,
) -> Postmortem:
    """A draft whose every section says `text`, complete enough to be published."""
    responder = acting(f"responder.{unit}")
    with seeding():
        service = Service.objects.get(slug=SERVICES[unit])
    with clock.at(declared):
        incident = incidents.declare_incident(
            actor=responder,
            title="Something is wrong",
            summary="Nobody knows yet",
            severity=Severity.SEV3,
            service_id=service.pk,
            restricted=restricted,
        )
        incidents.acknowledge_incident(actor=responder, incident_id=incident.pk)
    with clock.at(declared + timedelta(hours=1)):
        incidents.resolve_incident(actor=responder, incident_id=incident.pk)
        draft = postmortems.open_postmortem(actor=SYSTEM, incident_id=incident.pk)
    texts = {"title": title, **{section.value: text for section in Section}}
    with clock.at(declared + timedelta(hours=2)):
        postmortems.edit_postmortem(actor=responder, postmortem_id=draft.pk, version=draft.version, texts=texts)
        return postmortems.set_causes(actor=responder, postmortem_id=draft.pk, cause_id=cause(cause_key).pk)


def publish(postmortem: Postmortem, *, audience: Audience = Audience.ENTERPRISE, by: str = "") -> Postmortem:
    """Publish a draft and bring the index in line with it, as the job does."""
    with seeding():
        unit = postmortem.unit.slug
    publisher = acting(by or f"commander.{unit}")
    with clock.at(postmortem.edited_at + timedelta(hours=1)):
        published = postmortems.publish_postmortem(actor=publisher, postmortem_id=postmortem.pk, audience=audience)
    index(published)
    return published


def index(postmortem: Postmortem) -> None:
    """What the job does, and then as long as it takes to be findable."""
    actions.index_postmortem(actor=SYSTEM, postmortem_id=postmortem.pk)
    refresh()


def refresh() -> None:
    """Make findable what was written to Elasticsearch, if that is what is tested."""
    server = elasticsearch.configured()
    if server is not None:
        server.refresh()
