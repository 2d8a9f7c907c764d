"""A retired service takes nothing new: what names it is about its successor, and what was stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from hub.alerts import access, actions
from hub.alerts.access import KnownSource
from hub.alerts.intake import alertmanager
from hub.alerts.models import SourceKind
from hub.catalog.models import Service
from hub.incidents.models import OVER, Incident
from hub.lib.identity import SYSTEM, Actor
from tenants.models import AuditEntry, BusinessUnit
from tests.alerts.senders import alert, notification
from tests.conftest import SignedIn, as_system, seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

RETIRED = "... on Service { retiredAt successor { slug } }"
DECLARE = """mutation ($input: DeclareIncidentInput!) { declareIncident(input: $input) { __typename
  ... on MutationErrors { errors { code path message } } } }"""


def service(slug: str) -> Service:
    with seeding():
        return Service.objects.select_related("unit", "successor").get(slug=slug)


def source_of(**more: Any) -> KnownSource:
    with as_system():
        unit = BusinessUnit.objects.get(slug="payments")
        made = actions.create_alert_source(
            actor=SYSTEM, unit_id=unit.pk, kind=SourceKind.ALERTMANAGER, name="Retiring", **more
        )
    known = access.source_of_key(made.key, SourceKind.ALERTMANAGER)
    assert known is not None
    return known


def send(source: KnownSource, group: str, *, name: str = "ledger", resolved: bool = False) -> list[Incident]:
    """What the source has opened, the oldest first, once it has told of an alert of the service."""
    said = alert(service=name, instance=group) | ({"status": "resolved"} if resolved else {})
    report = alertmanager.read(orjson.dumps(notification(said, group=group)))
    actions.receive_alerts(actor=source.actor, source=source, reports=[report])
    with seeding():
        found = Incident.objects.filter(alerts__source=source.id).distinct().order_by("pk")
        return list(found.select_related("service", "unit"))


def retire(api: ApiOf, username: str, slug: str, successor: str | None = None) -> dict[str, Any]:
    given = {"serviceId": global_id("Service", service(slug))}
    if successor is not None:
        given["successorId"] = global_id("Service", service(successor))
    payload: dict[str, Any] = api(username).change("retireService", RETIRED, **given).data["retireService"]
    return payload


def elsewhere() -> Service:
    """A service of another unit."""
    with seeding():
        return Service.objects.exclude(unit__slug="payments").select_related("unit").order_by("pk")[0]


def test_it_takes_no_new_incidents_and_alerts_go_to_its_successor(
    api: ApiOf, actor: Callable[[str], Actor], signed_in: SignedIn
) -> None:
    other = elsewhere()
    source = source_of(resolves_incidents=True)
    [before] = send(source, "one")
    assert before.service == service("ledger")
    # Denied, and refused for what cannot take its place: nothing changes.
    assert retire(api, "commander.payments", "ledger")["errors"][0]["code"] == "FORBIDDEN"
    itself = retire(api, "admin.payments", "ledger", "ledger")
    assert (itself["errors"][0]["code"], itself["errors"][0]["path"]) == ("INVALID", ["input", "successorId"])
    assert service("ledger").retired_at is None

    done = retire(api, "admin.payments", "ledger", other.slug)

    assert (done["retiredAt"] is not None, done["successor"]) == (True, {"slug": other.slug})
    assert retire(api, "admin.payments", "ledger")["errors"][0]["code"] == "CONFLICT"
    # By hand it is refused with a sentence, on the page it is not offered, and lists leave it out.
    declared = {"title": "Late", "severity": "SEV3", "serviceId": global_id("Service", service("ledger"))}
    (error,) = api("responder.payments").ask(DECLARE, input=declared).data["declareIncident"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "serviceId"])
    assert other.name in error["message"]
    page = signed_in("responder.payments").get("/incidents/declare").content.decode()
    assert f'value="{service("ledger").pk}"' not in page
    lists = {
        use: signed_in("responder.payments").get(f"/services?use={use}").content.decode() for use in ("", "retired")
    }
    assert {use: "/services/ledger" in text for use, text in lists.items()} == {"": False, "retired": True}
    asked = "query ($retired: Boolean) { services(filters: {isRetired: $retired}) { edges { node { slug } } } }"
    assert [
        {"node": {"slug": "ledger"}} in api("observer.payments").ask(asked, retired=each).data["services"]["edges"]
        for each in (True, False)
    ] == [True, False]
    # Alerts that name it are about what is in its place, in that one's unit.
    assert [(each.service, each.unit) for each in send(source, "two")][1:] == [(other, other.unit)]
    # What was open goes on, and is over when its alert is.
    first, second = send(source, "one", resolved=True)
    assert (first.service, first.status in OVER, second.status in OVER) == (service("ledger"), True, False)


def test_without_a_successor_its_name_counts_as_unknown_and_so_does_a_default(api: ApiOf) -> None:
    other = elsewhere()
    by_default = source_of(default_service_id=service("ledger").pk)
    retire(api, "admin.payments", "ledger")

    [incident] = send(by_default, "one", name="nobody-knows-it")
    assert (incident.service, incident.unit.slug) == (None, "payments")
    with seeding():
        Service.objects.filter(slug="ledger").update(successor=other)
    assert [each.service for each in send(by_default, "two", name="nobody-knows-it")] == [None, other]
    # A successor that is retired itself hands on to its own.
    with seeding():
        last = Service.objects.exclude(pk__in=[other.pk, service("ledger").pk]).order_by("pk")[0]
        Service.objects.filter(pk=other.pk).update(retired_at=service("ledger").retired_at, successor=last)
    assert [each.service for each in send(by_default, "three")][2:] == [last]


def test_it_is_retired_and_restored_on_its_page(signed_in: SignedIn, api: ApiOf) -> None:
    lead, reader = signed_in("admin.payments"), signed_in("observer.payments")
    other = elsewhere()
    assert "Retire it" in lead.get("/services/ledger").content.decode()
    assert "Retire it" not in reader.get("/services/ledger").content.decode()
    assert reader.post("/services/ledger", {"do": "retire"}).status_code == 403
    assert lead.post("/services/ledger", {"do": "retire", "successor": "0"}).status_code == 422
    assert service("ledger").retired_at is None
    assert lead.post("/services/ledger", {"do": "retire", "successor": str(other.pk)}).status_code == 302
    said = " ".join(reader.get("/services/ledger").content.decode().split())
    assert ("Retired since" in said, other.name in said) == (True, True)
    assert "In the place of" in reader.get(f"/services/{other.slug}").content.decode()
    assert lead.post("/services/ledger", {"do": "retire"}).status_code == 422
    assert reader.post("/services/ledger", {"do": "restore"}).status_code == 403
    assert lead.post("/services/ledger", {"do": "restore"}).status_code == 302
    kept = service("ledger")
    assert (kept.retired_at, kept.successor) == (None, None)
    assert reader.get("/services/unknown").status_code == 404
    with seeding():
        trail = AuditEntry.objects.filter(verb__endswith="_service").order_by("pk").values_list("verb", flat=True)
        assert list(trail)[-2:] == ["retire_service", "restore_service"]
