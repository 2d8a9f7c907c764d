"""Types of the reviews area. A field is a column or a relation; the database decides which rows there are."""

from typing import Annotated, Any

import strawberry
import strawberry_django
from strawberry import auto, relay

from hub.alerts.graphql.types import AlertType
from hub.catalog.graphql.types import ServiceType
from hub.incidents.graphql.choices import EntryKind, Severity
from hub.incidents.graphql.maintenance import MaintenanceWindowType
from hub.incidents.graphql.types import IncidentType
from hub.lib.api import Connection, computed, connection, row_data
from hub.reach.graphql.types import DrillType
from knowledge.postmortems import access, blameless, models
from knowledge.postmortems.graphql.analyses import AnalysisType, GapType
from knowledge.postmortems.graphql.choices import (
    ActionPriority,
    ActionStatus,
    Audience,
    DueCounted,
    PostmortemStatus,
    Proof,
    Section,
    Verdict,
)
from knowledge.postmortems.graphql.filters import PostmortemRevisionOrder, is_item_overdue, is_review_overdue
from knowledge.postmortems.graphql.meeting_types import ReviewMeetingType, ReviewSignatureType
from tenants.graphql.types import BusinessUnitType, PersonType, TermType


@strawberry_django.type(
    models.ActionItem,
    name="ActionItem",
    description="Something that somebody does, until a day, so that it does not happen again. Its owner sees it, also"
    " from another unit.",
)
class ActionItemType(relay.Node):
    title: auto = strawberry_django.field(description="What is to be done.")
    owner: PersonType | None = strawberry_django.field(description="Who does it.")
    due_on: auto = strawberry_django.field(description="Until when.")
    status: ActionStatus = strawberry_django.field(description="Where it stands.")
    accepted_at: auto = strawberry_django.field(
        description="When its owner committed to the day; another owner or day takes it back."
    )
    done_at: auto = strawberry_django.field(description="When it was done.")
    outcome: auto = strawberry_django.field(description="What was done, or why it was dropped.")
    priority: ActionPriority = strawberry_django.field(description="What comes first.")
    closes_with: Proof | None = strawberry_django.field(
        description="What has to be shown to close it; nothing in particular, if nothing."
    )
    proof: auto = strawberry_django.field(description="What was shown; empty before.")
    proof_url: auto = strawberry_django.field(description="Where that can be looked at; empty if nowhere.")
    proof_revision: Annotated["RunbookRevisionType", strawberry.lazy("knowledge.runbooks.graphql.types")] | None = (  # type: ignore[name-defined]  # noqa: F821
        strawberry_django.field(description="The runbook's revision that was shown; nothing if you may not see it.")
    )
    proof_alert: AlertType | None = strawberry_django.field(
        description="The alert that was shown as its test; nothing if you may not see it."
    )
    proof_drill: DrillType | None = strawberry_django.field(
        description="The drill that was shown; nothing if you may not see it."
    )
    proof_maintenance: MaintenanceWindowType | None = strawberry_django.field(
        description="The maintenance in which the change was made that was shown."
    )
    is_overdue: bool = computed(
        sql=is_item_overdue, only=["status", "due_on"], description="Whether it is open although its day is over."
    )
    created_at: auto = strawberry_django.field(description="When it was written down.")
    created_by: PersonType | None = strawberry_django.field(description="Who wrote it down.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit whose review it is from.")
    postmortem: Annotated["PostmortemType", strawberry.lazy("knowledge.postmortems.graphql.types")] | None = (
        strawberry_django.field(description="Its review; nothing if you may not read that.")
    )


@strawberry_django.type(
    models.PostmortemMoment,
    name="PostmortemMoment",
    description="A moment of a review's own timeline: drafted from the incident's, mended by its authors.",
)
class PostmortemMomentType(relay.Node):
    at: auto = strawberry_django.field(description="When it happened.")
    kind: EntryKind = strawberry_django.field(description="What it records.")
    text: auto = strawberry_django.field(description="What happened, in a line.")


