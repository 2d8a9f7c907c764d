from knowledge.articles.models.article import USUAL_CHECK_DAYS, Article, ArticleRevision, ArticleState
from knowledge.articles.models.training import USUAL_DAYS, Audience, Training, TrainingCompletion, TrainingDuty

__all__ = [
    "USUAL_CHECK_DAYS",
    "USUAL_DAYS",
    "Article",
    "ArticleRevision",
    "ArticleState",
    "Audience",
    "Training",
    "TrainingCompletion",
    "TrainingDuty",
]
