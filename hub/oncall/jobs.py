"""Jobs of the on-call area: who is told of what, and calendars that are read at their addresses."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from hub.delivery.actions import send_message
from hub.delivery.letters import Letter
from hub.lib import clock
from hub.lib.errors import HubError, NotFound
from hub.lib.fetching import Unreachable, fetch_text
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import job, periodic_job
from hub.oncall import access, balancing
from hub.oncall.actions import Held, note_calendar_problem, take_over_calendar
from hub.oncall.answers import Uncovered
from hub.oncall.balancing import Collision
from hub.oncall.calendars import LARGEST
from hub.oncall.letters import (
    answer_letter,
    digest_letter,
    gap_letter,
    held_calendar_letter,
    offer_letter,
    unread_calendar_letter,
)
from hub.oncall.models import CalendarSource, Schedule, SwapState
from hub.oncall.shifts import Shift, shifts_of
from tenants.models import BusinessUnit, Person

logger = logging.getLogger(__name__)

AHEAD: Final = timedelta(days=14)
SOON: Final = timedelta(days=3)
"""How long before it begins a time that nobody covers is flagged by a letter of its own."""
MONDAY_AT: Final = 8
"""The local hour of Mondays from which the digest of the week is sent."""


@job
def tell_of_offer(*, event_id: str, unit_id: int, incident_id: int | None, schedule_id: int, swap_id: int) -> None:
    """Ask whom a shift was offered to. An offer to anybody stands on the pages of those who may take it."""
    with acting_as(SYSTEM):
        swap = access.swap_for(SYSTEM, swap_id)
        if swap.state != SwapState.OFFERED or swap.offered_to is None or not swap.offered_to.is_active:
            return
        send_message(
            actor=SYSTEM,
            person_id=swap.offered_to.pk,
            letter=offer_letter(swap, swap.offered_to),
            dedupe_key=f"swap:{swap.pk}:offered",
            unit_id=swap.unit_id,
        )


@job
def tell_of_answer(
    *, event_id: str, unit_id: int, incident_id: int | None, schedule_id: int, swap_id: int, state: str
) -> None:
    """Tell whoever offered a shift that it was accepted or refused."""
    with acting_as(SYSTEM):
        swap = access.swap_for(SYSTEM, swap_id)
        if swap.state not in (SwapState.ACCEPTED, SwapState.REFUSED) or not swap.offered_by.is_active:
            return
        send_message(
            actor=SYSTEM,
            person_id=swap.offered_by_id,
            letter=answer_letter(swap, swap.offered_by),
            dedupe_key=f"swap:{swap.pk}:{swap.state}",
            unit_id=swap.unit_id,
        )


@job
def read_calendar(*, calendar_source_id: int, asked: bool = False) -> None:
    """Read a calendar at its address, outside of any transaction, and let it be its layer's shifts.

    What cannot be read leaves the shifts as they were, and is shown with the layer. Those who keep the schedule are
    told of a calendar that cannot be followed, and of one that waits for the end of the running shift.

    Args:
        asked: whether it may change who is on at this moment.
    """
    try:
        with acting_as(SYSTEM):
            address = access.calendar_source_for(SYSTEM, calendar_source_id).address
    except NotFound:
        return
    if not address:
        return
    allowed = [ipaddress.ip_network(each) for each in settings.FETCHED_NETWORKS]
    try:
        text = fetch_text(address, largest=LARGEST, allowed=allowed)
        with acting_as(SYSTEM):
            held = take_over_calendar(actor=SYSTEM, calendar_source_id=calendar_source_id, text=text, asked=asked)
            if held is not None:
                _tell_of_held(calendar_source_id, held)
    except NotFound:
        return
    except (HubError, Unreachable) as error:
        logger.warning("Calendar source %s was not read: %s", calendar_source_id, error)
        with acting_as(SYSTEM):
            source = note_calendar_problem(actor=SYSTEM, calendar_source_id=calendar_source_id, problem=str(error))
            if isinstance(error, HubError):
                _tell_of_unread(source)


def _tell_of_held(calendar_source_id: int, held: Held) -> None:
    source = access.calendar_source_for(SYSTEM, calendar_source_id)
    people = Person.objects.in_bulk({*held.stays, *held.comes})
    stays, comes = ([people[each].name for each in keys] for keys in (held.stays, held.comes))
    _tell_keepers(
        source.layer.schedule,
        lambda reader: held_calendar_letter(source.layer, stays, comes, held.until, reader),
        # By whom it is about: it is read again every hour, and waits all the while.
        f"calendar-held:{source.pk}:{held.until:%Y-%m-%dT%H:%M}:{_mark(held.comes)}",
    )


def _tell_of_unread(source: CalendarSource) -> None:
    _tell_keepers(
        source.layer.schedule,
        lambda reader: unread_calendar_letter(source, reader),
        f"calendar-unread:{source.pk}:{_week(clock.now())}:{_mark(source.problem)}",
    )


def _tell_keepers(schedule: Schedule, letter: Callable[[Person], Letter], about: str) -> None:
    """Write to everybody who keeps a schedule.

    Args:
        letter: what a reader is written.
        about: what it is about; nobody is written twice about the same.
    """
    for person in access.keepers(schedule.unit):
        send_message(
            actor=SYSTEM,
            person_id=person.pk,
            letter=letter(person),
            dedupe_key=f"{about}:{person.pk}",
            unit_id=schedule.unit_id,
        )


def _mark(about: object) -> str:
    """A few characters that are the same for the same."""
    return hashlib.sha256(repr(about).encode()).hexdigest()[:12]


@periodic_job("23 * * * *")
def read_calendars(timestamp: int) -> None:
    """Have every calendar read that has an address, once an hour."""
    with acting_as(SYSTEM):
        ids = list(CalendarSource.objects.exclude(address="").values_list("pk", flat=True))
    for key in ids:
        read_calendar.defer(calendar_source_id=key)


@periodic_job("11 * * * *")
def send_digests(timestamp: int) -> None:
    """Send each person, on the Monday morning of their own time zone, what the next two weeks bring; once a week."""
    now = clock.now()
    keepers = cache(lambda unit: [person.pk for person in access.keepers(unit)])
    with acting_as(SYSTEM):
        active = Person.objects.filter(is_active=True)
        zones = [zone for zone in active.values_list("time_zone", flat=True).distinct() if _is_monday(zone, now)]
        if not zones:
            return
        schedules = {each.pk: each for each in access.schedules(SYSTEM)}
        # As incidents find them: a shift of somebody whom nobody could call is a gap, and is told as one.
        finals = access.held_schedules(SYSTEM, schedules, now, now + AHEAD)
        shifts: dict[int, list[tuple[str, Shift]]] = defaultdict(list)
        gaps: dict[int, list[Uncovered]] = defaultdict(list)
        for key, stretches in finals.items():
            schedule = schedules[key]
            for shift in shifts_of(stretches):
                shifts[shift.person].append((schedule.name, shift))
            if found := access.uncovered(schedule, stretches):
                for person_id in keepers(schedule.unit):
                    gaps[person_id] += found
        collisions = _collisions_by_reader(schedules, now, keepers)
        for person in active.filter(pk__in={*shifts, *gaps, *collisions}, time_zone__in=zones):
            local = now.astimezone(ZoneInfo(person.time_zone))
            offers = access.swaps(SYSTEM).filter(offered_to=person, state=SwapState.OFFERED, starts_at__gt=now)
            send_message(
                actor=SYSTEM,
                person_id=person.pk,
                letter=digest_letter(
                    person,
                    sorted(shifts.get(person.pk, ()), key=lambda each: each[1].starts_at),
                    sorted(gaps.get(person.pk, ()), key=lambda gap: gap.starts_at),
                    offers.count(),
                    collisions.get(person.pk, ()),
                ),
                dedupe_key=f"on-call-digest:{person.pk}:{_week(local)}",
            )


def _is_monday(zone: str, now: datetime) -> bool:
    """Whether it is Monday there, and the morning has come."""
    local = now.astimezone(ZoneInfo(zone))
    return local.weekday() == 0 and local.hour >= MONDAY_AT


def _collisions_by_reader(
    schedules: Mapping[int, Schedule], now: datetime, keepers: Callable[[BusinessUnit], list[int]]
) -> dict[int, list[tuple[Collision, Person]]]:
    """Plans of the next two weeks that collide, by who is told: whose they are, and those who keep the schedules.

    Args:
        keepers: who keeps a unit's schedules.
    """
    every = balancing.collisions(SYSTEM, schedules, now, now + AHEAD)
    people = Person.objects.in_bulk({each.person for each in every})
    told: dict[int, list[tuple[Collision, Person]]] = defaultdict(list)
    for each in every:
        readers = {each.person}
        for schedule in filter(None, (each.schedule, each.other)):
            readers.update(keepers(schedule.unit))
        for reader in readers:
            told[reader].append((each, people[each.person]))
    return told


@periodic_job("41 * * * *")
def flag_gaps(timestamp: int) -> None:
    """Tell those who keep a schedule of a time in the next days that nobody covers, once for each."""
    now = clock.now()
    with acting_as(SYSTEM):
        schedules = {each.pk: each for each in access.schedules(SYSTEM)}
        for key, stretches in access.held_schedules(SYSTEM, schedules, now, now + SOON).items():
            for gap in access.uncovered(schedules[key], stretches):
                # By when it begins: an hour later it is still the same gap.
                _tell_keepers(gap.schedule, partial(gap_letter, gap), f"gap:{key}:{gap.lacks}:{_day(gap, now)}")


def _day(gap: Uncovered, now: datetime) -> str:
    """A gap's name: when it begins, or for one that goes on already the week, so that it is told again in the next."""
    return _week(now) if gap.starts_at <= now else gap.starts_at.strftime("%Y-%m-%dT%H:%M")


def _week(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02}"
