from django.urls import path

from knowledge.recurrence import pages

urlpatterns = [
    path("recurrence/", pages.patterns, name="recurrence"),
    path("recurrence/capacity", pages.capacity, name="recurrence-capacity"),
    path("recurrence/trends", pages.trends, name="recurrence-trends"),
]
