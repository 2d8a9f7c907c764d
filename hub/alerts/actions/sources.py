"""Alert sources: made, given new keys, and revoked. A key is shown once, when it is made."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.text import slugify

from hub.alerts import access, keys
from hub.alerts.models import SERVICE_LABELS, AlertSource, AlertSourceKey, SourceKind
from hub.catalog import access as catalog
from hub.incidents.models import Severity
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit
from tenants.permissions import Permission, require

LONGEST_OVERLAP: Final = timedelta(days=30)
_MOST_LABELS: Final = 20


@dataclass(frozen=True)
class NewKey:
    """A source and the key that was made for it, which nothing can show again."""

    source: AlertSource
    key: str = field(repr=False)

    @property
    def address(self) -> str:
        """Where the source sends its alerts; for Alertmanager the key is part of it."""
        if self.source.kind == SourceKind.ALERTMANAGER:
            return f"{settings.PUBLIC_URL}/ingest/alertmanager/{self.key}"
        return f"{settings.PUBLIC_URL}/ingest/events/v2/enqueue"


def create_alert_source(
    *,
    actor: Actor,
    unit_id: int,
    kind: SourceKind,
    name: str,
    resolves_incidents: bool = True,
    default_severity: Severity = Severity.SEV3,
    default_service_id: int | None = None,
    service_labels: Sequence[str] | None = None,
) -> NewKey:
    """Make a source with its service account and its first key.

    Args:
        resolves_incidents: whether an incident is over once all of its alerts are resolved.
        default_severity: for an alert that no rule matches and that says nothing itself.
        default_service_id: the service of alerts that name none.
        service_labels: where to look for a service's name, the first label that names a known one counting; what is
            usual for the kind if left out.

    Raises `NotFound` for the unit or service, `Forbidden` without source.administer in the unit, `Invalid` for an
    empty name or bad labels, `Conflict` for a name that the unit has given already.
    """
    with acting_as(actor):
        unit = _unit(actor, unit_id)
        name = checked_text(name, "name", longest=100)
        labels = _checked_labels(SERVICE_LABELS[kind] if service_labels is None else service_labels)
        _check_service(actor, default_service_id)
        moment = clock.now()
        try:
            with transaction.atomic():
                source = AlertSource.objects.create(
                    unit=unit,
                    kind=kind,
                    name=name,
                    account_id=_made_account(unit, name, moment),
                    resolves_incidents=resolves_incidents,
                    default_severity=default_severity,
                    default_service_id=default_service_id,
                    service_labels=labels,
                    created_at=moment,
                )
        except IntegrityError:
            raise Conflict(f"{unit.name} has a source called {name} already.", path=["name"]) from None
        audit.record(
            actor=actor,
            verb="create_alert_source",
            obj=source,
            unit_id=unit.pk,
            change={"name": [None, name], "kind": [None, kind], "resolves_incidents": [None, resolves_incidents]},
        )
        return NewKey(source, _new_key(source, moment))


def change_alert_source(
    *,
    actor: Actor,
    source_id: int,
    name: str,
    resolves_incidents: bool,
    default_severity: Severity,
    default_service_id: int | None = None,
    service_labels: Sequence[str] | None = None,
) -> AlertSource:
    """Change what a source is called and how its alerts are taken; the arguments are `create_alert_source`'s.

    Raises `NotFound` for the source or service, `Invalid` for an empty name or bad labels, `Conflict` for a revoked
    source and for a name that the unit has given already. Locks the source.
    """
    with acting_as(actor):
        source = access.source_for(actor, source_id, lock=True)
        if source.revoked_at:
            raise Conflict(f"{source.name} is revoked; make a new source instead.")
        labels = SERVICE_LABELS[SourceKind(source.kind)] if service_labels is None else service_labels
        _check_service(actor, default_service_id)
        after: dict[str, Any] = {
            "name": checked_text(name, "name", longest=100),
            "resolves_incidents": resolves_incidents,
            "default_severity": default_severity.value,
            "default_service_id": default_service_id,
            "service_labels": _checked_labels(labels),
        }
        change = {key: [getattr(source, key), value] for key, value in after.items() if getattr(source, key) != value}
        if not change:
            return source
        for key, value in after.items():
            setattr(source, key, value)
        try:
            with transaction.atomic():
                source.save(update_fields=list(after))
        except IntegrityError:
            raise Conflict(f"{source.unit.name} has a source called {name} already.", path=["name"]) from None
        audit.record(actor=actor, verb="change_alert_source", obj=source, unit_id=source.unit_id, change=change)
        return source


def rotate_alert_source_key(*, actor: Actor, source_id: int, overlap: timedelta = timedelta(0)) -> NewKey:
    """Give a source a new key.

    Args:
        overlap: how long the former keys are still accepted, so that a sender can be changed over without a gap.

    Raises `NotFound`, `Forbidden`, `Invalid` for an overlap below zero or above 30 days, `Conflict` for a revoked
    source. Locks the source.
    """
    with acting_as(actor):
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise Invalid("A former key can stay valid for 0 minutes to 30 days.", path=["overlapMinutes"])
        source = access.source_for(actor, source_id, lock=True)
        if source.revoked_at:
            raise Conflict(f"{source.name} is revoked; make a new source instead.")
        moment = clock.now()
        ended = _end_keys(source, moment + overlap)
        key = _new_key(source, moment)
        audit.record(
            actor=actor,
            verb="rotate_alert_source_key",
            obj=source,
            unit_id=source.unit_id,
            change={"ended": [None, ended], "overlap_seconds": [None, int(overlap.total_seconds())]},
        )
        return NewKey(source, key)


def revoke_alert_source(*, actor: Actor, source_id: int) -> AlertSource:
    """Refuse everything that the source sends from now on; what it sent stays.

    Raises `NotFound`, `Forbidden`, `Conflict` if it is revoked already. Locks the source.
    """
    with acting_as(actor):
        source = access.source_for(actor, source_id, lock=True)
        if source.revoked_at:
            raise Conflict(f"{source.name} is revoked already.")
        source.revoked_at = clock.now()
        source.save(update_fields=["revoked_at"])
        _end_keys(source, source.revoked_at)
        audit.record(
            actor=actor,
            verb="revoke_alert_source",
            obj=source,
            unit_id=source.unit_id,
            change={"revoked_at": [None, source.revoked_at.isoformat()]},
        )
        return source


def _check_service(actor: Actor, service_id: int | None) -> None:
    """Raises `NotFound` or `Invalid` for what can be nobody's default service."""
    if service_id is None:
        return
    try:
        catalog.service_in_use_for(actor, service_id)
    except (NotFound, Invalid) as error:
        raise error.at("defaultServiceId") from None


