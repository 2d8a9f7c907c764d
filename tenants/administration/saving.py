"""What the tenant admin writes: configuration of a unit, checked, saved and audited in one transaction."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connection, models, transaction

from hub.lib.errors import Conflict
from hub.lib.identity import Actor, acting_as
from tenants import audit
from tenants.models import BusinessUnit
from tenants.permissions import Permission, require


def unit_of(obj: models.Model) -> int:
    """The id of the unit that the object configures."""
    if isinstance(obj, BusinessUnit):
        return obj.pk
    unit_id: int = obj.unit_id  # type: ignore[attr-defined]
    return unit_id


def save_configuration(*, actor: Actor, obj: models.Model, permission: Permission) -> models.Model:
    """Save an object of a unit's configuration, new or changed, with what changed in the audit trail.

    An object that moves to another unit needs the permission in both. Raises `Forbidden`.
    """
    with acting_as(actor):
        model = type(obj)
        former = model._default_manager.filter(pk=obj.pk).first() if obj.pk else None
        for unit_id in {unit_of(each) for each in (former, obj) if each is not None}:
            require(actor, permission, unit_id, "This belongs to a unit that you do not administer.")
        obj.save()
        audit.record(
            actor=actor,
            verb=f"change_{model._meta.model_name}" if former else f"add_{model._meta.model_name}",
            obj=obj,
            unit_id=unit_of(obj),
            change=_differences(former, obj),
        )
        return obj


def delete_configuration(*, actor: Actor, obj: models.Model, permission: Permission) -> None:
    """Delete an object of a unit's configuration; what it said stays in the audit trail.

    Raises `Forbidden`, and `Conflict` for what something else refers to: also where the actor does not see that.
    """
    with acting_as(actor):
        require(actor, permission, unit_of(obj), "This belongs to a unit that you do not administer.")
        audit.record(
            actor=actor,
            verb=f"delete_{obj._meta.model_name}",
            obj=obj,
            unit_id=unit_of(obj),
            change={field: [value, None] for field, value in _values(obj).items()},
        )
        try:
            with transaction.atomic():
                obj.delete()
                # References are checked when a transaction ends, which is too late to say anything.
                connection.check_constraints()
        except IntegrityError:
            raise Conflict(f"{obj} is referred to, and cannot be deleted.") from None


def _differences(former: models.Model | None, obj: models.Model) -> dict[str, Any]:
    after = _values(obj)
    if former is None:
        return {field: [None, value] for field, value in after.items()}
    before = _values(former)
    return {field: [before[field], value] for field, value in after.items() if before[field] != value}


def _values(obj: models.Model) -> dict[str, Any]:
    """The object's columns as JSON values, by their names."""
    plain = (bool, int, str, list, dict, type(None))
    values = {field.attname: field.value_from_object(obj) for field in obj._meta.concrete_fields}
    return {name: value if isinstance(value, plain) else str(value) for name, value in values.items()}
