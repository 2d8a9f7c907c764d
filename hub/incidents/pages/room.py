"""The incident's room: its head, its timeline and its side, each also as a fragment that a live event renews."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from strawberry.relay import to_base64

from hub.delivery.progress import deliveries_about
from hub.incidents import access
from hub.incidents.actions.central import may_close
from hub.incidents.actions.writing import may_command
from hub.incidents.command import GUIDES, missing_roles
from hub.incidents.models import EntryKind, Incident, RoleKind, Severity, Status, TimelineEntry
from hub.incidents.pages.fields import fields_context
from hub.incidents.pages.graph import dependency_graph
from hub.incidents.pages.hand_offs import hand_offs_context
from hub.incidents.pages.panels import panels
from hub.incidents.pages.responsibilities import duties_context
from hub.incidents.pages.thresholds import describing_context, engaged_context, scales_context
from hub.incidents.rooms import Act
from hub.incidents.status import TRANSITIONS
from hub.lib import clock
from hub.lib.identity import Actor
from hub.live.access import cursor_now
from hub.web.components import Step, Version
from hub.web.signing_in import reading_page
from tenants import access as tenants
from tenants.models import TermKind
from tenants.permissions import Permission, can

USUAL_ROLES = (RoleKind.COMMANDER, RoleKind.RESPONDER, RoleKind.COMMUNICATIONS_LEAD, RoleKind.SCRIBE)
"""Roles that a room always has a place for, whether its severity asks for them or not."""
CORRECTABLE = (EntryKind.NOTE, EntryKind.DECISION)
SEEN = "seen"
SEEN_FOR = timedelta(weeks=2)
MOST_PEOPLE = 300
MOST_SIGHTINGS = 12
MOVES = (
    (Status.ACKNOWLEDGED, "Acknowledge", "check", "e"),
    (Status.MITIGATED, "Mitigate", "shield-check", ""),
    (Status.RESOLVED, "Resolve", "circle-check", ""),
    (Status.CLOSED, "Close", "archive", ""),
)


@reading_page
def incident(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The whole room. Raises `NotFound`."""
    cursor = cursor_now(actor)
    found = access.incident_referenced(actor, reference)
    context = {
        **head_context(actor, found),
        **timeline_context(actor, found, since=_moment(request.COOKIES.get(SEEN, ""))),
        **side_context(actor, found),
        **family_context(actor, found),
        "global_id": to_base64("Incident", found.pk),
        "cursor": cursor,
    }
    answer = render(request, "incidents/room.html", context)
    # The cookie is sent to this room alone, so that each remembers its own last visit.
    answer.set_cookie(
        SEEN,
        clock.now().isoformat(timespec="seconds"),
        max_age=SEEN_FOR,
        path=request.path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


@reading_page
def head(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The head alone. Raises `NotFound`."""
    found = access.incident_referenced(actor, reference)
    return render(request, "incidents/head.html", {**head_context(actor, found), **family_context(actor, found)})


@reading_page
def timeline(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The timeline alone. Raises `NotFound`."""
    found = access.incident_referenced(actor, reference)
    since = _moment(request.GET.get("since", ""))
    return render(request, "incidents/timeline.html", timeline_context(actor, found, since=since))


@reading_page
def side(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The side alone. Raises `NotFound`."""
    found = access.incident_referenced(actor, reference)
    return render(request, "incidents/side.html", {**side_context(actor, found), **family_context(actor, found)})


def head_context(actor: Actor, found: Incident) -> dict[str, Any]:
    """What the head shows: stage, severity, and the moves that are open to this person."""
    rights = access.rights(actor, found)
    current = Status(found.status)
    moves: list[dict[str, Any]] = [
        {"status": status.value, "label": label, "icon": icon, "keys": keys}
        for status, label, icon, keys in MOVES
        if Act.MOVE in rights
        and status in TRANSITIONS[current]
        and (status != Status.CLOSED or (Act.LEAD in rights and may_close(actor, found)))
    ]
    if current in (Status.RESOLVED, Status.MITIGATED):
        moves = [
            {**move, "label": "Reopen", "icon": "rotate-ccw", "keys": "", "asks": True}
            if move["status"] == Status.ACKNOWLEDGED
            else move
            for move in moves
        ]
    forward = [move for move in moves if not move.get("asks")]
    if forward:
        forward[0]["is_next"] = True
    tenants.call(actor, [(found.local_severity, found.unit_id), (found.incident_type, found.unit_id)])
    return {
        "incident": found,
        "steps": _steps(found),
        "moves": moves,
        "may_work": bool(rights),
        "may_judge": Act.JUDGE in rights,
        "may_move": Act.MOVE in rights,
        "may_lead": Act.LEAD in rights,
        "severities": Severity.choices,
        "words": [
            each
            for each in tenants.terms_in_use(actor, TermKind.SEVERITY, found.unit_id)
            if each.unit_id and Act.JUDGE in rights
        ],
        **(describing_context(actor, found) if Act.JUDGE in rights else {}),
        "assessment": access.last_assessment(actor, found) if Act.JUDGE in rights else None,
        **scales_context(),
    }


def timeline_context(actor: Actor, found: Incident, *, since: datetime | None = None) -> dict[str, Any]:
    """The entries, newest first, with machine noise folded together.

    Args:
        since: when this person last looked; what others wrote later stands above a line.
    """
    entries = list(access.timeline(actor, found).prefetch_related("revisions__replaced_by").reverse())
    items = _folded(entries, actor)
    seen = next((item["key"] for item in items if since and item["entry"].at <= since), "")
    return {
        "incident": found,
        "entries": items,
        "since": since,
        "first_seen": seen if items and seen != items[0]["key"] else "",
        "may_write": Act.WRITE in access.rights(actor, found),
    }


def side_context(actor: Actor, found: Incident) -> dict[str, Any]:
    """Who holds which role, who is missing, and what stands around the service."""
    held = list(access.roles(actor, found))
    rights = access.rights(actor, found)
    joins = can(actor, Permission.INCIDENT_RESPOND, found.unit_id)
    grants = list(access.grants(actor, found)) if found.restricted else []
    now = clock.now()
    missing = []
    if found.is_open:
        demanded = [kind for engaged in access.engagements(actor, found) for kind in engaged.roles]
        missing = missing_roles(found.severity, [role.kind for role in held], demanded)
    guides = {guide.kind: guide for guide in GUIDES}
    slots = []
    for kind in RoleKind:
        holders = [role for role in held if role.kind == kind]
        if holders or kind in USUAL_ROLES or kind in missing:
            slots.append(
                {
                    "kind": kind,
                    "label": kind.label,
                    "holders": holders,
                    "is_missing": kind in missing,
                    "guide": guides[kind],
                }
            )
    return {
        "incident": found,
        "slots": slots,
        "missing": len(missing),
        "guides": GUIDES,
        "role_kinds": RoleKind.choices,
        "graph": dependency_graph(actor, found.service) if found.service else None,
        "grants": grants,
        "endable": [
            grant.user
            for grant in grants
            if (grant.valid_until is None or grant.valid_until > now)
            and (Act.ADMIT in rights or grant.user_id == actor.person_id)
        ],
        "sightings": access.sightings(actor, found)[:MOST_SIGHTINGS] if found.restricted else (),
        "people": tenants.people_around(actor, found.unit_id)[:MOST_PEOPLE] if rights else (),
        "now": now,
        "panels": panels(actor, found),
        "own_id": actor.person_id,
        "may_admit": Act.ADMIT in rights,
        "may_assign": Act.ASSIGN in rights and found.status != Status.CLOSED,
        "may_join": (joins or Act.ASSIGN in rights) and found.status != Status.CLOSED,
        **fields_context(actor, found),
        **engaged_context(actor, found),
        **_reached(actor, found),
        **duties_context(actor, found),
        **hand_offs_context(actor, found, rights),
        "may_write": Act.WRITE in rights,
    }


def _reached(actor: Actor, found: Incident) -> dict[str, Any]:
    """How far each message about the incident has come, for those who command it."""
    deliveries = deliveries_about(actor, found.pk)
    awaited = sum(each.is_page and each.acknowledged_at is None for each in deliveries) if found.is_open else 0
    return {"deliveries": list(reversed(deliveries)), "awaited": awaited}


def family_context(actor: Actor, found: Incident) -> dict[str, Any]:
    """What stands above and below the incident, who commands it, and the offer that waits for an answer."""
    may_lead = may_command(actor, found)
    ownership = None if found.restricted else access.central_ownership(actor, found.unit_id, found.severity)
    return {
        "parent": access.incidents(actor).filter(pk=found.parent_id).select_related("unit").first()
        if found.parent_id
        else None,
        "is_gathered": found.parent_id is not None,
        "children": list(access.children(actor, found)),
        "offer": access.open_hand_over(actor, found),
        "central": ownership.central_unit if ownership else None,
        "may_offer": may_lead and found.is_open and not found.restricted,
        "other_units": tenants.units(actor).exclude(pk=found.unit_id).exclude(children__isnull=False)
        if may_lead and found.is_open
        else (),
        "may_release": found.parent_id is not None and can(actor, Permission.INCIDENT_COMMAND, found.unit_id),
    }


def _steps(found: Incident) -> list[Step]:
    order = list(Status)
    current = order.index(Status(found.status))
    return [
        Step(
            label=status.label,
            state="done" if place < current else "current" if place == current else "ahead",
            status=status.value,
            at=found.stage_times[status] if place <= current else None,
        )
        for place, status in enumerate(order)
    ]


def _folded(entries: list[TimelineEntry], actor: Actor) -> list[dict[str, Any]]:
    """One item an entry, except that neighbouring alerts become one that opens."""
    items: list[dict[str, Any]] = []
    for entry in entries:
        if entry.kind == EntryKind.ALERT and items and items[-1]["alerts"]:
            items[-1]["alerts"].append(entry)
            continue
        items.append(
            {
                "entry": entry,
                "key": str(entry.pk),
                "alerts": [entry] if entry.kind == EntryKind.ALERT else [],
                "kind": "status" if entry.kind == EntryKind.SEVERITY else entry.kind,
                "is_mine": entry.author_id == actor.person_id and entry.kind in CORRECTABLE,
                "versions": [
                    Version(text=each.body, at=each.replaced_at, by=str(each.replaced_by or "Hub"))
                    for each in reversed(entry.revisions.all())
                ],
            }
        )
    for item in items:
        if len(item["alerts"]) > 1:
            item["folded"] = f"{len(item['alerts'])} alert messages"
    return items


def _moment(text: str) -> datetime | None:
    """A moment with its zone in ISO 8601, or None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
