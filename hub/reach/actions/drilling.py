"""Drills: a harmless message by each method of everybody, which they confirm; and the account of it that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from hub.delivery import access as delivery
from hub.delivery.actions import Draft, send_messages
from hub.delivery.models import NOWHERE, Channel, ContactKind, ContactMethod, MessageStatus, Receipt
from hub.delivery.progress import without_addresses
from hub.lib import clock
from hub.lib.errors import Invalid, within
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from hub.oncall import access as oncall
from hub.reach import access
from hub.reach.codes import digest_of, new_code
from hub.reach.letters import drill_letter
from hub.reach.models import Drill, Probe, ProbeState
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit, Person, Role
from tenants.permissions import Permission, require

SEND: Final = "hub.reach.jobs.send_drill"
LONGEST_NAME: Final = 120
LONGEST_HOURS: Final = 24
"""As long as codes are good."""


def start_drill(
    *,
    actor: Actor,
    unit_id: int | None = None,
    schedule_id: int | None = None,
    role_key: str = "",
    hours: int = LONGEST_HOURS,
) -> Drill:
    """Prove that everybody of a unit, or of a schedule's team, can be reached: by each method that they verified.

    It is no page: quiet hours hold, no incident is made, and no balance counts it. The messages are written by a job.

    Args:
        unit_id: everybody who holds a role in the unit or in one below it.
        schedule_id: or everybody who takes turns in the schedule.
        role_key: of the unit's people, those alone who hold the role with this key.
        hours: how long people are asked to confirm; 1 to 24.

    Raises `NotFound`, `Forbidden` without unit.administer, `Invalid`.
    """
    with acting_as(actor):
        if (unit_id is None) == (schedule_id is None):
            raise Invalid("Name a unit or a schedule.", path=["unitId"])
        if role_key and unit_id is None:
            raise Invalid("A role is held in a unit: name that, and no schedule.", path=["roleKey"])
        if not 1 <= hours <= LONGEST_HOURS:
            raise Invalid(f"People have 1 to {LONGEST_HOURS} hours to confirm.", path=["hours"])
        schedule = None
        if schedule_id is not None:
            with within("scheduleId"):
                schedule = oncall.schedule_for(actor, schedule_id)
        with within("unitId"):
            unit = schedule.unit if schedule is not None else tenants.unit_for(actor, unit_id or 0)
        require(
            actor,
            Permission.UNIT_ADMINISTER,
            unit.pk,
            f"Only people who administer {unit} can begin a drill of its people.",
        )
        of = f"{unit.name}: {_role(actor, unit, role_key).name}" if role_key else unit.name
        now = clock.now()
        drill = Drill.objects.create(
            unit=unit,
            schedule=schedule,
            role_key=role_key,
            name=(schedule.name if schedule is not None else of)[:LONGEST_NAME],
            started_at=now,
            started_by_id=actor.person_id,
            ends_at=now + timedelta(hours=hours),
        )
        audit.record(actor=actor, verb="start_drill", obj=drill, unit_id=unit.pk, change={"of": [None, drill.name]})
        defer(SEND, drill_id=drill.pk)
        return drill


def send_drill(*, actor: Actor, drill_id: int) -> int:
    """Write to everybody whom the drill is to reach. Returns by how many ways; who was written to already is not again.

    Args:
        actor: `SYSTEM`, which alone knows by what people are reached.

    Locks the drill.
    """
    with acting_as(actor):
        drill = Drill.objects.select_for_update(no_key=True, of=("self",)).select_related("unit").get(pk=drill_id)
        if drill.sent_at is not None:
            return 0
        people = _people(actor, drill)
        methods = delivery.ways_of(actor, [each.pk for each in people])
        probes = [probe for person in people for probe in _probes(drill, person, methods.get(person.pk, ()))]
        codes = [new_code() for _ in probes]
        for probe, code in zip(probes, codes, strict=True):
            probe.code_digest = "" if probe.state == ProbeState.NO_WAY else digest_of(code)
        Probe.objects.bulk_create(probes)
        sent = [(probe, code) for probe, code in zip(probes, codes, strict=True) if probe.code_digest]
        messages = send_messages(
            actor=actor,
            drafts=[
                Draft(
                    person_id=probe.person_id,
                    letter=drill_letter(drill, probe, code),
                    dedupe_key=f"drill:{probe.pk}",
                    only_id=probe.method_id,
                )
                for probe, code in sent
            ],
        )
        for (probe, _), message in zip(sent, messages, strict=True):
            probe.message = message
        Probe.objects.bulk_update([probe for probe, _ in sent], ["message"])
        drill.sent_at = clock.now()
        drill.save(update_fields=["sent_at"])
        return len(sent)


def settle_probes(*, actor: Actor) -> int:
    """Keep what became of the messages of drills. Returns of how many; the system's own."""
    with acting_as(actor):
        settled = list(
            Probe.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .filter(state=ProbeState.WAITING, message__isnull=False)
            .exclude(message__status=MessageStatus.QUEUED)
            .select_related("message")
        )
        for probe in settled:
            message = probe.message
            probe.sent_at = message.sent_at if message else None
            probe.state = ProbeState.SENT
            if message is not None and message.status in NOWHERE:
                last = Receipt.objects.filter(message=message).exclude(reason="").order_by("-number").first()
                probe.state = ProbeState.FAILED
                probe.reason = without_addresses(last.reason) if last else "It stands in the inbox only."
        Probe.objects.bulk_update(settled, ["sent_at", "state", "reason"])
        return len(settled)


