"""What makes an incident a suspected breach, for a unit or for every unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection

from hub.alerts.matchers import parse_matcher
from hub.bridge.models import BridgeRule
from hub.incidents.actions.writing import checked_text
from hub.lib.errors import Forbidden, Invalid, InvalidMany, NotFound
from hub.lib.identity import Actor, acting_as
from tenants import access as tenants
from tenants import audit
from tenants.permissions import Permission, holds_everywhere, require

MOST_RULES: Final = 100
_MOST_MATCHERS: Final = 10


@dataclass(frozen=True)
class NewBridgeRule:
    """A rule as somebody writes it: matchers such as `asset_class="personal data"`, which must all match."""

    matchers: Sequence[str]
    explanation: str


def set_bridge_rules(*, actor: Actor, unit_id: int | None, rules: Sequence[NewBridgeRule]) -> list[BridgeRule]:
    """Replace the unit's rules by these, or the enterprise's for None; incidents that there are stay as they are.

    Raises `NotFound` for the unit, `Forbidden` without source.administer there (security.respond in the whole
    enterprise, for its rules), `InvalidMany` with the path of each matcher or explanation that cannot be accepted.
    Takes the advisory lock on these rules.
    """
    with acting_as(actor):
        _check_right(actor, unit_id)
        checked = _checked(rules)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('bridge_bridgerule'), %s)", [unit_id or 0])
        former = list(BridgeRule.objects.filter(unit=unit_id).order_by("position"))
        BridgeRule.objects.filter(unit=unit_id).delete()
        made = BridgeRule.objects.bulk_create(
            BridgeRule(unit_id=unit_id, position=position, matchers=list(rule.matchers), explanation=rule.explanation)
            for position, rule in enumerate(checked, start=1)
        )
        for rule in made[:1] or former[:1]:
            audit.record(
                actor=actor,
                verb="set_bridge_rules",
                obj=rule,
                unit_id=unit_id,
                change={"rules": [[str(each) for each in former], [str(each) for each in made]]},
            )
        return made


def _check_right(actor: Actor, unit_id: int | None) -> None:
    if unit_id is None:
        if not holds_everywhere(actor, Permission.SECURITY_RESPOND):
            raise Forbidden("The rules of the enterprise are set by its security responders.")
        return
    try:
        unit = tenants.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None
    require(
        actor,
        Permission.SOURCE_ADMINISTER,
        unit.pk,
        f"You cannot set the rules of {unit.name}: that needs a unit administrator's role there.",
    )


def _checked(rules: Sequence[NewBridgeRule]) -> list[NewBridgeRule]:
    if len(rules) > MOST_RULES:
        raise Invalid(f"There are at most {MOST_RULES} rules; these are {len(rules)}.", path=["rules"])
    faults: list[Invalid] = []
    checked = []
    for number, rule in enumerate(rules):
        try:
            checked.append(_checked_rule(rule))
        except Invalid as fault:
            fault.at("rules", str(number))
            faults.append(fault)
    if faults:
        raise InvalidMany(faults)
    return checked


def _checked_rule(rule: NewBridgeRule) -> NewBridgeRule:
    if not 1 <= len(rule.matchers) <= _MOST_MATCHERS:
        raise Invalid(f"A rule has 1 to {_MOST_MATCHERS} matchers.", path=["matchers"])
    matchers = []
    for number, text in enumerate(rule.matchers):
        try:
            matchers.append(str(parse_matcher(text.replace("\x00", ""))))
        except Invalid as fault:
            fault.at("matchers", str(number))
            raise
    return NewBridgeRule(matchers, checked_text(rule.explanation, "explanation", longest=200))
