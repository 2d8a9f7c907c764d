"""The demonstration's articles: published, waiting for approval or stale, most of them found by a review; and who has
gone through those that are training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hub.demo.organisation import Organisation
from hub.demo.reading import CONTENT, read
from hub.lib import clock
from hub.lib.identity import SEED
from hub.oncall.models import Expertise, Schedule
from knowledge.articles.models import (
    Article,
    ArticleRevision,
    ArticleState,
    Training,
    TrainingCompletion,
    TrainingDuty,
)
from knowledge.articles.questions import as_rows, parse
from knowledge.articles.training import able, holds_until, next_due
from knowledge.articles.training import audience as people_of
from knowledge.postmortems.models import Postmortem
from knowledge.revisions.access import check_due
from tenants.models import Role

TO_APPROVE: Final = timedelta(days=3)
FORMER: Final = timedelta(days=220)
TO_ASSIGN: Final = timedelta(days=5)
UNDONE: Final = 4
"""One of so many has not gone through it."""


def load_articles(organisation: Organisation) -> None:
    """Write them past the actions."""
    numbers: Counter[str] = Counter()
    for each in read_articles():
        numbers[each["unit"]] += 1
        approved = clock.now() - timedelta(days=each["age"]) if "age" in each else None
        written = (approved or clock.now()) - 2 * TO_APPROVE - (FORMER if "former" in each else timedelta())
        article = Article.objects.create(
            unit=organisation.units[each["unit"]],
            number=numbers[each["unit"]],
            title=each["title"],
            service=organisation.services.get(each.get("service", "")),
            cause=organisation.causes.get(each["cause"]),
            failure_mode=organisation.failure_modes.get(each.get("failure_mode", "")),
            owner=organisation.people[each["owner"]],
            written_at=written,
            written_by=organisation.people[each["proposed_by"]],
            edited_at=approved or written,
        )
        if approved is None:
            _write(organisation, article, each, state=ArticleState.PROPOSED, proposed_at=written)
            continue
        decided_by = organisation.people[each["approved_by"]]
        if "former" in each:
            former = {**each, **each["former"], "questions": ""}
            _write(
                organisation,
                article,
                former,
                state=ArticleState.SUPERSEDED,
                proposed_at=written,
                decided_at=written + TO_APPROVE,
                decided_by=decided_by,
            )
        article.current = _write(
            organisation,
            article,
            each,
            state=ArticleState.CURRENT,
            proposed_at=approved - TO_APPROVE,
            decided_at=approved,
            decided_by=decided_by,
        )
        article.checked_at, article.check_due_at = approved, check_due(approved, article.check_days)
        article.save()
        if each.get("shared"):
            # The revisions follow by their composite key.
            Article.objects.filter(pk=article.pk).update(shared=True)
        if "waiting" in each:
            article.refresh_from_db()
            text = f"{each['text'].strip()}\n\n{each['waiting']['text_added']}"
            proposed_at = clock.now() - timedelta(days=2)
            waiting = {**each, **each["waiting"], "text": text}
            _write(organisation, article, waiting, state=ArticleState.PROPOSED, proposed_at=proposed_at)
        for asked in each.get("training", ()):
            article.refresh_from_db()
            _train(organisation, article, approved + TO_ASSIGN, **asked)


def read_articles() -> Iterator[dict[str, Any]]:
    """All of them, in the order of their file names: the front matter, and the `text` below it."""
    for path in sorted((CONTENT / "articles").glob("*.md")):
        _, front, text = path.read_text().split("---\n", 2)
        yield {**read(front), "text": text}


def _train(
    organisation: Organisation,
    article: Article,
    assigned_at: datetime,
    *,
    audience: str,
    days: int,
    role: str = "",
    schedule: str = "",
    repeat_months: int | None = None,
    grants: str = "",
) -> None:
    """Ask people to go through it: most have, in the days that they had, a few with a wrong answer on the way."""
    training = Training.objects.create(
        article=article,
        unit=article.unit,
        shared=article.shared,
        audience=audience,
        role=Role.objects.get(key=role, unit=None) if role else None,
        schedule=Schedule.objects.get(slug=schedule) if schedule else None,
        due_on=(assigned_at + timedelta(days=days)).date(),
        repeat_months=repeat_months,
        grants=grants,
        assigned_at=assigned_at,
        assigned_by=organisation.people[f"commander.{article.unit.slug}"],
    )
    for place, person_id in enumerate(sorted(able(SEED, article, people_of(SEED, training)))):
        who = {"unit": article.unit, "person_id": person_id}
        duty = TrainingDuty.objects.create(training=training, since=assigned_at, due_on=training.due_on, **who)
        done_at = assigned_at + timedelta(days=days * (place % UNDONE + 1) / (UNDONE + 1), hours=place)
        if place % UNDONE == UNDONE - 1 or done_at > clock.now():
            TrainingDuty.objects.filter(pk=duty.pk).update(tries=place % 2)
            continue
        tries = 2 if place % UNDONE == 1 else 1
        TrainingCompletion.objects.create(duty=duty, revision=article.current, completed_at=done_at, tries=tries, **who)
        duty.completed_at, duty.due_on = done_at, next_due(training, done_on=done_at.date())
        duty.save()
        if grants:
            Expertise.objects.create(key=grants, valid_until=holds_until(duty.due_on), **who)


def _write(organisation: Organisation, article: Article, each: Mapping[str, Any], **facts: Any) -> ArticleRevision:
    finding = Postmortem.objects.filter(title=each["finding"]).first() if "finding" in each else None
    return ArticleRevision.objects.create(
        article=article,
        unit=article.unit,
        shared=article.shared,
        number=article.revisions.count() + 1,
        summary=each["summary"],
        text=each["text"].strip(),
        questions=as_rows(parse(each.get("questions", ""))),
        reason=each["reason"],
        postmortem=finding,
        proposed_by=organisation.people[each["proposed_by"]],
        **facts,
    )
