"""A unit's rules for severity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.alerts import access
from hub.alerts.matchers import parse_matcher
from hub.alerts.models import SeverityRule
from hub.alerts.strictness import laxer_than
from hub.incidents.models import Severity
from hub.lib.errors import Invalid, InvalidMany, NotFound, checked_each
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.places import put_among, take_out
from hub.lib.prepared import answer
from hub.lib.texts import checked_text
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit
from tenants.permissions import Permission, require

MOST_RULES: Final = 100
_MOST_MATCHERS: Final = 10


@dataclass(frozen=True)
class NewRule:
    """A rule as somebody writes it: matchers such as `env="prod"`, which must all match."""

    matchers: Sequence[str]
    severity: Severity
    explanation: str


def set_severity_rules(*, actor: Actor, unit_id: int, rules: Sequence[NewRule]) -> list[SeverityRule]:
    """Replace the unit's rules by these, which are asked in this order; incidents keep the severity they have.

    A unit may be stricter than the enterprise and never laxer: a rule is refused that could make an alert less grave
    than one of the enterprise's rules holds it to be (`hub.alerts.strictness`).

    Raises `NotFound` for the unit, `Forbidden` without source.administer there, `InvalidMany` with the path of each
    matcher or explanation that cannot be accepted. Takes the advisory lock on the unit's rules.
    """
    with acting_as(actor):
        unit = _unit(actor, unit_id)
        checked = checked_rules(rules)
        _lock_rules(unit)
        _refuse_laxer(actor, checked)
        return _replaced(actor, unit, _rules_of(unit), checked)


def place_severity_rule(
    *, actor: Actor, unit_id: int, rule: NewRule, position: int, former_id: int | None = None
) -> SeverityRule:
    """Put one rule at this place, from 1 on, or last where there are fewer; the rules behind it make room.

    Args:
        former_id: the rule that this one stands in for, if it is not a new one.

    Raises `NotFound` for the unit or the former rule, `Forbidden`, `Invalid` for what cannot be accepted. Takes the
    advisory lock on the unit's rules.
    """
    with acting_as(actor):
        unit = _unit(actor, unit_id)
        (checked,) = checked_rules([rule])
        _lock_rules(unit)
        _refuse_laxer(actor, [checked])
        former = _rules_of(unit)
        rules, place = put_among(
            former, _as_written, checked, position=position, former_id=former_id, noun="severity rule"
        )
        _check_number(rules)
        return _replaced(actor, unit, former, rules)[place]


def remove_severity_rule(*, actor: Actor, rule_id: int) -> None:
    """Take one rule away; those behind it move up. Raises `NotFound`, `Forbidden`. Takes the unit's advisory lock."""
    with acting_as(actor):
        found = SeverityRule.objects.filter(pk=rule_id).first()
        if found is None:
            raise NotFound("severity rule")
        unit = _unit(actor, found.unit_id)
        _lock_rules(unit)
        former = _rules_of(unit)
        _replaced(actor, unit, former, take_out(former, _as_written, rule_id, noun="severity rule"))


def _rules_of(unit: BusinessUnit) -> list[SeverityRule]:
    return list(SeverityRule.objects.filter(unit=unit).order_by("position"))


def _as_written(rule: SeverityRule) -> NewRule:
    return NewRule(rule.matchers, Severity(rule.severity), rule.explanation)


def _replaced(
    actor: Actor, unit: BusinessUnit, former: Sequence[SeverityRule], rules: Sequence[NewRule]
) -> list[SeverityRule]:
    """Write these checked rules in place of the former ones, whose lock is held."""
    SeverityRule.objects.filter(unit=unit).delete()
    made = SeverityRule.objects.bulk_create(
        SeverityRule(
            unit=unit,
            position=position,
            matchers=list(rule.matchers),
            severity=rule.severity,
            explanation=rule.explanation,
        )
        for position, rule in enumerate(rules, start=1)
    )
    audit.record(
        actor=actor,
        verb="set_severity_rules",
        obj=unit,
        unit_id=unit.pk,
        change={"rules": [[str(rule) for rule in former], [str(rule) for rule in made]]},
    )
    return made


def _unit(actor: Actor, unit_id: int) -> BusinessUnit:
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
    return unit


def _lock_rules(unit: BusinessUnit) -> None:
    # An advisory lock: a unit without rules has no rows that two administrators could meet on.
    hold("alerts_severityrule", unit.pk)


def _check_number(rules: Sequence[NewRule]) -> None:
    if len(rules) > MOST_RULES:
        raise Invalid(f"A unit has at most {MOST_RULES} rules; these are {len(rules)}.", path=["rules"])


def lock_floors(*, exclusively: bool) -> None:
    """Hold the enterprise's rules until the transaction ends: to change them, or so that nobody else does."""
    hold("alerts_severityfloor", shared=not exclusively)


def _refuse_laxer(actor: Actor, rules: Sequence[NewRule]) -> None:
    """Raises `InvalidMany` for rules that undercut the enterprise's, whose lock is shared from here on."""
    lock_floors(exclusively=False)
    floors = answer(access.severity_floors(actor))
    faults = []
    for number, rule in enumerate(rules):
        floor = laxer_than([parse_matcher(text) for text in rule.matchers], rule.severity, floors)
        if floor is not None:
            faults.append(
                Invalid(
                    f"{rule.severity.upper()} is laxer than the enterprise allows: its rule {floor.position}"
                    f" ({floor.conditions}) holds such alerts to {floor.severity.upper()} at least, because"
                    f" “{floor.explanation}”. Choose {floor.severity.upper()} or graver, or add a matcher that leaves"
                    " those alerts out.",
                    path=["rules", str(number), "severity"],
                )
            )
    if faults:
        raise InvalidMany(faults)


def checked_rules(rules: Sequence[NewRule]) -> list[NewRule]:
    """The rules as they are written down. Raises `InvalidMany` with the path of each fault."""
    _check_number(rules)
    return checked_each("rules", rules, _checked_rule)


def _checked_rule(rule: NewRule) -> NewRule:
    if not 1 <= len(rule.matchers) <= _MOST_MATCHERS:
        raise Invalid(f"A rule has 1 to {_MOST_MATCHERS} matchers.", path=["matchers"])
    matchers = []
    for number, text in enumerate(rule.matchers):
        try:
            matchers.append(str(parse_matcher(text.replace("\x00", ""))))
        except Invalid as fault:
            fault.at("matchers", str(number))
            raise
    return NewRule(matchers, rule.severity, checked_text(rule.explanation, "explanation", longest=200))
