"""Saying who has to have gone through an article, until when and how often."""

from __future__ import annotations

from datetime import UTC, date
from typing import Final

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, check_version, within
from hub.lib.identity import Actor, acting_as
from hub.lib.unchanged import UNCHANGED, Unchanged
from hub.live import outbox
from hub.oncall import access as oncall
from hub.oncall.actions.writing import keys
from knowledge.articles import access, training
from knowledge.articles.events import TrainingAssigned
from knowledge.articles.models import USUAL_DAYS, Audience, Training
from tenants import access as tenants
from tenants import audit
from tenants.permissions import require_keeper

DAYS: Final = range(1, 366)
MONTHS: Final = range(1, 61)


def assign_training(
    *,
    actor: Actor,
    article_id: int,
    audience: Audience,
    due_on: date,
    role_id: int | None = None,
    schedule_id: int | None = None,
    expertise: str = "",
    days: int = USUAL_DAYS,
    repeat_months: int | None = None,
    grants: str = "",
) -> Training:
    """Say that people have to have gone through a published article. They are asked, and reminded, by the hub.

    Args:
        audience: who; with the role, schedule or expertise that it takes, and no other.
        due_on: until when, for who is there now.
        days: how long who comes later has, and everybody after a revision that asks for it anew.
        repeat_months: how long it holds; for good when left out.
        grants: the expertise that it gives, in the unit's eyes, for as long as it holds.

    Raises `NotFound` for the article, role or schedule, `Forbidden` for who neither publishes nor administers people in
    the unit, or gives an expertise without keeping its schedules, `Conflict` for an article that is not published,
    `Invalid`.
    """
    with acting_as(actor):
        # Not locked: an administrator may not change the article. Retired meanwhile, it is asked of nobody.
        article = access.article_for(actor, article_id)
        _require(actor, article.unit_id)
        if not article.is_published:
            raise Conflict(f"“{article.title}” is not published: nobody can go through it.")
        now = clock.now()
        assigned = Training(
            article=article,
            unit_id=article.unit_id,
            shared=article.shared,
            audience=audience,
            role_id=_role(actor, article.unit_id, audience, role_id),
            schedule_id=_schedule(actor, article.unit_id, audience, schedule_id),
            expertise=_expertise(audience, expertise),
            due_on=_day(due_on),
            days=_days(days),
            repeat_months=_months(repeat_months),
            grants=_grants(actor, article.unit_id, grants),
            assigned_at=now,
            assigned_by_id=actor.person_id,
        )
        assigned.save(force_insert=True)
        change = {"audience": [None, str(audience)], "due_on": [None, due_on.isoformat()]}
        _tell(actor, assigned, "assign_training", change)
        return assigned


def change_training(
    *,
    actor: Actor,
    training_id: int,
    due_on: date | None = None,
    days: int | None = None,
    repeat_months: int | Unchanged | None = UNCHANGED,
    grants: str | None = None,
    version: int | None = None,
) -> Training:
    """Change until when and how often it is asked. Who has gone through it has, and is asked again by the new rhythm.

    Raises `NotFound`, `Forbidden`, `Conflict` for one that was ended and another version, `Invalid`. Locks the
    training, then its duties.
    """
    with acting_as(actor):
        changed = _training_for_writing(actor, training_id)
        if version is not None:
            check_version(version, changed.version, "The training")
        before = (changed.due_on, changed.days, changed.repeat_months, changed.grants)
        if due_on is not None and due_on != changed.due_on:
            changed.due_on = _day(due_on)
            changed.duties.filter(completed_at=None, ended_at=None).update(due_on=due_on)
        if days is not None:
            changed.days = _days(days)
        if grants is not None and grants != changed.grants:
            changed.grants = _grants(actor, changed.unit_id, grants)
        if not isinstance(repeat_months, Unchanged) and repeat_months != changed.repeat_months:
            changed.repeat_months = _months(repeat_months)
            for duty in changed.duties.select_for_update().filter(completed_at__isnull=False, ended_at=None):
                assert duty.completed_at is not None
                duty.due_on = training.next_due(changed, done_on=duty.completed_at.astimezone(UTC).date())
                duty.save(update_fields=["due_on"])
        after = (changed.due_on, changed.days, changed.repeat_months, changed.grants)
        if after != before:
            changed.version += 1
            changed.save(update_fields=["due_on", "days", "repeat_months", "grants", "version"])
            _tell(actor, changed, "change_training", {"rhythm": [str(before), str(after)]})
        return changed


