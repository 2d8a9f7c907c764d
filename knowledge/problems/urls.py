from django.urls import path

from knowledge.problems import pages

urlpatterns = [
    path("problems/", pages.problems, name="problems"),
    path("problems/new", pages.new, name="problem-new"),
    path("problems/<int:problem_id>", pages.problem, name="problem"),
    path("problems/<int:problem_id>/change", pages.change, name="problem-change"),
]
