"""What is hidden in a world: rows of every kind that somebody may not see, each with a canary in its words.

A world is the demonstration organisation. Its twin has the same rows and, beside them, those that `hide` writes. What
is hidden is drawn: how many, of which unit, in which state, with which grants.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission

from hub.alerts.models import Alert, AlertGroup, AlertSource, AlertSourceKey, AlertStatus, SeverityFloor, SeverityRule
from hub.bridge.models import BridgeRule, Crossing, Direction, Investigation, SecurityLink
from hub.catalog.models import Service
from hub.delivery.models import Channel, ContactMethod, Message, Receipt, ReceiptState
from hub.escalation.models import (
    LogicalClock,
    Outcome,
    Page,
    Policy,
    PolicyStep,
    Run,
    RunStep,
    ServicePolicy,
    StepTarget,
    TargetKind,
    Trigger,
)
from hub.incidents.models import (
    EntryKind,
    EscalationProposal,
    FieldValue,
    HandOver,
    HandOverState,
    Incident,
    IncidentGroupGrant,
    IncidentNumber,
    IncidentPersonGrant,
    IncidentRole,
    IncidentSighting,
    RoleKind,
    Severity,
    Status,
    TimelineEntry,
    TimelineRevision,
)
from hub.lib import clock
from hub.lib.identity import SYSTEM
from hub.live.models import FeedEvent, OutboxEntry, Stream
from hub.metrics.models import QuarterRelease
from hub.oncall.models import (
    CalendarLink,
    CalendarSource,
    Expertise,
    FixedShift,
    Layer,
    Override,
    PlannedGap,
    Schedule,
    Swap,
)
from knowledge.postmortems.models import (
    ActionItem,
    Audience,
    Postmortem,
    PostmortemMoment,
    PostmortemRevision,
    PostmortemStatus,
)
from knowledge.search.actions import index_postmortems
from tenants.models import (
    AccessToken,
    AuditEntry,
    BusinessUnit,
    FieldKind,
    LocalField,
    LocalTemplate,
    MappingVersion,
    Person,
    Role,
    RoleAssignment,
    TemplatePurpose,
    Term,
    TermMapping,
    UnitPolicy,
)
from tests.conftest import seeding

CANARY = "zqxcanary"
"""Begins every hidden word. Nothing of the demonstration contains it."""


@dataclass
class Hidden:
    """What was hidden: ids by the names of GraphQL's types, and the references that somebody might try."""

    ids: dict[str, list[int]] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)

    def note(self, type_name: str, row: Any) -> None:
        self.ids.setdefault(type_name, []).append(row.pk)


@dataclass
class Actors:
    """People of every kind, made for a world, with rights that have begun, ended, or never were."""

    people: dict[str, Person]
    group: Group


def populate() -> Actors:
    """People whose rights differ in one thing each."""
    now = clock.now()
    with seeding():
        names = ("stranger", "gone", "late", "early", "member", "narrow", "regional", "expired", "guest")
        people = {
            name: Person.objects.create(
                username=f"world.{name}", name=f"World {name.title()}", is_active=name != "gone", joined_at=now
            )
            for name in names
        }
        group = Group.objects.create(name="world")
        people["member"].groups.add(group)
        ContactMethod.objects.create(
            person=people["gone"], kind="email", address="world.gone@example.org", verified_at=now
        )
        payments = BusinessUnit.objects.get(slug="payments")
        role = {each.key: each for each in Role.objects.filter(unit=None)}
        year = timedelta(days=365)

        def give(name: str, key: str, since: datetime, until: datetime | None = None, **scope: Any) -> None:
            RoleAssignment.objects.create(
                person=people[name], role=role[key], valid_from=since, valid_until=until, **scope
            )

        _otherwise_empty(people["narrow"], now)
        for unit in BusinessUnit.objects.order_by("pk"):
            # What a restricted incident says in it is hidden; that its unit asks for it is not.
            LocalField.objects.create(unit=unit, key="world", name="World", kind=FieldKind.TEXT, position=900)
        give("gone", "coordinator", now - year, is_enterprise=True)
        give("late", "coordinator", now - year, now - timedelta(seconds=1), is_enterprise=True)
        give("late", "unit_admin", now - year, now - timedelta(seconds=1), unit=payments)
        give("early", "coordinator", now + timedelta(hours=1), is_enterprise=True)
        give("early", "commander", now + timedelta(hours=1), unit=payments)
        give("narrow", "commander", now - year, unit=payments)
        give("regional", "regional_lead", now - year, region=payments.regions.all()[0])
        return Actors(people, group)


