"""Calendars out and in: secret links, and layers whose shifts a calendar gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db.models import Max

from hub.lib import clock
from hub.lib.errors import Conflict, HubError, Invalid, InvalidMany, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from hub.oncall import access, keys
from hub.oncall.actions.layers import check_now
from hub.oncall.actions.writing import changed, check_able, line, on_duty, on_now, schedule_for_writing, told, who
from hub.oncall.calendars import FoundShift, shifts_in
from hub.oncall.models import CalendarLink, CalendarSource, FixedShift, Layer, Schedule
from hub.oncall.shifts import Duty
from tenants import access as tenants
from tenants import audit
from tenants.models import Person

READ: Final = "hub.oncall.jobs.read_calendar"
MOST_TOLD: Final = 10
LONGEST_ADDRESS: Final = 2000


@dataclass(frozen=True)
class NewLink:
    """A calendar link and its address, which nothing can show again."""

    link: CalendarLink
    key: str = field(repr=False)

    @property
    def address(self) -> str:
        return f"{settings.PUBLIC_URL}/calendar/{self.key}.ics"


def create_calendar_link(*, actor: Actor, schedule_id: int | None = None) -> NewLink:
    """Make the secret address of one's own shifts, or of a schedule, as far as one sees it.

    A link for the same that is in use is replaced: its address no longer works. Raises `NotFound`.
    """
    with acting_as(actor):
        schedule = None
        if schedule_id is not None:
            try:
                schedule = access.schedule_for(actor, schedule_id)
            except NotFound as error:
                raise error.at("scheduleId") from None
        former = access.calendar_links(actor).filter(schedule=schedule)
        former.update(revoked_at=clock.now())
        key = keys.new_key()
        link = CalendarLink.objects.create(
            owner_id=who(actor),
            schedule=schedule,
            digest=keys.digest(key),
            hint=key[: keys.HINT_LENGTH],
            created_at=clock.now(),
        )
        _audit(actor, link, "create_calendar_link")
        return NewLink(link, key)


def revoke_calendar_link(*, actor: Actor, calendar_link_id: int) -> CalendarLink:
    """Let an address of one's own no longer work. Raises `NotFound`."""
    with acting_as(actor):
        link = access.calendar_link_for(actor, calendar_link_id)
        link.revoked_at = clock.now()
        link.save(update_fields=["revoked_at"])
        _audit(actor, link, "revoke_calendar_link")
        return link


def import_calendar(
    *,
    actor: Actor,
    schedule_id: int,
    name: str = "",
    layer_id: int | None = None,
    duty: Duty = Duty.PRIMARY,
    text: str = "",
    address: str = "",
    changes_who_is_on_now: bool = False,
) -> Layer:
    """Let a calendar give the shifts of a layer, in place of what its former calendar gave from now on.

    Args:
        layer_id: the layer; a new one above the others of its duty, called `name`, if left out.
        text: an iCalendar file; its people are found by username, e-mail address or name.
        address: where such a file is read again and again, by a job; the first time as soon as this has happened.

    Raises `NotFound`, `Forbidden`, `Invalid` for both or neither of file and address or for a file that cannot be read,
    `InvalidMany` for events whose people are unknown, and `Conflict` where somebody else would be on now. Locks the
    schedule.
    """
    with acting_as(actor):
        schedule = schedule_for_writing(actor, schedule_id)
        if bool(text) == bool(address):
            raise Invalid("Give either a file's text or an address.", path=["text"])
        layer = _layer(actor, schedule, layer_id, name, duty)
        source, _ = CalendarSource.objects.update_or_create(
            layer=layer,
            defaults={
                "unit_id": layer.unit_id,
                "address": _address(address),
                "problem": "",
                "created_by_id": who(actor),
                "created_at": clock.now(),
            },
        )
        if address:
            defer(READ, calendar_source_id=source.pk)
        else:
            before = on_now(actor, schedule)
            _take_over(actor, source, text)
            check_now(actor, schedule, before, clock.now(), asked=changes_who_is_on_now)
        changed(actor, schedule, "import_calendar", layer, {"address": [None, address or "a file"]})
        return layer


def take_over_calendar(*, actor: Actor, calendar_source_id: int, text: str) -> CalendarSource:
    """Let what was read at a source's address be its layer's shifts from now on. Raises as `import_calendar` does."""
    with acting_as(actor):
        source = access.calendar_source_for(actor, calendar_source_id)
        before = sorted(source.shifts.values_list("person_id", "starts_at", "ends_at"))
        _take_over(actor, source, text)
        if sorted(source.shifts.values_list("person_id", "starts_at", "ends_at")) != before:
            changed(actor, source.layer.schedule, "take_over_calendar", source, {"read_at": [None, told(clock.now())]})
        return source


