"""What makes an incident a suspected breach, for a unit or for every unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.alerts.matchers import parse_matcher
from hub.bridge import access
from hub.bridge.models import BridgeRule
from hub.lib.errors import Forbidden, Invalid, NotFound, checked_each
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.places import put_among, take_out
from hub.lib.texts import checked_text
from tenants import access as tenants
from tenants import audit
from tenants.permissions import Permission, require

MOST_RULES: Final = 100
_MOST_MATCHERS: Final = 10


@dataclass(frozen=True)
class NewBridgeRule:
    """A rule as somebody writes it: matchers such as `asset_class="personal data"`, which must all match."""

    matchers: Sequence[str]
    explanation: str


def set_bridge_rules(*, actor: Actor, unit_id: int | None, rules: Sequence[NewBridgeRule]) -> list[BridgeRule]:
    """Replace the unit's rules by these, or the enterprise's for None; incidents that there are stay as they are.

    Raises `NotFound` for the unit, `Forbidden` without source.administer there (for the enterprise's rules, that or
    security.respond in the whole enterprise), `InvalidMany` with the path of each matcher or explanation that cannot be
    accepted. Takes the advisory lock on these rules.
    """
    with acting_as(actor):
        _check_right(actor, unit_id)
        checked = _checked(rules)
        _lock_rules(unit_id)
        return _replaced(actor, unit_id, _rules_of(unit_id), checked)


def place_bridge_rule(
    *, actor: Actor, unit_id: int | None, rule: NewBridgeRule, position: int, former_id: int | None = None
) -> BridgeRule:
    """Put one rule at this place, from 1 on, or last where there are fewer; the rules behind it make room.

    Args:
        unit_id: whose rule it is; None for every unit's.
        former_id: the rule that this one stands in for, if it is not a new one.

    Raises `NotFound` for the unit or the former rule, `Forbidden`, `Invalid` with the path of what cannot be accepted.
    Takes the advisory lock on these rules.
    """
    with acting_as(actor):
        _check_right(actor, unit_id)
        checked = _checked_rule(rule)
        _lock_rules(unit_id)
        former = _rules_of(unit_id)
        rules, place = put_among(former, _as_written, checked, position=position, former_id=former_id, noun="rule")
        _check_number(rules)
        return _replaced(actor, unit_id, former, rules)[place]


def withdraw_bridge_rule(*, actor: Actor, rule_id: int) -> None:
    """Take one rule away; those behind it move up, and what it opened stays open.

    Raises `NotFound`, `Forbidden`. Takes the advisory lock on the rules that it stands among.
    """
    with acting_as(actor):
        found = BridgeRule.objects.filter(pk=rule_id).first()
        if found is None:
            raise NotFound("rule")
        _check_right(actor, found.unit_id)
        _lock_rules(found.unit_id)
        former = _rules_of(found.unit_id)
        _replaced(actor, found.unit_id, former, take_out(former, _as_written, rule_id, noun="rule"))


def _lock_rules(unit_id: int | None) -> None:
    # An advisory lock: where there are no rules yet there are no rows that two administrators could meet on.
    hold("bridge_bridgerule", unit_id or 0)


def _rules_of(unit_id: int | None) -> list[BridgeRule]:
    return list(BridgeRule.objects.filter(unit=unit_id).order_by("position"))


def _as_written(rule: BridgeRule) -> NewBridgeRule:
    return NewBridgeRule(rule.matchers, rule.explanation)


def _replaced(
    actor: Actor, unit_id: int | None, former: Sequence[BridgeRule], rules: Sequence[NewBridgeRule]
) -> list[BridgeRule]:
    """Write these checked rules in place of the former ones, whose lock is held."""
    BridgeRule.objects.filter(unit=unit_id).delete()
    made = BridgeRule.objects.bulk_create(
        BridgeRule(unit_id=unit_id, position=position, matchers=list(rule.matchers), explanation=rule.explanation)
        for position, rule in enumerate(rules, start=1)
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
        if not access.keeps_enterprise_rules(actor):
            raise Forbidden("The rules of the enterprise are set by its administrators and its security responders.")
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


def _check_number(rules: Sequence[NewBridgeRule]) -> None:
    if len(rules) > MOST_RULES:
        raise Invalid(f"There are at most {MOST_RULES} rules; these are {len(rules)}.", path=["rules"])


def _checked(rules: Sequence[NewBridgeRule]) -> list[NewBridgeRule]:
    _check_number(rules)
    return checked_each("rules", rules, _checked_rule)


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
