"""What people are told about incidents, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from hub.delivery.letters import Letter
from hub.incidents.models import (
    Activity,
    Duty,
    HandOff,
    HandOver,
    HandOverState,
    Incident,
    IncidentRole,
    Part,
    RoleKind,
    Severity,
    Status,
    TimelineEntry,
)
from hub.incidents.thresholds import minutes_said
from hub.web import wording
from tenants.access import Vocabulary
from tenants.models import Person

MOST_LISTED: Final = 20

BADGES = {
    Severity.SEV1: "#a3122a",
    Severity.SEV2: "#b8461a",
    Severity.SEV3: "#806200",
    Severity.SEV4: "#2b66ab",
    Severity.SEV5: "#62676f",
}
"""The severities' colours in mails, which know no style sheet of ours: each carries white letters."""


def role_letter(incident: Incident, held: IncidentRole, roles: Iterable[IncidentRole], words: Vocabulary) -> Letter:
    """Tells the holder of `held` that the role is theirs; `roles` are all that are held now."""
    role = RoleKind(held.kind).label.lower()
    severity = Severity(incident.severity)
    zone = ZoneInfo(held.person.time_zone)
    declared = wording.full(incident.declared_at.astimezone(zone))
    declarer = f" by {incident.declared_by.name}" if incident.declared_by else ""
    return Letter(
        subject=f"[{severity.upper()}] {incident.reference} {incident.title}: you are {role}",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"You are {role} of {incident.reference}.",
        headline=incident.title,
        facts=[
            *what_it_is(incident, words, held.person.language),
            ("Where", where(incident)),
            ("Impact", incident.summary),
            ("Status", "" if incident.status == Status.DECLARED else Status(incident.status).label),
            ("Declared", declared + declarer),
            ("On it", "; ".join(f"{each.person.name}, {RoleKind(each.kind).label.lower()}" for each in roles)),
        ],
        request=_request(incident, role),
        because=f"You were given the role of {role}: {held.reason}." if held.reason else "",
        badge=(severity.upper(), BADGES[severity]),
    )


def where(incident: Incident) -> str:
    """Its service, and the unit whose it is."""
    return f"{incident.service.name}, {incident.unit.name}" if incident.service else incident.unit.name


def how_grave(incident: Incident, words: Vocabulary, language: str) -> str:
    """Its severity, and its unit's own word for that, in the words of a reader of `language`."""
    label = severity_called(incident.severity, incident.unit_id, words, language)
    own = words.called(incident.local_severity_id, incident.unit_id, language)
    return f"{label}, “{own}”" if own else label


def severity_called(severity: str, unit_id: int | None, words: Vocabulary, language: str) -> str:
    """What a reader of `language` calls a severity where it is said of the unit."""
    return words.severity(severity, unit_id, language) or str(Severity(severity).label)


def what_it_is(incident: Incident, words: Vocabulary, language: str) -> list[tuple[str, str]]:
    """How grave it is and why, and of which type, as facts for a reader of `language`."""
    grave = " – ".join(filter(None, [how_grave(incident, words, language), incident.severity_reason]))
    return [("Severity", grave), ("Type", words.called(incident.incident_type_id, incident.unit_id, language))]


def duty_letter(incident: Incident, duties: Sequence[Duty], reader: Person, words: Vocabulary) -> Letter:
    """Tells `reader` what the unit's responsibility matrix makes of them in an incident."""
    severity = Severity(incident.severity)
    asks = {
        Part.RESPONSIBLE: "It is yours to do",
        Part.ACCOUNTABLE: "You answer for it",
        Part.CONSULTED: "You are asked before it is done",
        Part.INFORMED: "You are kept informed of it",
    }
    return Letter(
        subject=f"[{severity.upper()}] {incident.reference} {incident.title}: your part",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"You have a part in {incident.reference}.",
        headline=incident.title,
        facts=[
            *what_it_is(incident, words, reader.language),
            ("Where", where(incident)),
            *((Activity(each.activity).label, asks[Part(each.part)]) for each in duties),
        ],
        request="Open the incident to see who else has a part in it.",
        because=f"The responsibilities of {incident.unit.name} say so.",
        badge=(severity.upper(), BADGES[severity]),
    )


