"""The only door to training: who has to have gone through an article, until when, and who has."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Count, F, Q, QuerySet

from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from knowledge.articles.models import Article, Audience, Training, TrainingDuty
from tenants import access as tenants
from tenants.definitions import LEAST_COVERAGE, Grounds
from tenants.models import Person
from tenants.permissions import Permission, can, units_with

MOST_PEOPLE: Final = 100_000
SOON: Final = timedelta(days=30)
"""How long before its day something stands among what a person has to do."""
OPEN: Final = Q(training__ended_at=None, training__article__retired_at=None, ended_at=None)
"""Duties that are asked of people."""
ACTIVE: Final = Q(ended_at=None, article__retired_at=None, article__current__isnull=False)
"""Trainings that are."""


@dataclass(frozen=True)
class Coverage:
    """How far a training has come.

    Attributes:
        asked: of how many people it is asked.
        current: how many have gone through it, and it still holds.
        late: how many should have.
    """

    training: Training
    asked: int
    current: int
    late: int


def trainings(actor: Actor) -> QuerySet[Training]:
    """Every training of articles that `actor` may read."""
    return Training.objects.all()


def active(actor: Actor) -> QuerySet[Training]:
    """Those that are asked of people now."""
    return trainings(actor).filter(ACTIVE)


def training_for(actor: Actor, training_id: int, *, lock: bool = False) -> Training:
    """The training with this id; `lock` holds its row until the transaction ends. Raises `NotFound`."""
    queryset = Training.objects.select_for_update(no_key=True, of=("self",)) if lock else Training.objects.all()
    try:
        return queryset.select_related("article").get(pk=training_id)
    except Training.DoesNotExist:
        raise NotFound("training") from None


def duty_for(actor: Actor, duty_id: int, *, lock: bool = False) -> TrainingDuty:
    """What is asked of a person, by id; `lock` holds its row until the transaction ends. Raises `NotFound`."""
    queryset = TrainingDuty.objects.select_for_update(no_key=True, of=("self",)) if lock else TrainingDuty.objects.all()
    try:
        return queryset.get(pk=duty_id)
    except TrainingDuty.DoesNotExist:
        raise NotFound("training") from None


def my_duties(actor: Actor) -> QuerySet[TrainingDuty]:
    """What is asked of `actor`, the soonest due first; what is done for good last."""
    rows = TrainingDuty.objects.filter(OPEN, person=actor.person_id or 0)
    return rows.select_related("training__article__unit").order_by(F("due_on").asc(nulls_last=True), "id")


def to_do(actor: Actor) -> QuerySet[TrainingDuty]:
    """Of that, what `actor` has to go through within a month, or should have."""
    return my_duties(actor).filter(due_on__lte=clock.now().date() + SOON)


def due_by(actor: Actor, day: date) -> QuerySet[TrainingDuty]:
    """What is asked of anybody and due by `day`."""
    rows = TrainingDuty.objects.filter(OPEN, due_on__lte=day, training__article__current__isnull=False)
    return rows.select_related("training__article", "person", "unit").order_by("due_on", "id")


def duties(actor: Actor, training: Training) -> QuerySet[TrainingDuty]:
    """Of whom a training is asked, as far as `actor` may see that: who is late first, by name within a day."""
    rows = training.duties.filter(ended_at=None).select_related("person")
    return rows.order_by(F("due_on").asc(nulls_last=True), "person__name", "id")


def coverage(actor: Actor, found: QuerySet[Training]) -> list[Coverage]:
    """How far each of `found` has come, of the people that `actor` may see: the most late first."""
    today = clock.now().date()
    asked = Q(duties__ended_at=None, duties__isnull=False)
    still_holds = Q(duties__completed_at__isnull=False) & (Q(duties__due_on=None) | Q(duties__due_on__gte=today))
    counted = found.select_related("article__unit", "article__failure_mode", "role", "schedule").annotate(
        asked=Count("duties", filter=asked),
        current=Count("duties", filter=asked & still_holds),
        late=Count("duties", filter=asked & Q(duties__due_on__lt=today)),
    )
    rows = [Coverage(row, row.asked, row.current, row.late) for row in counted]
    return sorted(rows, key=lambda each: (-each.late, each.training.due_on, each.training.pk))


def coverage_grounds(rows: Iterable[Coverage]) -> Grounds:
    """On what it rests how far these have come."""
    return Grounds.of(
        ((row.training.unit_id, Decimal(1) if row.asked else None) for row in rows),
        said="trainings are asked of somebody",
        known_at=clock.now(),
        taxonomy_version=None,
        least_coverage=LEAST_COVERAGE,
    )


def audience(actor: Actor, training: Training) -> set[int]:
    """Who has to go through a training now: people in use, whether or not they may read it."""
    match Audience(training.audience):
        case Audience.EVERYBODY:
            found: Iterable[int] = tenants.people_in(actor, [training.unit_id]).values_list("pk", flat=True)
        case Audience.ROLE:
            held = tenants.assignments(actor).filter(tenants.held_now(), role=training.role_id, unit=training.unit_id)
            found = held.order_by().values_list("person_id", flat=True)
        case Audience.SCHEDULE:
            found = oncall.members(actor, training.schedule_id or 0, clock.now())
        case Audience.EXPERTISE:
            found = oncall.holders(actor, training.unit_id, training.expertise, clock.now())
    people = tenants.people(actor, found).filter(is_active=True, is_service=False)
    return set(people.values_list("pk", flat=True))


def able(actor: Actor, article: Article, people: set[int]) -> set[int]:
    """Those of `people` who may read the article."""
    if article.shared:
        return people
    readers = tenants.people_holding(actor, Permission.KNOWLEDGE_VIEW, article.unit_id, most=MOST_PEOPLE, anyhow=True)
    return people & set(readers.values_list("pk", flat=True))


def not_asked(actor: Actor, training: Training) -> QuerySet[Person]:
    """Who should go through a training and is not asked to, because they cannot read it."""
    asked = training.duties.filter(ended_at=None).values_list("person", flat=True)
    return tenants.people(actor, audience(actor, training) - set(asked)).order_by("name", "id")


def may_assign(actor: Actor, unit_id: int) -> bool:
    """Whether `actor` may say who goes through the unit's articles."""
    return can(actor, Permission.KNOWLEDGE_PUBLISH, unit_id) or can(actor, Permission.PEOPLE_ADMINISTER, unit_id)


def units_to_oversee(actor: Actor) -> frozenset[int]:
    """The units in which `actor` sees who has gone through what."""
    return units_with(actor, Permission.KNOWLEDGE_PUBLISH) | units_with(actor, Permission.PEOPLE_ADMINISTER)


def first_due(training: Training, *, today: date) -> date:
    """Until when it is asked of somebody who comes into the audience today."""
    if today <= training.assigned_at.astimezone(UTC).date():
        return training.due_on
    return max(training.due_on, today + timedelta(days=training.days))


def next_due(training: Training, *, done_on: date) -> date | None:
    """Until when it has to be done again by who did it that day; None for one that holds for good."""
    return months_later(done_on, training.repeat_months) if training.repeat_months else None


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def holds_until(due_on: date | None) -> datetime | None:
    """Until when an expertise holds that was given with a training due again on that day, which counts in full."""
    return None if due_on is None else datetime.combine(due_on + timedelta(days=1), time(), tzinfo=UTC)
