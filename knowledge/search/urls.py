from django.urls import path

from knowledge.search import pages

urlpatterns = [
    path("knowledge/", pages.knowledge, name="knowledge"),
    path("knowledge/similar/<str:reference>", pages.similar_knowledge, name="similar-knowledge"),
    path("knowledge/known-errors/<str:reference>", pages.known_errors, name="known-errors"),
]
