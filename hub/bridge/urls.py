from django.urls import path

from hub.bridge import pages

urlpatterns = [
    path("incidents/<str:reference>/breach", pages.suspect, name="bridge-suspect"),
    path("incidents/<str:reference>/to-security", pages.pass_on, name="bridge-pass"),
    path("incidents/<str:reference>/to-it", pages.show, name="bridge-show"),
]
