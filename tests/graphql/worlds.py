"""What the demonstration organisation leaves empty, so that every connection has something to show its coordinator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import DjangoDbBlocker

from hub.alerts.models import (
    Alert,
    AlertGroup,
    AlertSource,
    AlertSourceKey,
    AlertStatus,
    SeverityFloor,
    SeverityRule,
    SourceKind,
)
from hub.bridge.models import BridgeRule
from hub.catalog.models import Service
from hub.delivery.models import Channel, ContactMethod, Message, Receipt, ReceiptState
from hub.escalation.models import Outcome, Page, Policy, Run, RunEnd, RunStep, TargetKind, Trigger
from hub.incidents.models import (
    FieldValue,
    Frequency,
    Incident,
    IncidentSighting,
    MaintenanceSeries,
    MaintenanceService,
    MaintenanceWindow,
    Severity,
    TimelineEntry,
    TimelineRevision,
)
from hub.oncall.models import Schedule
from hub.reach.models import Call, Drill, PhoneTree, Probe, TreeRun
from knowledge.postmortems.models import Postmortem, PostmortemRevision
from knowledge.search.models import SavedSearch
from tenants.models import (
    AccessToken,
    BusinessUnit,
    FieldKind,
    LocalField,
    Person,
    Term,
    TermKind,
    UnitPolicy,
)
from tests.conftest import seeding, working_on
from tests.database import Server
from tests.graphql.between_units import NOON, write_between_units, write_thresholds


@pytest.fixture(scope="module")
def full_world(
    server: Server, worker_name: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Messages with receipts, alerts with sources and rules, revisions of entries and of reviews: several of each.

    They are in a database of the module's own, in which each of its tests has its transaction.
    """
    with server.clone(f"{worker_name}_world") as name, working_on(name):
        with django_db_blocker.unblock():
            _fill()
        yield


def _fill() -> None:
    with seeding():
        coordinator = Person.objects.get(username="coordinator")
        _messages(coordinator)
        _alerts()
        _keys_and_bridge_rules(coordinator)
        _sightings(coordinator)
        _escalations(coordinator)
        ContactMethod.objects.bulk_create(
            ContactMethod(person=coordinator, kind="email", address=f"{number}@example.org", position=number)
            for number in range(3)
        )
        SavedSearch.objects.bulk_create(
            SavedSearch(person=coordinator, name=f"Kept {number}", query="pool", created_at=NOON) for number in range(3)
        )
        _fields(coordinator)
        write_between_units(coordinator)
        _maintenance(coordinator)
        write_thresholds(coordinator)
        for entry in TimelineEntry.objects.filter(restricted=False).order_by("-at")[:20]:
            scope = {"incident_id": entry.incident_id, "unit_id": entry.unit_id, "restricted": entry.restricted}
            TimelineRevision.objects.bulk_create(
                TimelineRevision(entry=entry, body="Before", replaced_at=NOON, replaced_by=coordinator, **scope)
                for _ in range(3)
            )
        for review in Postmortem.objects.filter(restricted=False).order_by("-opened_at")[:20]:
            PostmortemRevision.objects.bulk_create(
                PostmortemRevision(
                    postmortem=review,
                    unit_id=review.unit_id,
                    incident_id=review.incident_id,
                    restricted=review.restricted,
                    shared=review.shared,
                    section="title",
                    body="Before",
                    version=100 + number,
                    replaced_at=NOON,
                    replaced_by=coordinator,
                )
                for number in range(3)
            )


def _messages(person: Person) -> None:
    for number in range(5):
        moment = NOON + timedelta(minutes=number)
        message = Message.objects.create(
            dedupe_key=f"world {number}",
            person=person,
            subject=f"Message {number}",
            text="Text",
            created_at=moment,
            due_at=moment,
        )
        Receipt.objects.bulk_create(
            Receipt(message=message, person=person, channel=channel, number=at, state=ReceiptState.SENT, at=moment)
            for at, channel in enumerate(Channel)
        )


def _escalations(person: Person) -> None:
    """Runs that have paged, with what each page's message came to."""
    policy = Policy.objects.get(name="Payments default")
    incidents = Incident.objects.filter(unit=policy.unit_id, restricted=False).order_by("-declared_at")[:5]
    for number in range(3):
        drill = Drill.objects.create(
            unit_id=policy.unit_id,
            schedule=Schedule.objects.filter(unit=policy.unit_id).order_by("pk")[number % 2],
            name=f"World {number}",
            started_at=NOON,
            started_by=person,
            ends_at=NOON + timedelta(hours=1),
        )
        for each in Person.objects.filter(username__startswith="responder.")[:3]:
            Probe.objects.create(drill=drill, unit_id=policy.unit_id, person=each, is_verified=False)
    tree = PhoneTree.objects.get(unit=policy.unit_id)
    for incident in incidents:
        scope = {"incident": incident, "unit_id": incident.unit_id, "restricted": False}
        calling = TreeRun.objects.create(
            **scope, tree=tree, name="World", wait=timedelta(minutes=5), began_at=NOON, began_by=person
        )
        first = Call.objects.create(**scope, run=calling, person=person, position=1)
        for position, each in enumerate(Person.objects.filter(username__startswith="responder.")[:2], 2):
            Call.objects.create(**scope, run=calling, person=each, above=first, position=position)
        run = Run.objects.create(
            **scope,
            policy=policy,
            trigger=Trigger.NOT_ACKNOWLEDGED,
            chain={},
            began_at=NOON,
            counts_from=NOON,
            next_at=NOON,
            ended_at=NOON,
            end=RunEnd.ACKNOWLEDGED,
            paused_by=person,
        )
        for position in range(3):
            taken = RunStep.objects.create(
                **scope, run=run, round=0, position=position, outcome=Outcome.PAGED, due_at=NOON, at=NOON
            )
            for number in range(2):
                message = Message.objects.create(
                    dedupe_key=f"world {incident.pk} {position} {number}",
                    person=person if number else Person.objects.get(username="commander.payments"),
                    subject="World",
                    text="Text",
                    created_at=NOON,
                    due_at=NOON,
                )
                receipts = [
                    Receipt(
                        message=message,
                        person_id=message.person_id,
                        channel=channel,
                        number=at,
                        state=ReceiptState.SENT,
                        at=NOON,
                    )
                    for at, channel in enumerate(Channel)
                ]
                Receipt.objects.bulk_create(receipts)
                Page.objects.create(
                    **scope, taken=taken, run=run, person_id=message.person_id, kind=TargetKind.PRIMARY, message=message
                )


