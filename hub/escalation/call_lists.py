"""A unit's call list: who is on now and in the next days, how to reach them, in which order; for when the hub is down.

As a page to print, as one HTML file on disk, and as a mail to those who lead the unit, every day.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string

from hub.delivery import access as delivery
from hub.delivery.actions import send_message
from hub.delivery.letters import Letter
from hub.escalation import access
from hub.escalation.models import Policy
from hub.escalation.wording import StepInWords, repeats_in_words, steps_in_words, triggers_in_words
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from hub.oncall.shifts import Duty, Stretch, stretches_of
from tenants import access as tenants
from tenants.models import BusinessUnit, Person
from tenants.permissions import Permission

logger = logging.getLogger(__name__)

AHEAD: Final = timedelta(days=7)
MAILED_FROM: Final = 6
"""The hour of the reader's day from which their list of that day is mailed."""


@dataclass(frozen=True)
class Contact:
    """Somebody, and how to reach them as far as the reader may know."""

    name: str
    email: str
    phone: str

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.name, self.phone, self.email]))


@dataclass(frozen=True)
class Turn:
    """Who is on for a duty, from and until when, in words; nobody, if `people` is empty."""

    starts_at: str
    ends_at: str
    people: tuple[Contact, ...]
    is_needed: bool


@dataclass(frozen=True)
class DutyOnList:
    """A duty of a schedule: the turn that goes on, and those of the next days."""

    schedule: str
    duty: str
    now: Turn
    ahead: tuple[Turn, ...]


@dataclass(frozen=True)
class PolicyOnList:
    """A policy: what it stands for, and whom it asks in which order."""

    name: str
    stands_for: str
    triggers: tuple[str, ...]
    steps: tuple[StepInWords, ...]
    repeats: str


@dataclass(frozen=True)
class Part:
    """What an area above this one adds: a heading, what it is, and lines in order."""

    title: str
    about: str
    lines: tuple[str, ...]


PartsOf: TypeAlias = Callable[[Actor, BusinessUnit], Sequence[Part]]


@dataclass(frozen=True)
class CallList:
    """All of it, as it stood at `generated_at`, with times in `zone` and UTC."""

    unit: BusinessUnit
    generated_at: str
    until: str
    zone: str
    duties: tuple[DutyOnList, ...] = field(default_factory=tuple)
    policies: tuple[PolicyOnList, ...] = field(default_factory=tuple)
    leaders: tuple[Contact, ...] = field(default_factory=tuple)
    parts: tuple[Part, ...] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        return not (self.duties or self.policies or self.parts)


def call_list(actor: Actor, unit: BusinessUnit, zone: str) -> CallList:
    """The unit's list as far as `actor` may see it, with times of this zone (an IANA name)."""
    now = clock.now()
    schedules = list(oncall.schedules(actor).filter(unit=unit).order_by("name", "pk"))
    finals = oncall.held_schedules(actor, {each.pk: each for each in schedules}, now, now + AHEAD)
    leaders = list(leading(actor, unit))
    ids = {person for stretches in finals.values() for each in stretches for person in each.people}
    people = contacts(actor, {*ids, *(each.pk for each in leaders)})
    parts: list[PartsOf] = [import_string(path) for path in settings.HUB_CALL_LIST_PARTS]
    written = _Writer(zone)
    duties = [
        written.duty(schedule, duty, finals.get(schedule.pk, ()), people)
        for schedule in schedules
        for duty in Duty
        if duty is Duty.PRIMARY or any(each.secondary for each in finals.get(schedule.pk, ()))
    ]
    policies = access.whole_policies(actor).filter(unit=unit).order_by("-is_default", "name")
    return CallList(
        unit=unit,
        generated_at=written.moment(now),
        until=written.moment(now + AHEAD),
        zone=zone,
        duties=tuple(duties),
        policies=tuple(
            PolicyOnList(
                each.name,
                _stands_for(each),
                tuple(triggers_in_words(each)),
                tuple(steps_in_words(each)),
                repeats_in_words(each),
            )
            for each in policies
        ),
        leaders=tuple(people[each.pk] for each in leaders),
        parts=tuple(part for parts_of in parts for part in parts_of(actor, unit)),
    )


def contacts(actor: Actor, ids: Iterable[int]) -> dict[int, Contact]:
    """These people and how to reach them, as far as `actor` may see it, by id."""
    found = list(tenants.people(actor, ids))
    numbers = delivery.phone_numbers(actor, [each.pk for each in found])
    return {each.pk: Contact(each.name, each.email, numbers.get(each.pk, "")) for each in found}


def leading(actor: Actor, unit: BusinessUnit) -> Iterable[Person]:
    """Those who lead or administer the unit by a role in the unit itself, as far as `actor` may see that."""
    held = tenants.assignments(actor).filter(
        tenants.held_now(), unit=unit, role__permissions__contains=[Permission.ONCALL_WRITE.value]
    )
    found = tenants.people(actor, held.order_by().values_list("person_id", flat=True))
    return found.filter(is_active=True, is_service=False).order_by("name", "pk")


