from django.urls import path

from hub.escalation.pages import call_lists, doing, editing, policies

urlpatterns = [
    path("units/<slug:slug>/call-list", call_lists.show, name="call-list"),
    path("escalation", policies.policies, name="escalation-policies"),
    path("escalation/new", editing.create, name="escalation-policy-new"),
    path("escalation/<int:policy_id>", policies.policy, name="escalation-policy"),
    path("escalation/<int:policy_id>/change", editing.change, name="escalation-policy-edit"),
    path("escalation/<int:policy_id>/retire", policies.retire, name="escalation-policy-retire"),
    path("incidents/<str:reference>/escalation/pause", doing.pause, name="escalation-pause"),
    path("incidents/<str:reference>/escalation/resume", doing.resume, name="escalation-resume"),
    path("incidents/<str:reference>/escalation/escalate", doing.escalate, name="escalation-escalate"),
]
