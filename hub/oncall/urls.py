from django.urls import path

from hub.oncall import pages

urlpatterns = [path("on-call", pages.show, name="on-call")]