def _otherwise_empty(person: Person, now: datetime) -> None:
    """A row in each table that the demonstration leaves empty and no incident fills: without one nothing is tried."""
    SeverityFloor.objects.create(
        position=9_000, matchers=['env="world"'], severity=Severity.SEV5, explanation="World", set_at=now
    )
    QuarterRelease.objects.create(starts_on=now.date().replace(year=2020), released_at=now, minimum=5, total=7)
    CalendarLink.objects.create(owner=person, digest=secrets.token_bytes(32), hint="world", created_at=now)
    trigger = Incident.objects.filter(restricted=False, unit__slug="payments").order_by("pk")[0]
    EscalationProposal.objects.create(
        unit_id=trigger.unit_id,
        trigger=trigger,
        incident_ids=[trigger.pk],
        criterion="severity",
        reason="World",
        proposed_at=now,
    )
    if not LogicalClock.objects.exists():
        LogicalClock.objects.create(now=now, boot="world", uptime=1, wall=now)
    layer = Layer.objects.select_related("schedule").filter(calendar_source=None).order_by("pk")[0]
    source = CalendarSource.objects.create(layer=layer, unit_id=layer.unit_id, created_by=person, created_at=now)
    FixedShift.objects.create(
        layer=layer,
        unit_id=layer.unit_id,
        person=person,
        starts_at=now - timedelta(days=400),
        ends_at=now - timedelta(days=399),
        source=source,
    )


def hide(random: Random, *, unit: BusinessUnit, restricted: bool, actors: Actors, blind: Person | None) -> Hidden:
    """Write what is hidden from `blind`: an incident with all that can belong to one, and what its unit keeps private.

    Args:
        unit: whose it is; one that `blind` does not view, unless `restricted`.
        restricted: whether it is hidden by need to know, and not by its unit alone.
    """
    with seeding():
        hidden = Hidden()
        incident = _incident(random, unit, restricted)
        hidden.note("Incident", incident)
        hidden.references.append(incident.reference)
        _grants(random, incident, actors, blind)
        _room(random, incident, hidden)
        _alerts(incident, hidden)
        _review(random, incident, hidden, blind)
        _messages(incident, hidden, blind, random)
        _bridge(incident, hidden)
        _fields(random, incident, hidden)
        _escalation(random, incident, hidden)
        if not restricted:
            _unit(random, unit, hidden)
        return hidden


def _word(random: Random) -> str:
    return f"{CANARY}{random.randrange(10**6)}"


def _person(random: Random) -> Person:
    return random.choice(list(Person.objects.filter(is_service=False, is_active=True).order_by("pk")[:40]))


def _incident(random: Random, unit: BusinessUnit, restricted: bool) -> Incident:
    status = random.choice(list(Status))
    # Both older and newer than what is visible: at the head of a list, and in between.
    declared = clock.now() - timedelta(minutes=random.choice([1, 600, 20_000, 90_000]))
    reached = list(Status)[1 : list(Status).index(status) + 1]
    times = {f"{each.value}_at": declared + timedelta(minutes=number) for number, each in enumerate(reached, start=1)}
    number = f"R{secrets.token_hex(4).upper()}" if restricted else str(90_000 + random.randrange(9_000))
    services = list(Service.objects.filter(unit=unit))
    return Incident.objects.create(
        # Ids of restricted incidents are drawn from a range of their own.
        pk=(10**12 if restricted else 10**9) + random.randrange(10**8),
        unit=unit,
        reference=f"{unit.prefix}-{number}",
        title=f"{_word(random)} is wrong",
        summary=_word(random),
        severity=random.choice(list(Severity)),
        severity_reason=_word(random),
        status=status,
        restricted=restricted,
        service=random.choice(services) if services else None,
        commander=_person(random),
        declared_by=_person(random),
        declared_at=declared,
        updated_at=declared,
        **times,
    )


