"""The incident's room: its head, its timeline and its side, each also as a fragment that a live event renews."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from strawberry.relay import to_base64

from hub.incidents import access
from hub.incidents.actions.writing import may_command
from hub.incidents.models import EntryKind, Incident, RoleKind, Severity, Status, TimelineEntry
from hub.incidents.pages.graph import dependency_graph
from hub.incidents.status import TRANSITIONS
from hub.lib.identity import Actor
from hub.live.access import cursor_now
from hub.web.components import Step, Version
from hub.web.signing_in import acting_page
from tenants.permissions import Permission, can

MANDATORY_ROLES = (RoleKind.COMMANDER, RoleKind.RESPONDER, RoleKind.COMMUNICATIONS_LEAD, RoleKind.SCRIBE)
MOVES = (
    (Status.ACKNOWLEDGED, "Acknowledge", "check", "e"),
    (Status.MITIGATED, "Mitigate", "shield-check", ""),
    (Status.RESOLVED, "Resolve", "circle-check", ""),
    (Status.CLOSED, "Close", "archive", ""),
)


@acting_page
def incident(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The whole room. Raises `NotFound`."""
    cursor = cursor_now(actor)
    found = access.incident_referenced(actor, reference)
    context = {
        **head_context(actor, found),
        **timeline_context(actor, found),
        **side_context(actor, found),
        "global_id": to_base64("Incident", found.pk),
        "cursor": cursor,
    }
    return render(request, "incidents/room.html", context)


@acting_page
def head(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The head alone. Raises `NotFound`."""
    return render(request, "incidents/head.html", head_context(actor, access.incident_referenced(actor, reference)))


@acting_page
def timeline(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The timeline alone. Raises `NotFound`."""
    found = access.incident_referenced(actor, reference)
    return render(request, "incidents/timeline.html", timeline_context(actor, found))


@acting_page
def side(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The side alone. Raises `NotFound`."""
    return render(request, "incidents/side.html", side_context(actor, access.incident_referenced(actor, reference)))


def head_context(actor: Actor, found: Incident) -> dict[str, Any]:
    """What the head shows: stage, severity, and the moves that are open to this person."""
    may_work = found.restricted or can(actor, Permission.INCIDENT_RESPOND, found.unit_id)
    may_lead = may_work and may_command(actor, found)
    current = Status(found.status)
    moves: list[dict[str, Any]] = [
        {"status": status.value, "label": label, "icon": icon, "keys": keys}
        for status, label, icon, keys in MOVES
        if may_work and status in TRANSITIONS[current] and (status != Status.CLOSED or may_lead)
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
    return {
        "incident": found,
        "steps": _steps(found),
        "moves": moves,
        "may_work": may_work,
        "may_lead": may_lead,
        "severities": Severity.choices,
    }


def timeline_context(actor: Actor, found: Incident) -> dict[str, Any]:
    """The entries, newest first, with machine noise folded together."""
    entries = list(access.timeline(actor, found).prefetch_related("revisions__replaced_by").reverse())
    return {
        "incident": found,
        "entries": _folded(entries),
        "me": actor.person_id,
        "may_work": found.restricted or can(actor, Permission.INCIDENT_RESPOND, found.unit_id),
    }


def side_context(actor: Actor, found: Incident) -> dict[str, Any]:
    """Who holds which role, who is missing, and what stands around the service."""
    held = list(access.roles(actor, found))
    slots = []
    for kind in RoleKind:
        holders = [role for role in held if role.kind == kind]
        if holders or kind in MANDATORY_ROLES:
            slots.append({"kind": kind, "label": kind.label, "holders": holders})
    return {
        "incident": found,
        "slots": slots,
        "missing": sum(1 for slot in slots if not slot["holders"]),
        "role_kinds": RoleKind.choices,
        "graph": dependency_graph(actor, found.service) if found.service else None,
        "may_work": found.restricted or can(actor, Permission.INCIDENT_RESPOND, found.unit_id),
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


def _folded(entries: list[TimelineEntry]) -> list[dict[str, Any]]:
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
