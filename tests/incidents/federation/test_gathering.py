"""From units to the enterprise: criteria propose or make one incident that gathers those of the units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from hub.catalog.models import Service
from hub.incidents import actions
from hub.incidents.actions.considering import consider_escalation
from hub.incidents.models import EscalationCriteria, EscalationProposal, Incident, Severity, TimelineEntry
from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from tenants.models import AuditEntry, BusinessUnit, Person
from tests.conftest import seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.incidents.graphql.conftest import nothing_changed
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
GATHERED = "... on Incident { id reference unit { slug } commander { username } children { edges { node { id } } } }"


@pytest.fixture
def quiet() -> None:
    """Nothing else is open, and the group has no criteria yet."""
    with seeding():
        EscalationCriteria.objects.all().delete()
        EscalationProposal.objects.all().delete()
        Incident.objects.filter(status__in=["declared", "acknowledged", "mitigated"]).update(
            status="resolved", acknowledged_at=clock.now(), resolved_at=clock.now()
        )


@pytest.fixture
def incidents(quiet: None, actor: ActorNamed) -> list[Incident]:
    """Three units' incidents that rest on the Event Stream, as grave as SEV2."""
    return [
        declared(actor, "responder.cloud", "event-stream"),
        declared(actor, "responder.logistics", "tracking"),
        declared(actor, "responder.retail", "loyalty"),
    ]


def declared(actor: ActorNamed, username: str, service: str, severity: Severity = Severity.SEV2) -> Incident:
    with seeding():
        found = Service.objects.get(slug=service)
    return actions.declare_incident(
        actor=actor(username), title=f"{service} fails", severity=severity, service_id=found.pk
    )


def group() -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug="group")


def set_criteria(api: ApiOf, **given: Any) -> None:
    answer = api("admin.enterprise").change(
        "setEscalationCriteria", "__typename", unitId=global_id("BusinessUnit", group()), **given
    )
    assert answer.data == {"setEscalationCriteria": {"__typename": "EscalationCriteria"}}


def proposals() -> list[EscalationProposal]:
    with seeding():
        return list(EscalationProposal.objects.order_by("id"))


def ids(incidents: list[Incident]) -> list[str]:
    return [global_id("Incident", each) for each in incidents]


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer.get("errors", [])]


def gathered(client: Api, incidents: list[Incident], **given: Any) -> Any:
    return (
        client.change(
            "gatherIncidents", GATHERED, **{"incidentIds": ids(incidents), "title": "The stream is down",
            "severity": "SEV1", "reason": "One cause", **given},
        )
        .data["gatherIncidents"]
    )  # fmt: skip


def test_several_units_on_one_service_are_proposed_as_one(api: ApiOf, incidents: list[Incident]) -> None:
    set_criteria(api, unitsHit=3)
    run_jobs()
    consider_escalation()

    (proposal,) = proposals()
    assert proposal.reason == "Incidents of 3 units rest on Event Stream"
    assert sorted(proposal.incident_ids) == sorted(each.pk for each in incidents)
    hidden = api("commander.retail").ask("{ escalationProposals { edges { node { id } } } }").data
    assert hidden["escalationProposals"]["edges"] == []

    made = api("coordinator").change("acceptEscalation", GATHERED, proposalId=global_id("EscalationProposal", proposal))

    parent = made.data["acceptEscalation"]
    assert parent["unit"] == {"slug": "group"}
    assert {each["node"]["id"] for each in parent["children"]["edges"]} == set(ids(incidents))
    with seeding():
        units = Incident.objects.filter(pk__in=[each.pk for each in incidents]).values_list("unit__slug", flat=True)
        assert sorted(units) == ["cloud", "logistics", "retail"]
    again = api("coordinator").change(
        "acceptEscalation", GATHERED, proposalId=global_id("EscalationProposal", proposal)
    )
    assert codes(again.data["acceptEscalation"]) == ["CONFLICT"]


