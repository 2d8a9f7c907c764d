"""Writes the audit trail, inside the transaction of the change that it records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models

from hub.lib import clock
from hub.lib.identity import Actor
from tenants.models import AuditEntry


def record(
    *,
    actor: Actor,
    verb: str,
    obj: models.Model,
    unit_id: int | None,
    change: dict[str, Any] | None = None,
    incident_id: int | None = None,
    restricted: bool = False,
) -> None:
    """Append one entry.

    Args:
        verb: the action's name.
        obj: the object that was changed.
        change: what changed, as `{"field": [before, after]}` with JSON values.
        incident_id: the incident whose need-to-know rule also covers this entry.
    """
    record_all(
        [
            entry(
                actor=actor,
                verb=verb,
                obj=obj,
                unit_id=unit_id,
                change=change,
                incident_id=incident_id,
                restricted=restricted,
            )
        ]
    )


def record_all(entries: Sequence[AuditEntry]) -> None:
    """Append entries that `entry` made, by one statement: for an action that changes several objects at once."""
    AuditEntry.objects.bulk_create(entries)


def entry(
    *,
    actor: Actor,
    verb: str,
    obj: models.Model,
    unit_id: int | None,
    change: dict[str, Any] | None = None,
    incident_id: int | None = None,
    restricted: bool = False,
) -> AuditEntry:
    """The entry that `record` would append, of the same arguments."""
    return AuditEntry(
        at=clock.now(),
        person_id=actor.person_id,
        through=actor.through,
        verb=verb,
        noun=str(obj._meta.model_name),
        object_id=obj.pk,
        unit_id=unit_id,
        incident_id=incident_id,
        restricted=restricted,
        change=change or {},
    )
