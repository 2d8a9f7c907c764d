"""The rows of what a hidden incident taught: its review with analyses, its problem, its runbook, its article."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from hub.incidents.models import (
    Incident,
)
from hub.lib import clock
from hub.lib.identity import SYSTEM
from hub.lib.keys import key_for
from knowledge.articles.models import Article, ArticleRevision, Training, TrainingCompletion, TrainingDuty
from knowledge.postmortems.models import (
    ActionItem,
    ActionsQuestion,
    Analysis,
    Audience,
    CausalLink,
    ContributingCause,
    Disclosure,
    Effect,
    Evidence,
    Gap,
    GapKind,
    MeetingParticipant,
    Method,
    Postmortem,
    PostmortemMoment,
    PostmortemRevision,
    PostmortemStatus,
    ReviewMeeting,
    ReviewSignature,
    SeenAgain,
    Writer,
)
from knowledge.problems.models import Problem, ProblemIncident
from knowledge.runbooks.models import Revision, Runbook, RunbookRun, RunbookRunStep
from knowledge.search.actions import index_records
from knowledge.search.kinds import Kind
from tenants.models import (
    Person,
    Term,
)
from tests.tenancy.hidden import Hidden, somebody, word
from tests.tenancy.rooms import scope_of

REVIEW_TEXTS: Final = ("summary", "impact", "root_cause", "lessons", "detection", "went_well", "went_badly")


def write_review(random: Random, incident: Incident, hidden: Hidden, blind: Person | None) -> None:
    at = incident.declared_at
    published = random.random() < 0.6
    texts = {name: f"{word(random)} database timeout" for name in REVIEW_TEXTS}
    review = Postmortem.objects.create(
        reference=incident.reference,
        service=incident.service,
        severity=incident.severity,
        occurred_at=at,
        status=PostmortemStatus.PUBLISHED if published else PostmortemStatus.DRAFT,
        audience=Audience.ENTERPRISE if incident.restricted else Audience.UNIT,
        # Leading a restricted review admits nobody to it either.
        author=blind if blind is not None and (incident.restricted or random.random() < 0.5) else somebody(random),
        opened_at=at,
        due_at=at + timedelta(days=2),
        published_at=at if published else None,
        title=f"{word(random)} certificate",
        tags=[word(random)],
        external_id=word(random),
        drafted={"impact": word(random)},
        edited_at=at,
        cause=Term.objects.filter(kind="cause", unit=None).order_by("pk").first(),
        **texts,
        **scope_of(incident),
    )
    hidden.note("Postmortem", review)
    scope = {"postmortem": review, **scope_of(incident), "shared": False}
    hidden.note(
        "ActionItem",
        ActionItem.objects.create(
            title=word(random),
            # Owning an item of a restricted review admits nobody to it; of an open one it does.
            owner=blind if blind is not None and incident.restricted else None,
            due_on=at.date(),
            created_at=at,
            **scope,
        ),
    )
    hidden.note("PostmortemMoment", PostmortemMoment.objects.create(at=at, text=word(random), **scope))
    _write_reasons(random, scope, at, hidden, published)
    _write_disclosures(random, scope, at, hidden)
    _write_meeting(random, scope, at, hidden)
    if review.cause is not None:
        question = ActionsQuestion.objects.create(failure_mode=review.cause, opened_at=at, **scope)
        hidden.note("ActionsQuestion", question)
        seen = SeenAgain.objects.create(question=question, month=at.date().replace(day=1), **scope)
        hidden.note("FailureSeenAgain", seen)
    former = PostmortemRevision.objects.create(section="title", body=word(random), version=1, replaced_at=at, **scope)
    hidden.note("PostmortemRevision", former)
    contributing = Term.objects.filter(kind="cause", unit=None).order_by("-pk")[0]
    hidden.keep(ContributingCause.objects.create(term=contributing, **scope))
    index_records(actor=SYSTEM, kind=Kind.POSTMORTEM, record_ids=[review.pk])


def _write_disclosures(random: Random, scope: dict[str, Any], at: datetime, hidden: Hidden) -> None:
    """One that was asked for, and one that legal and compliance approved."""
    legal, compliance = (Person.objects.get(username=f"world.{name}") for name in ("narrow", "away"))
    approved = {"legal_by": legal, "legal_at": at, "compliance_by": compliance, "compliance_at": at, "released_at": at}
    for more in ({}, {"state": "released", **approved}):
        disclosed = Disclosure.objects.create(
            recipients="public",
            purpose=word(random),
            title=word(random),
            text=word(random),
            requested_at=at,
            requested_by=Person.objects.get(username="world.late"),
            **more,
            **scope,
        )
        hidden.note("Disclosure", disclosed)


def _write_meeting(random: Random, scope: dict[str, Any], at: datetime, hidden: Hidden) -> None:
    """A meeting to which somebody is invited, and a refusal to sign."""
    invited = somebody(random)
    meeting = ReviewMeeting.objects.create(
        starts_at=at, minutes=30, place=word(random), facilitator=somebody(random), planned_at=at, moved_at=at, **scope
    )
    participant = MeetingParticipant.objects.create(meeting=meeting, person=invited, **scope)
    refusal = ReviewSignature.objects.create(
        role="commander", person=invited, at=at, version=1, refused_because=word(random), **scope
    )
    Writer.objects.create(person=invited, section="lessons", at=clock.now(), **scope)
    hidden.note("ReviewMeeting", meeting)
    hidden.note("MeetingParticipant", participant)
    hidden.note("ReviewSignature", refusal)


def _write_reasons(random: Random, scope: dict[str, Any], at: datetime, hidden: Hidden, published: bool) -> None:
    analysis = Analysis.objects.create(method=Method.FIVE_WHYS, created_at=at, **scope)
    within = {"analysis": analysis, **scope}
    cause = Effect.objects.create(text=word(random), ended_because=word(random) if published else "", **within)
    effect = Effect.objects.create(text=word(random), is_primary=True, ended_because=word(random), **within)
    link = CausalLink.objects.create(effect=effect, cause=cause, role="why", method=analysis.method, **within)
    evidence = Evidence.objects.create(effect=cause, text=word(random), **scope)
    gap = Gap.objects.create(kind=GapKind.RECOVERY, text=word(random), **scope)
    for name, row in (
        ("Analysis", analysis),
        ("Effect", effect),
        ("CausalLink", link),
        ("Evidence", evidence),
        ("Gap", gap),
    ):
        hidden.note(name, row)


def write_problems(random: Random, incident: Incident, hidden: Hidden) -> None:
    """The incident is one of a problem's that everybody reads, and its unit has one of its own."""
    behind = [Problem.objects.get(pk=1)]
    if not incident.restricted:
        own = Problem.objects.create(
            unit=incident.unit,
            number=9_000 + random.randrange(900),
            title=f"{word(random)} database timeout",
            workaround=word(random),
            state="known_error",
            opened_at=incident.declared_at,
            known_at=incident.declared_at,
            edited_at=incident.declared_at,
        )
        hidden.note("Problem", own)
        index_records(actor=SYSTEM, kind=Kind.PROBLEM, record_ids=[own.pk])
        behind.append(own)
    for problem in behind:
        link = ProblemIncident.objects.create(
            problem=problem,
            problem_unit_id=problem.unit_id,
            shared=problem.shared,
            linked_at=incident.declared_at,
            **scope_of(incident),
        )
        hidden.note("ProblemIncident", link)


