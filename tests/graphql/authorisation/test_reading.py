"""Who reads what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.api import ApiOf, api
from tests.graphql.authorisation.world import PEOPLE, World, filled, world
from tests.graphql.walking import SCHEMA

__all__ = ["api", "world"]

pytestmark = pytest.mark.django_db


# What a person gets: everything of Payments (A), nothing of it (-), or, for nobody, a refusal (401).
READS: dict[str, tuple[str, str]] = {
    # field: (what to ask, who sees it: outsider observer responder commander admin lead coordinator)
    "viewer": ("viewer { username }", "A A A A A A A"),
    "businessUnits": ('businessUnits(filters: {slug: {exact: "payments"}}) { edges { node { id } } }', "A A A A A A A"),
    "regions": ("regions { edges { node { id } } }", "A A A A A A A"),
    "terms": ("terms(first: 1) { edges { node { id } } }", "A A A A A A A"),
    "regulationProfiles": ("regulationProfiles { edges { node { id } } }", "A A A A A A A"),
    "freeDays": ('freeDays(unitId: "$unit", start: "2026-12-25", days: 1) { name }', "A A A A A A A"),
    "coverage": ('coverage(day: "2026-12-02") { unit { id } }', "A A A A A A A"),
    "roles": ("roles(first: 1) { edges { node { id } } }", "A A A A A A A"),
    "roleAssignments": ("roleAssignments(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "accessKeys": ("accessKeys { edges { node { id } } }", "- - - - A A -"),
    "incidentRoleGuides": ("incidentRoleGuides { kind }", "A A A A A A A"),
    "ownerships": ("ownerships { edges { node { id } } }", "A A A A A A A"),
    "escalationCriteria": ("escalationCriteria { edges { node { id } } }", "A A A A A A A"),
    "escalationProposals": ("escalationProposals { edges { node { id } } }", "- - - A - A A"),
    "severityThresholds": ("severityThresholds { edges { node { id } } }", "A A A A A A A"),
    "responsePlans": ("responsePlans { edges { node { id } } }", "A A A A A A A"),
    "severityProposal": ('severityProposal(serviceId: "$service", impact: SEVERE) { severity }', "A A A A A A A"),
    "responsibilities": ("responsibilities(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "responsibilityGaps": ('responsibilityGaps(unitId: "$unit") { why }', "A A A A A A A"),
    "incidentDeliveries": ('incidentDeliveries(incidentId: "$incident") { name }', "- - - A - A A"),
    "maintenanceWindows": ("maintenanceWindows { edges { node { id } } }", "A A A A A A A"),
    "maintenanceSeries": ("maintenanceSeries { edges { node { id } } }", "A A A A A A A"),
    "handOvers": ("handOvers { edges { node { id } } }", "- A A A A A A"),
    "services": ('services(filters: {slug: {exact: "ledger"}}) { edges { node { id } } }', "A A A A A A A"),
    "schedules": ("schedules(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "finalSchedules": (
        'finalSchedules(scheduleIds: ["$schedule"], since: "2026-03-02T00:00:00Z", until: "2026-03-03T00:00:00Z")'
        " { slug stretches { primary { username } } }",
        "- A A A A A A",
    ),
    "swaps": ("swaps { edges { node { id } } }", "- A A A A A A"),
    "leave": ("leave { edges { node { id } } }", "- A A A A A A"),
    "expertise": ("expertise { edges { node { id } } }", "- A A A A A A"),
    "coverageGaps": ('coverageGaps(since: "$later", until: "$latest") { scheduleName }', "- A A A A A A"),
    "dutyCollisions": ('dutyCollisions(since: "$later", until: "$latest") { scheduleName }', "- A A A A A A"),
    "rotationProposal": ('rotationProposal(layerId: "$layer", since: "$later") { fairnessAfter }', "- A A A A A A"),
    "onCallBalance": ('onCallBalance(scheduleIds: ["$schedule"]) { teams { scheduleName } }', "- A A A A A A"),
    "calendarLinks": ("calendarLinks { id }", "- - - - - - -"),
    "peopleOnCall": ('peopleOnCall(scheduleIds: ["$schedule"]) { username }', "- A A A A A A"),
    "incidents": ('incidents(filters: {reference: {exact: "$reference"}}) { edges { node { id } } }', "- A A A A A A"),
    "incident": ('incident(reference: "$reference") { id }', "- A A A A A A"),
    "node": ('node(id: "$incident") { id }', "- A A A A A A"),
    "nodes": ('nodes(ids: ["$incident"]) { id }', "- A A A A A A"),
    "_service": ("_service { sdl }", "A A A A A A A"),
    "_entities": (
        '_entities(representations: [{__typename: "Incident", id: "$incident"}]) { ... on Incident { id } }',
        "- A A A A A A",
    ),
    "overview": ('overview(unitIds: ["$unit"]) { total { declared } }', "- A A A A A A"),
    "localFields": ('localFields(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }', "- A A A A A A"),
    "localTemplates": (
        'localTemplates(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }',
        "- A A A A A A",
    ),
    "unitPolicies": ("unitPolicies { edges { node { id } } }", "- A A A A A A"),
    "consolidated": (
        'consolidated(kind: INCIDENT_TYPE, unitIds: ["$unit"]) { total { declared } }',
        "- A A A A A A",
    ),
    "unitRanking": (
        'unitRanking(measure: MEAN_TO_RESOLVE, unitIds: ["$unit"]) { unranked { reason } }',
        "- A A A A A A",
    ),
    "figureDefinitions": ("figureDefinitions { key }", "A A A A A A A"),
    "taxonomyVersions": ("taxonomyVersions { edges { node { id } } }", "A A A A A A A"),
    "termProposals": ('termProposals(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }', "- A A A A A A"),
    "mappingVersions": (
        'mappingVersions(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }',
        "- A A A A A A",
    ),
    "termMappings": ('termMappings(filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }', "- A A A A A A"),
    "restrictedFigures": ("restrictedFigures { quarter }", "- - - - - - A"),
    "postmortem": ('postmortem(id: "$review") { id }', "- A A A A A A"),
    "postmortems": (
        'postmortems(first: 100, filters: {unit: {id: ["$unit"]}}) { edges { node { id } } }',
        "- A A A A A A",
    ),
    "actionItemCompletion": ("actionItemCompletion { due }", "A A A A A A A"),
    "actionItems": ("actionItems(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "disclosures": ("disclosures(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "disclosureProposal": ('disclosureProposal(postmortemId: "$review") { title }', "- A A A A A A"),
    "reviewMeetings": ("reviewMeetings(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "reviewSignatures": ("reviewSignatures(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "signOff": ('signOff(postmortemId: "$review") { role }', "- A A A A A A"),
    "proposedParticipants": ('proposedParticipants(postmortemId: "$review") { name }', "- - A A - A A"),
    "reviewAgenda": ('reviewAgenda(postmortemId: "$review") { title }', "- A A A A A A"),
    "actionsQuestions": ("actionsQuestions(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "searchKnowledge": ('searchKnowledge(query: "$title") { edges { node { id } } }', "- A A A A A A"),
    "knowledge": (
        'knowledge(query: "$title", kinds: [POSTMORTEM]) { edges { node { id } } }',
        "- A A A A A A",
    ),
    "knowledgeTitles": ('knowledgeTitles(typed: "$title") { id }', "- A A A A A A"),
    "savedSearches": ("savedSearches { edges { node { id } } }", "- - A - - - -"),
    "similarKnowledge": ('similarKnowledge(incidentId: "$alike") { id }', "- A A A A A A"),
    "similarKnownErrors": ('similarKnownErrors(incidentId: "$alike") { id }', "- A A A A A A"),
    "problem": ('problem(id: "$problem") { id }', "- A A A A A A"),
    "problems": ("problems(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "runbook": ('runbook(id: "$book") { id }', "- A A A A A A"),
    "runbooks": ("runbooks(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "runbookRevisions": ("runbookRevisions(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "runbookRuns": ("runbookRuns(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "recurrence": ("recurrence { reviews patterns { verdict everywhere { together } } }", "A A A A A A A"),
    "capacityOutlook": ("capacityOutlook { counts expected }", "A A A A A A A"),
    "recurrenceTrends": ("recurrenceTrends(dimension: CAUSE) { trends { counts } }", "A A A A A A A"),
    "completionByUnit": ("completionByUnit { due }", "A A A A A A A"),
    "article": ('article(id: "$article") { id }', "- A A A A A A"),
    "articles": ("articles(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "articleRevisions": ("articleRevisions(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "trainings": ("trainings(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "trainingDuties": (
        'trainingDuties(filters: {training: {id: ["$training"]}}) { edges { node { id } } }',
        "- - A A A A A",
    ),
    "runbookCoverage": ("runbookCoverage { reviews runbooks }", "A A A A A A A"),
    "alerts": ("alerts(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "alertSources": ("alertSources { edges { node { id } } }", "- A A A A A A"),
    "severityFloors": ("severityFloors { edges { node { id } } }", "A A A A A A A"),
    "severityRules": ("severityRules { edges { node { id } } }", "- A A A A A A"),
    "escalationPolicies": ("escalationPolicies(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "drills": ("drills(first: 100) { edges { node { id } } }", "- - - A A A A"),
    "phoneTrees": ("phoneTrees(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "phoneTreeRuns": ("phoneTreeRuns(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "escalationRuns": ("escalationRuns(first: 100) { edges { node { id } } }", "- A A A A A A"),
    "simulateEscalation": (
        'simulateEscalation(serviceId: "$service", severity: SEV1) { steps { pages { name } } }',
        "- A A A A A A",
    ),
    "bridgeRules": ("bridgeRules { edges { node { id } } }", "A A A A A A A"),
    "contactMethods": ("contactMethods { edges { node { id } } }", "- - A - - - -"),
    "inbox": ("inbox { edges { node { id } } }", "- - A - - - -"),
    "messages": ("messages { edges { node { id } } }", "- - A - A A -"),
}
WHAT_IS_SEEN = {
    "escalationProposals": "escalation",
    "handOvers": "offer",
    "maintenanceWindows": "window",
    "roleAssignments": "held",
    "accessKeys": "key",
    "schedules": "schedule",
    "swaps": "swap",
    "leave": "leave",
    "expertise": "expertise",
    "incidents": "incident",
    "incident": "incident",
    "node": "incident",
    "nodes": "incident",
    "_entities": "incident",
    "postmortem": "review",
    "postmortems": "review",
    "actionItems": "item",
    "searchKnowledge": "review",
    "knowledge": "review",
    "knowledgeTitles": "review",
    "savedSearches": "saved",
    "actionsQuestions": "question",
    "disclosures": "disclosure",
    "reviewMeetings": "meeting",
    "reviewSignatures": "refusal",
    "similarKnowledge": "review",
    "similarKnownErrors": "known",
    "problem": "problem",
    "problems": "problem",
    "runbook": "book",
    "runbooks": "book",
    "runbookRevisions": "revision",
    "runbookRuns": "carried",
    "article": "article",
    "articles": "article",
    "articleRevisions": "wording",
    "trainings": "training",
    "trainingDuties": "duty",
    "alerts": "alert",
    "alertSources": "source",
    "severityRules": "rule",
    "escalationPolicies": "policy",
    "drills": "drill",
    "phoneTrees": "tree",
    "phoneTreeRuns": "calling",
    "escalationRuns": "run",
    "contactMethods": "method",
    "inbox": "message",
    "messages": "message",
}
"""Which row a reader must find in the answer; for the others any answer with rows counts."""


def show(answer: Any) -> bool:
    """Whether anything but emptiness and zeros is in an answer."""
    if isinstance(answer, dict):
        return any(show(value) for value in answer.values())
    if isinstance(answer, list):
        return any(show(value) for value in answer)
    return bool(answer)


def test_every_question_has_a_row() -> None:
    assert SCHEMA.query_type is not None
    assert SCHEMA.subscription_type is not None
    assert set(READS) == set(SCHEMA.query_type.fields)
    # Who receives which event is tested over sockets: tests/live.
    assert set(SCHEMA.subscription_type.fields) == {"feed", "incidentFeed"}


@pytest.mark.parametrize("username", PEOPLE)
def test_who_reads(api: ApiOf, world: World, username: str) -> None:
    client, column = api(username), PEOPLE.index(username)

    got = {}
    for field, (selection, _) in READS.items():
        data = client.ask(f"{{ {filled(selection, world)} }}").data
        wanted = WHAT_IS_SEEN.get(field)
        sees = repr(world.ids[wanted]) in str(data) if wanted else show(data)
        got[field] = "A" if sees else "-"

    assert got == {field: seen.split()[column] for field, (_, seen) in READS.items()}


def test_nobody_reads(api: ApiOf, world: World) -> None:
    for selection, _ in READS.values():
        assert api(None).ask(f"{{ {filled(selection, world)} }}").codes == ["UNAUTHENTICATED"], selection
