"""Calendars out and in: secret links, and layers whose shifts a calendar gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db.models import Max

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from hub.oncall import access, keys
from hub.oncall.actions.feeds import note_read, wanted_shifts, write_shifts
from hub.oncall.actions.writing import changed, check_now, line, on_now, schedule_for_writing, who
from hub.oncall.models import CalendarLink, CalendarSource, Layer, Schedule
from hub.oncall.shifts import Duty
from tenants import audit

READ: Final = "hub.oncall.jobs.read_calendar"
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
        changes_who_is_on_now: without it a file that would change that is refused, and what an address says first waits
            until those who are on have finished their shift, unless the schedule's calendars decide at once.

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
                "held_until": None,
                "created_by_id": who(actor),
                "created_at": clock.now(),
            },
        )
        if address:
            defer(READ, calendar_source_id=source.pk, asked=changes_who_is_on_now)
        else:
            before, now = on_now(actor, schedule), clock.now()
            write_shifts(source, wanted_shifts(actor, source, text, now), now)
            note_read(source, now, held_until=None)
            check_now(actor, schedule, before, now, asked=changes_who_is_on_now)
        changed(actor, schedule, "import_calendar", layer, {"address": [None, address or "a file"]})
        return layer


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
