from django.urls import path

from hub.incidents.pages import answering, doing, fields, listing, room, services

urlpatterns = [
    path("incidents/", listing.incidents, name="incidents"),
    path("services", services.services, name="services"),
    path("acknowledge/<str:token>", answering.acknowledge, name="acknowledge-by-link"),
    path("incidents/declare", doing.declare, name="declare"),
    path("incidents/break-glass", doing.break_glass, name="break-glass"),
    path("incidents/declare/fields", doing.declare_fields, name="declare-fields"),
    path("incidents/<str:reference>", room.incident, name="incident"),
    path("incidents/<str:reference>/head", room.head, name="incident-head"),
    path("incidents/<str:reference>/timeline", room.timeline, name="incident-timeline"),
    path("incidents/<str:reference>/side", room.side, name="incident-side"),
    path("incidents/<str:reference>/entries", doing.write, name="incident-write"),
    path("incidents/<str:reference>/entries/<int:entry_id>", doing.edit, name="incident-edit"),
    path("incidents/<str:reference>/move", doing.move, name="incident-move"),
    path("incidents/<str:reference>/severity", doing.severity, name="incident-severity"),
    path("incidents/<str:reference>/fields", fields.fill_in, name="incident-fields"),
    path("incidents/<str:reference>/wording", fields.wording, name="incident-wording"),
    path("incidents/<str:reference>/roles", doing.roles, name="incident-roles"),
    path("incidents/<str:reference>/roles/release", doing.release, name="incident-release"),
    path("incidents/<str:reference>/grants", doing.grant, name="incident-grant"),
    path("incidents/<str:reference>/grants/end", doing.end_access, name="incident-end-access"),
    path("incidents/<str:reference>/restrict", doing.restrict, name="incident-restrict"),
]