def _grants(random: Random, incident: Incident, actors: Actors, blind: Person | None) -> None:
    if not incident.restricted:
        return
    permission = DjangoPermission.objects.get(codename="view_restricted", content_type__app_label="incidents")
    now = clock.now()
    shared = {"content_object": incident, "permission": permission, "granted_at": now - timedelta(days=1)}
    for name, until, owner in (
        ("gone", None, True),
        ("expired", now - timedelta(seconds=1), True),
        ("narrow", now + timedelta(hours=1), random.random() < 0.5),
        ("guest", None, False),
    ):
        IncidentPersonGrant.objects.create(
            user=actors.people[name], reason=_word(random), valid_until=until, is_owner=owner, **shared
        )
    if blind is not None and random.random() < 0.5:
        IncidentPersonGrant.objects.create(
            user=blind, reason=_word(random), valid_until=now - timedelta(minutes=1), is_owner=True, **shared
        )
    IncidentGroupGrant.objects.create(group=actors.group, reason=_word(random), **shared)


def _scope(incident: Incident) -> dict[str, Any]:
    return {"incident_id": incident.pk, "unit_id": incident.unit_id, "restricted": incident.restricted}


def _room(random: Random, incident: Incident, hidden: Hidden) -> None:
    scope, at = _scope(incident), incident.declared_at
    for number in range(random.randint(1, 4)):
        entry = TimelineEntry.objects.create(
            kind=random.choice(list(EntryKind)),
            body=_word(random),
            rationale=_word(random),
            author=_person(random),
            at=at + timedelta(minutes=number),
            **scope,
        )
        hidden.note("TimelineEntry", entry)
    revision = TimelineRevision.objects.create(entry=entry, body=_word(random), replaced_at=at, **scope)
    hidden.note("TimelineRevision", revision)
    for kind in (RoleKind.COMMANDER, RoleKind.RESPONDER, RoleKind.OBSERVER):
        role = IncidentRole.objects.create(
            kind=kind, person=_person(random), assigned_at=at, reason=_word(random), **scope
        )
        hidden.note("IncidentRole", role)
    if incident.restricted:
        hidden.note("HandOver", _former_offer(random, incident))
        IncidentSighting.objects.create(person=_person(random), through="page", hour=at, at=at, **scope)
    stream, _ = Stream.objects.get_or_create(incident_id=incident.pk if incident.restricted else None)
    place = FeedEvent.objects.filter(stream=stream).count() + 10_000
    for model, more in ((FeedEvent, {"stream": stream, "position": place}), (OutboxEntry, {})):
        model.objects.create(
            event_id=secrets_uuid(random),
            type="TimelineEntryAdded",
            at=at,
            person_id=_person(random).pk,
            payload={"entry_id": entry.pk, "kind": "note", "word": _word(random)},
            **scope,
            **more,
        )
    AuditEntry.objects.create(
        at=at,
        person=_person(random),
        through="page",
        verb="declare_incident",
        noun="incident",
        object_id=incident.pk,
        change={"title": [None, _word(random)]},
        **scope,
    )


def _former_offer(random: Random, incident: Incident) -> HandOver:
    """An offer to another unit, which it withdrew when it was restricted: the receiver no longer reads it either."""
    return HandOver.objects.create(
        from_unit_id=incident.unit_id,
        to_unit=BusinessUnit.objects.exclude(pk=incident.unit_id).order_by("pk")[0],
        state=HandOverState.WITHDRAWN,
        reason=_word(random),
        reference=incident.reference,
        title=_word(random),
        severity=incident.severity,
        offered_at=incident.declared_at,
        expires_at=incident.declared_at,
        decided_at=incident.declared_at,
        **_scope(incident),
    )


