"""From which facts on an incident is how grave: set for a unit, or for every unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from hub.catalog.models import Sensitivity
from hub.incidents import access
from hub.incidents.models import Impact, Reach, Severity, SeverityThreshold
from hub.incidents.thresholds import Threshold, overruled_by
from hub.lib.errors import Forbidden, Invalid, NotFound, checked_each
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.places import put_among, take_out
from hub.lib.texts import checked_text
from tenants import access as tenants
from tenants import audit
from tenants.permissions import Permission, holds_for_enterprise, require

MOST_THRESHOLDS: Final = 50
LONGEST_RECOVERY: Final = 60 * 24 * 365
"""In minutes."""


@dataclass(frozen=True)
class NewThreshold:
    """A threshold as somebody writes it. Conditions that are None ask for nothing; at least one must ask.

    Attributes:
        recovery_minutes: the service must work again within so many minutes, or sooner.
    """

    severity: Severity
    explanation: str
    impact: Impact | None = None
    criticality: int | None = None
    recovery_minutes: int | None = None
    reach: Reach | None = None
    sensitivity: Sensitivity | None = None


def set_severity_thresholds(
    *, actor: Actor, unit_id: int | None, thresholds: Sequence[NewThreshold]
) -> list[SeverityThreshold]:
    """Replace the unit's thresholds by these, or the enterprise's for None. Incidents that there are stay as they are.

    Raises `NotFound` for the unit, `Forbidden` without unit.administer there (for the enterprise's, taxonomy.steward in
    all of it), `InvalidMany` with the path of each threshold that asks for nothing, gives no reason, or could never
    decide because one of the enterprise's is graver wherever it holds. Takes the advisory lock on these thresholds.
    """
    with acting_as(actor):
        _check_right(actor, unit_id)
        _check_number(thresholds)
        _lock(unit_id)
        floors = _floors(actor, unit_id)
        checked = checked_each("thresholds", thresholds, lambda each: _checked(each, floors))
        return _replaced(actor, unit_id, _thresholds_of(unit_id), checked)


def place_severity_threshold(
    *, actor: Actor, unit_id: int | None, threshold: NewThreshold, position: int, former_id: int | None = None
) -> SeverityThreshold:
    """Put one threshold at this place, from 1 on, or last where there are fewer; those behind it make room.

    Args:
        unit_id: whose it is; None for every unit's.
        former_id: the threshold that this one stands in for, if it is not a new one.

    Raises `NotFound` for the unit or the former threshold, `Forbidden`, `Invalid` with the path of what cannot be
    accepted. Takes the advisory lock on these thresholds.
    """
    with acting_as(actor):
        _check_right(actor, unit_id)
        _lock(unit_id)
        checked = _checked(threshold, _floors(actor, unit_id))
        former = _thresholds_of(unit_id)
        thresholds, place = put_among(
            former, _as_written, checked, position=position, former_id=former_id, noun="threshold"
        )
        _check_number(thresholds)
        return _replaced(actor, unit_id, former, thresholds)[place]


def withdraw_severity_threshold(*, actor: Actor, threshold_id: int) -> None:
    """Take one threshold away; those behind it move up.

    Raises `NotFound`, `Forbidden`. Takes the advisory lock on the thresholds that it stands among.
    """
    with acting_as(actor):
        found = SeverityThreshold.objects.filter(pk=threshold_id).first()
        if found is None:
            raise NotFound("threshold")
        _check_right(actor, found.unit_id)
        _lock(found.unit_id)
        former = _thresholds_of(found.unit_id)
        _replaced(actor, found.unit_id, former, take_out(former, _as_written, threshold_id, noun="threshold"))


def keeps_enterprise_thresholds(actor: Actor) -> bool:
    """Whether `actor` sets what holds for every unit: thresholds, and the plans that severities engage."""
    return holds_for_enterprise(actor, Permission.TAXONOMY_STEWARD)


def check_keeper(actor: Actor, unit_id: int | None, what: str) -> None:
    """Raises `NotFound` for the unit, `Forbidden` for somebody who does not set its thresholds and plans: `what`."""
    if unit_id is None:
        if not keeps_enterprise_thresholds(actor):
            raise Forbidden(f"You cannot set the enterprise's {what}: that needs a taxonomy steward's role.")
        return
    try:
        unit = tenants.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None
    require(
        actor,
        Permission.UNIT_ADMINISTER,
        unit.pk,
        f"You cannot set the {what} of {unit.name}: that needs a unit administrator's role there.",
    )


def _check_right(actor: Actor, unit_id: int | None) -> None:
    check_keeper(actor, unit_id, "severity thresholds")


def _lock(unit_id: int | None) -> None:
    # An advisory lock: where there are no thresholds yet there are no rows that two administrators could meet on.
    hold("incidents_severitythreshold", unit_id or 0)


def _floors(actor: Actor, unit_id: int | None) -> list[Threshold]:
    """What a threshold of the unit is held against; nothing for the enterprise's own."""
    return [] if unit_id is None else [each for each in access.thresholds(actor, None) if each.is_floor]


