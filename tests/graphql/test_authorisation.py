"""The table of who gets what: every field of Query, Mutation and Subscription, for each kind of person.

The rows are about one unit, Payments. A new field without a row fails. What the fields of a type show follows from
these rows, since the database decides which rows there are wherever they are reached from.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db import transaction

from hub.alerts.models import Alert, AlertGroup, AlertSource, AlertStatus, SeverityRule, SourceKind
from hub.catalog.models import Service
from hub.delivery.models import ContactMethod, Message
from hub.escalation.actions import start_runs
from hub.incidents import actions
from hub.incidents.models import EscalationProposal, HandOver, Incident, Severity
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor
from hub.oncall.models import Expertise, Leave, Override, PlannedGap, Schedule, Swap
from knowledge.postmortems.models import ActionItem, Postmortem, PostmortemMoment
from tenants import actions as tenants
from tenants.models import (
    AuditEntry,
    BusinessUnit,
    Closure,
    LocalField,
    LocalTemplate,
    Person,
    RegulationProfile,
    Role,
    RoleAssignment,
    Term,
    TermProposal,
)
from tenants.permissions import Permission
from tests.conftest import seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.graphql.walking import SCHEMA

__all__ = ["api"]

pytestmark = pytest.mark.django_db

PERSONAS = (
    None,
    "outsider.logistics",
    "observer.payments",
    "responder.payments",
    "commander.payments",
    "admin.payments",
    "lead.emea",
    "coordinator",
)
"""Nobody, somebody from elsewhere, and those who belong to Payments, from the least to the most."""


MONTH = timedelta(days=30)


class World(NamedTuple):
    """Rows of Payments by the names that the tables use, as global ids."""

    ids: dict[str, str]
    reference: str
    title: str


@pytest.fixture
def world(actor: Callable[[str], Actor]) -> World:
    responder = actor("responder.payments")
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        service = Service.objects.get(slug="ledger")
        item = (
            ActionItem.objects.filter(unit=unit, shared=False).select_related("postmortem").order_by("due_on", "id")[0]
        )
        review = Postmortem.objects.get(action_items=item)
        closed = Incident.objects.filter(unit=unit, status="closed", postmortem=None, restricted=False).latest("pk")
        cause = Term.objects.get(kind="cause", key="capacity", unit=None)
        term = Term.objects.get(key="card-outage", unit=unit)
        field = LocalField.objects.get(key="workaround", unit=unit)
        template = LocalTemplate.objects.get(name="Hand-over", unit=unit)
        proposal = TermProposal.objects.get(unit=unit)
        person = Person.objects.get(username="responder2.payments")
        schedule = Schedule.objects.get(slug="payments-commanders")
        oncall = _rows_of_oncall(schedule)
        role = Role.objects.get(key="observer", unit=None)
        held = RoleAssignment.objects.get(person=person, unit=unit)
    admin = actor("admin.payments")
    own_role = tenants.create_role(actor=admin, unit_id=unit.pk, name="Matrix", permissions=[Permission.UNIT_VIEW])
    account = tenants.create_service_account(actor=admin, unit_id=unit.pk, name="Matrix")
    key = tenants.create_access_key(actor=admin, account_id=account.pk, name="Matrix")
    incident = actions.declare_incident(actor=responder, title="Matrix", severity=Severity.SEV3, service_id=service.pk)
    alike = actions.declare_incident(actor=responder, title=review.title, severity=Severity.SEV3, service_id=service.pk)
    (run, *_) = start_runs(actor=SYSTEM, incident_id=incident.pk)
    entry = actions.add_timeline_entry(actor=responder, incident_id=incident.pk, body="A note")
    with seeding():
        retail = BusinessUnit.objects.get(slug="retail")
        day = clock.now().date()
        closure = Closure.objects.create(unit=unit, name="Matrix", starts_on=day, ends_on=day)
        profile = RegulationProfile.objects.get(key="gdpr")
        offer = HandOver.objects.get(to_unit=unit)
        escalation = EscalationProposal.objects.create(
            unit=unit,
            trigger=incident,
            incident_ids=[incident.pk],
            criterion="severity",
            reason="Matrix",
            proposed_at=clock.now(),
        )
        ActionItem.objects.filter(pk=item.pk).update(
            owner=responder.person_id, status="open", done_at=None, accepted_at=None
        )
        moment = PostmortemMoment.objects.filter(postmortem=review).earliest("pk")
        alert = alert_of(incident)
        rule = SeverityRule.objects.create(
            unit=unit, position=90, matchers=["severity=matrix"], severity=Severity.SEV4, explanation="Matrix"
        )
        method = ContactMethod.objects.create(
            person_id=responder.person_id or 0, kind="email", address="matrix@example.com"
        )
        message = page_about(incident, Person.objects.get(username="responder.payments"))
    return World(
        {
            "unit": global_id("BusinessUnit", unit),
            "service": global_id("Service", service),
            "incident": global_id("Incident", incident),
            "alike": global_id("Incident", alike),
            "entry": global_id("TimelineEntry", entry),
            "person": global_id("Person", person),
            "review": global_id("Postmortem", review),
            "closed": global_id("Incident", closed),
            "cause": global_id("Term", cause),
            "term": global_id("Term", term),
            "field": global_id("LocalField", field),
            "template": global_id("LocalTemplate", template),
            "proposal": global_id("TermProposal", proposal),
            "item": global_id("ActionItem", item),
            "moment": global_id("PostmortemMoment", moment),
            "schedule": global_id("Schedule", schedule),
            "policy": global_id("EscalationPolicy", run.policy_id or 0),
            "run": global_id("EscalationRun", run),
            "closure": global_id("Closure", closure),
            "profile": global_id("RegulationProfile", profile),
            "region": global_id("Region", profile.region_id or 0),
            "retail": global_id("BusinessUnit", retail),
            "offer": global_id("HandOver", offer),
            "escalation": global_id("EscalationProposal", escalation),
            "role": global_id("Role", role),
            "ownRole": global_id("Role", own_role),
            "held": global_id("RoleAssignment", held),
            "account": global_id("Person", account),
            "key": global_id("AccessKey", key.key),
            **oncall,
            "alert": global_id("Alert", alert),
            "source": global_id("AlertSource", alert.source_id or 0),
            "rule": global_id("SeverityRule", rule),
            "message": global_id("Message", message),
            "method": global_id("ContactMethod", method),
            "version": str(review.version),
        },
        incident.reference,
        review.title,
    )


def _rows_of_oncall(schedule: Schedule) -> dict[str, str]:
    """A layer, a stand-in, a planned gap, an offer, leave and expertise around the schedule of the commanders."""
    commander = Person.objects.get(username="commander.payments")
    begins = clock.now() + timedelta(days=200)
    during = {"starts_at": begins, "ends_at": begins + timedelta(hours=4)}
    made = {"created_by": commander, "created_at": clock.now()}
    scope = {"schedule": schedule, "unit_id": schedule.unit_id}
    rows = {
        "Layer": schedule.layers.get(duty="primary"),
        "Override": Override.objects.create(person=commander, **scope, **during, **made),
        "PlannedGap": PlannedGap.objects.create(reason="Closed", **scope, **during, **made),
        "Swap": Swap.objects.create(offered_by=commander, offered_at=clock.now(), **scope, **during),
        "Leave": Leave.objects.create(person=commander, starts_at=begins + MONTH, ends_at=begins + MONTH * 2, **made),
        "Expertise": Expertise.objects.create(person=commander, unit_id=schedule.unit_id, key="ledger"),
    }
    times = {"soon": begins + timedelta(hours=2), "later": begins + timedelta(hours=1), "latest": begins + MONTH * 2}
    ids = {name[0].lower() + name[1:]: global_id(name, row) for name, row in rows.items()}
    return ids | {name: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in times.items()}


# What a person gets: everything of Payments (A), nothing of it (-), or, for nobody, a refusal (401).
READS: dict[str, tuple[str, str]] = {
    # field: (what to ask, who sees it: outsider observer responder commander admin lead coordinator)
    "viewer": ("viewer { username }", "A A A A A A A"),
    "businessUnits": ('businessUnits(filters: {slug: {exact: "payments"}}) { edges { node { id } } }', "A A A A A A A"),
    "regions": ("regions { edges { node { id } } }", "A A A A A A A"),
    "terms": ("terms(first: 1) { edges { node { id } } }", "A A A A A A A"),
    "regulationProfiles": ("regulationProfiles { edges { node { id } } }", "A A A A A A A"),
    "freeDays": ('freeDays(unitId: "$unit", start: "2026-12-25", days: 1) { name }', "A A A A A A A"),
    "coverage": ('coverage(day: "2026-12-02") { unit { id } }', "A A A A A A A"),
    "roles": ("roles(first: 1) { edges { node { id } } }", "A A A A A A A"),
    "roleAssignments": ("roleAssignments(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "accessKeys": ("accessKeys { edges { node { id } } }", "- - - - A A -"),
    "incidentRoleGuides": ("incidentRoleGuides { kind }", "A A A A A A A"),
    "ownerships": ("ownerships { edges { node { id } } }", "A A A A A A A"),
    "escalationCriteria": ("escalationCriteria { edges { node { id } } }", "A A A A A A A"),
    "escalationProposals": ("escalationProposals { edges { node { id } } }", "- - - A - A A"),
    "handOvers": ("handOvers { edges { node { id } } }", "- A A A A A A"),
    "services": ('services(filters: {slug: {exact: "ledger"}}) { edges { node { id } } }', "A A A A A A A"),
    "schedules": ("schedules(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "finalSchedules": (
        'finalSchedules(scheduleIds: ["$schedule"], since: "2026-03-02T00:00:00Z", until: "2026-03-03T00:00:00Z")'
        " { slug stretches { primary { username } } }",
        "- A A A A A A",
    ),
    "swaps": ("swaps { edges { node { id } } }", "- A A A A A A"),
    "leave": ("leave { edges { node { id } } }", "- A A A A A A"),
    "expertise": ("expertise { edges { node { id } } }", "- A A A A A A"),
    "coverageGaps": ('coverageGaps(since: "$later", until: "$latest") { scheduleName }', "- A A A A A A"),
    "dutyCollisions": ('dutyCollisions(since: "$later", until: "$latest") { scheduleName }', "- A A A A A A"),
    "rotationProposal": ('rotationProposal(layerId: "$layer", since: "$later") { fairnessAfter }', "- A A A A A A"),
    "calendarLinks": ("calendarLinks { id }", "- - - - - - -"),
    "peopleOnCall": ('peopleOnCall(scheduleIds: ["$schedule"]) { username }', "- A A A A A A"),
    "incidents": ('incidents(filters: {reference: {exact: "$reference"}}) { edges { node { id } } }', "- A A A A A A"),
    "incident": ('incident(reference: "$reference") { id }', "- A A A A A A"),
    "node": ('node(id: "$incident") { id }', "- A A A A A A"),
    "nodes": ('nodes(ids: ["$incident"]) { id }', "- A A A A A A"),
    "_service": ("_service { sdl }", "A A A A A A A"),
    "_entities": (
        '_entities(representations: [{__typename: "Incident", id: "$incident"}]) { ... on Incident { id } }',
        "- A A A A A A",
    ),
    "overview": ('overview(unitIds: ["$unit"]) { total { declared } }', "- A A A A A A"),
    "localFields": ('localFields(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }', "- A A A A A A"),
    "localTemplates": (
        'localTemplates(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }',
        "- A A A A A A",
    ),
    "unitPolicies": ("unitPolicies { edges { node { id } } }", "- - - - - - A"),
    "consolidated": (
        'consolidated(kind: INCIDENT_TYPE, unitIds: ["$unit"]) { total { declared } }',
        "- A A A A A A",
    ),
    "unitRanking": (
        'unitRanking(measure: MEAN_TO_RESOLVE, unitIds: ["$unit"]) { unranked { reason } }',
        "- A A A A A A",
    ),
    "figureDefinitions": ("figureDefinitions { key }", "A A A A A A A"),
    "taxonomyVersions": ("taxonomyVersions { edges { node { id } } }", "A A A A A A A"),
    "termProposals": ('termProposals(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }', "- A A A A A A"),
    "mappingVersions": (
        'mappingVersions(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }',
        "- A A A A A A",
    ),
    "termMappings": ('termMappings(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }', "- A A A A A A"),
    "restrictedFigures": ("restrictedFigures { quarter }", "- - - - - - -"),
    "postmortem": ('postmortem(id: "$review") { id }', "- A A A A A A"),
    "postmortems": ("postmortems(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "actionItems": ("actionItems(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "searchKnowledge": ('searchKnowledge(query: "$title") { edges { node { id } } }', "- A A A A A A"),
    "similarKnowledge": ('similarKnowledge(incidentId: "$alike") { id }', "- A A A A A A"),
    "alerts": ("alerts(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "alertSources": ("alertSources { edges { node { id } } }", "- A A A A A A"),
    "severityFloors": ("severityFloors { edges { node { id } } }", "- - - - - - -"),
    "severityRules": ("severityRules { edges { node { id } } }", "- A A A A A A"),
    "escalationPolicies": ("escalationPolicies(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "escalationRuns": ("escalationRuns(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "simulateEscalation": (
        'simulateEscalation(serviceId: "$service", severity: SEV1) { steps { pages { name } } }',
        "- A A A A A A",
    ),
    "bridgeRules": ("bridgeRules { edges { node { id } } }", "- - - - - - -"),
    "contactMethods": ("contactMethods { edges { node { id } } }", "- - A - - - -"),
    "inbox": ("inbox { edges { node { id } } }", "- - A - - - -"),
    "messages": ("messages { edges { node { id } } }", "- - A - A A -"),
}
WHAT_IS_SEEN = {
    "escalationProposals": "escalation",
    "handOvers": "offer",
    "roleAssignments": "held",
    "accessKeys": "key",
    "schedules": "schedule",
    "swaps": "swap",
    "leave": "leave",
    "expertise": "expertise",
    "incidents": "incident",
    "incident": "incident",
    "node": "incident",
    "nodes": "incident",
    "_entities": "incident",
    "postmortem": "review",
    "postmortems": "review",
    "actionItems": "item",
    "searchKnowledge": "review",
    "similarKnowledge": "review",
    "alerts": "alert",
    "alertSources": "source",
    "severityRules": "rule",
    "escalationPolicies": "policy",
    "escalationRuns": "run",
    "contactMethods": "method",
    "inbox": "message",
    "messages": "message",
}
"""Which row a reader must find in the answer; for the others any answer with rows counts."""


def show(answer: Any) -> bool:
    """Whether anything but emptiness and zeros is in an answer."""
    if isinstance(answer, dict):
        return any(show(value) for value in answer.values())
    if isinstance(answer, list):
        return any(show(value) for value in answer)
    return bool(answer)


def filled(text: str, world: World) -> str:
    text = text.replace("$reference", world.reference).replace("$title", world.title.replace('"', ""))
    for name, value in world.ids.items():
        text = text.replace(f"${name}", value)
    return text


def deep(value: Any, world: World) -> Any:
    """`filled` for every text in an input."""
    if isinstance(value, dict):
        return {key: deep(each, world) for key, each in value.items()}
    if isinstance(value, list):
        return [deep(each, world) for each in value]
    return filled(value, world) if isinstance(value, str) else value


def test_every_field_has_a_row() -> None:
    assert SCHEMA.query_type is not None
    assert SCHEMA.mutation_type is not None
    assert SCHEMA.subscription_type is not None
    assert set(READS) == set(SCHEMA.query_type.fields)
    assert set(WRITES) == set(SCHEMA.mutation_type.fields)
    # Who receives which event is tested over sockets: tests/live.
    assert set(SCHEMA.subscription_type.fields) == {"feed", "incidentFeed"}


@pytest.mark.parametrize("field", READS)
def test_who_reads(api: ApiOf, world: World, field: str) -> None:
    selection, seen = READS[field]
    query = f"{{ {filled(selection, world)} }}"
    assert api(None).ask(query).codes == ["UNAUTHENTICATED"]
    got = []
    for username in PERSONAS[1:]:
        data = api(username).ask(query).data
        wanted = WHAT_IS_SEEN.get(field)
        sees = repr(world.ids[wanted]) in str(data) if wanted else show(data)
        got.append("A" if sees else "-")
    assert " ".join(got) == seen


ROTATION = {"turns": [{"personIds": ["$person"]}], "startsOn": "2030-01-07"}
POLICY = {"name": "Matrix", "acknowledgedWithin": 5, "steps": [{"targets": [{"kind": "PRIMARY"}]}]}
LATER = {"startsAt": "2030-01-08T09:00:00Z", "endsAt": "2030-01-08T10:00:00Z"}

# The codes: ok, NF (not found), FB (forbidden), CF (conflict), IN (invalid). In the order of PERSONAS without nobody.
WRITES: dict[str, tuple[dict[str, Any], str]] = {
    "setCalendar": ({"unitId": "$unit", "hours": []}, "FB FB FB FB ok ok FB"),
    "addClosure": ({"unitId": "$unit", "name": "x", "startsOn": "2027-01-01"}, "FB FB FB FB ok ok FB"),
    "removeClosure": ({"closureId": "$closure"}, "FB FB FB FB ok ok FB"),
    "createRegulationProfile": ({"name": "x", "regionId": "$region"}, "FB FB FB FB FB ok FB"),
    "changeRegulationProfile": ({"profileId": "$profile", "name": "x"}, "FB FB FB FB FB ok FB"),
    "setRegulations": ({"unitId": "$unit", "profileIds": ["$profile"]}, "FB FB FB FB ok ok FB"),
    "setOwnership": ({"unitId": "$unit", "model": "DECENTRALIZED"}, "FB FB FB FB ok ok FB"),
    "offerHandOver": ({"incidentId": "$incident", "toUnitId": "$retail", "reason": "x"}, "NF FB FB ok FB ok ok"),
    "acceptHandOver": ({"handOverId": "$offer"}, "NF FB FB ok FB ok ok"),
    "refuseHandOver": ({"handOverId": "$offer", "reason": "x"}, "NF FB FB ok FB ok ok"),
    "withdrawHandOver": ({"handOverId": "$offer"}, "NF NF NF NF NF ok ok"),
    "setEscalationCriteria": ({"unitId": "$unit"}, "FB FB FB FB ok ok FB"),
    "gatherIncidents": (
        {"incidentIds": ["$incident"], "title": "x", "severity": "SEV2", "reason": "x"},
        "NF FB FB FB FB FB ok",
    ),
    "gatherIncident": ({"parentId": "$incident", "incidentId": "$incident"}, "NF FB IN IN FB IN IN"),
    "releaseIncident": ({"incidentId": "$incident", "reason": "x"}, "NF FB FB CF FB CF CF"),
    "acceptEscalation": ({"proposalId": "$escalation"}, "NF NF NF IN NF IN IN"),
    "dismissEscalation": ({"proposalId": "$escalation", "reason": "x"}, "NF NF NF ok NF ok ok"),
    "giveRole": ({"personId": "$person", "roleId": "$role", "unitId": "$unit"}, "FB FB FB FB ok ok FB"),
    "endRoleAssignment": ({"assignmentId": "$held"}, "NF FB FB FB ok ok FB"),
    "createRole": ({"unitId": "$unit", "name": "x", "permissions": ["UNIT_VIEW"]}, "FB FB FB FB ok ok FB"),
    "changeRole": ({"roleId": "$ownRole", "name": "x"}, "FB FB FB FB ok ok FB"),
    "deleteRole": ({"roleId": "$ownRole"}, "FB FB FB FB ok ok FB"),
    "createServiceAccount": ({"unitId": "$unit", "name": "x"}, "FB FB FB FB ok ok FB"),
    "createAccessKey": ({"accountId": "$account", "name": "x"}, "FB FB FB FB ok ok FB"),
    "rotateAccessKey": ({"keyId": "$key"}, "NF NF NF NF ok ok NF"),
    "revokeAccessKey": ({"keyId": "$key"}, "NF NF NF NF ok ok NF"),
    "declareIncident": ({"title": "New", "severity": "SEV4", "serviceId": "$service"}, "FB FB ok ok FB ok ok"),
    "acknowledgeIncident": ({"incidentId": "$incident"}, "NF FB ok ok FB ok ok"),
    "mitigateIncident": ({"incidentId": "$incident"}, "NF FB ok ok FB ok ok"),
    "resolveIncident": ({"incidentId": "$incident"}, "NF FB ok ok FB ok ok"),
    "reopenIncident": ({"incidentId": "$closed", "note": "Again"}, "NF FB CF CF FB CF CF"),
    "closeIncident": ({"incidentId": "$incident"}, "NF FB FB CF FB CF CF"),
    "changeSeverity": ({"incidentId": "$incident", "severity": "SEV1", "reason": "Worse"}, "NF FB ok ok FB ok ok"),
    "addTimelineEntry": ({"incidentId": "$incident", "body": "x"}, "NF FB ok ok FB ok ok"),
    "editTimelineEntry": ({"entryId": "$entry", "body": "x"}, "NF FB ok FB FB FB FB"),
    "recordDecision": ({"incidentId": "$incident", "decision": "x"}, "NF FB ok ok FB ok ok"),
    "assignRole": ({"incidentId": "$incident", "role": "SCRIBE", "personId": "$person"}, "NF FB ok ok FB ok ok"),
    "restrictIncident": ({"incidentId": "$incident", "reason": "x"}, "NF FB FB ok FB ok ok"),
    "grantAccess": ({"incidentId": "$incident", "personId": "$person", "reason": "x"}, "NF FB CF CF FB CF CF"),
    "endAccess": ({"incidentId": "$incident", "personId": "$person", "reason": "x"}, "NF FB CF CF FB CF CF"),
    "breakGlass": ({"reference": "PAY-R00000000", "reason": "x"}, "FB FB FB FB FB NF NF"),
    "suspectBreach": ({"incidentId": "$incident", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "passToSecurity": ({"incidentId": "$incident", "text": "x", "reason": "x"}, "NF FB CF CF FB CF CF"),
    "showToIt": ({"incidentId": "$incident", "note": "x", "reason": "x"}, "NF FB NF NF FB NF NF"),
    "setBridgeRules": ({"unitId": "$unit", "rules": []}, "FB FB FB FB ok ok FB"),
    "acknowledgeMessage": ({"messageId": "$message"}, "NF NF ok NF NF NF NF"),
    "markMessageSeen": ({"messageId": "$message"}, "NF NF ok NF NF NF NF"),
    "createAlertSource": ({"unitId": "$unit", "kind": "ALERTMANAGER", "name": "m"}, "FB FB FB FB ok ok FB"),
    "rotateAlertSourceKey": ({"sourceId": "$source"}, "NF NF NF NF ok ok NF"),
    "revokeAlertSource": ({"sourceId": "$source"}, "NF NF NF NF ok ok NF"),
    "setSeverityRules": ({"unitId": "$unit", "rules": []}, "FB FB FB FB ok ok FB"),
    "addContactMethod": ({"kind": "EMAIL", "address": "matrix@example.org"}, "ok ok ok ok ok ok ok"),
    "verifyContactMethod": ({"methodId": "$method", "code": "x"}, "NF NF IN NF NF NF NF"),
    "sendContactCode": ({"methodId": "$method"}, "NF NF ok NF NF NF NF"),
    "changeContactMethod": ({"methodId": "$method", "wait": 3}, "NF NF ok NF NF NF NF"),
    "removeContactMethod": ({"methodId": "$method"}, "NF NF ok NF NF NF NF"),
    "createEscalationPolicy": ({"unitId": "$unit", "policy": POLICY}, "FB FB FB ok ok ok ok"),
    "updateEscalationPolicy": ({"policyId": "$policy", "policy": POLICY}, "NF FB FB ok ok ok ok"),
    "retireEscalationPolicy": ({"policyId": "$policy"}, "NF FB FB ok ok ok ok"),
    "snoozeEscalation": ({"incidentId": "$incident", "minutes": 5, "reason": "x"}, "NF FB ok ok FB ok ok"),
    "resumeEscalation": ({"incidentId": "$incident"}, "NF FB CF CF FB CF CF"),
    "escalateIncident": ({"incidentId": "$incident", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "createSchedule": ({"unitId": "$unit", "name": "Nights"}, "FB FB FB ok ok ok ok"),
    "updateSchedule": ({"scheduleId": "$schedule", "name": "Nights"}, "NF FB FB ok ok ok ok"),
    "addLayer": ({"scheduleId": "$schedule", "name": "Nights", "rotation": ROTATION}, "NF FB FB ok ok ok ok"),
    "setRotation": ({"layerId": "$layer", "rotation": ROTATION}, "NF FB FB ok ok ok ok"),
    "endLayer": ({"layerId": "$layer"}, "NF FB FB ok ok ok ok"),
    "addOverride": ({"scheduleId": "$schedule", "personId": "$person", **LATER}, "NF FB FB ok ok ok ok"),
    "removeOverride": ({"overrideId": "$override"}, "NF FB FB ok ok ok ok"),
    "takeShift": ({"scheduleId": "$schedule", **LATER}, "NF FB CF CF CF CF CF"),
    "planGap": ({"scheduleId": "$schedule", "reason": "Closed", **LATER}, "NF FB FB ok ok ok ok"),
    "removePlannedGap": ({"plannedGapId": "$plannedGap"}, "NF FB FB ok ok ok ok"),
    "offerSwap": (
        {"scheduleId": "$schedule", "startsAt": "$later", "endsAt": "$soon"},
        "NF CF CF ok CF CF CF",
    ),
    "acceptSwap": ({"swapId": "$swap"}, "NF FB ok FB ok ok ok"),
    "refuseSwap": ({"swapId": "$swap"}, "NF FB FB FB FB FB FB"),
    "withdrawSwap": ({"swapId": "$swap"}, "NF FB FB ok ok ok ok"),
    "addLeave": ({"personId": "$person", **LATER}, "FB FB FB ok ok ok ok"),
    "removeLeave": ({"leaveId": "$leave"}, "NF FB FB ok ok ok ok"),
    "certifyExpertise": ({"unitId": "$unit", "personId": "$person", "key": "ledger"}, "FB FB FB ok ok ok ok"),
    "revokeExpertise": ({"expertiseId": "$expertise"}, "NF FB FB ok ok ok ok"),
    "addField": ({"unitId": "$unit", "key": "x", "name": "x", "kind": "TEXT"}, "FB FB FB FB ok ok FB"),
    "changeField": ({"fieldId": "$field", "name": "x"}, "NF FB FB FB ok ok FB"),
    "retireField": ({"fieldId": "$field"}, "NF FB FB FB ok ok FB"),
    "saveTemplate": (
        {"unitId": "$unit", "purpose": "UPDATE", "name": "x", "body": "x"},
        "FB FB FB FB ok ok FB",
    ),
    "retireTemplate": ({"templateId": "$template"}, "NF FB FB FB ok ok FB"),
    "setPolicy": ({"unitId": "$unit", "reviewDueHours": 24}, "FB FB FB FB ok ok FB"),
    "setFields": (
        {"incidentId": "$incident", "fields": [{"key": "workaround", "text": "x"}]},
        "NF FB ok ok FB ok ok",
    ),
    "setSeverityFloors": ({"rules": []}, "FB FB FB FB FB FB FB"),
    "proposeTerm": (
        {"change": "ADD", "kind": "DOMAIN", "key": "x", "name": "x", "reason": "x", "unitId": "$unit"},
        "FB FB FB FB ok ok FB",
    ),
    "decideProposal": ({"proposalId": "$proposal", "approve": True}, "NF FB FB FB FB FB FB"),
    "withdrawProposal": ({"proposalId": "$proposal"}, "NF FB FB FB ok FB FB"),
    "publishTaxonomy": ({"summary": "x"}, "FB FB FB FB FB FB FB"),
    "nameTerm": (
        {"termId": "$term", "language": "fr", "name": "x", "unitId": "$unit"},
        "NF FB FB FB ok ok FB",
    ),
    "addTerm": ({"unitId": "$unit", "kind": "DOMAIN", "key": "x", "name": "x"}, "FB FB FB FB ok ok FB"),
    "changeTerm": ({"termId": "$term", "name": "x"}, "NF FB FB FB ok ok FB"),
    "retireTerm": ({"termId": "$term"}, "NF FB FB FB ok ok FB"),
    "mapTerms": ({"unitId": "$unit", "meanings": [{"termId": "$term"}]}, "FB FB FB FB ok ok FB"),
    "previewMapping": (
        {"unitId": "$unit", "kind": "INCIDENT_TYPE", "meanings": [{"termId": "$term"}]},
        "FB FB FB FB ok ok FB",
    ),
    "importCalendar": (
        {"scheduleId": "$schedule", "name": "x", "address": "https://x.example/"},
        "NF FB FB ok ok ok ok",
    ),
    "createCalendarLink": ({"scheduleId": "$schedule"}, "NF ok ok ok ok ok ok"),
    "revokeCalendarLink": ({"calendarLinkId": "$schedule"}, "NF NF NF NF NF NF NF"),
    "planShifts": ({"layerId": "$layer", "shifts": [{"personId": "$person", **LATER}]}, "NF FB FB ok ok ok ok"),
    "openPostmortem": ({"incidentId": "$closed"}, "NF FB ok ok FB ok ok"),
    "editPostmortem": ({"postmortemId": "$review", "version": "$version", "summary": "x"}, "NF FB FB ok FB ok ok"),
    "setCauses": ({"postmortemId": "$review", "causeId": "$cause"}, "NF FB FB ok FB ok ok"),
    "addMoment": ({"postmortemId": "$review", "at": "2025-01-01T00:00:00Z", "text": "x"}, "NF FB FB ok FB ok ok"),
    "editMoment": ({"momentId": "$moment", "text": "x"}, "NF FB FB ok FB ok ok"),
    "removeMoment": ({"momentId": "$moment"}, "NF FB FB ok FB ok ok"),
    "addActionItem": (
        {"postmortemId": "$review", "title": "x", "ownerId": "$person", "dueOn": "2030-01-01"},
        "NF FB ok ok FB ok ok",
    ),
    "updateActionItem": ({"actionItemId": "$item", "title": "x"}, "NF FB ok ok FB ok ok"),
    "acceptActionItem": ({"actionItemId": "$item"}, "NF FB ok FB FB FB FB"),
    "completeActionItem": ({"actionItemId": "$item", "outcome": "x"}, "NF FB ok ok FB ok ok"),
    "dropActionItem": ({"actionItemId": "$item", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "reopenActionItem": ({"actionItemId": "$item"}, "NF FB CF CF FB CF CF"),
    "publishPostmortem": ({"postmortemId": "$review"}, "NF FB FB CF FB CF CF"),
    "retractPostmortem": ({"postmortemId": "$review", "reason": "x"}, "NF FB FB ok FB ok ok"),
}
SHORT = {"NOT_FOUND": "NF", "FORBIDDEN": "FB", "CONFLICT": "CF", "INVALID": "IN"}


def outcome(client: Api, mutation: str, given: dict[str, Any]) -> str:
    """The short code of the first refusal, or "ok". Whatever was done is undone."""
    with transaction.atomic():
        answer = client.ask(
            f"mutation ($input: {input_type(mutation)}) {{ {mutation}(input: $input) {{"
            " __typename ... on MutationErrors { errors { code message path } } } }",
            input=given,
        ).data[mutation]
        transaction.set_rollback(True)
    if answer["__typename"] != "MutationErrors":
        return "ok"
    return SHORT[answer["errors"][0]["code"]]


def input_type(mutation: str) -> str:
    assert SCHEMA.mutation_type is not None
    return str(SCHEMA.mutation_type.fields[mutation].args["input"].type)


def written() -> int:
    """How much the audit trail holds: every action leaves an entry in it."""
    with seeding():
        return AuditEntry.objects.count()


@pytest.mark.parametrize("mutation", WRITES)
def test_who_writes(api: ApiOf, world: World, mutation: str) -> None:
    given, expected = WRITES[mutation]
    named = {key: int(filled(value, world)) if key == "version" else deep(value, world) for key, value in given.items()}
    document = f"mutation {{ {mutation} }}"
    assert api(None).ask(document).codes == ["UNAUTHENTICATED"]
    got = []
    for username in PERSONAS[1:]:
        client = api(username)
        before = written()
        got.append(outcome(client, mutation, named))
        assert written() == before, username
    assert " ".join(got) == expected


def alert_of(incident: Incident) -> Alert:
    """An alert of a source of Payments, as part of the incident."""
    account = Person.objects.create(username="matrix.source", name="Matrix source", is_service=True)
    source = AlertSource.objects.create(
        unit=incident.unit,
        kind=SourceKind.ALERTMANAGER,
        name="Matrix",
        account=account,
        service_labels=["service"],
        created_at=incident.declared_at,
    )
    group = AlertGroup.objects.create(
        source=source, unit=incident.unit, key="matrix", incident=incident, last_seen_at=incident.declared_at
    )
    return Alert.objects.create(
        source=source,
        group=group,
        unit=incident.unit,
        incident=incident,
        fingerprint="matrix",
        name="Matrix",
        status=AlertStatus.FIRING,
        starts_at=incident.declared_at,
        first_seen_at=incident.declared_at,
        last_seen_at=incident.declared_at,
        changed_at=incident.declared_at,
    )


def page_about(incident: Incident, person: Person) -> Message:
    """A page to the person about the incident, which waits to be acknowledged."""
    return Message.objects.create(
        dedupe_key="matrix",
        person=person,
        unit=incident.unit,
        incident_id=incident.pk,
        reference=incident.reference,
        subject="Matrix",
        text="Matrix",
        is_page=True,
        created_at=incident.declared_at,
        due_at=incident.declared_at,
    )