def _keys_and_bridge_rules(person: Person) -> None:
    unit = BusinessUnit.objects.get(slug="payments")
    AccessToken.objects.bulk_create(
        AccessToken(
            person=person,
            name=f"World {number}",
            digest=bytes([number] * 32),
            hint=f"hub_{number}",
            created_at=NOON,
            expires_at=NOON + timedelta(days=900),
        )
        for number in range(3)
    )
    BridgeRule.objects.bulk_create(
        BridgeRule(unit=unit, position=number, matchers=["tag=credentials"], explanation="World")
        for number in range(50, 53)
    )


def _fields(person: Person) -> None:
    """Every incident with a review says who, and has its unit's own word for how grave it is."""
    fields = {
        unit.pk: LocalField.objects.create(unit=unit, key="world", name="World", kind=FieldKind.PERSON, position=99)
        for unit in BusinessUnit.objects.all()
    }
    words = {
        unit: Term.objects.create(unit_id=unit, kind=TermKind.SEVERITY, key="world", name="World") for unit in fields
    }
    reviewed = Incident.objects.filter(restricted=False, postmortem__isnull=False)
    FieldValue.objects.bulk_create(
        FieldValue(
            incident=incident,
            unit_id=incident.unit_id,
            restricted=False,
            field=fields[incident.unit_id],
            kind=FieldKind.PERSON,
            person=person,
            words=person.name,
            set_at=NOON,
            set_by=person,
        )
        for incident in reviewed
    )
    for incident in reviewed.filter(local_severity=None):
        Incident.objects.filter(pk=incident.pk).update(local_severity=words[incident.unit_id])


def _maintenance(person: Person) -> None:
    """Three windows of one series, each with three services and three incidents."""
    services = list(Service.objects.filter(unit__slug="payments").order_by("pk")[:3])
    recent = list(Incident.objects.filter(restricted=False, unit__slug="payments").order_by("-declared_at")[:9])
    series = MaintenanceSeries.objects.create(
        unit=services[0].unit,
        frequency=Frequency.DAILY,
        time_zone="Europe/Berlin",
        until=NOON.date() + timedelta(days=2),
    )
    for number in range(3):
        window = MaintenanceWindow.objects.create(
            unit=services[0].unit,
            series=series,
            reason=f"World {number}",
            starts_at=NOON + timedelta(days=number),
            ends_at=NOON + timedelta(days=number, hours=1),
            scheduled_at=NOON,
            scheduled_by=person,
            stopped_at=NOON + timedelta(days=number, minutes=30),
            stopped_by=person,
        )
        MaintenanceService.objects.bulk_create(
            MaintenanceService(window=window, service=service, unit=window.unit) for service in services
        )
        Incident.objects.filter(pk__in=[each.pk for each in recent[number::3]]).update(maintenance=window)


def _sightings(person: Person) -> None:
    for incident in Incident.objects.filter(restricted=False).order_by("-declared_at")[:5]:
        IncidentSighting.objects.bulk_create(
            IncidentSighting(
                incident=incident,
                unit_id=incident.unit_id,
                restricted=False,
                person=person,
                through="page",
                hour=NOON + timedelta(hours=number),
                at=NOON + timedelta(hours=number),
            )
            for number in range(3)
        )


def _alerts() -> None:
    unit = BusinessUnit.objects.get(slug="payments")
    UnitPolicy.objects.create(unit=unit, changed_at=NOON)
    incidents = list(Incident.objects.filter(unit=unit, restricted=False).order_by("-declared_at")[:5])
    for number in range(3):
        account = Person.objects.create(username=f"world.{number}", name=f"World {number}", is_service=True)
        source = AlertSource.objects.create(
            unit=unit,
            kind=SourceKind.ALERTMANAGER,
            name=f"World {number}",
            account=account,
            default_service=Service.objects.get(slug="ledger"),
            service_labels=["service"],
            created_at=NOON,
        )
        AlertSourceKey.objects.bulk_create(
            AlertSourceKey(source=source, unit=unit, digest=bytes([number, at] * 16), hint="hint", created_at=NOON)
            for at in range(2)
        )
        SeverityRule.objects.create(
            unit=unit, position=number + 50, matchers=["severity=critical"], severity=Severity.SEV1, explanation="World"
        )
        SeverityFloor.objects.create(
            position=number + 50, matchers=["env=world"], severity=Severity.SEV3, explanation="World", set_at=NOON
        )
        group = AlertGroup.objects.create(source=source, unit=unit, key=str(number), last_seen_at=NOON)
        Alert.objects.bulk_create(
            Alert(
                source=source,
                group=group,
                unit=unit,
                incident=incident,
                service=incident.service,
                fingerprint=f"{number} {at}",
                name="World",
                status=AlertStatus.FIRING,
                starts_at=NOON,
                first_seen_at=NOON,
                last_seen_at=NOON,
                changed_at=NOON,
            )
            for at, incident in enumerate(incidents)
        )