def _unit(actor: Actor, unit_id: int) -> BusinessUnit:
    try:
        unit = tenants.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None
    require(
        actor,
        Permission.SOURCE_ADMINISTER,
        unit.pk,
        f"You cannot administer the sources of {unit.name}: that needs a unit administrator's role there.",
    )
    return unit


def _checked_labels(labels: Sequence[str]) -> list[str]:
    checked = [checked_text(label, "label name", longest=100) for label in labels]
    if not 1 <= len(checked) <= _MOST_LABELS:
        raise Invalid(f"Name 1 to {_MOST_LABELS} labels that may name the service.", path=["serviceLabels"])
    return checked


def _made_account(unit: BusinessUnit, name: str, moment: datetime) -> int:
    # The random word keeps apart names that become the same slug.
    username = ".".join(filter(None, ("source", unit.slug, slugify(name)[:40], secrets.token_hex(4))))
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.make_source_account(%s, %s, %s, %s)", [unit.pk, username, name, moment])
        row: tuple[int] = cursor.fetchone()
        return row[0]


def _new_key(source: AlertSource, moment: datetime) -> str:
    key = keys.new_key()
    AlertSourceKey.objects.create(
        source=source, unit_id=source.unit_id, digest=keys.digest(key), hint=key[:4], created_at=moment
    )
    return key


def _end_keys(source: AlertSource, moment: datetime) -> int:
    valid = AlertSourceKey.objects.filter(Q(ends_at=None) | Q(ends_at__gt=moment), source=source)
    return valid.update(ends_at=moment)