def write_runbooks(random: Random, incident: Incident, hidden: Hidden) -> None:
    """A runbook that everybody reads is carried out in the incident; the unit has one of its own, perhaps in force."""
    used = [Runbook.objects.get(pk=1)]
    at = incident.declared_at
    if not incident.restricted:
        own = Runbook.objects.create(
            unit=incident.unit,
            number=9_000 + random.randrange(900),
            title=f"{word(random)} database timeout",
            written_at=at,
            edited_at=at,
        )
        proposed = Revision.objects.create(
            runbook=own,
            unit=own.unit,
            number=1,
            purpose=word(random),
            steps=[{"title": word(random), "detail": ""}],
            reason=word(random),
            proposed_at=at,
        )
        hidden.note("Runbook", own)
        hidden.note("RunbookRevision", proposed)
        if random.random() < 0.5:
            Revision.objects.filter(pk=proposed.pk).update(state="current", decided_at=at)
            in_force = {"current": proposed, "checked_at": at, "check_due_at": at + timedelta(days=180)}
            Runbook.objects.filter(pk=own.pk).update(**in_force)
            index_records(actor=SYSTEM, kind=Kind.RUNBOOK, record_ids=[own.pk])
        used.append(own)
    for runbook in used:
        run = RunbookRun.objects.create(
            pk=key_for(restricted=incident.restricted),
            runbook=runbook,
            revision_number=1,
            title=word(random),
            started_at=at,
            **scope_of(incident),
        )
        step = RunbookRunStep.objects.create(
            pk=key_for(restricted=incident.restricted),
            run=run,
            position=1,
            title=word(random),
            **scope_of(incident),
        )
        hidden.note("RunbookRun", run)
        hidden.note("RunbookRunStep", step)


def write_articles(random: Random, incident: Incident, hidden: Hidden) -> None:
    """An article of the unit, perhaps published and gone through."""
    if incident.restricted:
        return
    at = incident.declared_at
    own = Article.objects.create(
        unit=incident.unit,
        number=9_000 + random.randrange(900),
        title=f"{word(random)} database timeout",
        written_at=at,
        edited_at=at,
    )
    proposed = ArticleRevision.objects.create(
        article=own,
        unit=own.unit,
        number=1,
        summary=word(random),
        text=f"{word(random)} certificate",
        questions=[{"text": word(random), "choices": [word(random), word(random)], "right": 1}],
        reason=word(random),
        proposed_at=at,
    )
    hidden.note("Article", own)
    hidden.note("ArticleRevision", proposed)
    if random.random() < 0.5:
        ArticleRevision.objects.filter(pk=proposed.pk).update(state="current", decided_at=at)
        published = {"current": proposed, "checked_at": at, "check_due_at": at + timedelta(days=365)}
        Article.objects.filter(pk=own.pk).update(**published)
        index_records(actor=SYSTEM, kind=Kind.ARTICLE, record_ids=[own.pk])
        _train(random, own, proposed, hidden, at)


def _train(random: Random, article: Article, revision: ArticleRevision, hidden: Hidden, at: datetime) -> None:
    asked = Training.objects.create(
        article=article,
        unit=article.unit,
        audience="expertise",
        expertise=word(random).lower(),
        due_on=at.date(),
        assigned_at=at,
    )
    learner = Person.objects.filter(role_assignments__unit=article.unit, is_service=False).order_by("pk").first()
    if learner is None:
        return
    who = {"unit": article.unit, "person": learner}
    duty = TrainingDuty.objects.create(training=asked, since=at, due_on=at.date(), **who)
    done = TrainingCompletion.objects.create(duty=duty, revision=revision, completed_at=at, tries=1, **who)
    hidden.note("Training", asked)
    hidden.note("TrainingDuty", duty)
    hidden.note("TrainingCompletion", done)
