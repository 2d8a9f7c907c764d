from django.urls import path

from knowledge.search.pages import saved, searching

urlpatterns = [
    path("knowledge/", searching.knowledge, name="knowledge"),
    path("knowledge/saved", saved.saved_searches, name="saved-searches"),
    path("knowledge/saved/new", saved.save, name="save-search"),
    path("knowledge/saved/<int:saved_search_id>", saved.change_saved, name="saved-search-change"),
    path("knowledge/similar/<str:reference>", searching.similar_knowledge, name="similar-knowledge"),
    path("knowledge/known-errors/<str:reference>", searching.known_errors, name="known-errors"),
]
