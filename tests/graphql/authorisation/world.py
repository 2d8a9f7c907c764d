"""The rows that the table is about, and the people who ask for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from hub.alerts.models import Alert, AlertGroup, AlertSource, AlertStatus, SeverityRule, SourceKind
from hub.catalog.models import Service
from hub.delivery.models import ContactMethod, Message
from hub.escalation.actions import start_runs
from hub.incidents import actions
from hub.incidents.models import (
    EscalationProposal,
    HandOff,
    HandOver,
    Incident,
    MaintenanceWindow,
    RaciLine,
    RoleKind,
    Severity,
)
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor
from hub.oncall.models import Expertise, Leave, Override, PlannedGap, Schedule, Swap
from hub.reach.codes import digest_of
from hub.reach.models import Call, Drill, PhoneTree, Probe, TreePlace, TreeRun
from knowledge.postmortems.models import ActionItem, ActionsQuestion, Disclosure, Postmortem, PostmortemMoment
from knowledge.search.models import SavedSearch
from tenants import actions as tenants
from tenants.models import (
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
from tests.graphql.api import global_id
from tests.graphql.authorisation.lessons import articles_of, meeting_of, problems_of, reasons_of, runbooks_of

PEOPLE = (
    "outsider.logistics",
    "observer.payments",
    "responder.payments",
    "commander.payments",
    "admin.payments",
    "lead.emea",
    "coordinator",
)
"""Somebody from elsewhere, and those who belong to Payments, from the least to the most."""


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
    plan = actions.set_response_plan(actor=admin, unit_id=unit.pk, severity=Severity.SEV1, roles=[RoleKind.SCRIBE])
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
        window = MaintenanceWindow.objects.create(
            unit=unit,
            reason="Matrix",
            starts_at=clock.now() + MONTH,
            ends_at=clock.now() + 2 * MONTH,
            scheduled_at=clock.now(),
        )
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
        reasons = reasons_of(review)
        behind = problems_of(alike, review.title)
        known = runbooks_of(alike) | articles_of(unit.pk)
        RaciLine.objects.create(unit=unit, activity="report", part="a", role_key="unit_admin")
        elsewhere = Schedule.objects.get(slug="health-responders")
        handed = HandOff.objects.create(
            incident=incident,
            unit=unit,
            schedule=elsewhere,
            team=elsewhere.name,
            reason="Matrix",
            offered_at=clock.now(),
            expires_at=clock.now() + MONTH,
        )
        alert = alert_of(incident)
        rule = SeverityRule.objects.create(
            unit=unit, position=90, matchers=["severity=matrix"], severity=Severity.SEV4, explanation="Matrix"
        )
        method = ContactMethod.objects.create(
            person_id=responder.person_id or 0, kind="email", address="matrix@example.com"
        )
        question = ActionsQuestion.objects.create(
            postmortem=review,
            unit_id=review.unit_id,
            incident_id=review.incident_id,
            shared=review.shared,
            failure_mode=cause,
            opened_at=clock.now(),
        )
        disclosure = Disclosure.objects.create(
            postmortem=review,
            unit_id=review.unit_id,
            incident_id=review.incident_id,
            shared=review.shared,
            recipients="public",
            purpose="x",
            title="x",
            text="x",
            requested_at=clock.now(),
            requested_by_id=responder.person_id or 0,
        )
        saved = SavedSearch.objects.create(
            person_id=responder.person_id or 0, name="Kept", query="x", created_at=clock.now()
        )
        message = page_about(incident, Person.objects.get(username="responder.payments"))
        called = _phone_trees(incident) | meeting_of(review, responder.person_id or 0)
    return World(
        {
            **called,
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
            "handOff": global_id("HandOff", handed),
            "reactionPlan": global_id("ResponsePlan", plan),
            "window": global_id("MaintenanceWindow", window),
            "escalation": global_id("EscalationProposal", escalation),
            "role": global_id("Role", role),
            "ownRole": global_id("Role", own_role),
            "held": global_id("RoleAssignment", held),
            "account": global_id("Person", account),
            "key": global_id("AccessKey", key.key),
            **oncall,
            **reasons,
            **behind,
            **known,
            "alert": global_id("Alert", alert),
            "source": global_id("AlertSource", alert.source_id or 0),
            "rule": global_id("SeverityRule", rule),
            "message": global_id("Message", message),
            "question": global_id("ActionsQuestion", question),
            "disclosure": global_id("Disclosure", disclosure),
            "saved": global_id("SavedSearch", saved),
            "method": global_id("ContactMethod", method),
            "version": str(review.version),
        },
        incident.reference,
        review.title,
    )


def _phone_trees(incident: Incident) -> dict[str, str]:
    """A phone tree that has called a responder for the incident, and another one."""
    unit, moment = incident.unit, clock.now()
    tree, other = (PhoneTree.objects.create(unit=unit, name=f"Matrix {each}", changed_at=moment) for each in range(2))
    scope = {"incident": incident, "unit": unit, "restricted": False}
    run = TreeRun.objects.create(tree=tree, name="Matrix", wait=timedelta(minutes=5), began_at=moment, **scope)
    called = {"state": "called", "called_at": moment, "code_digest": digest_of("123456789")}
    responder, somebody = (Person.objects.get(username=f"{each}.payments") for each in ("responder", "responder2"))
    Call.objects.create(run=run, person=responder, position=1, **called, **scope)
    TreePlace.objects.create(tree=other, unit=unit, person=somebody, position=1)
    drill = Drill.objects.create(unit=unit, name="Matrix", started_at=moment, ends_at=moment + MONTH)
    Probe.objects.create(
        drill=drill, unit=unit, person=responder, is_verified=False, code_digest=digest_of("987654321"), state="sent"
    )
    return {
        "drill": global_id("Drill", drill),
        "tree": global_id("PhoneTree", tree),
        "otherTree": global_id("PhoneTree", other),
        "calling": global_id("PhoneTreeRun", run),
    }


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
