"""What happens to articles and training."""

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


@dataclass(frozen=True, kw_only=True)
class TrainingAssigned(Event):
    """It is asked of people from now on, or of others than before."""

    training_id: int


@dataclass(frozen=True, kw_only=True)
class TrainingCompleted(Event):
    training_id: int
    duty_id: int
    completion_id: int
