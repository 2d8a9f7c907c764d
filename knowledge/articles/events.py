"""What happens to articles."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class ArticleChanged(Event):
    """What is known of it, or who reads it, changed; `changed` names the columns."""

    article_id: int
    changed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ArticleRevisionProposed(Event):
    article_id: int
    article_revision_id: int


@dataclass(frozen=True, kw_only=True)
class ArticleRevisionDecided(Event):
    """It is published, or was declined."""

    article_id: int
    article_revision_id: int
    state: str