@pytest.mark.parametrize(
    ("criteria", "reason"),
    [
        ({"severity": "SEV2"}, "is SEV2"),
        ({"dependents": 3}, "other units need Event Stream"),
        ({"openMinutes": 30}, "has been open for more than 30 minutes"),
    ],
)
def test_each_criterion_is_enough(
    api: ApiOf, quiet: None, actor: ActorNamed, criteria: dict[str, Any], reason: str
) -> None:
    declared(actor, "responder.cloud", "event-stream")
    set_criteria(api, **criteria)

    if "openMinutes" in criteria:
        consider_escalation()
        assert proposals() == []
    with clock.at(clock.now() + timedelta(minutes=31)):
        consider_escalation()
        consider_escalation()

    (proposal,) = proposals()
    assert reason in proposal.reason


def test_what_is_less_grave_restricted_or_alone_proposes_nothing(api: ApiOf, quiet: None, actor: ActorNamed) -> None:
    set_criteria(api, unitsHit=2, severity="SEV1", dependents=2)
    declared(actor, "responder.cloud", "event-stream", Severity.SEV3)
    declared(actor, "responder.retail", "loyalty", Severity.SEV3)
    secret = declared(actor, "commander.cloud", "event-stream", Severity.SEV4)
    actions.restrict_incident(actor=actor("commander.cloud"), incident_id=secret.pk, reason="Few")
    actions.change_severity(actor=actor("commander.cloud"), incident_id=secret.pk, severity=Severity.SEV1, reason="x")

    run_jobs()
    consider_escalation()

    assert proposals() == []


def test_criteria_can_make_it_at_once(api: ApiOf, quiet: None, actor: ActorNamed) -> None:
    set_criteria(api, unitsHit=2, makes=True)
    first, second = declared(actor, "responder.cloud", "event-stream"), declared(actor, "responder.retail", "loyalty")
    run_jobs()

    with seeding():
        parent = Incident.objects.get(unit__slug="group", status="declared")
        assert set(parent.children.all()) == {first, second}
        assert parent.declared_by is None
    third = declared(actor, "responder.logistics", "tracking")
    run_jobs()
    with seeding():
        parent = Incident.objects.get(unit__slug="group", status="declared")
        assert set(parent.children.all()) == {first, second, third}


def test_each_unit_keeps_its_own_and_the_enterprise_sees_the_whole(api: ApiOf, incidents: list[Incident]) -> None:
    parent = gathered(api("coordinator"), incidents)

    query = f'{{ node(id: "{parent["id"]}") {{ ... on Incident {{ children {{ totalCount }} }} }} }}'
    assert api("coordinator").ask(query).data["node"]["children"]["totalCount"] == 3
    assert api("commander.retail").ask(query).data["node"] is None
    own = api("commander.retail").ask(
        f'{{ node(id: "{ids(incidents)[2]}") {{ ... on Incident {{ parent {{ id }} timeline {{ edges {{ node {{ body }} }} }} }} }} }}'  # noqa: E501
    )
    assert own.data["node"]["parent"] is None
    assert f"Part of {parent['reference']} of Meridian Group" in str(own.data)


def test_the_outcome_flows_back_and_closing_stays_with_the_unit(api: ApiOf, incidents: list[Incident]) -> None:
    parent = gathered(api("coordinator"), incidents)
    coordinator = api("coordinator")
    run_jobs()

    coordinator.change("mitigateIncident", "__typename", incidentId=parent["id"], note="Leaders moved")
    run_jobs()
    assert statuses(incidents) == {"declared"}
    coordinator.change("resolveIncident", "__typename", incidentId=parent["id"], note="The zone is back")
    run_jobs()

    assert statuses(incidents) == {"resolved"}
    with seeding():
        told = list(TimelineEntry.objects.filter(incident=incidents[2]).order_by("id").values_list("body", flat=True))
    assert f"{parent['reference']} above: Mitigated: Leaders moved" in told
    assert told.count(f"{parent['reference']} above: Resolved: The zone is back") == 1
    assert f"Resolved: with {parent['reference']}" in told


