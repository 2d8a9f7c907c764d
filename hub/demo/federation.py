"""What goes on between units: who commands for whom, one incident that gathers three, and an offer that waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from hub.demo.history import Line, Story
from hub.demo.organisation import HISTORY, Organisation
from hub.demo.rosters import load_duty
from hub.incidents.models import (
    EntryKind,
    EscalationCriteria,
    HandOver,
    HandOverState,
    Incident,
    Ownership,
    OwnershipModel,
    Severity,
    Status,
)
from hub.lib import clock

GATHERING = "Event Stream drops messages: orders, parcels and points arrive late"
OFFERED = "Vouchers are refused at checkout"


def federated_stories(organisation: Organisation) -> list[Story]:
    """An incident of the group, those of the units that it gathers, and one that its unit would rather not have."""
    people = organisation.people
    opened = clock.now() - timedelta(minutes=96)
    stories = [
        Story(
            unit=organisation.units[unit],
            service=organisation.services[service],
            title=title,
            severity=severity,
            declared_at=opened + timedelta(minutes=after),
            summary=summary,
            severity_reason=reason,
            declared_by=people[f"responder.{unit}"],
            commander=people[f"commander.{unit}"],
            responder=people[f"responder.{unit}"],
            status=Status.ACKNOWLEDGED,
            times={Status.ACKNOWLEDGED: opened + timedelta(minutes=after + 4)},
            lines=[
                Line(opened + timedelta(minutes=after), EntryKind.STATUS, f"Declared as {severity.upper()}: {title}"),
                Line(
                    opened + timedelta(minutes=after + 4), EntryKind.STATUS, "Acknowledged", people[f"responder.{unit}"]
                ),
                Line(opened + timedelta(minutes=after + 11), EntryKind.NOTE, note, people[f"responder.{unit}"]),
            ],
        )
        for unit, service, title, severity, after, summary, reason, note in (
            (
                "cloud",
                "event-stream",
                "Event Stream brokers refuse writes in one zone",
                Severity.SEV2,
                0,
                "A third of the partitions have no leader; producers wait and then give up.",
                "A critical platform service is degraded",
                "The controller lost its quorum when the zone's storage was remounted. Two brokers are read-only.",
            ),
            (
                "logistics",
                "tracking",
                "Parcels stand still on the map",
                Severity.SEV2,
                9,
                "Tracking shows positions that are an hour old; drivers call in.",
                "Customers see wrong data",
                "Nothing is wrong with the scanners. What they send does not arrive.",
            ),
            (
                "retail",
                "loyalty",
                "Points of today's purchases are not credited",
                Severity.SEV3,
                21,
                "Purchases go through; points come late.",
                "Some customers are affected, and nothing is lost",
                "Our consumer has had nothing to read for 40 minutes.",
            ),
            (
                "retail",
                "pricing",
                OFFERED,
                Severity.SEV3,
                34,
                "About one voucher in twelve is refused with the sentence “already used”.",
                "Some customers are affected",
                "The wallet answers 409 before our code is asked. This looks like Payments' side.",
            ),
        )
    ]
    commander = people["duty.group"]
    began = opened + timedelta(minutes=38)
    gathered = Story(
        unit=organisation.units["group"],
        service=None,
        title=GATHERING,
        severity=Severity.SEV2,
        declared_at=began,
        summary="Three units suffer from one broken platform. Cloud Platform repairs it; the group speaks.",
        severity_reason="Incidents of 3 units rest on Event Stream",
        declared_by=people["coordinator"],
        commander=commander,
        status=Status.ACKNOWLEDGED,
        times={Status.ACKNOWLEDGED: began + timedelta(minutes=2)},
        lines=[
            Line(began, EntryKind.STATUS, f"Declared as SEV2: {GATHERING}", people["coordinator"]),
            Line(began + timedelta(minutes=2), EntryKind.STATUS, "Acknowledged", commander),
            Line(
                began + timedelta(minutes=14),
                EntryKind.DECISION,
                "Cloud Platform moves the leaders out of the zone before it repairs the zone",
                commander,
                "Three units wait for messages, and none of them needs the zone itself",
            ),
        ],
    )
    return [*stories, gathered]


def load_federation(organisation: Organisation, incidents: Mapping[str, Incident]) -> None:
    """Write who commands for whom, and tie the incidents, by their titles, to each other."""
    group, now = organisation.units["group"], clock.now()
    on_duty = [organisation.people[username] for username in ("duty.group", "duty2.group")]
    schedule = load_duty(group, on_duty, now - HISTORY - timedelta(days=7))
    for slug, model, central_from in (
        ("payments", OwnershipModel.DECENTRALIZED, None),
        ("health", OwnershipModel.CENTRALIZED, None),
        ("media", OwnershipModel.HYBRID, Severity.SEV2),
    ):
        central = model != OwnershipModel.DECENTRALIZED
        Ownership.objects.create(
            unit=organisation.units[slug],
            model=model,
            central_from=central_from,
            central_unit=group if central else None,
            commander_schedule=schedule if central else None,
            updated_at=now,
        )
    EscalationCriteria.objects.create(
        unit=group,
        units_hit=3,
        severity=Severity.SEV1,
        open_minutes=12 * 60,
        considered_from=Severity.SEV2,
        commander_schedule=schedule,
        updated_at=now,
    )
    parent = incidents[GATHERING]
    gathered = [each for title, each in incidents.items() if title not in (GATHERING, OFFERED) and each.pk != parent.pk]
    _gather(parent, gathered)
    offered = incidents[OFFERED]
    HandOver.objects.create(
        incident=offered,
        unit_id=offered.unit_id,
        restricted=False,
        from_unit_id=offered.unit_id,
        to_unit=organisation.units["payments"],
        reason="The wallet refuses the voucher before our code is asked",
        reference=offered.reference,
        title=offered.title,
        severity=offered.severity,
        offered_by=organisation.people["commander.retail"],
        offered_at=now - timedelta(minutes=12),
        expires_at=now + timedelta(days=6, hours=20),
    )
    _load_former_offers(organisation)


def _load_former_offers(organisation: Organisation) -> None:
    """Offers of the last months that came to nothing: the incidents stayed with the units that made them."""
    people, units = organisation.people, organisation.units
    for giver, receiver, state, reason, answer in (
        (
            "media",
            "cloud",
            HandOverState.REFUSED,
            "Our origin is slow because object storage answers late",
            "Object storage answered within 20 ms throughout. Your origin asks for every segment twice",
        ),
        ("retail", "logistics", HandOverState.EXPIRED, "Parcels of the shop are shown as lost", ""),
        (
            "cloud",
            "retail",
            HandOverState.WITHDRAWN,
            "One client of the event stream floods it: the catalog's import",
            "The import was stopped; the rest is ours",
        ),
    ):
        incident = Incident.objects.filter(unit=units[giver], status=Status.CLOSED).order_by("-declared_at")[2]
        offered_at = incident.declared_at + timedelta(minutes=25)
        is_expired = state == HandOverState.EXPIRED
        after = timedelta(days=7) if is_expired else timedelta(minutes=18)
        decider = {HandOverState.REFUSED: receiver, HandOverState.WITHDRAWN: giver}.get(state)
        HandOver.objects.create(
            incident=incident,
            unit_id=incident.unit_id,
            restricted=False,
            from_unit_id=incident.unit_id,
            to_unit=units[receiver],
            state=state,
            reason=reason,
            reference=incident.reference,
            title=incident.title,
            severity=incident.severity,
            offered_by=people[f"commander.{giver}"],
            offered_at=offered_at,
            expires_at=offered_at + timedelta(days=7),
            decided_by=people[f"commander.{decider}"] if decider else None,
            decided_at=offered_at + after,
            answer=answer,
        )


def _gather(parent: Incident, children: Sequence[Incident]) -> None:
    for child in children:
        Incident.objects.filter(pk=child.pk).update(parent=parent)
        for incident, body in (
            (child, f"Part of {parent.reference} of {parent.unit.name} from here on"),
            (parent, f"Gathers an incident of {child.unit.name}"),
        ):
            incident.timeline.create(
                unit_id=incident.unit_id,
                restricted=False,
                kind=EntryKind.SYSTEM,
                body=body,
                author=parent.declared_by,
                at=parent.declared_at + timedelta(seconds=1),
            )
