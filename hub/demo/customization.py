"""What units of the demonstration made their own: fields with values on their history, wording, and a policy."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from hub.demo.history import SEED
from hub.demo.meetings import SIGNED_IN, SIGNERS
from hub.demo.organisation import Organisation
from hub.incidents.models import FieldValue, Incident
from hub.incidents.models.fields import COLUMNS
from hub.lib import clock
from tenants.models import FieldKind, LocalField, LocalTemplate, ReviewClock, Stage, TemplatePurpose, UnitPolicy

FIELDS: Final = {
    "payments": (
        ("affected-terminals", "Affected terminals", FieldKind.NUMBER, (), "As the gateway counts them", None),
        ("card-scheme", "Card scheme", FieldKind.CHOICE, ("All", "Debit", "Credit", "Gift cards"), "", None),
        ("regulator-told", "Regulator told", FieldKind.BOOLEAN, (), "Under the incident reporting rules", None),
        ("settlement-day", "Settlement day", FieldKind.DATE, (), "The day whose settlement is late", None),
        ("merchant-liaison", "Merchant liaison", FieldKind.PERSON, (), "Who talks to the merchants", None),
        ("scheme-bulletin", "Scheme bulletin", FieldKind.LINK, (), "", None),
        ("workaround", "Workaround", FieldKind.TEXT, (), "What merchants can do meanwhile", None),
    ),
    "media": (
        ("viewers", "Viewers affected", FieldKind.NUMBER, (), "At the peak", Stage.CLOSED),
        ("broadcast", "On air", FieldKind.CHOICE, ("Live", "On demand", "Both"), "", None),
    ),
}
TEMPLATES: Final[tuple[tuple[str, TemplatePurpose, str, dict[str, Any]], ...]] = (
    (
        "payments", TemplatePurpose.DECLARATION, "Card outage",
        {
            "title": "Card payments are declined",
            "severity": "sev2",
            "body": "Cards are declined in … since …. Merchants see error ….",
        },
    ),
    (
        "payments", TemplatePurpose.UPDATE, "Regular update",
        {"body": "{reference} is {status} at {severity} after {age}. News: …. Next update in 30 minutes."},
    ),
    (
        "payments", TemplatePurpose.UPDATE, "Hand-over",
        {"body": "{commander} hands over {reference}. Known: …. Tried: …. Next: …."},
    ),
    (
        "media", TemplatePurpose.REVIEW, "Broadcast review",
        {"sections": {"impact": "Viewers at the peak: …. Minutes off air: ….", "lessons": "For the schedule: …"}},
    ),
)  # fmt: skip
WORKAROUNDS: Final = (
    "Take payments offline and send them later",
    "Use the second terminal, which is on the other network",
    "Ask for another card",
)


def load_customization(organisation: Organisation) -> None:
    """Write fields, their values, templates and a policy; incidents are there already."""
    for slug, fields in FIELDS.items():
        LocalField.objects.bulk_create(
            LocalField(
                unit=organisation.units[slug],
                key=key,
                name=name,
                kind=kind,
                choices=list(choices),
                hint=hint,
                required_from=required_from,
                position=position,
            )
            for position, (key, name, kind, choices, hint, required_from) in enumerate(fields)
        )
    for position, (slug, purpose, name, values) in enumerate(TEMPLATES):
        LocalTemplate.objects.create(
            unit=organisation.units[slug], purpose=purpose, name=name, position=position, **values
        )
    UnitPolicy.objects.create(
        unit=organisation.units["media"],
        review_due_hours=24,
        review_clock=ReviewClock.WORKING_TIME,
        requirements={"summary": "resolved"},
        changed_at=clock.now() - timedelta(days=300),
        changed_by=organisation.people["admin.media"],
    )
    UnitPolicy.objects.create(
        unit=organisation.units[SIGNED_IN],
        review_signers=[each.value for each in SIGNERS],
        changed_at=clock.now() - timedelta(days=300),
        changed_by=organisation.people[f"admin.{SIGNED_IN}"],
    )
    _load_values(organisation)


def _load_values(organisation: Organisation) -> None:
    """What a part of the units' incidents say."""
    rng = random.Random(SEED)
    fields = {slug: list(LocalField.objects.filter(unit=organisation.units[slug])) for slug in FIELDS}
    liaison = organisation.people["responder3.payments"]
    values = []
    for slug, own in fields.items():
        for incident in Incident.objects.filter(unit=organisation.units[slug], restricted=False).order_by("pk"):
            for field in own:
                if rng.random() < 0.45:
                    held, words = _value(rng, field, incident, liaison)
                    values.append(
                        FieldValue(
                            incident=incident,
                            unit_id=incident.unit_id,
                            field=field,
                            kind=field.kind,
                            words=words,
                            set_at=incident.declared_at + timedelta(minutes=20),
                            set_by_id=incident.commander_id,
                            **{COLUMNS[FieldKind(field.kind)]: held},
                        )
                    )
    FieldValue.objects.bulk_create(values, batch_size=1_000)


def _value(rng: random.Random, field: LocalField, incident: Incident, liaison: Any) -> tuple[Any, str]:
    day = incident.declared_at.date()
    link = f"https://bulletins.example/{incident.reference.lower()}"
    number, chosen, told = rng.randint(3, 9_000), rng.choice(field.choices or [""]), rng.random() < 0.3
    text = rng.choice(WORKAROUNDS)
    values: dict[str, tuple[Any, str]] = {
        FieldKind.NUMBER: (Decimal(number), str(number)),
        FieldKind.CHOICE: (chosen, chosen),
        FieldKind.BOOLEAN: (told, "Yes" if told else "No"),
        FieldKind.DATE: (day, day.isoformat()),
        FieldKind.PERSON: (liaison, liaison.name),
        FieldKind.LINK: (link, link),
        FieldKind.TEXT: (text, text),
    }
    return values[field.kind]
