"""What the bridge between IT and security shows: the rules, and a suspected breach with what crossed so far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hub.bridge.models import BridgeRule, Crossing, Direction, Investigation, LinkState, SecurityLink
from hub.demo.history import Line, Story
from hub.demo.organisation import Organisation
from hub.incidents.models import EntryKind, Incident, Severity, Status
from hub.lib import clock

OPENED = timedelta(hours=5, minutes=12)
"""How long ago security was asked, and its investigation opened."""
ENTERPRISE_RULES = (
    (
        ['alertname=~"CredentialStuffing|ImpossibleTravel|MalwareFound"'],
        "The alert itself says that somebody may be inside",
    ),
    (
        ['incident_type="security"', 'asset_class=~"personal data|health records"'],
        "Somebody may have read what is written about people",
    ),
)
PAYMENTS_RULES = (
    (['incident_type="security"', 'asset_class="financial records"'], "Somebody may have read or changed the books"),
    (['incident_type="security"', 'tag="pci"'], "Card data may be at risk, and the schemes want to know within a day"),
)
ASKED = f"{PAYMENTS_RULES[0][1]} ({', '.join(PAYMENTS_RULES[0][0])})"
CONSTRAINTS = "Do not unlock or delete svc-payouts-batch, and rebuild none of its hosts"
PASSED = "payouts-batch-3 was rebuilt on Thursday, from the image of the 12th"
PASSED_BECAUSE = "What was on its disk before is gone"
SHOWN_BECAUSE = "They work on that account now, and would have unlocked it within the hour"


def suspected_story(organisation: Organisation) -> Story:
    """What IT works on: all that it knows by itself, and what security lets it know."""
    people = organisation.people
    responder, opened = people["responder.payments"], clock.now() - OPENED
    began = opened - timedelta(minutes=9)
    title = "Payouts wait: their batch account was locked after logins at an odd hour"
    return Story(
        unit=organisation.units["payments"],
        service=organisation.services["payouts"],
        title=title,
        severity=Severity.SEV3,
        declared_at=began,
        summary="The batch account locked itself after nine logins from a strange host. The morning's payouts wait.",
        severity_reason="Payouts are late, and none is lost",
        type=organisation.types["security"],
        declared_by=responder,
        commander=people["commander2.payments"],
        responder=responder,
        status=Status.ACKNOWLEDGED,
        times={Status.ACKNOWLEDGED: began + timedelta(minutes=5)},
        lines=[
            Line(began, EntryKind.STATUS, f"Declared as SEV3: {title}", responder),
            Line(began + timedelta(minutes=5), EntryKind.STATUS, "Acknowledged", responder),
            Line(opened, EntryKind.SYSTEM, f"Security was asked to look at this: {ASKED}"),
            Line(opened + timedelta(minutes=26), EntryKind.SYSTEM, f"Security shows: constraints: {CONSTRAINTS}"),
            Line(
                opened + timedelta(minutes=31),
                EntryKind.DECISION,
                "Payouts run under the standby account until security is done",
                people["commander2.payments"],
                "The locked account has to stay as it is, and the cut-off is at 18:00",
            ),
            Line(
                opened + timedelta(minutes=44),
                EntryKind.NOTE,
                f"Passed to security: {PASSED}",
                responder,
                PASSED_BECAUSE,
            ),
        ],
    )


def load_bridge(organisation: Organisation, suspected: Incident, investigated: Incident) -> None:
    """Write the rules, and tie the suspicion to the restricted incident that looks into it."""
    people, opened = organisation.people, clock.now() - OPENED
    _load_rules(organisation)
    shown = opened + timedelta(minutes=26)
    link = SecurityLink.objects.create(
        incident=suspected,
        unit_id=suspected.unit_id,
        restricted=False,
        reason=ASKED,
        asked_at=opened,
        state=LinkState.INVESTIGATING,
        contact=people["security"],
        constraints=CONSTRAINTS,
        note="Payouts may run under the standby account",
        shown_at=shown,
    )
    investigation = Investigation.objects.create(
        link=link, incident=investigated, unit_id=investigated.unit_id, restricted=True
    )
    investigated.timeline.create(
        unit_id=investigated.unit_id,
        restricted=True,
        kind=EntryKind.SYSTEM,
        body=f"Opened because of {suspected.reference}: {ASKED}",
        at=opened,
    )
    security = people["security"]
    asked = {"incident": suspected.reference, "title": suspected.title}
    told = {"contact": security.name, "constraints": CONSTRAINTS, "note": link.note}
    passed = opened + timedelta(minutes=44)
    Crossing.objects.bulk_create(
        Crossing(
            investigation=investigation,
            incident=investigated,
            unit_id=investigated.unit_id,
            restricted=True,
            direction=direction,
            content=content,
            person=by,
            reason=reason,
            at=at,
            dedupe_key=f"demonstration:{number}",
        )
        for number, (direction, content, by, reason, at) in enumerate(
            (
                (Direction.TO_SECURITY, asked, None, ASKED, opened),
                (Direction.TO_IT, told, security, SHOWN_BECAUSE, shown),
                (Direction.TO_SECURITY, {"text": PASSED}, people["responder.payments"], PASSED_BECAUSE, passed),
            )
        )
    )


def _load_rules(organisation: Organisation) -> None:
    rules: Sequence[tuple[str | None, Sequence[tuple[list[str], str]]]] = (
        (None, ENTERPRISE_RULES),
        ("payments", PAYMENTS_RULES),
    )
    BridgeRule.objects.bulk_create(
        BridgeRule(
            unit=organisation.units[slug] if slug else None,
            position=position,
            matchers=matchers,
            explanation=explanation,
        )
        for slug, written in rules
        for position, (matchers, explanation) in enumerate(written, start=1)
    )