@strawberry_django.type(
    models.PostmortemRevision,
    name="PostmortemRevision",
    description="What a section, or the title, said before a change. Readers outside the unit see none.",
)
class PostmortemRevisionType(relay.Node):
    section: auto = strawberry_django.field(description="Which part it was: title, summary, root_cause and so on.")
    body: auto = strawberry_django.field(description="The former text, as Markdown.")
    version: auto = strawberry_django.field(description="The version that replaced it.")
    replaced_at: auto = strawberry_django.field(description="When it was replaced.")
    replaced_by: PersonType | None = strawberry_django.field(description="Who replaced it; nobody for the hub itself.")


@strawberry.type(description="Wording that blames: a hint, and never a refusal.")
class BlamelessFinding:
    section: Section = strawberry.field(description="Where it stands.")
    sentence: str = strawberry.field(description="The sentence, without its formatting.")
    phrase: str = strawberry.field(description="The words in question.")
    suggestion: str = strawberry.field(description="What to write instead.")


def _findings(root: Any) -> list[BlamelessFinding]:
    """`root` is a review with the annotation below, which spares every review a query of its own."""
    return [
        BlamelessFinding(section=section, sentence=found.sentence, phrase=found.phrase, suggestion=found.suggestion)
        for section in Section
        for found in blameless.find(root.text_of(section), root.names_involved)
    ]


@strawberry_django.type(
    models.SeenAgain,
    name="FailureSeenAgain",
    description="That a failure was seen again somewhere: in which month, and for who may read it in which review.",
)
class SeenAgainType(relay.Node):
    month: auto = strawberry_django.field(description="The first day of the month. Nothing more precise is told.")
    later: Annotated["PostmortemType", strawberry.lazy("knowledge.postmortems.graphql.types")] | None = (
        strawberry_django.field(description="The review of it; nothing if you may not read that.")
    )


@strawberry_django.type(
    models.ActionsQuestion,
    name="ActionsQuestion",
    description="Did the action items of a review work? Asked when what they were to prevent was seen again, anywhere."
    " Its unit alone sees it.",
)
class ActionsQuestionType(relay.Node):
    failure_mode: TermType = strawberry_django.field(description="How it failed again.")
    seen: list[SeenAgainType] = strawberry_django.field(description="When it was seen again, the earliest first.")
    verdict: Verdict | None = strawberry_django.field(description="What was answered; nothing while it is open.")
    answer: auto = strawberry_django.field(description="Why, and what is done now; empty while it is open.")
    answered_at: auto = strawberry_django.field(description="When it was answered.")
    answered_by: PersonType | None = strawberry_django.field(description="Who answered.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit that is asked.")
    postmortem: Annotated["PostmortemType", strawberry.lazy("knowledge.postmortems.graphql.types")] = (
        strawberry_django.field(description="The review whose action items are asked about.")
    )


