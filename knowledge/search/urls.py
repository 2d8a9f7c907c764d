from django.urls import path

from knowledge.search import pages

urlpatterns = [path("knowledge/", pages.knowledge, name="knowledge")]
