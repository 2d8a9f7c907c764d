"""The demonstration's articles: published, waiting for approval or stale, most of them found by a review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from hub.demo.organisation import Organisation
from hub.demo.reading import CONTENT, read
from hub.lib import clock
from knowledge.articles.access import check_due
from knowledge.articles.models import Article, ArticleRevision, ArticleState
from knowledge.articles.questions import as_rows, parse
from knowledge.postmortems.models import Postmortem

TO_APPROVE: Final = timedelta(days=3)
FORMER: Final = timedelta(days=220)


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


def read_articles() -> Iterator[dict[str, Any]]:
    """All of them, in the order of their file names: the front matter, and the `text` below it."""
    for path in sorted((CONTENT / "articles").glob("*.md")):
        _, front, text = path.read_text().split("---\n", 2)
        yield {**read(front), "text": text}


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
