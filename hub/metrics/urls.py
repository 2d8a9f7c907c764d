from django.urls import path

from hub.metrics import pages

urlpatterns = [path("overview", pages.show, name="overview")]
