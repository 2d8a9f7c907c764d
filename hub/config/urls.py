"""Where everything is. Names are flat: "incident", "knowledge", "overview"."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from hub.graphql import pages as reference
from hub.graphql.view import bad_request, graphql
from hub.web.signing_in import SignIn, SignOut, forgotten, welcome

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hub.now.urls")),
    path("", include("hub.incidents.urls")),
    path("", include("hub.bridge.urls")),
    path("", include("hub.oncall.urls")),
    path("", include("hub.escalation.urls")),
    path("", include("hub.reach.urls")),
    path("", include("hub.delivery.urls")),
    path("", include("hub.metrics.urls")),
    path("", include("knowledge.postmortems.urls")),
    path("", include("knowledge.problems.urls")),
    path("", include("knowledge.articles.urls")),
    path("", include("knowledge.runbooks.urls")),
    path("", include("knowledge.search.urls")),
    path("", include("knowledge.recurrence.urls")),
    path("", include("hub.web.urls")),
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("sign-in/forgotten", forgotten, name="forgotten"),
    path("welcome/<int:person_id>/<str:token>", welcome, name="welcome"),
    path("sign-out", SignOut.as_view(), name="sign-out"),
    path("graphql/", graphql, name="graphql"),
    path("graphql", graphql),
    path("graphql/reference", reference.overview, name="reference"),
    path("graphql/reference/<str:name>", reference.named_type, name="reference-type"),
    path("admin/", admin.site.urls),
]

handler400 = bad_request