def secrets_uuid(random: Random) -> str:
    """A random UUID of this world's own dice."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _alerts(incident: Incident, hidden: Hidden) -> None:
    source = AlertSource.objects.filter(name="world source").first()
    if source is None:
        return
    random = Random(incident.pk)
    group = AlertGroup.objects.create(
        source=source, unit_id=incident.unit_id, key=_word(random), incident=incident, last_seen_at=clock.now()
    )
    alert = Alert.objects.create(
        source=source,
        group=group,
        service=incident.service,
        fingerprint=_word(random),
        name=_word(random),
        summary=_word(random),
        labels={"word": _word(random)},
        status=AlertStatus.FIRING,
        starts_at=incident.declared_at,
        first_seen_at=incident.declared_at,
        last_seen_at=incident.declared_at,
        changed_at=incident.declared_at,
        **_scope(incident),
    )
    hidden.note("Alert", alert)


def _review(random: Random, incident: Incident, hidden: Hidden, blind: Person | None) -> None:
    at = incident.declared_at
    published = random.random() < 0.6
    texts = {name: f"{_word(random)} database timeout" for name in ("summary", "impact", "root_cause", "lessons")}
    review = Postmortem.objects.create(
        reference=incident.reference,
        service=incident.service,
        severity=incident.severity,
        occurred_at=at,
        status=PostmortemStatus.PUBLISHED if published else PostmortemStatus.DRAFT,
        audience=Audience.ENTERPRISE if incident.restricted else Audience.UNIT,
        author=blind if blind is not None and random.random() < 0.5 else _person(random),
        opened_at=at,
        due_at=at + timedelta(days=2),
        published_at=at if published else None,
        title=f"{_word(random)} certificate",
        edited_at=at,
        cause=Term.objects.filter(kind="cause", unit=None).order_by("pk").first(),
        **texts,
        **_scope(incident),
    )
    hidden.note("Postmortem", review)
    scope = {"postmortem": review, **_scope(incident), "shared": False}
    hidden.note(
        "ActionItem",
        ActionItem.objects.create(
            title=_word(random),
            # Owning an item of a restricted review admits nobody to it; of an open one it does.
            owner=blind if blind is not None and incident.restricted else None,
            due_on=at.date(),
            created_at=at,
            **scope,
        ),
    )
    hidden.note("PostmortemMoment", PostmortemMoment.objects.create(at=at, text=_word(random), **scope))
    PostmortemRevision.objects.create(section="title", body=_word(random), version=1, replaced_at=at, **scope)
    index_postmortems(actor=SYSTEM, postmortem_ids=[review.pk])


def _messages(incident: Incident, hidden: Hidden, blind: Person | None, random: Random) -> None:
    person = blind if blind is not None and incident.restricted else _person(random)
    if not incident.restricted:
        person = Person.objects.get(username="world.narrow")
    message = Message.objects.create(
        dedupe_key=_word(random) + str(incident.pk),
        person=person,
        reference=incident.reference,
        subject=_word(random),
        text=_word(random),
        is_page=True,
        created_at=incident.declared_at,
        due_at=incident.declared_at,
        **_scope(incident),
    )
    hidden.note("Message", message)
    Receipt.objects.create(
        message=message,
        person=person,
        channel=Channel.IN_APP,
        number=0,
        state=ReceiptState.DELIVERED,
        at=incident.declared_at,
        **_scope(incident),
    )


def _bridge(incident: Incident, hidden: Hidden) -> None:
    random = Random(incident.pk)
    link = SecurityLink.objects.create(reason=_word(random), asked_at=incident.declared_at, **_scope(incident))
    hidden.note("SecurityLink", link)
    if not incident.restricted:
        return
    investigation = Investigation.objects.create(link=link, **_scope(incident))
    hidden.note("Investigation", investigation)
    crossing = Crossing.objects.create(
        investigation=investigation,
        direction=Direction.TO_IT,
        content={"note": _word(random)},
        reason=_word(random),
        at=incident.declared_at,
        dedupe_key=_word(random),
        **_scope(incident),
    )
    hidden.note("BridgeCrossing", crossing)


def _fields(random: Random, incident: Incident, hidden: Hidden) -> None:
    """A value in a field of the unit; of a restricted incident in one that the reader may know of."""
    word = _word(random)
    if incident.restricted:
        field_of_unit = LocalField.objects.get(unit_id=incident.unit_id, key="world")
    else:
        field_of_unit = LocalField.objects.create(unit_id=incident.unit_id, key=word, name=word, kind=FieldKind.TEXT)
        hidden.note("LocalField", field_of_unit)
    FieldValue.objects.create(
        field=field_of_unit, kind=FieldKind.TEXT, text=word, words=word, set_at=incident.declared_at, **_scope(incident)
    )


def _escalation(random: Random, incident: Incident, hidden: Hidden) -> None:
    """What pages whom for the incident; and, where its unit is hidden, the policy by which it is done."""
    at = incident.declared_at
    policy = None
    if not incident.restricted:
        scope = {"unit_id": incident.unit_id}
        policy = Policy.objects.create(name=_word(random), changed_at=at, **scope)
        hidden.note("EscalationPolicy", policy)
        step = PolicyStep.objects.create(policy=policy, position=1, **scope)
        StepTarget.objects.create(step=step, kind=TargetKind.PERSON, person=_person(random), **scope)
        if incident.service is not None:
            ServicePolicy.objects.update_or_create(service=incident.service, defaults={"policy": policy, **scope})
    run = Run.objects.create(
        policy=policy,
        trigger=Trigger.NOT_ACKNOWLEDGED,
        chain=[],
        began_at=at,
        counts_from=at,
        next_at=at,
        **_scope(incident),
    )
    hidden.note("EscalationRun", run)
    taken = RunStep.objects.create(
        run=run, round=0, position=0, outcome=Outcome.PAGED, note=_word(random), due_at=at, at=at, **_scope(incident)
    )
    message = Message.objects.get(pk=hidden.ids["Message"][0])
    Page.objects.create(
        taken=taken,
        run=run,
        person=message.person,
        kind=TargetKind.PERSON,
        because=_word(random),
        message=message,
        **_scope(incident),
    )


def _unit(random: Random, unit: BusinessUnit, hidden: Hidden) -> None:
    """What a unit keeps to itself."""
    now = clock.now()
    people = Person.objects.get(username="world.narrow")
    term = Term.objects.create(kind="incident_type", key=_word(random), name=_word(random), unit=unit)
    hidden.note("Term", term)
    above = Term.objects.filter(kind="incident_type", unit=None).first()
    if above is not None:
        version = MappingVersion.objects.create(
            unit=unit, number=9_000 + random.randrange(900), reason=_word(random), published_at=now
        )
        TermMapping.objects.create(
            unit=unit, local=term, version=version, target=above, relation="equal", valid_from=now
        )
    schedule = Schedule.objects.create(unit=unit, slug=_word(random), name=_word(random), time_zone="UTC")
    hidden.note("Schedule", schedule)
    rule = {"unit": unit, "position": 900 + random.randrange(90), "matchers": [f"a={_word(random)}"]}
    hidden.note("SeverityRule", SeverityRule.objects.create(severity="sev1", explanation=_word(random), **rule))
    hidden.note("BridgeRule", BridgeRule.objects.create(explanation=_word(random), **rule))
    hidden.note(
        "LocalTemplate",
        LocalTemplate.objects.create(unit=unit, purpose=TemplatePurpose.UPDATE, name=_word(random), body=_word(random)),
    )
    policy, _ = UnitPolicy.objects.update_or_create(
        unit=unit, defaults={"review_due_hours": random.randint(1, 40), "changed_at": now}
    )
    hidden.note("UnitPolicy", policy)
    layer = Layer.objects.create(schedule=schedule, unit=unit, name=_word(random))
    hidden.note("Layer", layer)
    shift = {"unit": unit, "starts_at": now - timedelta(days=2), "ends_at": now + timedelta(days=9)}
    FixedShift.objects.create(layer=layer, person=people, **shift)
    made = {"schedule": schedule, "created_by": people, "created_at": now, **shift}
    PlannedGap.objects.create(reason=_word(random), **made)
    Override.objects.create(person=people, **made)
    hidden.note(
        "Swap",
        Swap.objects.create(schedule=schedule, offered_by=people, note=_word(random), offered_at=now, **shift),
    )
    Expertise.objects.create(unit=unit, person=people, key=_word(random))
    IncidentNumber.objects.update_or_create(unit=unit, defaults={"last": 99_000 + random.randrange(900)})
    AccessToken.objects.create(
        person=people,
        name=_word(random),
        digest=random.randbytes(32),
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    ContactMethod.objects.create(person=people, kind="email", address=f"{_word(random)}@example.org")
    source = AlertSource.objects.filter(name="world source").first()
    if source is not None:
        AlertSourceKey.objects.create(
            source=source, unit_id=source.unit_id, digest=random.randbytes(32), hint="zqx0", created_at=now
        )


def source_for_worlds() -> AlertSource:
    """A source that both worlds have: that one exists is no secret."""
    with seeding():
        account = Person.objects.create(username="world.source", name="World source", is_service=True)
        return AlertSource.objects.create(
            unit=BusinessUnit.objects.get(slug="cloud"),
            kind="alertmanager",
            name="world source",
            account=account,
            service_labels=["service"],
            created_at=clock.now(),
        )