def note_calendar_problem(*, actor: Actor, calendar_source_id: int, problem: str) -> CalendarSource:
    """Keep why a source could not be read; its shifts stay as they were. Raises `NotFound`."""
    with acting_as(actor):
        source = access.calendar_source_for(actor, calendar_source_id)
        source.problem = problem[:300]
        source.save(update_fields=["problem"])
        return source


def _take_over(actor: Actor, source: CalendarSource, text: str) -> None:
    layer = source.layer
    now = clock.now()
    # A schedule's own calendar has the shifts of both duties, and a layer is of one.
    found = [
        each for each in shifts_in(text, zone=layer.schedule.time_zone, since=now) if each.duty in ("", layer.duty)
    ]
    people = _people(actor, layer.schedule, found)
    FixedShift.objects.filter(layer=layer, starts_at__gte=now).delete()
    FixedShift.objects.filter(layer=layer, ends_at__gt=now).update(ends_at=now)
    FixedShift.objects.bulk_create(
        FixedShift(
            layer=layer,
            unit_id=layer.unit_id,
            person=person,
            starts_at=max(each.starts_at, now),
            ends_at=each.ends_at,
            source=source,
        )
        for each, persons in zip(found, people, strict=True)
        for person in persons
    )
    source.read_at, source.problem = now, ""
    source.save(update_fields=["read_at", "problem"])


def _people(actor: Actor, schedule: Schedule, found: Sequence[FoundShift]) -> list[list[Person]]:
    known: dict[str, Person | None] = {}
    problems: dict[str, HubError] = {}
    people: list[list[Person]] = []
    for each in found:
        for words in each.called:
            if words not in known:
                known[words] = _person(actor, words)
        persons = list(dict.fromkeys(person for words in each.called if (person := known[words])))
        if not persons:
            problems.setdefault(
                each.summary,
                Invalid(
                    f"“{each.summary}” on {each.starts_at:%Y-%m-%d} names nobody who is known here.", path=["text"]
                ),
            )
        people.append(persons)
    if problems:
        raise InvalidMany(list(problems.values())[:MOST_TOLD])
    everybody = list(dict.fromkeys(person for persons in people for person in persons))
    check_able(schedule, everybody, clock.now(), "text")
    return people


def _person(actor: Actor, words: str) -> Person | None:
    """The person whom a calendar calls so: by address, username or a name that nobody else has."""
    if "@" in words:
        found = list(Person.objects.filter(email__iexact=words, is_active=True, is_service=False)[:2])
        return found[0] if len(found) == 1 else None
    try:
        return on_duty(actor, tenants.person_called(actor, words).pk, "text")
    except (NotFound, Invalid):
        return None


def _layer(actor: Actor, schedule: Schedule, layer_id: int | None, name: str, duty: Duty) -> Layer:
    if layer_id is not None:
        layer = access.layer_for(actor, layer_id)
        if layer.schedule_id != schedule.pk:
            raise NotFound("layer", path=["layerId"])
        if layer.rotations.exists():
            raise Conflict("That layer has rotations: a calendar needs one of its own.", path=["layerId"])
        return layer
    highest = schedule.layers.filter(duty=duty).aggregate(highest=Max("priority"))["highest"]
    return Layer.objects.create(
        schedule=schedule,
        unit_id=schedule.unit_id,
        name=line(name, "name", longest=100),
        duty=duty,
        priority=0 if highest is None else highest + 1,
    )


def _address(address: str) -> str:
    if len(address) > LONGEST_ADDRESS:
        raise Invalid(f"At most {LONGEST_ADDRESS:,} characters.", path=["address"])
    if address and not address.startswith(("https://", "http://", "webcal://")):
        raise Invalid("An address begins with https:// or http:// and a name.", path=["address"])
    # Calendar programs hand out addresses of this kind; they mean https.
    return address.replace("webcal://", "https://", 1)


def _audit(actor: Actor, link: CalendarLink, verb: str) -> None:
    schedule = link.schedule
    audit.record(
        actor=actor,
        verb=verb,
        obj=link,
        unit_id=schedule.unit_id if schedule else None,
        change={"schedule": [None, link.schedule_id], "hint": [None, link.hint]},
    )
