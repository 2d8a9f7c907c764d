from django.urls import path

from knowledge.articles.pages import changing, reading, training

urlpatterns = [
    path("articles/", reading.articles, name="articles"),
    path("articles/new", changing.new, name="article-new"),
    path("articles/revise", changing.choose, name="article-choose"),
    path("articles/<int:article_id>", reading.article, name="article"),
    path("articles/<int:article_id>/revise", changing.revise, name="article-revise"),
    path("articles/<int:article_id>/change", changing.change, name="article-change"),
    path("articles/revisions/<int:article_revision_id>", changing.decide, name="article-decide"),
    path("articles/<int:article_id>/training", training.assign, name="training-assign"),
    path("training/", training.mine, name="my-training"),
    path("training/coverage", training.coverage, name="training-coverage"),
    path("training/<int:training_id>", training.one, name="training"),
    path("training/<int:training_id>/change", training.change, name="training-change"),
    path("training/duties/<int:duty_id>", training.go_through, name="training-go-through"),
    path("postmortems/<int:postmortem_id>/articles", reading.of_review, name="articles-of-review"),
]
