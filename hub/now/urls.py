from django.urls import path

from hub.now import pages

urlpatterns = [
    path("", pages.now, name="now"),
    path("now/acknowledge/<str:reference>", pages.acknowledge, name="now-acknowledge"),
    path("palette", pages.palette, name="palette"),
    path("healthz", pages.healthz, name="healthz"),
]
