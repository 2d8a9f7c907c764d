from django.urls import path

from knowledge.runbooks.pages import changing, reading, running

urlpatterns = [
    path("runbooks/", reading.runbooks, name="runbooks"),
    path("runbooks/coverage", reading.coverage, name="runbook-coverage"),
    path("runbooks/new", changing.new, name="runbook-new"),
    path("runbooks/revise", changing.choose, name="runbook-choose"),
    path("runbooks/<int:runbook_id>", reading.runbook, name="runbook"),
    path("runbooks/<int:runbook_id>/revise", changing.revise, name="runbook-revise"),
    path("runbooks/<int:runbook_id>/change", changing.change, name="runbook-change"),
    path("runbooks/revisions/<int:revision_id>", changing.decide, name="runbook-decide"),
    path("incidents/<slug:reference>/runbooks", running.run, name="incident-runbooks"),
    path("postmortems/<int:postmortem_id>/runbooks", reading.of_review, name="runbooks-of-review"),
]