def end_training(*, actor: Actor, training_id: int) -> Training:
    """Ask it of nobody any longer. Who has gone through it stays known.

    Raises `NotFound`, `Forbidden`, `Conflict` for one that was ended. Locks the training.
    """
    with acting_as(actor):
        ended = _training_for_writing(actor, training_id)
        ended.ended_at = clock.now()
        ended.version += 1
        ended.save(update_fields=["ended_at", "version"])
        _tell(actor, ended, "end_training", {"ended_at": [None, ended.ended_at.isoformat()]})
        return ended


def _training_for_writing(actor: Actor, training_id: int) -> Training:
    seen = training.training_for(actor, training_id)
    _require(actor, seen.unit_id)
    locked = training.training_for(actor, training_id, lock=True)
    if locked.ended_at is not None:
        raise Conflict("The training was ended: assign it anew.")
    return locked


def _require(actor: Actor, unit_id: int) -> None:
    if not training.may_assign(actor, unit_id):
        raise Forbidden("Who goes through an article is said by a commander or an administrator of its unit.")


def _role(actor: Actor, unit_id: int, audience: Audience, role_id: int | None) -> int | None:
    _refuse_surplus(audience, Audience.ROLE, given=role_id is not None, path="roleId")
    if role_id is None:
        return None
    with within("roleId"):
        role = tenants.role_for(actor, role_id)
    if role.unit_id not in (None, unit_id):
        raise Invalid("The role is another unit's.", path=["roleId"])
    return role.pk


def _schedule(actor: Actor, unit_id: int, audience: Audience, schedule_id: int | None) -> int | None:
    _refuse_surplus(audience, Audience.SCHEDULE, given=schedule_id is not None, path="scheduleId")
    if schedule_id is None:
        return None
    with within("scheduleId"):
        schedule = oncall.schedule_for(actor, schedule_id)
    if schedule.unit_id != unit_id:
        raise Invalid("The schedule is another unit's.", path=["scheduleId"])
    return schedule.pk


def _expertise(audience: Audience, expertise: str) -> str:
    _refuse_surplus(audience, Audience.EXPERTISE, given=bool(expertise.strip()), path="expertise")
    return keys([expertise], "expertise")[0] if expertise.strip() else ""


def _refuse_surplus(audience: Audience, kind: Audience, *, given: bool, path: str) -> None:
    if given != (audience == kind):
        said = "is said only with" if given else "has to be said with"
        raise Invalid(f"It {said} the audience {kind.name}.", path=[path])


def _grants(actor: Actor, unit_id: int, key: str) -> str:
    if not key.strip():
        return ""
    require_keeper(actor, unit_id, "Giving an expertise is for who keeps the unit's schedules.")
    return keys([key], "grants")[0]


def _day(day: date) -> date:
    if day < clock.now().date():
        raise Invalid("That day is over already.", path=["dueOn"])
    return day


def _days(days: int) -> int:
    if days not in DAYS:
        raise Invalid(f"Who comes later has {DAYS[0]} to {DAYS[-1]} days.", path=["days"])
    return days


def _months(months: int | None) -> int | None:
    if months is not None and months not in MONTHS:
        raise Invalid(f"It holds for {MONTHS[0]} to {MONTHS[-1]} months, or for good.", path=["repeatMonths"])
    return months


def _tell(actor: Actor, assigned: Training, verb: str, change: dict[str, list[str | None]]) -> None:
    event = TrainingAssigned(unit_id=assigned.unit_id, incident_id=None, training_id=assigned.pk)
    outbox.record(actor=actor, event=event)
    audit.record(actor=actor, verb=verb, obj=assigned, unit_id=assigned.unit_id, change=change)
