"""What a unit demands of itself: stricter than the enterprise, never laxer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final

from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.unchanged import UNCHANGED, Unchanged
from tenants import access, audit
from tenants.actions.fields import configured_unit
from tenants.models import BusinessUnit, ReviewClock, ReviewSigner, Stage, UnitPolicy

LONGEST_REVIEW: Final = 48
"""Hours after the resolution within which the enterprise wants every review published."""


def set_policy(
    *,
    actor: Actor,
    unit_id: int,
    review_due_hours: int = LONGEST_REVIEW,
    requirements: Mapping[str, Stage] | None = None,
    review_signers: Collection[ReviewSigner] | Unchanged = UNCHANGED,
    review_clock: ReviewClock | Unchanged = UNCHANGED,
) -> UnitPolicy:
    """Say what the unit demands of itself; incidents and reviews that are open keep what held when they began.
    Signatures alone are asked for by what holds when a review is published.

    Args:
        review_due_hours: within how many hours of the resolution a review is due, at most the enterprise's 48.
        requirements: from which stage on an incident needs its summary, service, incident type or commander.
        review_signers: in which roles a review is signed before it is published. Left out, they stay: who knows
            nothing of them takes none away.
        review_clock: whether the hours within which a review is due are plain ones or those that the unit works. Left
            out, it stays.

    Raises `NotFound` for the unit, `Forbidden` without unit.administer there, `Invalid` for what is laxer than the
    enterprise or cannot be demanded, and for working time in a unit that works too little for it within a year. Takes
    the advisory lock on the unit's policy.
    """
    with acting_as(actor):
        unit = configured_unit(actor, unit_id)
        if not 1 <= review_due_hours <= LONGEST_REVIEW:
            raise Invalid(
                f"A review is due within {LONGEST_REVIEW} hours everywhere; a unit may ask for less, and not for"
                f" {review_due_hours}.",
                path=["reviewDueHours"],
            )
        demanded = {part: Stage(stage) for part, stage in (requirements or {}).items()}
        for part, stage in demanded.items():
            if part not in access.PARTS:
                raise Invalid(f"“{part[:40]}” is no part of an incident that can be demanded.", path=["requirements"])
            if part == "commander" and stage == Stage.DECLARED:
                raise Invalid(
                    "A commander is found once an incident is declared: demand one from a later stage on.",
                    path=["requirements"],
                )
        hold("tenants_unitpolicy", unit.pk)
        policy = access.policy_of(actor, unit.pk)
        values: dict[str, Any] = {
            "review_due_hours": review_due_hours,
            "requirements": {part: demanded[part].value for part in access.PARTS if part in demanded},
        }
        if not isinstance(review_signers, Unchanged):
            values["review_signers"] = [each.value for each in ReviewSigner if each in review_signers]
        if not isinstance(review_clock, Unchanged):
            values["review_clock"] = review_clock.value
        due = (values.get("review_clock", policy.review_clock), review_due_hours)
        if due[0] == ReviewClock.WORKING_TIME and due != (policy.review_clock, policy.review_due_hours):
            _check_working_time(actor, unit, review_due_hours)
        change = {field: [getattr(policy, field), value] for field, value in values.items()}
        for field, value in values.items():
            setattr(policy, field, value)
        policy.changed_at = clock.now()
        policy.changed_by_id = actor.person_id
        policy.save()
        audit.record(actor=actor, verb="set_policy", obj=policy, unit_id=unit.pk, change=change)
        return policy


def _check_working_time(actor: Actor, unit: BusinessUnit, hours: int) -> None:
    """Raises `Invalid` for a unit of which no working time can be asked."""
    calendar = access.calendars(actor, [unit.pk])[unit.pk]
    if not calendar.hours:
        raise Invalid(
            f"{unit.name} has no working hours: say when it works before its reviews are due in working time.",
            path=["reviewClock"],
        )
    if calendar.after(clock.now(), timedelta(hours=hours)) is None:
        raise Invalid(
            f"{unit.name} does not work {hours} hours within the next year, so no review can be due in its working"
            " time.",
            path=["reviewClock"],
        )