def _thresholds_of(unit_id: int | None) -> list[SeverityThreshold]:
    return list(SeverityThreshold.objects.filter(unit=unit_id).order_by("position"))


def _as_written(row: SeverityThreshold) -> NewThreshold:
    asked = access.asked(row)
    return NewThreshold(
        asked.severity,
        asked.explanation,
        asked.impact,
        asked.criticality,
        asked.recovery_minutes,
        asked.reach,
        asked.sensitivity,
    )


def _replaced(
    actor: Actor, unit_id: int | None, former: Sequence[SeverityThreshold], thresholds: Sequence[NewThreshold]
) -> list[SeverityThreshold]:
    """Write these checked thresholds in place of the former ones, whose lock is held."""
    said = [access.asked(each).words for each in former]
    SeverityThreshold.objects.filter(unit=unit_id).delete()
    made = SeverityThreshold.objects.bulk_create(
        SeverityThreshold(
            unit_id=unit_id,
            position=position,
            severity=each.severity,
            explanation=each.explanation,
            impact=each.impact,
            criticality=each.criticality,
            recovery_minutes=each.recovery_minutes,
            reach=each.reach,
            sensitivity=each.sensitivity,
        )
        for position, each in enumerate(thresholds, start=1)
    )
    for row in made[:1] or former[:1]:
        audit.record(
            actor=actor,
            verb="set_severity_thresholds",
            obj=row,
            unit_id=unit_id,
            change={"thresholds": [said, [access.asked(each).words for each in made]]},
        )
    return made


def _check_number(thresholds: Sequence[NewThreshold]) -> None:
    if len(thresholds) > MOST_THRESHOLDS:
        raise Invalid(
            f"There are at most {MOST_THRESHOLDS} thresholds; these are {len(thresholds)}.", path=["thresholds"]
        )


def _checked(threshold: NewThreshold, floors: Sequence[Threshold]) -> NewThreshold:
    explanation = checked_text(threshold.explanation, "explanation", longest=200)
    conditions = (
        threshold.impact,
        threshold.criticality,
        threshold.recovery_minutes,
        threshold.reach,
        threshold.sensitivity,
    )
    if all(each is None for each in conditions):
        raise Invalid("A threshold asks for something: an impact, a criticality, a recovery time, a reach or data.",
                      path=["impact"])  # fmt: skip
    if threshold.criticality is not None and not 1 <= threshold.criticality <= 4:
        raise Invalid("Criticality is from 1, the highest, to 4.", path=["criticality"])
    if threshold.recovery_minutes is not None and not 1 <= threshold.recovery_minutes <= LONGEST_RECOVERY:
        raise Invalid("A recovery time is from a minute to a year, in minutes.", path=["recoveryMinutes"])
    checked = replace(threshold, explanation=explanation)
    floor = overruled_by(Threshold(position=0, **asdict(checked)), floors)
    if floor is not None:
        raise Invalid(
            f"It would never decide: wherever it holds, so does the enterprise's threshold {floor.position}"
            f" ({floor.conditions}), which makes it {floor.severity.upper()}. A unit can be stricter, not laxer.",
            path=["severity"],
        )
    return checked
