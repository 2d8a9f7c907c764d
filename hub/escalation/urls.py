from django.urls import path

from hub.escalation.pages import doing

urlpatterns = [
    path("incidents/<str:reference>/escalation/pause", doing.pause, name="escalation-pause"),
    path("incidents/<str:reference>/escalation/resume", doing.resume, name="escalation-resume"),
    path("incidents/<str:reference>/escalation/escalate", doing.escalate, name="escalation-escalate"),
]