def confirm_drill(*, actor: Actor, probe_id: int) -> Probe:
    """Say that a message of a drill reached the actor; the first time counts.

    Raises `NotFound`, also for a probe of somebody else. Locks the probe.
    """
    with acting_as(actor):
        probe = access.probe_for(actor, probe_id, lock=True)
        if probe.state == ProbeState.CONFIRMED:
            return probe
        message = probe.message
        probe.sent_at = probe.sent_at or (message.sent_at if message else None)
        probe.state, probe.confirmed_at = ProbeState.CONFIRMED, clock.now()
        probe.save(update_fields=["state", "confirmed_at", "sent_at"])
        audit.record(
            actor=actor,
            verb="confirm_drill",
            obj=probe,
            unit_id=probe.unit_id,
            change={"state": [None, probe.state]},
        )
        return probe


def _role(actor: Actor, unit: BusinessUnit, key: str) -> Role:
    """One of the roles that people can hold in the unit. Raises `Invalid`, also for another unit's own."""
    role = tenants.roles_of(actor, unit.pk).filter(key=key).first()
    if role is None:
        raise Invalid(f"There is no role “{key[:40]}” in {unit}.", path=["roleKey"])
    return role


def _people(actor: Actor, drill: Drill) -> Sequence[Person]:
    if drill.schedule_id is not None:
        ids = oncall.teams(actor, [drill.schedule_id], drill.started_at).get(drill.schedule_id, ())
        found = tenants.people(actor, ids).filter(is_active=True, is_service=False).order_by("name", "pk")
    else:
        within_unit = tenants.units(actor).filter(lineage__contains=[drill.unit_id])
        found = tenants.people_in(actor, within_unit, role_key=drill.role_key)
    return list(found)


def _probes(drill: Drill, person: Person, methods: Sequence[ContactMethod]) -> Iterator[Probe]:
    scope = {"drill": drill, "unit_id": drill.unit_id, "person": person}
    for method in methods:
        is_service = method.kind == ContactKind.ADDRESS
        service = method.address.partition("://")[0][:40] if is_service else ""
        yield Probe(method=method, channel=method.channel, service=service, is_verified=True, **scope)
    if not methods:
        state = ProbeState.WAITING if person.email else ProbeState.NO_WAY
        yield Probe(channel=Channel.EMAIL, is_verified=False, state=state, **scope)