def test_what_its_unit_demands_keeps_a_child_open(api: ApiOf, incidents: list[Incident], actor: ActorNamed) -> None:
    with seeding():
        media = BusinessUnit.objects.get(slug="media")
    child = actions.declare_incident(
        actor=actor("responder.media"), title="Trailers stall", severity=Severity.SEV3, unit_id=media.pk
    )
    coordinator = api("coordinator")
    parent = gathered(coordinator, [*incidents, child])

    coordinator.change("resolveIncident", "__typename", incidentId=parent["id"], note="The zone is back")
    run_jobs()

    assert statuses(incidents) == {"resolved"}
    assert statuses([child]) == {"declared"}
    with seeding():
        last = TimelineEntry.objects.filter(incident=child).latest("id").body
    assert last == f"It stays open here. {child.reference} cannot be resolved before it says “Summary”."


def test_what_is_restricted_above_lets_go_of_those_below(
    api: ApiOf, incidents: list[Incident], actor: ActorNamed
) -> None:
    parent = gathered(api("coordinator"), incidents)
    with seeding():
        key = Incident.objects.get(reference=parent["reference"]).pk

    actions.restrict_incident(actor=actor("coordinator"), incident_id=key, reason="Few")

    with seeding():
        assert not Incident.objects.filter(parent_id=key).exists()
        assert Incident.objects.get(pk=key).restricted


def test_nothing_above_tells_of_what_was_restricted_below(
    api: ApiOf, incidents: list[Incident], actor: ActorNamed
) -> None:
    set_criteria(api, unitsHit=3, makes=True)
    consider_escalation()
    secret = incidents[0]

    actions.restrict_incident(actor=actor("commander.cloud"), incident_id=secret.pk, reason="Few")

    with seeding():
        parent = Incident.objects.get(unit__slug="group", status="declared")
        assert set(parent.children.all()) == set(incidents[1:])
        told = [entry.body for entry in parent.timeline.all()] + [parent.severity_reason]
        assert not [line for line in told if secret.reference in line]
        assert not EscalationProposal.objects.filter(incident_ids__contains=[secret.pk]).exists()
        trail = AuditEntry.objects.filter(unit__slug="group", at__gte=secret.declared_at)
        assert not [
            each for each in trail if str(secret.pk) in str(each.change) or secret.reference in str(each.change)
        ]
    seen = api("coordinator").ask(
        f'{{ node(id: "{global_id("Incident", parent)}") {{ ... on Incident {{ children {{ totalCount edges {{ node {{ reference }} }} }} }} }} }}'  # noqa: E501
    )
    assert seen.data["node"]["children"]["totalCount"] == 2


def statuses(incidents: list[Incident]) -> set[str]:
    with seeding():
        return set(Incident.objects.filter(pk__in=[each.pk for each in incidents]).values_list("status", flat=True))


def test_gathering_is_for_those_who_command_above(api: ApiOf, incidents: list[Incident], actor: ActorNamed) -> None:
    for username, code in (("commander.retail", "NOT_FOUND"), ("lead.emea", "NOT_FOUND"), ("auditor", "FORBIDDEN")):
        client = api(username)
        with nothing_changed():
            assert codes(gathered(client, incidents)) == [code]
    retail = api("commander.retail")
    with nothing_changed():
        alone = gathered(retail, [incidents[2]])
    assert codes(alone) == ["FORBIDDEN"]
    parent = gathered(api("coordinator"), incidents[:2])
    with seeding():
        key = Incident.objects.get(reference=parent["reference"]).pk
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("commander.retail")):
        Incident.objects.filter(pk=incidents[2].pk).update(parent_id=key)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"incidentIds": []}, "INVALID"),
        ({"title": ""}, "INVALID"),
        ({"reason": ""}, "INVALID"),
        ({"unitId": "payments"}, "INVALID"),
    ],
)
def test_bad_input_gathers_nothing(api: ApiOf, incidents: list[Incident], given: dict[str, Any], code: str) -> None:
    with seeding():
        payments = BusinessUnit.objects.get(slug="payments")
    if "unitId" in given:
        given = {"unitId": global_id("BusinessUnit", payments)}
    coordinator = api("coordinator")
    with nothing_changed():
        assert codes(gathered(coordinator, incidents, **given)) == [code]


