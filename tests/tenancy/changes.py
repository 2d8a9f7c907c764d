"""Every mutation that takes an id, found by introspection: tried on what is hidden, and on what there is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from graphql import GraphQLInputField, GraphQLList, get_named_type, get_nullable_type, is_required_input_field

from tests.graphql.test_mutation_ids import MUTATIONS, value_of
from tests.tenancy.hidden import Hidden
from tests.tenancy.paths import MISSING, Request, global_id

OPEN: Final[dict[str, str]] = {
    **dict.fromkeys(("unitId", "unitIds", "toUnitId", "centralUnitId"), "BusinessUnit"),
    **dict.fromkeys(("serviceId", "serviceIds", "defaultServiceId"), "Service"),
    **dict.fromkeys(("profileId", "profileIds"), "RegulationProfile"),
    **dict.fromkeys(
        (
            "personId", "accountId", "attendedIds", "authorId", "contactId", "facilitatorId", "offeredById",
            "offeredToId", "ownerId", "participantIds", "replacesId",
        ),
        "Person",
    ),
    "closureId": "Closure",
    "regionId": "Region",
    "roleId": "Role",
    **dict.fromkeys(("windowId", "proofMaintenanceId"), "MaintenanceWindow"),
}  # fmt: skip
"""Inputs that name what everybody may see, and its type: nothing of it is hidden."""

GUARDED: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("successorId", "termId", "causeId", "contributingIds", "failureModeId", "incidentTypeId", "localSeverityId"),
        ("Term",),
    ),
    **dict.fromkeys(("scheduleId", "commanderScheduleId"), ("Schedule",)),
    **dict.fromkeys(("incidentId", "incidentIds", "parentId"), ("Incident",)),
    **dict.fromkeys(("revisionId", "proofRevisionId"), ("RunbookRevision",)),
    "actionItemId": ("ActionItem",),
    "analysisId": ("Analysis",),
    "articleId": ("Article",),
    "articleRevisionId": ("ArticleRevision",),
    "assignmentId": ("RoleAssignment",),
    "calendarLinkId": ("CalendarLink",),
    "disclosureId": ("Disclosure",),
    "dutyId": ("TrainingDuty",),
    "effectId": ("Effect",),
    "entryId": ("TimelineEntry",),
    "evidenceId": ("Evidence",),
    "expertiseId": ("Expertise",),
    "fieldId": ("LocalField",),
    "gapId": ("Gap",),
    "handOffId": ("HandOff",),
    "handOverId": ("HandOver",),
    "keyId": ("AccessKey",),
    "layerId": ("Layer",),
    "leaveId": ("Leave",),
    "linkId": ("CausalLink",),
    "meetingId": ("ReviewMeeting",),
    "messageId": ("Message",),
    "methodId": ("ContactMethod",),
    "momentId": ("PostmortemMoment",),
    "overrideId": ("Override",),
    "planId": ("ResponsePlan",),
    "plannedGapId": ("PlannedGap",),
    "policyId": ("EscalationPolicy",),
    "postmortemId": ("Postmortem",),
    "problemId": ("Problem",),
    "proofAlertId": ("Alert",),
    "proofDrillId": ("Drill",),
    "proposalId": ("EscalationProposal", "TermProposal"),
    "questionId": ("ActionsQuestion",),
    "runId": ("PhoneTreeRun", "RunbookRun"),
    "runbookId": ("Runbook",),
    "savedSearchId": ("SavedSearch",),
    "signatureId": ("ReviewSignature",),
    "sourceId": ("AlertSource",),
    "stepId": ("RunbookRunStep",),
    "swapId": ("Swap",),
    "templateId": ("LocalTemplate",),
    "trainingId": ("Training",),
    "treeId": ("PhoneTree",),
}
"""Inputs that name what may be hidden, and the types that are meant."""


def inputs() -> Iterator[tuple[str, str, GraphQLInputField]]:
    """Every input of a mutation that takes an id, or several."""
    for mutation, named in MUTATIONS.items():
        for name, field in named.fields.items():
            if get_named_type(field.type).name == "ID":
                yield mutation, name, field


def changes(hidden: Hidden) -> Iterator[tuple[Request, Request]]:
    """For each such input: the mutation of what is hidden, and the same of what does not exist."""
    for mutation, name, field in inputs():
        for type_name in GUARDED.get(name, ()):
            for number in hidden.ids.get(type_name, [])[:1]:
                yield (
                    _changing(mutation, name, field, global_id(type_name, number)),
                    _changing(mutation, name, field, global_id(type_name, MISSING)),
                )


def _changing(mutation: str, name: str, field: GraphQLInputField, wanted: str) -> Request:
    named = MUTATIONS[mutation]
    given: dict[str, Any] = {
        each: _given(each, other) for each, other in named.fields.items() if is_required_input_field(other)
    }
    given[name] = [wanted] if isinstance(get_nullable_type(field.type), GraphQLList) else wanted
    document = (
        f"mutation ($input: {named.name}!) {{ {mutation}(input: $input)"
        " { __typename ... on MutationErrors { errors { code message path } } } }"
    )
    return Request(
        f"change {mutation}.{name}",
        "/graphql/",
        body={"query": document, "variables": {"input": given}},
        headers={"Accept": "application/graphql-response+json"},
    )


def _given(name: str, field: GraphQLInputField) -> Any:
    """Something that exists, for what is not tried."""
    type_name = OPEN.get(name) or next(iter(GUARDED.get(name, ())), None)
    if type_name is None or isinstance(get_nullable_type(field.type), GraphQLList):
        return value_of(field)
    return global_id(type_name, 1)
