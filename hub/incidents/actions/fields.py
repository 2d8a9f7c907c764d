"""What an incident says in its unit's fields, and what it must say before a stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.incidents.actions.writing import incident_for_work
from hub.incidents.events import IncidentFieldsChanged
from hub.incidents.fields import Given, MissingFields, missing_for, missing_parts, read
from hub.incidents.models import FieldValue, Incident, Status
from hub.incidents.models.fields import COLUMNS
from hub.lib import clock
from hub.lib.errors import Conflict, HubError, Invalid, InvalidMany, NotFound
from hub.lib.identity import Actor, acting_as
from hub.live import outbox
from tenants import access as tenants
from tenants import audit
from tenants.models import FieldKind, LocalField, Person, Stage


def set_fields(*, actor: Actor, incident_id: int, given: Sequence[Given]) -> Incident:
    """Say something in fields of the incident's unit; fields that are not named keep what they say.

    Raises `NotFound`, `Forbidden` without incident.respond, `Conflict` for a closed incident, `InvalidMany` with the
    path of each field that is none of the unit's or cannot hold what was said; and for taking away what the incident's
    stage needs. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, lock=True)
        if incident.status == Status.CLOSED:
            raise Conflict(f"{incident.reference} is closed; what it says stays.")
        change = write_fields(actor, incident, given)
        if any(after is None for _, after in change.values()):
            require_fields(actor, incident, Stage(incident.status))
        if change:
            incident.updated_at = clock.now()
            incident.save(update_fields=["updated_at"])
            outbox.record(
                actor=actor,
                event=IncidentFieldsChanged(
                    unit_id=incident.unit_id,
                    incident_id=incident.pk,
                    restricted=incident.restricted,
                    keys=sorted(change),
                ),
            )
            audit.record(
                actor=actor,
                verb="set_fields",
                obj=incident,
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                change=change,
            )
        return incident


def write_fields(actor: Actor, incident: Incident, given: Sequence[Given]) -> dict[str, list[Any]]:
    """Write values into the caller's transaction, and return what changed, in words. Raises `InvalidMany`."""
    if not given:
        return {}
    fields = {field.key: field for field in tenants.fields_of(actor, incident.unit_id)}
    former = {value.field_id: value for value in incident.field_values.all()}
    faults: list[HubError] = []
    change: dict[str, list[Any]] = {}
    moment = clock.now()
    for each in given:
        field = fields.get(each.key)
        try:
            if field is None:
                raise Invalid(f"There is no field “{each.key[:40]}” here.", path=["fields", each.key[:40]])
            value = _person(actor, field, each.value) if field.kind == FieldKind.PERSON else read(field, each.value)
        except HubError as fault:
            faults.append(fault)
            continue
        before = former.get(field.pk)
        words = _words(field, value)
        if (before.value if before else None) == value:
            continue
        change[field.key] = [before.words if before else None, words]
        if value is None:
            FieldValue.objects.filter(incident=incident, field=field).delete()
            continue
        columns = {**dict.fromkeys(COLUMNS.values()), COLUMNS[FieldKind(field.kind)]: value}
        FieldValue.objects.update_or_create(
            incident=incident,
            field=field,
            defaults={
                **columns,
                "unit_id": incident.unit_id,
                "restricted": incident.restricted,
                "kind": field.kind,
                "words": words,
                "set_at": moment,
                "set_by_id": actor.person_id,
            },
        )
    if faults:
        raise InvalidMany(faults)
    return change


def require_fields(actor: Actor, incident: Incident, stage: Stage) -> None:
    """Raises `MissingFields` with everything that the incident needs for `stage` and does not say yet."""
    faults = [
        Invalid(f"{incident.reference} cannot be {stage.value} before it says “{name}”.", path=path)
        for name, path in missing(actor, incident, stage)
    ]
    if faults:
        raise MissingFields(faults)


def missing(actor: Actor, incident: Incident, stage: Stage) -> list[tuple[str, list[str]]]:
    """What the incident needs for `stage` and does not say: names for people, and paths for programs."""
    fields = tenants.fields_of(actor, incident.unit_id)
    needed = any(field.required_from for field in fields)
    filled = set(incident.field_values.values_list("field_id", flat=True)) if needed else set()
    policy = tenants.policy_of(actor, incident.unit_id)
    parts = {part for part in tenants.PARTS if getattr(incident, tenants.PARTS[part].column)}
    return [
        *(
            (tenants.PARTS[part].label, [tenants.PARTS[part].path])
            for part in missing_parts(stage, policy.requirements, parts)
        ),
        *((field.name, ["fields", field.key]) for field in missing_for(stage, fields, filled)),
    ]


def _person(actor: Actor, field: LocalField, value: object) -> Person | None:
    if value is None or value == "":
        return None
    try:
        return tenants.person_for(actor, value) if isinstance(value, int) else tenants.person_called(actor, str(value))
    except NotFound as fault:
        raise fault.at("fields", field.key) from None
    except Invalid as fault:
        raise Invalid(fault.message, path=["fields", field.key]) from None


def _words(field: LocalField, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if field.kind == FieldKind.NUMBER:
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    return str(value)