@strawberry_django.type(
    models.Postmortem,
    name="Postmortem",
    description="What an incident taught: its story in seven sections, its cause, and what is done about it.",
)
class PostmortemType(relay.Node):
    reference: auto = strawberry_django.field(
        description="The incident's reference: PAY-142. A review that was imported without one has its own: PAY-R7."
    )
    external_id: auto = strawberry_django.field(
        description="What it is called where it was imported from; empty for a review that was written here."
    )
    tags: auto = strawberry_django.field(description="The tags that it was imported with.")
    title: auto = strawberry_django.field(description="What it is about, in a line.")
    status: PostmortemStatus = strawberry_django.field(description="How far it has come.")
    audience: Audience = strawberry_django.field(description="Who reads it once it is published.")
    restricted: auto = strawberry_django.field(description="Whether only explicit grants show it.")
    version: auto = strawberry_django.field(description="Counts its changes: an edit names the version it is based on.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit it belongs to.")
    incident: IncidentType | None = strawberry_django.field(
        description="The incident; nothing if you may not see it, though you may read this."
    )
    service: ServiceType | None = strawberry_django.field(description="The service that was affected first.")
    severity: Severity | None = strawberry_django.field(
        description="How grave the incident was; nothing where an imported review does not say."
    )
    author: PersonType | None = strawberry_django.field(description="Who leads it.")
    occurred_at: auto = strawberry_django.field(description="When the incident was declared.")
    resolved_at: auto = strawberry_django.field(description="When the incident was over.")
    minutes_to_acknowledge: auto = strawberry_django.field(description="From the declaration until somebody was on it.")
    minutes_to_mitigate: auto = strawberry_django.field(description="From the declaration until users were well.")
    minutes_to_resolve: auto = strawberry_django.field(description="From the declaration until it was over.")
    opened_at: auto = strawberry_django.field(description="When the review was opened.")
    due_at: auto = strawberry_django.field(description="When it is due: so many hours after the resolution.")
    due_hours: auto = strawberry_django.field(
        description="Within how many hours of the resolution it is due, as its unit's policy said then: 48 or fewer;"
        " nothing where that was not kept."
    )
    due_counted: DueCounted = strawberry_django.field(description="How these hours were counted.")
    is_overdue: bool = computed(
        sql=is_review_overdue, only=["status", "due_at"], description="Whether it should have been published by now."
    )
    published_at: auto = strawberry_django.field(description="When it was published.")
    published_by: PersonType | None = strawberry_django.field(description="Who published it.")
    edited_at: auto = strawberry_django.field(description="When it last changed.")
    edited_by: PersonType | None = strawberry_django.field(description="Who changed it last; nobody for the hub.")
    summary: auto = strawberry_django.field(description="What happened, in a paragraph. Markdown, as all sections are.")
    impact: auto = strawberry_django.field(description="Who was affected, for how long and how badly.")
    detection: auto = strawberry_django.field(description="How it was noticed.")
    root_cause: auto = strawberry_django.field(description="What had to be true for it to happen.")
    went_well: auto = strawberry_django.field(description="What helped.")
    went_badly: auto = strawberry_django.field(description="What did not help.")
    lessons: auto = strawberry_django.field(description="What others can take from it.")
    cause: TermType | None = strawberry_django.field(description="The root cause, in the taxonomy's terms.")
    contributing: list[TermType] = strawberry_django.field(description="The causes that contributed.")
    failure_mode: TermType | None = strawberry_django.field(
        description="How what failed did fail, in the taxonomy's terms."
    )
    analyses: list[AnalysisType] = strawberry_django.field(
        description="Why it happened, as data: Five Whys and cause-and-effect graphs, in the order of their beginning."
    )
    gaps: list[GapType] = strawberry_django.field(
        description="What should have noticed or ended it sooner, and was missing."
    )
    moments: list[PostmortemMomentType] = strawberry_django.field(description="Its timeline, oldest first.")
    action_items: list[ActionItemType] = strawberry_django.field(
        description="What is done about it, the most urgent first."
    )
    questions: list[ActionsQuestionType] = strawberry_django.field(
        description="Whether its action items worked, asked when the same failure was seen again; the latest first."
        " Readers outside the unit see none."
    )
    meetings: list[ReviewMeetingType] = strawberry_django.field(
        description="Its review meetings, the latest first. Readers outside the unit see none."
    )
    signatures: list[ReviewSignatureType] = strawberry_django.field(
        description="Who signed it or refused to, the latest first. Readers outside the unit see none."
    )
    revisions: Connection[PostmortemRevisionType] = connection(
        description="What it said before, oldest first.", ordering=PostmortemRevisionOrder
    )

    blameless_findings: list[BlamelessFinding] = row_data(
        _findings,
        only=list(models.WRITTEN),
        annotate={"names_involved": access.names_involved()},
        description="Wording in its sections that blames, in reading order, with better wording.",
    )
