"""The rows of one hidden incident: its people, timeline, alerts, bridge and fields."""

from __future__ import annotations

import secrets
from datetime import timedelta
from random import Random
from typing import Any

from django.contrib.auth.models import Permission as DjangoPermission

from hub.alerts.models import Alert, AlertGroup, AlertSource, AlertStatus
from hub.bridge.models import Crossing, Direction, Investigation, SecurityLink
from hub.catalog.models import Service
from hub.incidents.models import (
    Assessment,
    Duty,
    Engagement,
    EntryKind,
    FieldValue,
    HandOff,
    HandOver,
    HandOverState,
    Incident,
    IncidentGroupGrant,
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
from hub.live.models import FeedEvent, OutboxEntry, Stream
from hub.oncall.models import Schedule
from tenants.models import (
    AuditEntry,
    BusinessUnit,
    FieldKind,
    LocalField,
    Person,
)
from tests.tenancy.hidden import Hidden, somebody, word
from tests.tenancy.readers import Actors


def write_incident(random: Random, unit: BusinessUnit, restricted: bool, blind: Person | None) -> Incident:
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
        title=f"{word(random)} is wrong",
        summary=word(random),
        severity=random.choice(list(Severity)),
        severity_reason=word(random),
        tags=[word(random)],
        status=status,
        restricted=restricted,
        service=random.choice(services) if services else None,
        # Where it is hidden from nobody in particular: from whoever leads it, too.
        commander=Person.objects.get(username="world.late") if blind is None else somebody(random),
        declared_by=somebody(random),
        declared_at=declared,
        updated_at=declared,
        **times,
    )


def write_grants(random: Random, incident: Incident, actors: Actors, hidden: Hidden, blind: Person | None) -> None:
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
        grant = IncidentPersonGrant.objects.create(
            user=actors.people[name], reason=word(random), valid_until=until, is_owner=owner, **shared
        )
        hidden.note("IncidentGrant", grant)
    if blind is not None and random.random() < 0.5:
        IncidentPersonGrant.objects.create(
            user=blind, reason=word(random), valid_until=now - timedelta(minutes=1), is_owner=True, **shared
        )
    hidden.keep(IncidentGroupGrant.objects.create(group=actors.group, reason=word(random), **shared))


def scope_of(incident: Incident) -> dict[str, Any]:
    return {"incident_id": incident.pk, "unit_id": incident.unit_id, "restricted": incident.restricted}


def write_room(random: Random, incident: Incident, hidden: Hidden) -> None:
    scope, at = scope_of(incident), incident.declared_at
    for number in range(random.randint(1, 4)):
        entry = TimelineEntry.objects.create(
            kind=random.choice(list(EntryKind)),
            body=word(random),
            rationale=word(random),
            author=somebody(random),
            at=at + timedelta(minutes=number),
            **scope,
        )
        hidden.note("TimelineEntry", entry)
    revision = TimelineRevision.objects.create(entry=entry, body=word(random), replaced_at=at, **scope)
    hidden.note("TimelineRevision", revision)
    for kind in (RoleKind.COMMANDER, RoleKind.RESPONDER, RoleKind.OBSERVER):
        role = IncidentRole.objects.create(
            kind=kind, person=somebody(random), assigned_at=at, reason=word(random), **scope
        )
        hidden.note("IncidentRole", role)
    assessment = Assessment.objects.create(impact="severe", reasons=[word(random)], at=at, **scope)
    hidden.note("IncidentAssessment", assessment)
    engaged = Engagement.objects.create(severity="sev1", roles=["scribe"], protocol=word(random), at=at, **scope)
    hidden.note("PlanEngagement", engaged)
    duty = Duty.objects.create(
        activity="review", part="a", person=somebody(random), source=word(random), at=at, **scope
    )
    hidden.note("IncidentDuty", duty)
    handed = HandOff.objects.create(
        schedule=Schedule.objects.order_by("pk")[0],
        team=word(random),
        reason=word(random),
        answers=[{"item": word(random), "answer": word(random)}],
        offered_by=somebody(random),
        offered_at=at,
        expires_at=at + timedelta(minutes=9),
        state="refused",
        decided_at=at,
        answer=word(random),
        **scope,
    )
    hidden.note("HandOff", handed)
    if incident.restricted:
        hidden.note("HandOver", _former_offer(random, incident))
        seen = IncidentSighting.objects.create(person=somebody(random), through="page", hour=at, at=at, **scope)
        hidden.note("IncidentSighting", seen)
    stream, _ = Stream.objects.get_or_create(incident_id=incident.pk if incident.restricted else None)
    place = FeedEvent.objects.filter(stream=stream).count() + 10_000
    for model, more in ((FeedEvent, {"stream": stream, "position": place}), (OutboxEntry, {})):
        model.objects.create(
            event_id=uuid_of(random),
            type="TimelineEntryAdded",
            at=at,
            person_id=somebody(random).pk,
            payload={"entry_id": entry.pk, "kind": "note", "word": word(random)},
            **scope,
            **more,
        )
    AuditEntry.objects.create(
        at=at,
        person=somebody(random),
        through="page",
        verb="declare_incident",
        noun="incident",
        object_id=incident.pk,
        change={"title": [None, word(random)]},
        **scope,
    )


