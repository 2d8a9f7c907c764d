"""What the enterprise holds alerts to, whatever units say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.alerts import access
from hub.alerts.actions.rules import NewRule, checked_rules, lock_floors
from hub.alerts.matchers import parse_matcher
from hub.alerts.models import SeverityFloor, SeverityRule
from hub.alerts.strictness import laxer_than
from hub.incidents.models import Severity
from hub.lib import clock
from hub.lib.errors import Forbidden
from hub.lib.identity import Actor, acting_as
from hub.lib.prepared import answer
from tenants import audit
from tenants.permissions import Permission, holds_for_enterprise


@dataclass(frozen=True)
class SetFloors:
    """The enterprise's rules as they are now, and the units' rules that they overrule."""

    floors: Sequence[SeverityFloor]
    overruled: Sequence[SeverityRule]


def set_severity_floors(*, actor: Actor, floors: Sequence[NewRule]) -> SetFloors:
    """Replace the enterprise's rules: an alert that one of them matches is at least as grave as that one says.

    Units' rules that are laxer stay written down and are overruled from now on; they are returned, as far as `actor`
    may see them, so that their units can be told.

    Raises `Forbidden` without taxonomy.steward for the enterprise, `InvalidMany` with the path of each matcher or
    explanation that cannot be accepted. Takes the advisory lock on the enterprise's rules.
    """
    with acting_as(actor):
        if not holds_for_enterprise(actor, Permission.TAXONOMY_STEWARD):
            raise Forbidden("You cannot set the enterprise's rules: that needs a taxonomy steward's role.")
        checked = checked_rules(floors)
        lock_floors(exclusively=True)
        former = list(SeverityFloor.objects.order_by("position"))
        SeverityFloor.objects.all().delete()
        moment = clock.now()
        made = SeverityFloor.objects.bulk_create(
            SeverityFloor(
                position=position,
                matchers=list(rule.matchers),
                severity=rule.severity,
                explanation=rule.explanation,
                set_by_id=actor.person_id,
                set_at=moment,
            )
            for position, rule in enumerate(checked, start=1)
        )
        for floor in made[:1] or former[:1]:
            audit.record(
                actor=actor,
                verb="set_severity_floors",
                obj=floor,
                unit_id=None,
                change={"floors": [[str(each) for each in former], [str(each) for each in made]]},
            )
        return SetFloors(made, _overruled(actor))


def _overruled(actor: Actor) -> list[SeverityRule]:
    floors = answer(access.severity_floors(actor))
    return [
        rule
        for rule in SeverityRule.objects.select_related("unit").order_by("unit__name", "position")
        if laxer_than([parse_matcher(text) for text in rule.matchers], Severity(rule.severity), floors)
    ]