def write_all() -> int:
    """Write each unit's list into `HUB_CALL_LISTS_DIR`, whole or not at all. Returns how many; the system's own.

    A folder that cannot be written is logged, and ends nothing else.
    """
    if not settings.CALL_LISTS_DIR:
        return 0
    folder = Path(settings.CALL_LISTS_DIR)
    count = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for unit in _units():
            with acting_as(SYSTEM):
                listed = call_list(SYSTEM, unit, unit.time_zone)
            if not listed.is_empty:
                _write(
                    folder / f"{unit.slug}.html", render_to_string("escalation/call_list_file.html", {"list": listed})
                )
                count += 1
    except OSError as error:
        logger.error("The call lists cannot be written to %s: %s", folder, error.strerror)
    return count


def mail_all() -> int:
    """Mail each unit's list to those who lead it, on the morning of their own time zone and once a day; says how many.

    What a mail says is what its reader may see.
    """
    now = clock.now()
    count = 0
    for unit in _units():
        with acting_as(SYSTEM):
            leaders = list(leading(SYSTEM, unit))
        for person in leaders:
            local = now.astimezone(ZoneInfo(person.time_zone))
            key = f"call-list:{unit.pk}:{person.pk}:{local:%Y-%m-%d}"
            with acting_as(SYSTEM):
                is_told = delivery.is_told(SYSTEM, key)
            if local.hour < MAILED_FROM or is_told:
                continue
            reader = tenants.actor_named(person.username, through="job")
            with acting_as(reader):
                listed = call_list(reader, unit, person.time_zone)
            if listed.is_empty:
                continue
            with acting_as(SYSTEM):
                send_message(
                    actor=SYSTEM, person_id=person.pk, letter=letter_of(listed), dedupe_key=key, unit_id=unit.pk
                )
            count += 1
    return count


def letter_of(listed: CallList) -> Letter:
    """The list as a mail, complete: it is read when the hub cannot be."""
    facts = []
    for each in listed.duties:
        name = f"{each.schedule}{each.duty}"
        facts.append((f"{name}, now", _told(each.now)))
        facts.append((f"{name}, then", "; ".join(f"from {turn.starts_at}: {_told(turn)}" for turn in each.ahead)))
    for policy in listed.policies:
        steps = [f"{step.number}. {step.when}: {', '.join(step.whom)}{_if(step)}" for step in policy.steps]
        facts.append(
            (f"Policy {policy.name}", " ".join([f"For {policy.stands_for or 'nothing'}.", *steps, policy.repeats]))
        )
    facts += [(part.title, "; ".join(part.lines)) for part in listed.parts]
    facts.append(("Leads the unit", "; ".join(map(str, listed.leaders))))
    return Letter(
        subject=f"Call list of {listed.unit.name}, {listed.generated_at}",
        path=reverse("call-list", args=[listed.unit.slug]),
        lead=f"Who is on for {listed.unit.name} until {listed.until}, for when the hub is down. Times are of"
        f" {listed.zone}, with UTC beside them.",
        headline=f"Call list of {listed.unit.name}",
        facts=facts,
        request="Keep it where you find it without the hub. A newer one comes tomorrow.",
        because=f"You lead {listed.unit.name}; this comes once a day.",
    )


class _Writer:
    """Writes moments and turns in one zone."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def moment(self, moment: datetime) -> str:
        """Thu 26 Nov 2026 09:00 CET (08:00 UTC); the day of UTC too, where it is another."""
        local, utc = moment.astimezone(self._zone), moment.astimezone(UTC)
        other = f"{utc:%H:%M} UTC" if local.date() == utc.date() else f"{utc:%a %H:%M} UTC"
        return f"{local:%a} {local.day} {local:%b %Y %H:%M %Z} ({other})"

    def duty(
        self, schedule: Schedule, duty: Duty, stretches: Sequence[Stretch], people: dict[int, Contact]
    ) -> DutyOnList:
        turns = [
            Turn(
                self.moment(each.starts_at),
                self.moment(each.ends_at),
                tuple(people[key] for key in each.on(duty) if key in people),
                each.is_needed,
            )
            for each in stretches_of(stretches, duty, needs=duty is Duty.PRIMARY or schedule.needs_secondary)
        ]
        nobody = Turn("", "", (), is_needed=False)
        name = "" if duty is Duty.PRIMARY else ", second in line"
        return DutyOnList(schedule.name, name, turns[0] if turns else nobody, tuple(turns[1:]))


def _told(turn: Turn) -> str:
    who = "; ".join(map(str, turn.people)) or ("NOBODY" if turn.is_needed else "nobody is needed")
    return f"{who} until {turn.ends_at}" if turn.ends_at else who


def _if(step: StepInWords) -> str:
    return f" ({'; '.join(step.conditions)})." if step.conditions else "."


def _stands_for(policy: Policy) -> str:
    services = [str(each.service) for each in policy.service_policies.all()]
    return ", ".join(
        [*(["all incidents of the unit whose service has no other"] if policy.is_default else []), *services]
    )


def _units() -> list[BusinessUnit]:
    with acting_as(SYSTEM):
        return list(tenants.units(SYSTEM).order_by("pk"))


def _write(path: Path, text: str) -> None:
    """So that whoever copies the folder meanwhile finds the former list or this one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
