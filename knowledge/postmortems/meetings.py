"""The door to review meetings: those of reviews that one works with, who could come, and who may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse

from hub.catalog.models import Service
from hub.incidents.models import IncidentRole, RoleKind
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from knowledge.postmortems import access
from knowledge.postmortems.models import (
    ActionItem,
    ActionStatus,
    MeetingParticipant,
    MeetingState,
    Postmortem,
    ReviewMeeting,
)
from tenants import access as tenants
from tenants.models import Person
from tenants.permissions import Permission


@dataclass(frozen=True)
class Proposed:
    """Somebody who should be at a review's meeting, and why."""

    person: Person
    why: str


def meetings(actor: Actor) -> QuerySet[ReviewMeeting]:
    """The meetings that `actor` may see, the latest first."""
    return ReviewMeeting.objects.order_by("-starts_at", "-pk")


def meetings_of(actor: Actor, postmortem: Postmortem) -> QuerySet[ReviewMeeting]:
    """A review's meetings with who is invited, the latest first."""
    people = ("facilitator", "planned_by", "ended_by")
    return (
        meetings(actor).filter(postmortem=postmortem).select_related(*people).prefetch_related("participants__person")
    )


def planned_of(actor: Actor, postmortem: Postmortem) -> ReviewMeeting | None:
    """The review's meeting that is to come, or is to be recorded."""
    return meetings_of(actor, postmortem).filter(state=MeetingState.PLANNED).first()


def meeting_for(actor: Actor, meeting_id: int, *, lock: bool = False) -> ReviewMeeting:
    """The meeting with this id. Raises `NotFound`."""
    rows = ReviewMeeting.objects.select_for_update(no_key=True, of=("self",)) if lock else meetings(actor)
    found = rows.select_related("postmortem").filter(pk=meeting_id).first()
    if found is None:
        raise NotFound("review meeting")
    return found


def invitation_of(actor: Actor, meeting: ReviewMeeting) -> MeetingParticipant:
    """What `actor` was asked, locked. Raises `NotFound` for who is not invited."""
    rows = MeetingParticipant.objects.select_for_update(no_key=True, of=("self",))
    found = rows.filter(meeting=meeting, person=actor.person_id or 0).first()
    if found is None:
        raise NotFound("invitation")
    return found


def to_come(actor: Actor, until: datetime) -> QuerySet[ReviewMeeting]:
    """The planned meetings that begin between now and `until` (aware)."""
    rows = meetings(actor).filter(state=MeetingState.PLANNED, starts_at__gt=clock.now(), starts_at__lte=until)
    return rows.select_related("postmortem", "postmortem__unit", "facilitator").prefetch_related("participants__person")


def owners_of(actor: Actor, service: Service | None) -> list[int]:
    """Who owns a service: everybody who takes turns in its schedules, those of its commanders first."""
    if service is None:
        return []
    schedules = [each for each in (service.commander_schedule_id, service.responder_schedule_id) if each is not None]
    teams = oncall.teams(actor, schedules, clock.now())
    return list(dict.fromkeys(person for schedule in schedules for person in teams.get(schedule, ())))


def commanders_of(actor: Actor, postmortem: Postmortem) -> list[int]:
    """Who commanded the review's incident, the last one first."""
    held = IncidentRole.objects.filter(incident=postmortem.incident_id or 0, kind=RoleKind.COMMANDER)
    return list(dict.fromkeys(held.order_by("-assigned_at", "-pk").values_list("person_id", flat=True)))


def proposed(actor: Actor, postmortem: Postmortem) -> list[Proposed]:
    """Who should come: commanders, responders, owners of its service, whoever has an action item or leads the review.

    Only people who may read the review are proposed.
    """
    reasons: dict[int, list[str]] = {}

    def add(people: Iterable[int | None], why: str) -> None:
        for person in people:
            if person is not None and why not in reasons.setdefault(person, []):
                reasons[person].append(why)

    incident = IncidentRole.objects.filter(incident=postmortem.incident_id or 0).order_by("assigned_at", "pk")
    add([postmortem.author_id], "leads the review")
    add(commanders_of(actor, postmortem), "commanded")
    others = incident.exclude(kind__in=[RoleKind.COMMANDER, RoleKind.OBSERVER])
    add(others.values_list("person_id", flat=True), "responded")
    service = postmortem.service
    team = owners_of(actor, service)[:MOST_OWNERS]
    if not team and service is not None:
        keepers = tenants.people_holding(actor, Permission.CATALOG_WRITE, service.unit_id, most=MOST_OWNERS)
        team = [keeper.pk for keeper in keepers]
    add(team, f"owns {service.name}" if service is not None else "")
    items = ActionItem.objects.filter(postmortem=postmortem).exclude(status=ActionStatus.DROPPED)
    add(items.order_by("pk").values_list("owner_id", flat=True), "has an action item")
    may_come = access.readers(actor, postmortem, reasons)
    people = tenants.people(actor, may_come).in_bulk()
    return [Proposed(people[each], ", ".join(why)) for each, why in reasons.items() if each in people]


MOST_OWNERS: Final = 6
"""Of a team that are proposed: the others can be invited, too."""


def may_plan(actor: Actor, postmortem: Postmortem) -> bool:
    """Whether `actor` may plan the review's meeting, change it and call it off: whoever works on the review."""
    return actor.person_id is not None and access.may_add_actions(actor, postmortem)


def may_record(actor: Actor, meeting: ReviewMeeting) -> bool:
    """Whether `actor` may write down who came and what was decided: its facilitator, and who works on the review."""
    return actor.person_id == meeting.facilitator_id or may_plan(actor, meeting.postmortem)


def page_of(postmortem_id: int) -> str:
    """Where a review's meetings and signatures are."""
    return reverse("postmortem-meetings", args=[postmortem_id])
