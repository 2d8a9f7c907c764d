"""The fields that a unit adds to its incidents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import IntegrityError, transaction

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from tenants import access, audit
from tenants.actions.terms import checked_key
from tenants.models import BusinessUnit, FieldKind, LocalField, Stage
from tenants.permissions import Permission, require

MOST_CHOICES: Final = 100
MOST_FIELDS: Final = 50


def add_field(
    *,
    actor: Actor,
    unit_id: int,
    key: str,
    name: str,
    kind: FieldKind,
    choices: Sequence[str] = (),
    hint: str = "",
    required_from: Stage | None = None,
    position: int = 0,
) -> LocalField:
    """Add a field to the unit's incidents.

    Args:
        key: short and stable, in small letters: affected-terminals.
        choices: what can be chosen, for a choice; nothing for the other kinds.
        required_from: the first stage that an incident cannot reach without it; None where it may stay empty.

    Raises `NotFound` for the unit, `Forbidden` without unit.administer there, `Invalid`, `Conflict` for a key that
    the unit uses already.
    """
    with acting_as(actor):
        unit = configured_unit(actor, unit_id)
        field = LocalField(
            unit=unit,
            key=checked_key(key),
            name=checked_text(name, "name", longest=100),
            hint=checked_text(hint, "hint", longest=200, required=False),
            kind=kind,
            choices=_checked_choices(kind, choices),
            required_from=required_from,
            position=_checked_position(position),
        )
        if LocalField.objects.filter(unit=unit, retired_at=None).count() >= MOST_FIELDS:
            raise Conflict(f"{unit.name} has {MOST_FIELDS} fields, which is the most: retire one first.")
        try:
            with transaction.atomic():
                field.save()
        except IntegrityError:
            raise Conflict(f"{unit.name} has a field “{field.key}” already.", path=["key"]) from None
        _audit(actor, "add_field", field, {"key": [None, field.key], "kind": [None, kind.value]})
        return field


def change_field(
    *,
    actor: Actor,
    field_id: int,
    name: str | None = None,
    hint: str | None = None,
    choices: Sequence[str] | None = None,
    required_from: Stage | None = None,
    is_optional: bool = False,
    position: int | None = None,
) -> LocalField:
    """Change a field's wording, choices or place; what is left out stays. What incidents said in it stays as well.

    Args:
        required_from: the first stage that an incident cannot reach without it from now on.
        is_optional: it may stay empty from now on.

    Raises `NotFound`, `Forbidden` without unit.administer in its unit, `Invalid`. Locks the field.
    """
    with acting_as(actor):
        field = _field(actor, field_id)
        if is_optional and required_from is not None:
            raise Invalid("A field is optional, or required from a stage on.", path=["requiredFrom"])
        given: dict[str, Any] = {
            "name": None if name is None else checked_text(name, "name", longest=100),
            "hint": None if hint is None else checked_text(hint, "hint", longest=200, required=False),
            "choices": None if choices is None else _checked_choices(FieldKind(field.kind), choices),
            "required_from": required_from,
            "position": None if position is None else _checked_position(position),
        }
        change = {
            column: [getattr(field, column), value]
            for column, value in given.items()
            if value is not None and value != getattr(field, column)
        }
        if is_optional and field.required_from is not None:
            change["required_from"] = [field.required_from, None]
        for column, (_, value) in change.items():
            setattr(field, column, value)
        if change:
            field.save(update_fields=list(change))
            _audit(actor, "change_field", field, change)
        return field


def retire_field(*, actor: Actor, field_id: int) -> LocalField:
    """Take a field out of forms; what incidents said in it stays. Raises what `change_field` raises, and `Conflict`."""
    with acting_as(actor):
        field = _field(actor, field_id)
        if field.retired_at is not None:
            raise Conflict(f"“{field.name}” is retired already.")
        field.retired_at = clock.now()
        field.save(update_fields=["retired_at"])
        _audit(actor, "retire_field", field, {"retired_at": [None, field.retired_at.isoformat()]})
        return field


def configured_unit(actor: Actor, unit_id: int) -> BusinessUnit:
    """The unit, for somebody who administers it. Raises `NotFound` or `Forbidden`."""
    try:
        unit = access.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None
    require(
        actor,
        Permission.UNIT_ADMINISTER,
        unit.pk,
        f"You cannot change how {unit.name} works: that needs a unit administrator's role there.",
    )
    return unit


def _field(actor: Actor, field_id: int) -> LocalField:
    try:
        found = LocalField.objects.get(pk=field_id)
    except LocalField.DoesNotExist:
        raise NotFound("field", path=["fieldId"]) from None
    configured_unit(actor, found.unit_id)
    return LocalField.objects.select_for_update().get(pk=field_id)


def _checked_choices(kind: FieldKind, choices: Sequence[str]) -> list[str]:
    if kind != FieldKind.CHOICE:
        if choices:
            raise Invalid(f"A field of the kind “{kind.label.lower()}” has no choices.", path=["choices"])
        return []
    words = [checked_text(each, "choices", longest=100) for each in choices]
    if not 1 <= len(words) <= MOST_CHOICES:
        raise Invalid(f"A choice has 1 to {MOST_CHOICES} values to choose from.", path=["choices"])
    if len(set(words)) < len(words):
        raise Invalid("The same choice stands twice.", path=["choices"])
    return words


def _checked_position(position: int) -> int:
    if not 0 <= position <= 1_000:
        raise Invalid(f"The position is {position}; it lies between 0 and 1000.", path=["position"])
    return position


def _audit(actor: Actor, verb: str, field: LocalField, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=field, unit_id=field.unit_id, change=change)