def test_what_is_gathered_over_or_restricted_is_not_gathered(
    api: ApiOf, incidents: list[Incident], actor: ActorNamed
) -> None:
    parent = gathered(api("coordinator"), incidents[:1])
    coordinator = api("coordinator")
    assert codes(gathered(api("coordinator"), incidents)) == ["CONFLICT"]
    one_more = coordinator.change("gatherIncident", GATHERED, parentId=parent["id"], incidentId=ids(incidents)[1])
    assert len(one_more.data["gatherIncident"]["children"]["edges"]) == 2
    actions.restrict_incident(actor=actor("commander.cloud"), incident_id=incidents[0].pk, reason="Few")
    with seeding():
        assert Incident.objects.get(pk=incidents[0].pk).parent_id is None
    released = api("commander.logistics").change(
        "releaseIncident", "... on Incident { parent { id } }", incidentId=ids(incidents)[1], reason="Another cause"
    )
    assert released.data["releaseIncident"]["parent"] is None


def test_a_dismissed_proposal_stays_dismissed(api: ApiOf, quiet: None, actor: ActorNamed) -> None:
    set_criteria(api, severity="SEV2")
    declared(actor, "responder.cloud", "event-stream")
    run_jobs()
    (proposal,) = proposals()
    coordinator = api("coordinator")

    coordinator.change(
        "dismissEscalation", "__typename", proposalId=global_id("EscalationProposal", proposal), reason="Small"
    )
    consider_escalation()

    (proposal,) = proposals()
    assert (proposal.state, proposal.answer) == ("dismissed", "Small")


def test_the_rooms_show_children_and_where_they_belong() -> None:
    client = Client()
    with seeding():
        parent = Incident.objects.filter(unit__slug="group").latest("pk")
        child = parent.children.get(unit__slug="retail")
        people = {name: Person.objects.get(username=name) for name in ("coordinator", "commander.retail")}
    backend = "django.contrib.auth.backends.ModelBackend"

    client.force_login(people["coordinator"], backend=backend)
    above = client.get(f"/incidents/{parent.reference}").content.decode()
    client.force_login(people["commander.retail"], backend=backend)
    below = client.get(f"/incidents/{child.reference}").content.decode()

    assert "Gathers 3 incidents" in above
    assert child.reference in above
    assert "Part of an incident of a unit above" in below
    assert f'href="/incidents/{parent.reference}"' not in below


def test_incidents_are_gathered_from_the_page(incidents: list[Incident]) -> None:
    client = Client()
    with seeding():
        coordinator = Person.objects.get(username="coordinator")
    client.force_login(coordinator, backend="django.contrib.auth.backends.ModelBackend")
    given = {"title": "The stream is down", "severity": "sev1", "reason": "One cause"}

    unknown = client.post("/incidents/between-units/gather", {**given, "references": "NO-1"})
    made = client.post(
        "/incidents/between-units/gather",
        {**given, "references": ", ".join(each.reference.lower() for each in incidents)},
    )

    assert unknown.status_code == 400
    with seeding():
        parent = Incident.objects.get(title="The stream is down")
        assert set(parent.children.all()) == set(incidents)
    assert made["Location"] == f"/incidents/{parent.reference}"


def test_criteria_are_set_on_the_page_of_the_unit_above(person: Callable[[str], Person]) -> None:
    given = {"units_hit": "4", "considered_from": "sev3", "makes": "yes"}
    for username, status in (("coordinator", 403), ("admin.enterprise", 302)):
        client = Client()
        client.force_login(person(username), backend="django.contrib.auth.backends.ModelBackend")
        assert client.post("/units/group/criteria", given).status_code == status

    with seeding():
        kept = EscalationCriteria.objects.get(unit__slug="group")
    assert (kept.units_hit, kept.considered_from, kept.severity, kept.makes) == (4, "sev3", None, True)
    assert "incidents of 4 units rest on one service" in client.get("/units/group").content.decode()
