from knowledge.articles.models.article import USUAL_CHECK_DAYS, Article, ArticleRevision, ArticleState

__all__ = ["USUAL_CHECK_DAYS", "Article", "ArticleRevision", "ArticleState"]
