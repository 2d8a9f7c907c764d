"""An article of Payments, proposed by a responder and published by a commander."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.lib.identity import Actor
from knowledge.articles import actions
from knowledge.articles.models import Article, ArticleRevision, ArticleState
from knowledge.articles.questions import Question
from knowledge.articles.wording import Wording
from tenants.models import BusinessUnit
from tests.conftest import seeding

ActorNamed = Callable[[str], Actor]
ASKED = (Question("What is a limit?", ("A wish", "A promise"), 1),)
SAYS = Wording("Limits are promises.", "## Why\n\nA limit that nobody keeps is a wish.", ASKED)


def unit_id(slug: str) -> int:
    with seeding():
        return BusinessUnit.objects.get(slug=slug).pk


def stored(article: Article) -> Article:
    with seeding():
        return Article.objects.select_related("current").get(pk=article.pk)


def waiting(article: Article) -> ArticleRevision:
    with seeding():
        return article.revisions.get(state=ArticleState.PROPOSED)


@pytest.fixture
def proposed(actor: ActorNamed) -> Article:
    return actions.write_article(
        actor=actor("responder.payments"), unit_id=unit_id("payments"), title="What limits are for", wording=SAYS
    )


@pytest.fixture
def published(proposed: Article, actor: ActorNamed) -> Article:
    actions.approve_article_revision(actor=actor("commander.payments"), article_revision_id=waiting(proposed).pk)
    return stored(proposed)
