"""The wording that a unit has ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from tenants import audit
from tenants.actions.fields import configured_unit
from tenants.models import LocalTemplate, TemplatePurpose
from tenants.templates import check_placeholders

REVIEW_SECTIONS: Final = ("summary", "impact", "detection", "root_cause", "went_well", "went_badly", "lessons")
SEVERITIES: Final = ("", "sev1", "sev2", "sev3", "sev4", "sev5")
LONGEST_BODY: Final = 10_000


def save_template(
    *,
    actor: Actor,
    unit_id: int,
    purpose: TemplatePurpose,
    name: str,
    title: str = "",
    body: str = "",
    severity: str = "",
    sections: Mapping[str, str] | None = None,
    position: int = 0,
) -> LocalTemplate:
    """Write a template of the unit; one with the same purpose and name is replaced.

    Args:
        title, severity: what an incident that is declared with it begins with.
        body: an update's text, or an incident's summary; {reference} and the like stand for facts.
        sections: for reviews, the text that each section begins with.

    Raises `NotFound` for the unit, `Forbidden` without unit.administer there, `Invalid`, and `Conflict` for a second
    template for reviews. Locks the template, if there is one.
    """
    with acting_as(actor):
        unit = configured_unit(actor, unit_id)
        values = {
            "title": checked_text(title, "title", longest=200, required=False),
            "body": checked_text(body, "body", longest=LONGEST_BODY, required=purpose == TemplatePurpose.UPDATE),
            "severity": severity,
            "sections": _checked_sections(purpose, sections or {}),
            "position": position,
        }
        if severity not in SEVERITIES:
            raise Invalid("The severity is one of sev1 to sev5.", path=["severity"])
        for field in ("title", "body"):
            check_placeholders(str(values[field]), field)
        words = checked_text(name, "name", longest=100)
        former = (
            LocalTemplate.objects.select_for_update(of=("self",)).filter(unit=unit, purpose=purpose, name=words).first()
        )
        template = former or LocalTemplate(unit=unit, purpose=purpose, name=words)
        change = {
            field: [getattr(former, field) if former else None, value]
            for field, value in values.items()
            if former is None or getattr(former, field) != value
        }
        for field, value in values.items():
            setattr(template, field, value)
        template.retired_at = None
        try:
            with transaction.atomic():
                template.save()
        except IntegrityError:
            raise Conflict(f"{unit.name} has a template for reviews already: change that one.", path=["name"]) from None
        _audit(actor, "save_template", template, change)
        return template


def retire_template(*, actor: Actor, template_id: int) -> LocalTemplate:
    """Take a template out of use. Raises `NotFound`, `Forbidden`, `Conflict`. Locks the template."""
    with acting_as(actor):
        found = LocalTemplate.objects.filter(pk=template_id).first()
        if found is None:
            raise NotFound("template", path=["templateId"])
        configured_unit(actor, found.unit_id)
        template = LocalTemplate.objects.select_for_update().get(pk=template_id)
        if template.retired_at is not None:
            raise Conflict(f"“{template.name}” is retired already.")
        template.retired_at = clock.now()
        template.save(update_fields=["retired_at"])
        _audit(actor, "retire_template", template, {"retired_at": [None, template.retired_at.isoformat()]})
        return template


def _checked_sections(purpose: TemplatePurpose, sections: Mapping[str, str]) -> dict[str, str]:
    if purpose != TemplatePurpose.REVIEW:
        if sections:
            raise Invalid("Only a template for reviews has sections.", path=["sections"])
        return {}
    checked = {}
    for section, text in sections.items():
        if section not in REVIEW_SECTIONS:
            raise Invalid(
                f"A review has no section “{section[:40]}”: it has {', '.join(REVIEW_SECTIONS)}.", path=["sections"]
            )
        checked[section] = checked_text(text, "sections", longest=LONGEST_BODY, required=False)
        check_placeholders(checked[section], "sections")
    if not any(checked.values()):
        raise Invalid("A template for reviews has a text for at least one section.", path=["sections"])
    return {section: text for section, text in checked.items() if text}


def _audit(actor: Actor, verb: str, template: LocalTemplate, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=template, unit_id=template.unit_id, change=change)
