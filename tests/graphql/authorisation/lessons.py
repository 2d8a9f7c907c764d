"""Rows of what was learned: meetings and analyses of a review, problems, runbooks, articles and training."""

from __future__ import annotations

from hub.incidents.models import Incident
from hub.lib import clock
from knowledge.articles.models import Article, ArticleRevision, ArticleState, Training, TrainingDuty
from knowledge.postmortems.models import (
    Analysis,
    CausalLink,
    CauseRole,
    Effect,
    Evidence,
    Gap,
    GapKind,
    MeetingParticipant,
    Method,
    Postmortem,
    ReviewMeeting,
    ReviewSignature,
)
from knowledge.problems.models import Problem, ProblemIncident, ProblemState
from knowledge.runbooks.models import Revision, RevisionState, Runbook, RunbookRun, RunbookRunStep
from tenants.models import Person, UnitPolicy
from tests.graphql.api import global_id


def meeting_of(review: Postmortem, person_id: int) -> dict[str, str]:
    """A meeting that has begun, with the responder in it, a refusal of theirs to sign, and a unit that wants that."""
    UnitPolicy.objects.create(unit_id=review.unit_id, review_signers=["service_owner"], changed_at=clock.now())
    scope = {
        "postmortem": review,
        "unit_id": review.unit_id,
        "incident_id": review.incident_id,
        "shared": review.shared,
    }
    at = clock.now()
    ReviewMeeting.objects.filter(postmortem=review, state="planned").delete()
    meeting = ReviewMeeting.objects.create(
        **scope, starts_at=at, minutes=30, place="x", facilitator_id=person_id, planned_at=at, moved_at=at
    )
    MeetingParticipant.objects.create(**scope, meeting=meeting, person_id=person_id)
    ReviewSignature.objects.filter(postmortem=review).delete()
    refusal = ReviewSignature.objects.create(
        **scope, role="facilitator", person_id=person_id, at=at, version=1, refused_because="x"
    )
    return {"meeting": global_id("ReviewMeeting", meeting), "refusal": global_id("ReviewSignature", refusal)}


def reasons_of(review: Postmortem) -> dict[str, str]:
    """An analysis of the review with two causes of its primary effect, evidence and a gap."""
    scope = {
        "postmortem": review,
        "unit_id": review.unit_id,
        "incident_id": review.incident_id,
        "restricted": review.restricted,
        "shared": review.shared,
    }
    analysis = Analysis.objects.create(method=Method.APOLLO, created_at=clock.now(), **scope)
    within = {"analysis": analysis, **scope}
    primary, first, second = (
        Effect.objects.create(text=f"Matrix {place}", is_primary=not place, ended_because="Matrix", **within)
        for place in range(3)
    )
    link, _ = (
        CausalLink.objects.create(effect=primary, cause=cause, role=CauseRole.ACTION, method=analysis.method, **within)
        for cause in (first, second)
    )
    return {
        "analysis": global_id("Analysis", analysis),
        "effect": global_id("Effect", first),
        "other": global_id("Effect", second),
        "causal": global_id("CausalLink", link),
        "evidence": global_id("Evidence", Evidence.objects.create(effect=first, text="Matrix", **scope)),
        "gap": global_id("Gap", Gap.objects.create(kind=GapKind.DETECTION, text="Matrix", **scope)),
    }


def problems_of(incident: Incident, title: str) -> dict[str, str]:
    """A problem that is behind the incident, and a known error that the incident looks like."""
    now = clock.now()
    named = {"unit_id": incident.unit_id, "opened_at": now, "edited_at": now}
    problem = Problem.objects.create(number=901, title="Matrix", workaround="Matrix", **named)
    known = Problem.objects.create(
        number=902, title=title, workaround="Matrix", state=ProblemState.KNOWN_ERROR, known_at=now, **named
    )
    ProblemIncident.objects.create(
        problem=problem, problem_unit_id=problem.unit_id, incident=incident, unit_id=incident.unit_id, linked_at=now
    )
    return {"problem": global_id("Problem", problem), "known": global_id("Problem", known)}


def runbooks_of(incident: Incident) -> dict[str, str]:
    """A runbook in force that is carried out in the incident, and the first revision of another, which waits."""
    now = clock.now()
    named = {"unit_id": incident.unit_id, "written_at": now, "edited_at": now}
    says = {"unit_id": incident.unit_id, "purpose": "Matrix", "steps": [{"title": "Look"}], "reason": "Matrix"}
    runbook = Runbook.objects.create(number=901, title="Matrix", **named)
    runbook.current = Revision.objects.create(
        runbook=runbook, number=1, state=RevisionState.CURRENT, proposed_at=now, decided_at=now, **says
    )
    runbook.checked_at = runbook.check_due_at = now
    runbook.save()
    revision = Revision.objects.create(
        runbook=Runbook.objects.create(number=902, title="Another", **named),
        number=1,
        proposed_at=now,
        proposed_by=Person.objects.get(username="responder.payments"),
        **says,
    )
    scope = {"incident": incident, "unit_id": incident.unit_id}
    run = RunbookRun.objects.create(runbook=runbook, revision_number=1, title="Matrix", started_at=now, **scope)
    step = RunbookRunStep.objects.create(run=run, position=1, title="Look", **scope)
    return {
        "book": global_id("Runbook", runbook),
        "revision": global_id("RunbookRevision", revision),
        "carried": global_id("RunbookRun", run),
        "step": global_id("RunbookRunStep", step),
    }


def articles_of(unit_id: int) -> dict[str, str]:
    """A published article, and the first revision of another, which waits."""
    now = clock.now()
    named = {"unit_id": unit_id, "written_at": now, "edited_at": now}
    says = {"unit_id": unit_id, "summary": "Matrix", "text": "Matrix", "reason": "Matrix", "proposed_at": now}
    article = Article.objects.create(number=901, title="Matrix", **named)
    article.current = ArticleRevision.objects.create(
        article=article, number=1, state=ArticleState.CURRENT, decided_at=now, **says
    )
    article.checked_at = article.check_due_at = now
    article.save()
    revision = ArticleRevision.objects.create(
        article=Article.objects.create(number=902, title="Another", **named),
        number=1,
        proposed_by=Person.objects.get(username="responder.payments"),
        **says,
    )
    asked = {"article": article, "unit_id": unit_id, "audience": "everybody", "due_on": now.date(), "assigned_at": now}
    training = Training.objects.create(**asked)
    learner = Person.objects.get(username="responder.payments")
    duty = TrainingDuty.objects.create(training=training, unit_id=unit_id, person=learner, since=now, due_on=now.date())
    return {
        "article": global_id("Article", article),
        "wording": global_id("ArticleRevision", revision),
        "training": global_id("Training", training),
        "duty": global_id("TrainingDuty", duty),
    }
