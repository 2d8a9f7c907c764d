from django.urls import path

from hub.oncall.pages import feeds, overview

urlpatterns = [
    path("on-call", overview.show, name="on-call"),
    path("calendar/<str:key>.ics", feeds.calendar, name="calendar"),
]