def _former_offer(random: Random, incident: Incident) -> HandOver:
    """An offer to another unit, which it withdrew when it was restricted: the receiver no longer reads it either."""
    return HandOver.objects.create(
        from_unit_id=incident.unit_id,
        to_unit=BusinessUnit.objects.exclude(pk=incident.unit_id).order_by("pk")[0],
        state=HandOverState.WITHDRAWN,
        reason=word(random),
        reference=incident.reference,
        title=word(random),
        severity=incident.severity,
        offered_at=incident.declared_at,
        expires_at=incident.declared_at,
        decided_at=incident.declared_at,
        **scope_of(incident),
    )


def uuid_of(random: Random) -> str:
    """A random UUID of this world's own dice."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def write_alerts(incident: Incident, hidden: Hidden) -> None:
    source = AlertSource.objects.filter(name="world source").first()
    if source is None:
        return
    random = Random(incident.pk)
    group = AlertGroup.objects.create(
        source=source, unit_id=incident.unit_id, key=word(random), incident=incident, last_seen_at=clock.now()
    )
    alert = Alert.objects.create(
        source=source,
        group=group,
        service=incident.service,
        fingerprint=word(random),
        name=word(random),
        summary=word(random),
        labels={"word": word(random)},
        annotations={"word": word(random)},
        status=AlertStatus.FIRING,
        starts_at=incident.declared_at,
        first_seen_at=incident.declared_at,
        last_seen_at=incident.declared_at,
        changed_at=incident.declared_at,
        **scope_of(incident),
    )
    hidden.note("Alert", alert)


def write_bridge(incident: Incident, hidden: Hidden) -> None:
    random = Random(incident.pk)
    link = SecurityLink.objects.create(
        reason=word(random), note=word(random), asked_at=incident.declared_at, **scope_of(incident)
    )
    hidden.note("SecurityLink", link)
    if not incident.restricted:
        return
    investigation = Investigation.objects.create(link=link, **scope_of(incident))
    hidden.note("Investigation", investigation)
    crossing = Crossing.objects.create(
        investigation=investigation,
        direction=Direction.TO_IT,
        content={"note": word(random)},
        reason=word(random),
        at=incident.declared_at,
        dedupe_key=word(random),
        **scope_of(incident),
    )
    hidden.note("BridgeCrossing", crossing)


def write_fields(random: Random, incident: Incident, hidden: Hidden) -> None:
    """A value in a field of the unit; of a restricted incident in one that the reader may know of."""
    said = word(random)
    if incident.restricted:
        field_of_unit = LocalField.objects.get(unit_id=incident.unit_id, key="world")
    else:
        field_of_unit = LocalField.objects.create(unit_id=incident.unit_id, key=said, name=said, kind=FieldKind.TEXT)
        hidden.note("LocalField", field_of_unit)
    FieldValue.objects.create(
        field=field_of_unit,
        kind=FieldKind.TEXT,
        text=said,
        words=said,
        set_at=incident.declared_at,
        **scope_of(incident),
    )