def update_letter(
    incident: Incident, reader: Person, interval: timedelta, latest: datetime, words: Vocabulary
) -> Letter:
    """Tells `reader` that those affected are owed an update: the last was at `latest` (aware)."""
    severity = Severity(incident.severity)
    every = minutes_said(int(interval.total_seconds() // 60))
    return Letter(
        subject=f"[{severity.upper()}] {incident.reference} {incident.title}: an update is due",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"Nobody has written about {incident.reference} for {every}.",
        headline=incident.title,
        facts=[
            ("Severity", how_grave(incident, words, reader.language)),
            ("Where", where(incident)),
            ("Last update", wording.full(latest.astimezone(ZoneInfo(reader.time_zone)))),
        ],
        request="Open it and write what is known by now, even if that is nothing new.",
        because=f"Its response plan wants an update at least every {every}, and it is yours to write.",
        badge=(severity.upper(), BADGES[severity]),
    )


def coming_on_letter(reader: Person, incidents: Sequence[Incident], now: datetime) -> Letter:
    """Tells somebody whose shift has begun what is open; `now` is aware.

    It names no title: the letter is about many incidents, and does not close with one that becomes restricted.
    """
    count = f"{len(incidents)} incident{'s' * (len(incidents) != 1)}"
    return Letter(
        subject=f"You are on call: {count} open",
        path=reverse("now"),
        lead=f"Your shift has begun, and {count} of its services {'is' if len(incidents) == 1 else 'are'} open.",
        facts=[
            (
                f"{each.severity.upper()} {each.reference}",
                ", ".join(
                    [
                        where(each),
                        Status(each.status).label.lower(),
                        f"open for {wording.span(now - each.declared_at)}",
                        f"commanded by {each.commander.name}" if each.commander else "commanded by nobody",
                    ]
                ),
            )
            for each in incidents[:MOST_LISTED]
        ],
        request="Open them, and ask whoever was on before you what they know.",
        because="You have come on call.",
    )


def glass_letter(incident: Incident, entry: TimelineEntry, owner: Person) -> Letter:
    """Tells `owner` that somebody broke the glass of a restricted incident; `entry` says who and why."""
    severity = Severity(incident.severity)
    return Letter(
        subject=f"{incident.reference}: the glass was broken",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"Somebody who was not admitted to {incident.reference} sees it now.",
        headline=incident.title,
        facts=[
            ("What happened", entry.body),
            ("When", wording.full(entry.at.astimezone(ZoneInfo(owner.time_zone)))),
            ("Where", incident.unit.name),
        ],
        request="Open the incident to see who has read it, and end the grant if it should not be.",
        because="You own this restricted incident.",
        badge=(severity.upper(), BADGES[severity]),
    )


def admission_letter(incident: Incident, reader: Person) -> Letter:
    """Tells `reader` that they were admitted to a restricted incident: what it is about stands in the hub alone."""
    return Letter(
        subject=f"{incident.reference}: you were admitted",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"You were admitted to {incident.reference}, which few people see.",
        headline=incident.reference,
        facts=[
            ("Where", incident.unit.name),
            ("Declared", wording.full(incident.declared_at.astimezone(ZoneInfo(reader.time_zone)))),
        ],
        request="Open it to see what it is about. Speak of it to nobody who was not admitted.",
        because="Somebody who owns this restricted incident admitted you.",
    )


def _request(incident: Incident, role: str) -> str:
    if incident.status == Status.DECLARED:
        return "Nobody has acknowledged it yet. Open it and press Acknowledge, so that everybody knows you have it."
    return f"Open it to take over as {role}."


def hand_off_letter(incident: Incident, offer: HandOff, reader: Person, words: Vocabulary) -> Letter:
    """Tells a specialist that an incident is handed to them, with what the first level says of it."""
    severity = Severity(incident.severity)
    return Letter(
        subject=f"[{severity.upper()}] {incident.reference} {incident.title}: handed to {offer.team}",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"{incident.reference} is handed to {offer.team}.",
        headline=incident.title,
        facts=[
            ("Severity", how_grave(incident, words, reader.language)),
            ("Where", where(incident)),
            ("Why", offer.reason),
            *((each["item"], each["answer"]) for each in offer.answers),
            ("Handed off by", offer.offered_by.name if offer.offered_by else ""),
            ("Answer until", wording.full(offer.expires_at.astimezone(ZoneInfo(reader.time_zone)))),
        ],
        request="Accept it or refuse it in the incident. Until you accept, it stays with them.",
        because=f"You are on call for {offer.team}.",
        badge=(severity.upper(), BADGES[severity]),
    )


def hand_off_outcome_letter(incident: Incident, offer: HandOff, reader: Person, words: Vocabulary) -> Letter:
    """Tells whoever handed an incident off, `reader`, what became of that."""
    severity = Severity(incident.severity)
    outcome = {
        HandOverState.ACCEPTED: f"{offer.team} accepted {incident.reference}: it is theirs now.",
        HandOverState.REFUSED: f"{offer.team} refused {incident.reference}: it stays with you.",
        HandOverState.EXPIRED: f"{offer.team} did not answer: {incident.reference} stays with you.",
        HandOverState.WITHDRAWN: f"The hand-off of {incident.reference} was taken back: it stays with you.",
    }[HandOverState(offer.state)]
    return Letter(
        subject=f"[{severity.upper()}] {incident.reference}: {offer.get_state_display().lower()} by {offer.team}",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=outcome,
        headline=incident.title,
        facts=[("Severity", how_grave(incident, words, reader.language)), ("Why", offer.answer)],
        request="" if offer.state == HandOverState.ACCEPTED else "Hand it to somebody else, or escalate.",
        because="You handed it off.",
        badge=(severity.upper(), BADGES[severity]),
    )


def hand_over_letter(offer: HandOver, reader: Person, words: Vocabulary) -> Letter:
    """Tells somebody who commands in the receiving unit that an incident is offered to it."""
    severity = Severity(offer.severity)
    until = wording.full(offer.expires_at.astimezone(ZoneInfo(reader.time_zone)))
    return Letter(
        subject=f"[{severity.upper()}] {offer.reference} {offer.title}: {offer.from_unit.name} offers it to you",
        reference=offer.reference,
        path=reverse("hand-overs"),
        lead=f"{offer.from_unit.name} offers {offer.reference} to {offer.to_unit.name}.",
        headline=offer.title,
        facts=[
            ("Severity", severity_called(severity, offer.to_unit_id, words, reader.language)),
            ("Why", offer.reason),
            ("Offered by", offer.offered_by.name if offer.offered_by else ""),
            ("Stands until", until),
        ],
        request="Accept it or refuse it. Until you accept, it stays with them.",
        because=f"You may command incidents of {offer.to_unit.name}.",
        badge=(severity.upper(), BADGES[severity]),
    )


def hand_over_outcome_letter(offer: HandOver) -> Letter:
    """Tells whoever offered an incident what became of the offer."""
    severity = Severity(offer.severity)
    outcome = {
        HandOverState.ACCEPTED: f"{offer.to_unit.name} accepted {offer.reference}: it is theirs now.",
        HandOverState.REFUSED: f"{offer.to_unit.name} refused {offer.reference}: it stays with {offer.from_unit.name}.",
        HandOverState.EXPIRED: f"{offer.to_unit.name} did not answer: {offer.reference} stays with you.",
    }.get(HandOverState(offer.state), f"The offer of {offer.reference} was withdrawn.")
    return Letter(
        subject=f"[{severity.upper()}] {offer.reference} {offer.title}: {HandOverState(offer.state).label.lower()}",
        reference=offer.reference,
        path=reverse("hand-overs"),
        lead=outcome,
        headline=offer.title,
        facts=[("By", offer.decided_by.name if offer.decided_by else ""), ("Why", offer.answer)],
        request="" if offer.state == HandOverState.ACCEPTED else "Go on with it, or offer it to somebody else.",
        because="You offered it.",
        badge=(severity.upper(), BADGES[severity]),
    )
